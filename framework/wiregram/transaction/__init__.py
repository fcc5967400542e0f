"""The progress machines of one flow: deliveries in, transactions and events out. Imports `model`, `program` and `expression` only."""

from wiregram.transaction.events import BUILT_IN, DETECTION
from wiregram.transaction.files import Store
from wiregram.transaction.machine import Machine
from wiregram.transaction.session import Session

__all__ = ["BUILT_IN", "DETECTION", "Machine", "Session", "Store"]
