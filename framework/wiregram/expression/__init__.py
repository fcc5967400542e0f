"""Expressions at run time: `link` makes a `Run` of a `Code`, whose value is that of a `Scope`. Imports `model` and `program` only."""

from wiregram.expression.linker import lends, link
from wiregram.expression.needs import Needs, both, either, needs
from wiregram.expression.pieces import Once, Run
from wiregram.expression.scope import Scope
from wiregram.expression.sharing import Sharing
from wiregram.expression.values import hashable, reveal

__all__ = ["Needs", "Once", "Run", "Scope", "Sharing", "both", "either", "hashable", "lends", "link", "needs", "reveal"]
