"""What a stream hands on: bytes in order, a hole, or the end of a direction."""

from __future__ import annotations

DATA, GAP, END, UNIT = 0, 1, 2, 3


class Delivery:
    """One piece of one direction. DATA: `data`, in order (a TCP piece, or one datagram; `cut`: the capture cut it, and a GAP
    follows). GAP: `length` octets are lost for ever. END: nothing follows. UNIT: a unit
    of a layer's octets ends. `mark` is how many octets of the other direction the sender had
    acknowledged (-1: unknown, ignore it); `time` in ns and `number` are those of the packet that made the piece available."""

    __slots__ = ("cut", "data", "direction", "kind", "length", "mark", "number", "time")

    def __init__(self, direction: int, kind: int, data: bytes, length: int, mark: int, time: int, number: int, cut: bool = False) -> None:
        self.direction = direction
        self.kind = kind
        self.data = data
        self.length = length
        self.mark = mark
        self.time = time
        self.number = number
        self.cut = cut
