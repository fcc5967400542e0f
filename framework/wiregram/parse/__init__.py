"""The executors of parser programs: resumable at every byte, bounded. They know programs, never grammars."""

from __future__ import annotations

from wiregram.parse.beginning import begin

__all__ = ["begin"]
