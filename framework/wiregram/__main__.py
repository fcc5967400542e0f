"""`python -m wiregram` is the command `wiregram`."""

from wiregram.cli import main

main()
