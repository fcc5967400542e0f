"""A validated protocol table becomes a `Description`: shorthands are undone here and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path as FilePath
from typing import Any

from wiregram.manifest.description import (
    Assign,
    Choice,
    Decode,
    Description,
    Event,
    Expect,
    Feed,
    File,
    Group,
    Log,
    Pair,
    Pattern,
    Probe,
    Ranges,
    Secret,
    Side,
    State,
    Transition,
    Upgrade,
    Written,
)
from wiregram.manifest.document import Document
from wiregram.manifest.positions import Path
from wiregram.manifest.schema import EVENTS
from wiregram.model.errors import Problem

SCOPES = ("own", "tx", "session")
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[(.*)\])?", re.DOTALL)


def ranges(ports: list[Any]) -> Ranges:
    """Ports and "low-high" texts as inclusive ranges, in the order written."""
    found = []
    for port in ports:
        low, _, high = str(port).partition("-")
        found.append((int(low), int(high or low)))
    return tuple(found)


def describe(document: Document, name: str, table: dict[str, Any], directories: tuple[FilePath, ...]) -> tuple[Description, list[Problem]]:
    """The description in `table`, which has passed validation, and what no key by itself shows to be wrong."""
    return _Reader(document, name, table, directories).read()


class _Reader:
    def __init__(self, document: Document, name: str, table: dict[str, Any], directories: tuple[FilePath, ...]) -> None:
        self.document = document
        self.name = name
        self.table = table
        self.directories = directories
        self.problems: list[Problem] = []

    def wrong(self, text: str, path: Path, suggestion: str = "", at: str = "key") -> None:
        self.problems.append(self.document.problem(text, path, at=at, suggestion=suggestion))

    def read(self) -> tuple[Description, list[Problem]]:
        table, root = self.table, (self.name,)
        ports: dict[str, Ranges] = {transport: ranges(table[transport]) for transport in table if transport in ("tcp", "udp")}
        layer = table.get("layer", False)
        if not ports and not layer:
            self.wrong("a protocol needs `tcp` or `udp`", root, "`tcp = []` says: over TCP, but on no port of its own")
        for key in ("tcp", "udp", "mode", "speaks_first", "detect"):
            if layer and key in table:
                self.wrong(f"`{key}` has no place in a layer: it is never detected, only fed", (*root, key))
        grammar = table.get("grammar", ())
        grammars = [Written(grammar, (*root, "grammar"))] if isinstance(grammar, str) else [
            Written(file, (*root, "grammar", index)) for index, file in enumerate(grammar)
        ]  # fmt: skip
        define = table.get("define", {})
        detect = table.get("detect", {})
        log = table.get("log", {})
        description = Description(
            name=self.name,
            document=self.document,
            directories=self.directories,
            title=table["title"],
            grammars=tuple(grammars),
            ports=ports,
            mode=dict.fromkeys(ports, table.get("mode", "on")),
            speaks_first=table.get("speaks_first", ""),
            types=table.get("types", {}),
            definitions={name: Written(text, (*root, "define", name)) for name, text in define.items() if isinstance(text, str)},
            constants={name: item for name, item in define.items() if not isinstance(item, str)},
            secrets=tuple(
                Secret(Written(field, (*root, "secret", field), key=True), None if when is True else Written(when, (*root, "secret", field)))
                for field, when in table.get("secret", {}).items()
            ),
            patterns=(self.patterns(detect, "request"), self.patterns(detect, "response")),
            probe=self.probe(detect.get("probe", {})),
            derive=detect.get("derive", True),
            sides=(self.side("request"), self.side("response")),
            pair=self.pair(table.get("pair", {}), (*root, "pair")),
            events=tuple(self.event(name, item, (*root, "events", name)) for name, item in table.get("events", {}).items()),
            limits=table.get("limits", {}),
            silence=table.get("silence", {}),
            status=self.texts("status", ("server_error", "client_error", "error")),
            summary=self.texts("summary", ("method", "resource", "query", "user")),
            log=Log(log.get("at", "transaction"), log.get("name", ""), self.written(log, "when", (*root, "log"))),
            record=table.get("record"),
            group=self.group(table["group"], (*root, "group")) if "group" in table else None,
            layer=layer,
            missed=self.written(detect, "missed", (*root, "detect")),
        )
        if not description.sides[0].states and not description.sides[1].states:
            self.wrong("a protocol needs `request`, `response` or `both`", root)
        return description, self.problems

    def written(self, table: dict[str, Any], key: str, path: Path) -> Written | None:
        return Written(table[key], (*path, key)) if key in table else None

    def texts(self, key: str, order: tuple[str, ...]) -> dict[str, Written]:
        table = self.table.get(key, {})
        return {name: Written(table[name], (self.name, key, name)) for name in order if name in table}

    def patterns(self, detect: dict[str, Any], side: str) -> tuple[Pattern, ...]:
        found = []
        for index, item in enumerate(detect.get(side, ())):
            path = (self.name, "detect", side, index)
            if isinstance(item, str):
                found.append(Pattern(Written(item, path)))
            else:
                content = Written(item["content"], (*path, "content"))
                when = self.written(item, "when", path)
                found.append(Pattern(content, item.get("nocase", False), item.get("offset", 0), item.get("depth", 0), when))
        return tuple(found)

    def probe(self, item: Any) -> Probe | None:
        if item is False:
            return None
        probe = Probe(item.get("min", 1), item.get("max", 0), item.get("any_port", False))
        if probe.maximum and probe.maximum < probe.minimum:
            self.wrong("`max` is less than `min`", (self.name, "detect", "probe", "max"), at="value")
        return probe

    def pair(self, table: dict[str, Any], path: Path) -> Pair:
        key = table.get("key")
        keys: tuple[Written, Written] | None
        if isinstance(key, str):
            keys = (Written(key, (*path, "key")), Written(key, (*path, "key")))
        else:
            keys = (Written(key["request"], (*path, "key", "request")), Written(key["response"], (*path, "key", "response"))) if key else None
        by = table.get("by", "key" if keys else "order")
        if keys and by != "key":
            self.wrong(f'`key` has no place in `by = "{by}"`', (*path, "key"))
        if by == "key" and not keys:
            self.wrong('`by = "key"` needs `key`', (*path, "by"))
        if by == "flow":
            for name in ("begins", "role", "one_way", "aside"):
                if name in table:
                    self.wrong(f'`{name}` has no place in `by = "flow"`: a flow is one exchange', (*path, name))
        return Pair(
            by=by,
            key=keys,
            begins=table.get("begins", "client"),
            role=self.written(table, "role", path),
            one_way=self.written(table, "one_way", path),
            timeout=float(table.get("timeout", 30)),
            aside=self.written(table, "aside", path),
            told="pair" in self.table,
        )

    def group(self, table: dict[str, Any], path: Path) -> Group:
        begin = Written(table["begin"], (*path, "begin"))
        return Group(begin, self.written(table, "join", path), self.written(table, "end", path), self.written(table, "key", path))

    def event(self, name: str, item: Any, path: Path) -> Event:
        if name in EVENTS:
            self.wrong(f"`{name}` is an event that every protocol has", path, "choose another name")
        if isinstance(item, str):
            return Event(name, item, path)
        return Event(name, item["severity"], path, self.written(item, "when", path))

    def side(self, side: str) -> Side:
        """The side's states, those of `both` first."""
        states: list[State] = []
        resync: Written | None = None
        for key in ("both", side):
            table, path = self.table.get(key), (self.name, key)
            if table is None:
                continue
            if isinstance(table, str):
                table = {"start": {"parse": Written(table, path)}}
            resync = self.written(table, "resync", path) or resync
            for name, item in table.items():
                if name == "resync":
                    continue
                place = (*path, name)
                if any(state.name == name for state in states):
                    self.wrong(f"`{name}` is a state of `both` already", place, "give it another name, or write it for each side")
                else:
                    states.append(self.state(name, item, place))
        if states and not any(state.name == "start" for state in states):
            key = side if side in self.table else "both"
            if side == "request" or {"request", "response"} & set(self.table):
                self.wrong(f"`{side}` needs a state `start`: every exchange begins there", (self.name, key))
        return Side(tuple(states), resync)

    def state(self, name: str, item: dict[str, Any], path: Path) -> State:
        parse = item.get("parse", ())
        choices: list[Choice] = []
        if isinstance(parse, Written):
            choices.append(Choice(None, parse))
        elif isinstance(parse, str):
            choices.append(Choice(None, Written(parse, (*path, "parse"))))
        else:
            for index, entry in enumerate(parse):
                place = (*path, "parse", index)
                if isinstance(entry, str):
                    choices.append(Choice(None, Written(entry, place)))
                    if index < len(parse) - 1:
                        self.wrong("a message without a guard must stand last: those behind it are never due", place, at="value")
                else:
                    choices.append(Choice(Written(entry["when"], (*place, "when")), Written(entry["use"], (*place, "use"))))
            if choices and choices[-1].when:
                self.wrong(
                    "the list must end in a message without a guard", (*path, "parse", len(parse) - 1), 'write it last: [..., "message"]', "value"
                )
        if choices and "bytes" in item:
            self.wrong("a state has `parse` or `bytes`, not both", (*path, "bytes"), "give the bytes a state of their own")
        if "keep" in item and "bytes" not in item:
            self.wrong("`keep` needs `bytes`", (*path, "keep"))
        if "with" in item and not choices:
            self.wrong("`with` hands parameters to a message: it needs `parse`", (*path, "with"))
        if "decode" in item and "bytes" not in item and not any(isinstance(item.get(key), dict) and "data" in item[key] for key in ("file", "feed")):
            self.wrong("`decode` needs `bytes`, or a `file` or `feed` with `data`", (*path, "decode"))
        follow = item.get("next", "complete")
        if isinstance(follow, list):
            transitions = [self.transition(entry, (*path, "next", index)) for index, entry in enumerate(follow)]
        else:
            transitions = [self.transition(follow, (*path, "next") if "next" in item else path)]
        return State(
            name=name,
            path=path,
            parse=tuple(choices),
            bytes=self.written(item, "bytes", path),
            keep=self.written(item, "keep", path),
            assigns=self.assigns(item, path),
            next=tuple(transitions),
            params={parameter: Written(text, (*path, "with", parameter)) for parameter, text in item.get("with", {}).items()},
            decode=self.decode(item.get("decode"), (*path, "decode")),
            file=self.file(item, path),
            feed=self.feed(item, path),
        )

    def decode(self, item: Any, path: Path) -> Decode | None:
        if item is None:
            return None
        if isinstance(item, str):
            return Decode(Written(item, path))
        coding = Written(item["coding"], (*path, "coding"))
        return Decode(coding, item.get("each", False), self.written(item, "inflate", path), self.written(item, "end", path))

    def octets(self, state: dict[str, Any], data: Written | None, word: str, path: Path) -> None:
        """Whether there are octets for `file` and `feed`."""
        if data is None and "bytes" not in state:
            self.wrong(f"`{word}` needs `bytes`, or a field of the message as `data`", path, f'write `{word} = {{ data = "field", ... }}`')
        elif data is not None and "parse" not in state:
            self.wrong("`data` names a field of the state's message, and it has none", data.path, "leave it out")

    def file(self, state: dict[str, Any], path: Path) -> File | None:
        item, path = state.get("file"), (*path, "file")
        if item is None:
            return None
        if item is True:
            item = {}
        names = {key: self.written(item, key, path) for key in ("name", "when", "data", "key", "ends", "offset")}
        self.octets(state, names["data"], "file", path)
        if names["ends"] and not names["key"]:
            self.wrong("`ends` says where a file with a `key` ends", (*path, "ends"), "without `key` it ends with its transaction")
        if item.get("each") and names["key"]:
            self.wrong("a file has `each` or `key`, not both", (*path, "each"))
        return File(path, each=item.get("each", False), **names)

    def feed(self, state: dict[str, Any], path: Path) -> Feed | None:
        item, path = state.get("feed"), (*path, "feed")
        if item is None:
            return None
        if isinstance(item, str):
            self.octets(state, None, "feed", path)
            return Feed(path, Written(item, path))
        data = self.written(item, "data", path)
        self.octets(state, data, "feed", path)
        if "key" in item and item.get("scope") != "flow":
            self.wrong("`key` is for instances that live as long as the flow", (*path, "key"), 'add `scope = "flow"`')
        return Feed(
            path,
            Written(item["layer"], (*path, "layer")),
            data,
            item.get("scope", ""),
            self.written(item, "key", path),
            self.written(item, "end", path),
        )

    def transition(self, item: Any, path: Path) -> Transition:
        if isinstance(item, str):
            return Transition(path, to=Written(item, path))
        upgrade: Upgrade | None = None
        if "upgrade" in item:
            place = (*path, "upgrade")
            if isinstance(item["upgrade"], str):
                upgrade = Upgrade(Written(item["upgrade"], place))
            else:
                upgrade = Upgrade(self.written(item["upgrade"], "protocol", place), self.written(item["upgrade"], "port", place))
        hold = item.get("hold", False)
        if upgrade and "to" in item:
            self.wrong("a transition has `to` or `upgrade`, not both", (*path, "to"))
        elif not upgrade and "to" not in item:
            self.wrong("a transition needs `to` or `upgrade`", path, '`to = "complete"` ends this side of the exchange', "value")
        if upgrade and hold:
            self.wrong(
                "an upgrade does not wait: `hold` has no place here", (*path, "hold"), "the side that asks holds, the side that agrees upgrades"
            )
        if "alone" in item and not hold:
            self.wrong("`alone` says where a hold ends: it needs `hold = true`", (*path, "alone"))
        return Transition(
            path=path,
            to=self.written(item, "to", path),
            when=self.written(item, "when", path),
            hold=hold,
            release=item.get("release", False),
            alone=self.written(item, "alone", path),
            assigns=self.assigns(item, path),
            event=self.written(item, "event", path),
            upgrade=upgrade,
            cancel=self.written(item, "cancel", path),
            expect=self.expect(item["expect"], (*path, "expect")) if "expect" in item else None,
        )

    def expect(self, item: dict[str, Any], path: Path) -> Expect:
        port = Written(item["port"], (*path, "port"))
        return Expect(path, Written(item["protocol"], (*path, "protocol")), item["to"], port, self.written(item, "host", path))

    def assigns(self, item: dict[str, Any], path: Path) -> tuple[Assign, ...]:
        """`set` and `add`, as `set.own.x`, as `set = { session.x = ... }`, or with the whole path in quotes."""
        found = []
        for word in ("set", "add"):
            for first, inner in item.get(word, {}).items():
                place = (*path, word, first)
                scope, _, variable = first.partition(".")
                entries = [(variable, place, len(scope) + 1, inner)] if variable else []
                if not variable and isinstance(inner, dict):
                    entries = [(name, (*place, name), 0, text) for name, text in inner.items()]
                if scope not in SCOPES or not entries:
                    self.wrong(
                        f"`{word}` writes `own.x`, `tx.x` and `session.x`", place, f"write `{word}.own.{first}`" if isinstance(inner, str) else ""
                    )
                    continue
                for name, where, offset, text in entries:
                    match = _VARIABLE.fullmatch(name)
                    if not match or not isinstance(text, str):
                        self.wrong(
                            f"`{name}` cannot name a variable", where, "a name has letters, digits and `_`; an entry of a table is `names[key]`"
                        )
                        continue
                    key = None if match[2] is None else Written(match[2], where, offset + match.start(2), key=True)
                    found.append(Assign(scope, match[1], Written(text, where), word == "add", key))
        return tuple(found)
