"""The command line: the one room that knows them all, reads a person's words and shows what comes of them."""

from wiregram.cli.main import main

__all__ = ["main"]
