"""From segments to flows: the two ends, the direction, the state, and the end."""

from wiregram.flow.table import FlowTable, flow_id

__all__ = ["FlowTable", "flow_id"]
