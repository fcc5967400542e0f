"""Sinks: where records go. Imports `model`, and the settings of `program`; writes to streams that others opened."""

from wiregram.outputs.eve import EveSink
from wiregram.outputs.files import FileStore
from wiregram.outputs.schema import event_schema
from wiregram.outputs.sink import Sink, open_sink
from wiregram.outputs.table import FlowTable, Summary, TransactionTable
from wiregram.outputs.values import plain, shown, timestamp

__all__ = [
    "EveSink", "FileStore", "FlowTable", "Sink", "Summary", "TransactionTable", "event_schema", "open_sink", "plain", "shown", "timestamp",
]  # fmt: skip
