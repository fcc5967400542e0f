"""A compiled protocol: programs, two machines, pairing, events, limits, record. The notation is that of docs/manifest.md."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from wiregram.program.expression import Code

REQUEST, RESPONSE = 0, 1
SIDES = ("request", "response")
_RUNS = re.compile(rb"[ !#-\[\]-{}~]+|[^ !#-\[\]-{}~]+")
"""Octets that a pattern shows as text, and those that it does not (among them bars, quotes and backslashes)."""

COMPLETE, STOP, UPGRADE = -1, -2, -3
"""Targets of a transition beside the numbers of states."""

CLIENT, SERVER, EITHER = "client", "server", "either"


class Choice(msgspec.Struct, frozen=True):
    """One entry of `parse`: the message's number in `Protocol.messages`, taken if `when` holds (None: always)."""

    when: Code | None
    message: int


class Assign(msgspec.Struct, frozen=True):
    """One `set` or `add`. `scope` is own, tx or session; with `key` the entry of a table variable."""

    scope: str
    name: str
    value: Code
    append: bool = False
    key: Code | None = None


class Upgrade(msgspec.Struct, frozen=True):
    """`protocol` '' means whatever is found."""

    protocol: str = ""
    port: Code | None = None


class Expect(msgspec.Struct, frozen=True):
    """A flow to come: `protocol` over its own transport, to port `port` of the client (`to` 0) or the server (1), or of address `host`."""

    protocol: str
    to: int
    port: Code
    host: Code | None = None


class Transition(msgspec.Struct, frozen=True):
    """`target` and `alone` are a state's number, COMPLETE, STOP, or UPGRADE (then `upgrade` says to what). `cancel`: the key of an exchange
    that is complete with this."""

    target: int
    when: Code | None = None
    hold: bool = False
    release: bool = False
    alone: int = COMPLETE
    assigns: tuple[Assign, ...] = ()
    event: str = ""
    upgrade: Upgrade | None = None
    source: str = ""  # the guard as it was written, for `show --states`
    cancel: Code | None = None
    expect: Expect | None = None


class Decode(msgspec.Struct, frozen=True):
    """A coding undone: `coding` gives its name, a comma list, or an Xor. `each`: every entry of the state begins anew. `inflate`: the octets then go
    on through the direction's DEFLATE stream, of which a unit ends where `end` holds."""

    coding: Code
    each: bool = False
    inflate: Code | None = None
    end: Code | None = None


class File(msgspec.Struct, frozen=True):
    """The octets of a state, or of field `data` of its message, are a file. `key`: the same key in the flow is the same file, until `ends`
    holds. `offset`: where these octets go."""

    name: Code | None = None
    when: Code | None = None
    each: bool = False
    data: str = ""
    key: Code | None = None
    ends: Code | None = None
    offset: Code | None = None


class Feed(msgspec.Struct, frozen=True):
    """The octets of a state, or of field `data` of its message, go to a layer. `whole_flow`: the layer lives as long as the flow, one instance
    a `key`. `end`: with these octets a unit ends, which is to the layer what a datagram is."""

    layer: str
    data: str = ""
    whole_flow: bool = False
    key: Code | None = None
    end: Code | None = None


class State(msgspec.Struct, frozen=True):
    """Takes a message (`parse`), raw bytes (`extent`: an int or an Extent), or nothing (a decision). Its rank is its number. `params`: names
    that the message's program may read."""

    name: str
    parse: tuple[Choice, ...] = ()
    extent: Code | None = None
    keep: str = ""
    assigns: tuple[Assign, ...] = ()
    next: tuple[Transition, ...] = (Transition(COMPLETE),)
    params: tuple[tuple[str, Code], ...] = ()
    decode: Decode | None = None
    file: File | None = None
    feed: Feed | None = None


class Resync(msgspec.Struct, frozen=True):
    """`kind` is after, before, none or segment."""

    kind: str = "none"
    delimiters: tuple[bytes, ...] = ()


class Side(msgspec.Struct, frozen=True):
    """One progress machine. No states: this side says nothing that is parsed. `first` is -1 where there is none."""

    states: tuple[State, ...] = ()
    start: int = 0
    first: int = -1
    resync: Resync = Resync()


class Pair(msgspec.Struct, frozen=True):
    """`by` is order, key or flow; `key` by side; `timeout` in ns."""

    by: str = "order"
    key: tuple[Code | None, Code | None] = (None, None)
    begins: str = CLIENT
    role: Code | None = None
    one_way: Code | None = None
    timeout: int = 30_000_000_000
    aside: Code | None = None


class Group(msgspec.Struct, frozen=True):
    """Exchanges that make one transaction: guards over the request's message (`begin`, `join`) and over an exchange that ends (`end`)."""

    begin: Code
    join: Code | None = None
    end: Code | None = None
    key: Code | None = None


class EventRule(msgspec.Struct, frozen=True):
    """An event of the manifest; with `when` it is tested as a transaction ends, else a transition raises it."""

    name: str
    severity: str
    when: Code | None = None


class SecretRule(msgspec.Struct, frozen=True):
    """`path`: field names below the side's last message; `first` >= 0 marks the list's elements from there on; `when` None: always."""

    side: int
    path: tuple[str, ...]
    first: int = -1
    when: Code | None = None


class Limits(msgspec.Struct, frozen=True):
    """Octets, counts; 0 means none where the manifest allows it (depth)."""

    depth: int = 1 << 20
    message: int = 1 << 16
    field: int = 1 << 12
    list: int = 1024
    held: int = 1 << 16
    open: int = 256
    work: int = 64
    errors: int = 16
    decoded: int = 100


class Value(msgspec.Struct, frozen=True, tag="value"):
    code: Code


class Table(msgspec.Struct, frozen=True, tag="table"):
    """An object: (key or key expression, shape) in the order written."""

    entries: tuple[tuple[str | Code, Shape], ...]


class Each(msgspec.Struct, frozen=True, tag="each"):
    """A list (or with `merge` one object) made from the elements of `items` for which `when` holds."""

    items: Code
    shape: Shape
    when: Code | None = None
    merge: bool = False


Shape = Value | Table | Each


class Log(msgspec.Struct, frozen=True):
    at: str = "transaction"
    name: str = ""
    when: Code | None = None


class Pattern(msgspec.Struct, frozen=True):
    """A signature: `content` (lower case if `nocase`) lies wholly in data[offset:depth] of the direction; `when` sees other and verdict."""

    protocol: str
    transport: str
    direction: int
    content: bytes
    nocase: bool = False
    offset: int = 0
    depth: int = 0
    when: Code | None = None
    derived: bool = False

    def shown(self) -> str:
        """The content as a manifest writes it: text, and between bars the octets that are none."""
        return '"' + "".join(_shown(octets) for octets in _RUNS.findall(self.content)) + '"'


def _shown(octets: bytes) -> str:
    return octets.decode() if _RUNS.fullmatch(octets) and 32 <= octets[0] < 127 and octets[0] not in b'"\\|' else f"|{octets.hex(' ')}|"


class Probe(msgspec.Struct, frozen=True):
    """The messages that may begin a direction, tried on the protocol's ports (or on any). `minimum`, `maximum` in octets (0: none).
    `openings` are, by message, the sets of octets that its first places can have, each a big-endian number of 256 bits (bit n is octet n)."""

    protocol: str
    transport: str
    direction: int
    ports: tuple[tuple[int, int], ...]
    messages: tuple[int, ...]
    minimum: int = 1
    maximum: int = 0
    any_port: bool = False
    openings: tuple[tuple[bytes, ...], ...] = ()


class Protocol(msgspec.Struct, frozen=True):
    """`fields[m]` are the fields that message m could give (a new message clears them); `ports` are inclusive ranges by transport. A `layer`
    has none: it is only fed."""

    name: str
    title: str
    ports: dict[str, tuple[tuple[int, int], ...]]
    mode: dict[str, str]
    speaks_first: str
    messages: tuple[Any, ...]
    fields: tuple[tuple[str, ...], ...]
    sides: tuple[Side, Side]
    pair: Pair = Pair()
    secrets: tuple[SecretRule, ...] = ()
    events: tuple[EventRule, ...] = ()
    limits: Limits = Limits()
    status: tuple[tuple[str, Code], ...] = ()
    summary: tuple[tuple[str, Code], ...] = ()
    log: Log = Log()
    record: Shape = Table(())
    patterns: tuple[Pattern, ...] = ()
    probes: tuple[Probe, ...] = ()
    group: Group | None = None
    layer: bool = False
    unit: bool = False
    """A layer that is fed in units (`feed.end`)."""
    missed: str = ""
    """The event where a flow was agreed to be, or announced as, this protocol, and is another."""
