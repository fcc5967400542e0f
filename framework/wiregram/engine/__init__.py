"""Composes the rooms for one flow and for a capture; the only room that knows them all."""

from wiregram.engine.engine import Engine

__all__ = ["Engine"]
