"""Running a plan, and what came of each of its flows. A run goes by lanes (segments, straight to the flows' conversations) or by packets (frames,
through every room); both give the same. Knows nothing of properties.
"""

from __future__ import annotations

import marshal
from typing import Any

import wiregram
from wiregram import testing as door
from wiregram_harness.plan import Plan, ports
from wiregram_harness.watch import Watch
from wiregram_harness.wire import Line, frames, line, segments

ACCOUNTS = ("parsed", "skipped", "gap", "beyond_depth", "opaque", "undetected")


class Told:
    """What came of one flow. `records` are its transactions and anomalies, `places` which packet brought each; `accounts` where its octets went, by
    direction as the engine sees it; `lane`: how it was run, where it was by lanes. `state` as the flow's own record has it ('': by lanes)."""

    __slots__ = ("_imprint", "accounts", "lane", "old", "places", "protocol", "records", "sides", "state", "swapped", "transactions", "watch")

    def __init__(self) -> None:
        self.records: list[wiregram.Record] = []
        self.places: list[int] = []
        self.accounts: tuple[tuple[int, ...], tuple[int, ...]] = ((0,) * 6, (0,) * 6)
        self.protocol = ""
        self.sides: tuple[str, ...] = ("", "")
        self.old = ""
        self.transactions = 0
        self.state = ""
        self.swapped = False
        self.lane: door.Lane | None = None
        self.watch: Watch | None = None
        self._imprint: bytes | None = None

    def imprint(self) -> bytes:
        """Octets that two flows share only if their records are alike; b"": there are none such."""
        if self._imprint is None:
            said = [(each.family, each.name, each.tx_id, *_protocols(each), each.sections, each.summary) for each in self.records]
            try:
                self._imprint = marshal.dumps(said, 0)
            except ValueError:
                self._imprint = b""  # something that only compares
        return self._imprint


def _protocols(record: wiregram.Record) -> tuple[str, str, str]:
    return record.protocol, record.old_protocol, record.expected_protocol


def by_lanes(engine: wiregram.Engine, plan: Plan, entries: Line | None = None, watched: bool = False, now: int = 0) -> list[Told]:
    """What comes of each flow of a plan, or of those whose packets are in `entries`. `now`: the time when the last ones end, if that is later."""
    clients = ports(plan)
    lanes: dict[int, door.Lane] = {}
    watches: dict[int, Watch] = {}
    place = -1
    latest: dict[int, int] = {}  # the flow that a client's port belongs to
    for place, (number, segment) in enumerate(segments(plan, line(plan) if entries is None else entries)):
        lane = lanes.get(number)
        if lane is None:
            before = latest.get(clients[number])
            if before is not None:
                lanes[before].end(place)
            latest[clients[number]] = number
            lane = lanes[number] = door.Lane(engine, clients[number], segment)
            if watched:
                watches[number] = Watch(lane, engine)
        lane.send(place, segment)
        if watched:
            watches[number].look(place, segment)
    for number, lane in lanes.items():
        if latest[clients[number]] == number:
            lane.end(place + 1, now)
    told: list[Told] = []
    for number in range(len(plan.flows)):
        found = Told()
        told.append(found)
        if number in lanes:
            _note(found, lanes[number], watches.get(number))
    if watched:
        for watch in watches.values():
            watch.over()
    return told


def _note(found: Told, lane: door.Lane, watch: Watch | None) -> None:
    flow = lane.flow
    found.lane = lane
    found.watch = watch
    found.records = lane.records
    found.places = lane.places
    one, two = flow.accounts
    found.accounts = (
        (one.parsed, one.skipped, one.gap, one.beyond_depth, one.opaque, one.undetected),
        (two.parsed, two.skipped, two.gap, two.beyond_depth, two.opaque, two.undetected),
    )
    found.protocol = flow.protocol or "failed"
    found.sides = tuple(flow.protocol_sides)
    found.old = flow.old_protocol
    found.transactions = flow.transactions
    found.swapped = lane.swapped


def by_packets(engine: wiregram.Engine, plan: Plan, packets: list[wiregram.Packet] | None = None) -> list[Told]:
    """The same, by frames. A flow that the engine has seen as several is the first of them; `strays` counts the others."""
    found: list[tuple[int, wiregram.Record]] = []
    if packets is None:
        packets = frames(plan, line(plan))
    for place, packet in enumerate(packets):
        made = engine.feed(packet)
        if made:
            found += [(place, record) for record in made]
    found += [(len(packets), record) for record in engine.finish()]
    return sorted_out(plan, found)


def sorted_out(plan: Plan, found: list[tuple[int, wiregram.Record]]) -> list[Told]:
    """Records by flow."""
    clients = ports(plan)
    flows: dict[int, Told] = {}
    order: dict[int, list[Told]] = {}
    for place, record in found:
        ends = record.ends
        if ends is None:
            continue
        told = flows.get(ends.flow_id)
        if told is None:
            told = flows[ends.flow_id] = Told()
        if record.family != "flow":
            told.records.append(record)
            told.places.append(place)
            continue
        told.swapped = ends.source_port not in clients
        order.setdefault(ends.target_port if told.swapped else ends.source_port, []).append(told)
        section = record.sections["flow"]
        one, two = (tuple(section["accounts"][name].values()) for name in door.DIRECTIONS)
        told.accounts = (one, two)
        told.protocol = record.protocol
        told.sides = record.protocol_sides
        told.old = record.old_protocol
        told.transactions = section["tx_cnt"]
        told.state = section["state"]
    return [order[port].pop(0) if order.get(port) else Told() for port in clients]


def same(left: Any, right: Any) -> bool:
    """Whether two values are the same: what only looks equal differs (True and 1, 0.0 and -0.0), NaN equals itself, and a field that is absent may
    be there as None."""
    try:
        if marshal.dumps(left, 0) == marshal.dumps(right, 0):
            return True  # quickly; the order of a table's fields and its absent ones count for nothing
    except ValueError:
        pass  # something that only compares
    return _same(left, right)


def _same(left: Any, right: Any) -> bool:
    kind = left.__class__
    if kind is not right.__class__:
        return isinstance(left, bytes | bytearray) and isinstance(right, bytes | bytearray) and left == right
    if kind is dict:
        for key, value in left.items():
            if value is None:
                if right.get(key) is not None:
                    return False
            elif key not in right or not _same(value, right[key]):
                return False
        return len(left) == len(right) or all(value is None for key, value in right.items() if key not in left)
    if kind is list or kind is tuple:
        return len(left) == len(right) and all(map(_same, left, right))
    if kind is float:
        return bool(repr(left) == repr(right))
    return bool(left == right)


def alike(one: wiregram.Record, two: wiregram.Record) -> bool:
    """Whether two records are the same but for what cutting and frames change: times, numbers, ids of flows, and which sides are recognised when the
    record is made (at the end of the flow that is compared too)."""
    return (
        one.family == two.family
        and one.name == two.name
        and one.tx_id == two.tx_id
        and _protocols(one) == _protocols(two)
        and same(one.sections, two.sections)
        and same(one.summary, two.summary)
    )


def difference(one: Told, two: Told) -> tuple[str, str, str] | None:
    """Where two runs of a flow differ: what, and what each has."""
    mine = one.imprint()
    if not mine or mine != two.imprint():
        for left, right in zip(one.records, two.records, strict=False):
            if not alike(left, right):
                return _narrow(left, right)
    if len(one.records) != len(two.records):
        more = one.records[len(two.records) :] or two.records[len(one.records) :]
        who = "the first" if len(one.records) > len(two.records) else "the second"
        return "the number of records", str(len(one.records)), f"{len(two.records)}; {who} has also {brief(more[0])}"
    for what, name in _FACTS:
        left_value, right_value = getattr(one, name), getattr(two, name)
        if left_value != right_value:
            return what, show(left_value), show(right_value)
    return None


_FACTS = (
    ("the accounts", "accounts"),
    ("the protocol", "protocol"),
    ("the protocol of a side", "sides"),
    ("the protocol before", "old"),
    ("the number of transactions", "transactions"),
)


def _narrow(one: wiregram.Record, two: wiregram.Record) -> tuple[str, str, str]:
    if one.family == two.family:
        for name in {**one.sections, **two.sections}:
            path = name
            left: Any = one.sections.get(name, {})
            right: Any = two.sections.get(name, {})
            if not same(left, right):
                while isinstance(left, dict) and isinstance(right, dict):
                    key = next(key for key in {**left, **right} if not same(left.get(key), right.get(key)))
                    path, left, right = f"{path}.{key}", left.get(key), right.get(key)
                return f"{one.family} record: {path}", show(left), show(right)
        for name in ("name", "tx_id", "protocol", "old_protocol", "expected_protocol", "summary"):
            left, right = getattr(one, name), getattr(two, name)
            if not same(left, right):
                return f"{one.family} record: its {name}", show(left), show(right)
    return "the records", brief(one), brief(two)


def brief(record: wiregram.Record) -> str:
    return f"{record.family} {record.name} {show(record.sections)}"


def show(value: Any, width: int = 160) -> str:
    text = repr(value)
    return text if len(text) <= width else text[: width - 3] + "..."
