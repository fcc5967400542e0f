"""grammars/examples/NAME.toml -> dialogues. Knows the file's form, and nothing of packets or engines."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from os import PathLike
from pathlib import Path as FilePath
from typing import Any

import msgspec

from wiregram.manifest.document import Document, read
from wiregram.manifest.loading import load_tables, search_path
from wiregram.manifest.positions import Path
from wiregram.model.errors import ManifestError, Problem

DATA, GAP, END, WAIT = "data", "gap", "end", "wait"
CLIENT, SERVER = "client", "server"


class Turn(msgspec.Struct, frozen=True):
    """DATA: `sender` sends `data`, having seen every turn before it but the other side's last `unseen` ones. GAP: `count` octets of
    `sender` are lost. END: `sender` closes its direction. WAIT: `seconds` of packet time pass. `flow` '' is the dialogue's own."""

    kind: str
    sender: str = CLIENT
    data: bytes = b""
    unseen: int = 0
    count: int = 0
    seconds: float = 0.0
    flow: str = ""


class Ends(msgspec.Struct, frozen=True):
    """Another flow of the dialogue: the addresses of its ends, and the server's port."""

    client: str
    server: str
    port: int


class Dialogue(msgspec.Struct, frozen=True):
    """`transport` '' and `port` 0 are the protocol's first. `records` are {event type: object}, in order; `events` are names, in order;
    `protocol` is what the flows are recognised as, '' where that is not said."""

    title: str
    turns: tuple[Turn, ...]
    records: tuple[dict[str, Any], ...]
    events: tuple[str, ...] = ()
    transport: str = ""
    port: int = 0
    flows: dict[str, Ends] = {}
    file: str = ""
    line: int = 0
    protocol: str = ""


KEYS = ("title", "turns", "records", "events", "protocol", "transport", "port", "flows")
TURN_KEYS = ("client", "server", "unseen", "gap", "from", "end", "wait", "flow")


def dialogue_file(name: str, directories: Iterable[str | PathLike[str]] = ()) -> FilePath | None:
    """The example file of protocol `name`: beside the description that counts, or None."""
    table = load_tables(search_path(directories)).descriptions.get(name)
    homes = table.directories if table is not None else ()
    return next((path for home in homes if (path := home / "examples" / f"{name}.toml").is_file()), None)


def read_dialogues(path: FilePath) -> tuple[Dialogue, ...]:
    """The dialogues of one file; raises ManifestError with every problem in it."""
    document = read(path)
    reader = _Reader(document)
    dialogues = reader.file()
    if reader.problems:
        raise ManifestError(reader.problems)
    return dialogues


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def wrong(self, text: str, path: Path, at: str = "value", suggestion: str = "") -> None:
        self.problems.append(self.document.problem(text, path, at=at, suggestion=suggestion))

    def unknown(self, path: Path, known: tuple[str, ...]) -> None:
        near = difflib.get_close_matches(str(path[-1]), known, 1)
        self.wrong(f"unknown key '{path[-1]}'", path, "key", f"did you mean '{near[0]}'?" if near else "expected one of: " + ", ".join(known))

    def file(self) -> tuple[Dialogue, ...]:
        data = self.document.data
        for key in data:
            if key not in ("source", "dialogue"):
                self.unknown((key,), ("source", "dialogue"))
        if not isinstance(data.get("source"), str) or not data["source"].strip():
            self.wrong("'source' is missing: say where bytes and records come from (an RFC, tshark, Suricata), never our own output", ("source",))
        written = data.get("dialogue", [])
        if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
            self.wrong("expected [[dialogue]] tables", ("dialogue",))
            return ()
        return tuple(self.dialogue(number, one) for number, one in enumerate(written))

    def dialogue(self, number: int, table: dict[str, Any]) -> Dialogue:
        path: Path = ("dialogue", number)
        for key in table:
            if key not in KEYS:
                self.unknown((*path, key), KEYS)
        protocol = table.get("protocol", "")
        for key, kind, name in (("title", str, "a text"), ("turns", list, "a list of turns"), ("records", list, "a list of records")):
            if not isinstance(table.get(key, [] if protocol else None), kind):
                self.wrong(f"'{key}' must be {name}", (*path, key))
        flows = {name: self.ends((*path, "flows", name), ends) for name, ends in self.table(path, table, "flows").items()}
        turns = tuple(self.turn((*path, "turns", index), turn, flows) for index, turn in enumerate(self.items(table, "turns")))
        for index, record in enumerate(self.items(table, "records")):
            if not isinstance(record, dict) or len(record) != 1 or not all(isinstance(body, dict) for body in record.values()):
                self.wrong("a record is { event type = { ... } }", (*path, "records", index))
        events = self.items(table, "events")
        if not all(isinstance(event, str) for event in events):
            self.wrong("'events' must be a list of names", (*path, "events"))
        if not isinstance(protocol, str):
            self.wrong("'protocol' must be the name of what the flow is recognised as, or 'failed'", (*path, "protocol"))
        transport, port = table.get("transport", ""), table.get("port", 0)
        if transport not in ("", "tcp", "udp"):
            self.wrong("'transport' must be 'tcp' or 'udp'", (*path, "transport"))
        if not isinstance(port, int) or not 0 <= port <= 65535:
            self.wrong("'port' must be a number from 1 to 65535", (*path, "port"))
        place = self.document.problem("", path)
        return Dialogue(
            str(table.get("title", "")), turns, tuple(self.items(table, "records")), tuple(map(str, events)), str(transport),
            port if isinstance(port, int) else 0, flows, place.file, place.line, str(protocol),
        )  # fmt: skip

    def items(self, table: dict[str, Any], key: str) -> list[Any]:
        value = table.get(key, [])
        return value if isinstance(value, list) else []

    def table(self, path: Path, table: dict[str, Any], key: str) -> dict[str, Any]:
        value = table.get(key, {})
        if not isinstance(value, dict):
            self.wrong(f"'{key}' must be a table", (*path, key))
            return {}
        return value

    def ends(self, path: Path, value: Any) -> Ends:
        try:
            return msgspec.convert(value, Ends)
        except msgspec.ValidationError as error:
            self.wrong(f"a flow is {{ client = ADDRESS, server = ADDRESS, port = NUMBER }}: {error}", path)
            return Ends("", "", 0)

    def turn(self, path: Path, turn: Any, flows: dict[str, Ends]) -> Turn:
        if not isinstance(turn, dict):
            self.wrong("a turn is { client = BYTES } or { server = BYTES }", path)
            return Turn(WAIT)
        for key in turn:
            if key not in TURN_KEYS:
                self.unknown((*path, key), TURN_KEYS)
        kinds = [key for key in (CLIENT, SERVER, GAP, END, WAIT) if key in turn]
        if len(kinds) != 1:
            self.wrong("a turn has just one of client, server, gap, end, wait", path)
            return Turn(WAIT)
        kind, flow = kinds[0], turn.get("flow", "")
        if flow and flow not in flows:
            self.wrong(f"there is no flow '{flow}' in this dialogue's 'flows'", (*path, "flow"))
        value, place = turn[kind], (*path, kind)
        if kind in (CLIENT, SERVER):
            return Turn(DATA, kind, self.octets(place, value), self.count(path, turn, "unseen"), flow=str(flow))
        if kind == GAP:
            return Turn(GAP, self.side((*path, "from"), turn.get("from")), count=self.count(path, turn, GAP), flow=str(flow))
        if kind == END:
            return Turn(END, self.side(place, value), flow=str(flow))
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            self.wrong("'wait' must be a number of seconds", place)
            value = 0
        return Turn(WAIT, seconds=float(value))

    def side(self, path: Path, value: Any) -> str:
        if value not in (CLIENT, SERVER):
            self.wrong("expected 'client' or 'server'", path)
        return str(value)

    def count(self, path: Path, turn: dict[str, Any], key: str) -> int:
        value = turn.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.wrong(f"'{key}' must be a number, 0 or more", (*path, key))
            return 0
        return value

    def octets(self, path: Path, value: Any) -> bytes:
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, dict) and set(value) == {"hex"} and isinstance(value["hex"], str):
            try:
                return bytes.fromhex(value["hex"])
            except ValueError:
                self.wrong("'hex' must be pairs of hexadecimal digits, such as \"0d 0a\"", (*path, "hex"))
                return b""
        self.wrong('BYTES is a text, or { hex = "00 01" }', path)
        return b""
