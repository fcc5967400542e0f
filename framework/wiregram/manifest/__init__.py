"""What people write: TOML with positions, the schema, the search path, expressions. Knows no grammar and no compiled machine."""
