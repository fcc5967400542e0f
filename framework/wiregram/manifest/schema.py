"""The keys of protocols.toml and settings.toml as data: validation and the documentation's tables are both made from it."""

from __future__ import annotations

import msgspec

from wiregram.manifest.forms import (
    Either,
    Expression,
    Flag,
    Free,
    Kind,
    Many,
    Named,
    Ports,
    Seconds,
    Section,
    Text,
    Whole,
    Word,
)

FORMAT = 1
"""The notation's version."""

SEVERITIES = ("info", "warning", "error")
TYPES = ("text", "int", "hex", "uint", "float", "upper", "lower", "trim")
EVENTS = (
    "gap", "truncated", "parse_error", "unexpected_message", "response_without_request", "request_without_response", "late_response", "too_long",
    "cut", "held_too_long", "too_complex", "bad_coding", "ambiguous_end", "depth_reached", "too_many_errors", "too_many_transactions",
    "trailing_data",
    "one_sided", "mismatch_protocol_both_directions", "wrong_direction_first_data", "detect_protocol_only_one_direction", "proto_detection_skipped",
    "unexpected_protocol",
)  # fmt: skip
"""The built-in events' names, which a protocol's own cannot have."""


class Key(msgspec.Struct, frozen=True):
    """`default` and `meaning` are Markdown."""

    name: str
    kind: Kind
    meaning: str
    default: str = ""
    required: bool = False


class Table(msgspec.Struct, frozen=True):
    """`called` is the table in a sentence ("a state"); `where` is how one gets there; `others`, if any, is the kind of every key not listed."""

    called: str
    where: str
    keys: tuple[Key, ...]
    others: Kind | None = None

    def key(self, name: str) -> Key | None:
        return next((key for key in self.keys if key.name == name), None)

    def names(self) -> tuple[str, ...]:
        return tuple(key.name for key in self.keys)


GUARD = Expression("guard")
ASSIGNMENTS = Named(Either((Expression(), Named(Expression(), "variable"))), "`own`, `tx`, `session`")
TRANSITION = Either((Text("a state, `complete`, `stop`"), Section("transition")))

TABLES: dict[str, Table] = {
    "manifest": Table(
        "the manifest",
        "protocols.toml",
        (Key("format", Whole(), "the notation's version; another number is refused", str(FORMAT)),),
        others=Section("protocol"),
    ),
    "protocol": Table(
        "a protocol's table",
        "`[NAME]`",
        (
            Key("title", Text(), "what it is, with its standards", required=True),
            Key("grammar", Either((Text("file"), Many(Text("file")))), "grammar files; message names must differ", "none"),
            Key("tcp", Ports(), "ports; `[]` = this transport, no port of its own", "at least one of `tcp`, `udp`"),
            Key("udp", Ports(), "the same for UDP"),
            Key("mode", Word(("on", "detection_only", "off")), "how much is done with its flows", '`"on"`'),
            Key("layer", Flag(), "never detected, only fed", "`false`"),
            Key(
                "speaks_first",
                Word(("client", "server", "either")),
                "whose bytes come first",
                'server if `response.first` exists; either if `pair.by = "flow"` or `pair.begins = "either"`; else client',
            ),
            Key("types", Named(Word(TYPES), "terminal"), "what a Lark terminal's text is converted to", "`text`"),
            Key(
                "define",
                Named(Either((Expression(), Free(tables=True, lists=True, shown="constant list or table"))), "name"),
                "named expressions, constants",
            ),
            Key("secret", Named(Either((Expression("guard"), Flag(only=True))), "path of a field"), "values that sinks do not show"),
            Key("detect", Section("detect"), "patterns and probes"),
            Key("request", Either((Text("message"), Section("side"))), "the states of the side that asks", "none"),
            Key("response", Either((Text("message"), Section("side"))), "the states of the side that answers", "none"),
            Key("both", Either((Text("message"), Section("side"))), "states that both sides have, first in rank", "none"),
            Key("pair", Section("pair"), "which answer belongs to which request"),
            Key("group", Section("group"), "exchanges that make one transaction"),
            Key("events", Named(Either((Word(SEVERITIES), Section("event"))), "event"), "events of its own"),
            Key("limits", Section("limits"), "bounds"),
            Key("silence", Section("silence"), "checks that a false alarm made useless, with the reason"),
            Key("status", Section("status"), "when a transaction is an error"),
            Key("summary", Section("summary"), "for tables and ECS"),
            Key("log", Section("log"), "when and as what a record is written"),
            Key("record", Free(), "the record's object: name -> expression, or a table", "all fields of both sides"),
        ),
    ),
    "side": Table(
        "a side's table",
        "`request`, `response`, `both`",
        (
            Key(
                "resync",
                Expression("`after(d)`, `before(d)`, `segment()`, `none()`"),
                "where a side goes on after an error or a gap; `patterns` in it are the detection patterns of that direction",
                "`after('\\n')` if all messages of `start` end in a line feed, `segment()` if `start` is Construct over TCP, else `none()`",
            ),
        ),
        others=Section("state"),
    ),
    "state": Table(
        "a state",
        "`request.STATE`",
        (
            Key(
                "parse",
                Either((Text("message"), Many(Either((Text("message"), Section("choice")))))),
                "the message that is due; of a list, the first whose guard holds",
            ),
            Key("bytes", Expression(), "raw bytes instead: an int (that many) or an extent (`until(d)`, `until_line(d)`, `dotted()`, `rest()`)"),
            Key("with", Named(Expression(), "parameter"), "Construct's `this._params`: name -> expression"),
            Key("keep", Text("field"), "the bytes' beginning becomes this field"),
            Key("file", Either((Flag(only=True), Section("file"))), "the bytes are a file; a state that is entered again goes on with it"),
            Key("feed", Either((Text("layer"), Section("feed"))), "the bytes go to a layer"),
            Key(
                "decode",
                Either((Expression("coding"), Section("decode"))),
                "coding undone before keep, file and feed: a text (`gzip`, `deflate`, `base64`, `quoted-printable`, others are none; a comma list is "
                "undone from its end), or `xor(key)`",
            ),
            Key("set", ASSIGNMENTS, "variable -> expression; an absent value clears"),
            Key("add", ASSIGNMENTS, "variable -> expression, appended to a list"),
            Key("next", Either((*TRANSITION.kinds, Many(TRANSITION))), "where the side goes; of a list, the first whose guard holds", '`"complete"`'),
        ),
    ),
    "choice": Table(
        "an entry of `parse`",
        "`parse = [{ ... }]`",
        (
            Key("when", GUARD, "the message is due if it holds", required=True),
            Key("use", Text("message"), "the message", required=True),
        ),
    ),
    "transition": Table(
        "a transition",
        "`next`",
        (
            Key("when", GUARD, "without it the transition always holds"),
            Key("to", Text("a state, `complete`, `stop`"), "where this side goes"),
            Key(
                "upgrade",
                Either((Text("protocol"), Section("upgrade"))),
                "instead of `to`: complete on both sides, and both directions go to detection; `{ }` = whatever is found",
            ),
            Key("hold", Flag(), "wait before going `to`", "`false`"),
            Key("release", Flag(), "the hold of the other side of this exchange ends", "`false`"),
            Key("cancel", Expression("key"), "this initiator's open exchange with that key is complete, without an event"),
            Key("alone", Text("a state, `complete`, `stop`"), "where a hold ends when the other side cannot decide it", "`to`"),
            Key("set", ASSIGNMENTS, "as in a state, on this transition only"),
            Key("add", ASSIGNMENTS, "as in a state, on this transition only"),
            Key("event", Text("event"), "an event of `events`, raised here"),
            Key("expect", Section("expect"), "a flow to come between these two hosts, within 30 s"),
        ),
    ),
    "upgrade": Table(
        "an upgrade",
        "`upgrade = { ... }`",
        (
            Key("protocol", Text("protocol"), "what is agreed on", "whatever is found"),
            Key("port", Expression(), "the port that detection uses", "the flow's"),
        ),
    ),
    "decode": Table(
        "`decode`",
        "`decode = { ... }`",
        (
            Key("coding", Expression("coding"), "as above", required=True),
            Key("each", Flag(), "a state that is entered again begins anew", "`false`, or that of the state's file"),
            Key("inflate", GUARD, "the octets then go on in the direction's one DEFLATE stream, which lives as long as the flow (RFC 7692)", "no"),
            Key("end", GUARD, "with these octets a unit of that stream ends, whose last four, `00 00 ff ff`, are not sent", "no"),
        ),
    ),
    "file": Table(
        "a file",
        "`file = { ... }`",
        (
            Key("name", Expression(), "its name, asked as it begins"),
            Key("when", GUARD, "only these bytes belong to it for which it holds"),
            Key("each", Flag(), "a state that is entered again begins a new file", "`false`"),
            Key("data", Text("field"), "a field of the state's message, instead of its bytes"),
            Key("key", Expression(), "the same key in the flow is the same file, across transactions"),
            Key("ends", GUARD, "with `key`: the file ends here"),
            Key(
                "offset",
                Expression("octets"),
                "where these bytes go: they wait for what is missing before them, or it is a hole",
                "behind those before",
            ),
        ),
    ),
    "feed": Table(
        "`feed`",
        "`feed = { ... }`",
        (
            Key("layer", Text("layer"), "the layer's name", required=True),
            Key("data", Text("field"), "a field of the state's message, instead of its bytes"),
            Key(
                "scope",
                Word(("transaction", "flow")),
                "`flow`: the layer lives as long as the flow, has both sides, and has `pair`, `group` and `record` like a protocol",
                '`"transaction"`',
            ),
            Key("key", Expression(), 'with `scope = "flow"`: an instance for each value'),
            Key("end", GUARD, "with these bytes a unit ends, which is to the layer what a datagram is"),
        ),
    ),
    "expect": Table(
        "`expect`",
        "`expect = { ... }`",
        (
            Key("protocol", Text("protocol"), "what the flow speaks", required=True),
            Key("to", Word(("client", "server")), "which end of this flow it goes to", required=True),
            Key("port", Expression("port"), "to which port; it may come from any", required=True),
            Key("host", Expression("address"), "the end's address, where it is another"),
        ),
    ),
    "group": Table(
        "`group`",
        "`[NAME.group]`",
        (
            Key("begin", GUARD, "this request opens a group; one still open ends", required=True),
            Key("join", GUARD, "this request belongs to the open group", "false"),
            Key("end", GUARD, "the group takes no more: asked as an exchange ends that is a member, or began while the group was open", "false"),
            Key("key", Expression(), "several groups at a time, apart by key and initiator"),
        ),
    ),
    "pair": Table(
        "`pair`",
        "`[NAME.pair]`",
        (
            Key(
                "by",
                Word(("order", "key", "flow")),
                "`flow`: one exchange a flow, opened by either side; `complete` is `stop`",
                "`key` if a key is given, else `order`",
            ),
            Key("key", Either((Expression(), Section("key"))), "what request and response have in common"),
            Key("begins", Word(("client", "server", "either")), "whose messages are requests", '`"client"`'),
            Key("role", Expression("`'request'` or `'response'`"), "for each message", "by direction; with `either`, always request"),
            Key("one_way", GUARD, "this message answers nothing and is not answered", "false"),
            Key("aside", GUARD, "this message, and the states that it leads to, belong to no exchange: no transaction, no record", "false"),
            Key("timeout", Seconds(), "of packet time after the exchange's last byte", "30"),
        ),
    ),
    "key": Table(
        "`pair.key`",
        "`key = { ... }`",
        (
            Key("request", Expression(), "the key of a request", required=True),
            Key("response", Expression(), "the key of a response", required=True),
        ),
    ),
    "detect": Table(
        "`detect`",
        "`[NAME.detect]`",
        (
            Key("request", Many(Either((Text(), Section("pattern"))), empty=True), "patterns of that direction"),
            Key("response", Many(Either((Text(), Section("pattern"))), empty=True), "patterns of that direction"),
            Key(
                "probe",
                Either((Flag(only=False), Section("probe"))),
                "trying the grammar",
                "the messages of `first`, then `start`, on the listed ports",
            ),
            Key("derive", Flag(only=False), "no patterns from the grammar's constants"),
            Key("missed", Text("event"), "an event of `events`, raised where this protocol was agreed on or announced, and another was found"),
        ),
    ),
    "pattern": Table(
        "a pattern",
        "`detect.request = [{ ... }]`",
        (
            Key("content", Text(), "the octets; `|0d 0a|` is hex", required=True),
            Key("nocase", Flag(), "letters match in either case", "`false`"),
            Key("offset", Whole(unit="octets"), "from the direction's start", "0"),
            Key("depth", Whole(1, unit="octets"), "the content lies wholly before it", "`offset` + the content's length"),
            Key("when", GUARD, "sees `other` (the other direction's bytes) and `verdict` (its protocol); absent = undecided"),
        ),
    ),
    "probe": Table(
        "`detect.probe`",
        "`probe = { ... }`",
        (
            Key("min", Whole(1, unit="octets"), "not before so many", "1"),
            Key("max", Whole(unit="octets"), "not after so many; 0 = no end", "0"),
            Key("any_port", Flag(only=True), "on every port"),
        ),
    ),
    "event": Table(
        "an event",
        "`events.NAME = { ... }`",
        (
            Key("when", GUARD, "tested when a transaction ends", required=True),
            Key("severity", Word(SEVERITIES), "how bad it is", required=True),
        ),
    ),
    "limits": Table(
        "`limits`",
        "`[NAME.limits]`",
        (
            Key("depth", Whole(unit="octets"), "a direction; 0 = none: `depth_reached`, the rest is counted, not parsed", "1048576"),
            Key("message", Whole(1, unit="octets"), "`too_long`, as an error", "65536"),
            Key("field", Whole(1, unit="octets"), "cut and flagged", "4096"),
            Key("list", Whole(1), "entries: cut and flagged", "1024"),
            Key("held", Whole(1, unit="octets"), "waiting behind a hold: `alone`, `held_too_long`", "65536"),
            Key("open", Whole(1), "transactions: the oldest is completed, `too_many_transactions` once a flow", "256"),
            Key("work", Whole(1), "visits a byte of the message, and 4096: `too_complex`, as an error", "64"),
            Key("errors", Whole(), "a direction: `stop`", "16"),
            Key("decoded", Whole(1), "times the coded bytes: the coding is given up, `too_long`", "100"),
        ),
    ),
    "silence": Table(
        "`silence`",
        "`[NAME.silence]`",
        (Key("deadlock", Text("reason"), "why the two sides never wait for each other for ever, though the check finds a way", "checked"),),
    ),
    "status": Table(
        "`status`",
        "`[NAME.status]`",
        (
            Key("server_error", GUARD, "tested first"),
            Key("client_error", GUARD, "tested second"),
            Key("error", GUARD, "tested last; if none holds, OK"),
        ),
    ),
    "summary": Table(
        "`summary`",
        "`[NAME.summary]`",
        (
            Key("method", Expression(), "what is asked"),
            Key("resource", Expression(), "of what"),
            Key("query", Expression(), "in which words"),
            Key("user", Expression(), "by whom"),
        ),
    ),
    "log": Table(
        "`log`",
        "`[NAME.log]`",
        (
            Key("at", Word(("transaction", "side")), "`side`: a record when each side is done; `own` and `side` are that side's", '`"transaction"`'),
            Key("when", GUARD, "only if it holds"),
            Key("name", Text("name"), "of event type and object", "the protocol's"),
        ),
    ),
    "settings": Table(
        "the settings",
        "settings.toml",
        (
            Key("engine", Section("engine"), "bounds and time-outs of the engine"),
            Key("outputs", Section("outputs"), "what is written"),
            Key("protocols", Named(Section("overlay"), "protocol"), "ports, mode, limits and constants laid over a protocol's own"),
        ),
    ),
    "engine": Table(
        "`engine`",
        "`[engine]`",
        (
            Key("max_flows", Whole(1), "flows at a time; the one idle longest is evicted", "262144"),
            Key("reassembly_memory", Whole(1, unit="octets"), "held by all flows' reassembly", "67108864"),
            Key("reassembly_flow", Whole(1, unit="octets"), "held by one flow's reassembly", "1048576"),
            Key("fragment_memory", Whole(1, unit="octets"), "held by IP fragments", "4194304"),
            Key("fragment_timeout", Seconds(), "a fragmented packet waits", "30"),
            Key("timeout_new", Seconds(), "a flow seen from one side", "60"),
            Key("timeout_established", Seconds(), "a flow seen from both sides", "600"),
            Key("timeout_closed", Seconds(), "a closed flow", "10"),
            Key("timeout_udp", Seconds(), "a UDP flow", "300"),
            Key(
                "detection_limit",
                Whole(1, unit="octets"),
                "a direction, after which detection gives up; more where the receiver's largest window is larger, up to `reassembly_flow`",
                "100000",
            ),
            Key("bail_out", Word(("current", "older")), "when it gives up: `older` is the rule of Suricata's earlier versions", '`"current"`'),
            Key("acknowledged", Flag(), "octets of TCP are read once their receiver has acknowledged them: later, but surely accepted", "`false`"),
        ),
    ),
    "outputs": Table(
        "`outputs`",
        "`[outputs]`",
        (
            Key("show_secrets", Flag(), "show secret values", "`false`"),
            Key("community_id", Flag(), "write Community ID", "`false`"),
            Key("community_id_seed", Whole(high=65535), "its seed", "0"),
            Key("types", Many(Text("event type"), empty=True), "only these records", "all"),
            Key("text", Whole(1, unit="octets"), "of a text are written, and how many more there are", "all that `limits.field` keeps"),
        ),
    ),
    "overlay": Table(
        "a protocol's settings",
        "`[protocols.NAME]`",
        (
            Key("tcp", Ports(), "ports instead of the description's"),
            Key("udp", Ports(), "ports instead of the description's"),
            Key("mode", Either((Word(("on", "detection_only", "off")), Section("modes"))), "for all transports, or by transport"),
            Key("limits", Section("limits"), "limits laid over the description's"),
            Key(
                "define",
                Named(Either((Whole(), Free(tables=True, lists=True, shown="constant list or table"))), "name"),
                "constants of the description's `define` with another value: a number, a list, or entries of a table",
            ),
            Key("outputs", Section("protocol_outputs"), "what is written of its records"),
        ),
    ),
    "protocol_outputs": Table(
        "a protocol's `outputs`",
        "`[protocols.NAME.outputs]`",
        (
            Key("show_secrets", Flag(), "show its secret values", "as `[outputs]` says"),
            Key("types", Many(Text("event type"), empty=True), "only these of its records", "as `[outputs]` says"),
            Key("text", Whole(1, unit="octets"), "of a text in its records", "as `[outputs]` says"),
            Key("name", Text("name"), "what `app_proto` calls it, where other tools have another word", "its own"),
        ),
    ),
    "modes": Table(
        "`mode`",
        "`mode = { ... }`",
        (
            Key("tcp", Word(("on", "detection_only", "off")), "for flows over TCP"),
            Key("udp", Word(("on", "detection_only", "off")), "for flows over UDP"),
        ),
    ),
}


def tables() -> dict[str, str]:
    """The documentation's tables of keys, as Markdown, by name (`protocol`, `state`, `limits`, ...)."""
    return {name: _markdown(table) for name, table in TABLES.items()}


def _markdown(table: Table) -> str:
    lines = ["| key | value | meaning | default |", "|---|---|---|---|"]
    for key in table.keys:
        default = "required" if key.required else key.default
        cells = (f"`{key.name}`", key.kind.shown, key.meaning, default)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
