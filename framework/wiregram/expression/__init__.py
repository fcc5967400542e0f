"""Expressions at run time: `link` makes a closure of a `Code`; a closure takes a `Scope`. Imports `model` and `program` only."""

from wiregram.expression.linker import link
from wiregram.expression.scope import Scope
from wiregram.expression.values import hashable, reveal

__all__ = ["Scope", "hashable", "link", "reveal"]
