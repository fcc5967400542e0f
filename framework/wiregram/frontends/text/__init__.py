"""Text grammars in Lark's notation: LALR on bytes, compiled to byte tables. Lark is imported in this package alone."""

from __future__ import annotations

from wiregram.frontends.text.grammar import TextGrammar, load

__all__ = ["TextGrammar", "load"]
