"""Example dialogues: turns and the records that they must give. They are tests, and the documentation prints them."""

from wiregram.dialogue.checking import Failure, check
from wiregram.dialogue.reading import Dialogue, Turn, dialogue_file, read_dialogues

__all__ = ["Dialogue", "Failure", "Turn", "check", "dialogue_file", "read_dialogues"]
