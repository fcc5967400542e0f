"""Plain values that cross rooms. This room imports no other room of the project."""
