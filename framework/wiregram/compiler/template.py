"""What `wiregram new` writes: a small protocol that runs as it stands, and whose comments say what to change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wiregram.manifest.document import read
from wiregram.manifest.loading import MANIFEST
from wiregram.manifest.reading import ranges
from wiregram.manifest.validation import PROTOCOL, VERDICTS
from wiregram.model.errors import ManifestError, Problem

TEXT, BINARY = "text", "binary"
_FIRST_PORT = 4000

_LARK = """\
// NAME: what its messages look like. Each message is a rule; the table in protocols.toml says which one is due when.
// A terminal gives a field of its name (VERB gives `verb`), in a repetition a list; one that begins with _ gives nothing.
request: VERB (_SP ARG)* _EOL

// An alias (-> success) is the message's `kind`.
reply: "OK" (_SP TEXT)? _EOL -> success
     | "NO" (_SP TEXT)? _EOL -> failure

VERB: /[A-Za-z]+/
ARG: /[^ \\r\\n]+/
TEXT: /[^ \\r\\n][^\\r\\n]*/
_SP: / +/
_EOL: /\\r?\\n/
"""

_LARK_TABLE = """\
[NAME]
title    = "NAME: what it is, and which document says so"
tcp      = [PORT]                      # the server's ports
grammar  = "NAME.lark"                # in grammars/, or beside this file
types    = { VERB = "upper" }         # what a terminal's text becomes
request  = "request"                  # the message that the client sends, and
response = "reply"                    # the one that answers it
status.error = "response.kind == 'failure'"

[NAME.record]                         # what is written of each request with its answer
command = "request.verb"
args    = "request.arg"
status  = "'OK' if response.kind == 'success' else 'NO'"
text    = "response.text"
"""

_LARK_DIALOGUES = r"""# Conversations, and the records that they must give: `check` runs each one whole, byte by byte and cut at every position.
# `source` says where bytes and records come from: a document, another program; never wiregram's own output.
source = "written by hand for NAME"

[[dialogue]]
title = "a question, and a refused one"
turns = [
  { client = "get apple\r\n" },
  { server = "OK red and green\r\n" },
  { client = "GET pear plum\r\n" },
  { server = "NO\r\n" },
]
records = [
  { NAME = { command = "GET", args = ["apple"], status = "OK", text = "red and green" } },
  { NAME = { command = "GET", args = ["pear", "plum"], status = "NO" } },
]
"""

_CONSTRUCT = '''\
"""NAME: what its messages look like. Each message is a Construct object; the table in protocols.toml says which one is due when."""

from construct import *

# A name on the left of / gives a field. An Enum gives its name, or the number where it has none.
operation = Enum(Int8ub, get=1, put=2)
result = Enum(Int8ub, ok=0, missing=1)

# Prefixed: a length, then so many octets. What is inside may not go beyond them.
request = Prefixed(Int16ub, Struct("version" / Const(1, Int8ub), "id" / Int16ub, "operation" / operation, "data" / GreedyBytes))
response = Prefixed(Int16ub, Struct("version" / Const(1, Int8ub), "id" / Int16ub, "result" / result, "data" / GreedyBytes))
'''

_CONSTRUCT_TABLE = """\
[NAME]
title    = "NAME: what it is, and which document says so"
tcp      = [PORT]                      # the server's ports
grammar  = "NAME.py"                  # in grammars/, or beside this file
request  = "request"                  # the message that the client sends, and
response = "response"                 # the one that answers it:
pair.key = "id"                       # that with the same id; without a key, answers come in order
status.error = "response.result != 'ok'"

[NAME.record]                         # what is written of each request with its answer
id        = "default(request.id, response.id)"
operation = "request.operation"
asked     = "request.data"
result    = "response.result"
answered  = "response.data"
"""

_CONSTRUCT_DIALOGUES = """\
# Conversations, and the records that they must give: `check` runs each one whole, byte by byte and cut at every position.
# `source` says where bytes and records come from: a document, another program; never wiregram's own output.
source = "written by hand for NAME"

[[dialogue]]
title = "two questions, answered the other way round"
turns = [
  { client = { hex = "0009 01 0001 01 6170706c65" } },   # length, version, id 1, get, "apple"
  { client = { hex = "0008 01 0002 01 70656172" } },     # id 2, get, "pear"
  { server = { hex = "0004 01 0002 01" } },              # id 2, missing
  { server = { hex = "0007 01 0001 00 726564" } },       # id 1, ok, "red"
]
records = [
  { NAME = { id = 2, operation = "get", asked = "pear", result = "missing", answered = "" } },
  { NAME = { id = 1, operation = "get", asked = "apple", result = "ok", answered = "red" } },
]
"""

_KINDS = {
    TEXT: (".lark", _LARK, _LARK_TABLE, _LARK_DIALOGUES),
    BINARY: (".py", _CONSTRUCT, _CONSTRUCT_TABLE, _CONSTRUCT_DIALOGUES),
}


def new_protocol(name: str, kind: str, directory: Path) -> list[Path]:
    """Writes a grammar, example dialogues and a table (behind those of `directory`/protocols.toml, or as its first) that `check`, `fuzz` and
    `run` accept; `kind` is "text" or "binary". Gives the files written or added to. Raises ManifestError, and then nothing is written."""
    if kind not in _KINDS:
        raise ManifestError(Problem(f"`{kind}` is no kind of protocol", suggestion="text or binary"))
    if not PROTOCOL.fullmatch(name) or name in (*VERDICTS, "format"):
        raise ManifestError(
            Problem(f"`{name}` cannot name a protocol", suggestion="a name has small letters, digits and `_`, and begins with a letter")
        )
    suffix, grammar, table, dialogues = _KINDS[kind]
    manifest = directory / MANIFEST
    data: dict[str, Any] = {}
    head = "format = 1\n"
    if manifest.exists():
        document = read(manifest)
        data, head = document.data, document.text.rstrip("\n") + "\n"
        if name in data:
            raise ManifestError(document.problem(f"`{name}` is a protocol already", (name,), at="key", suggestion="choose another name"))
    grammars = directory / "grammars"
    example = grammars / "examples" / f"{name}.toml"
    for path in (*(grammars / f"{name}{each}" for each, *_ in _KINDS.values()), example):
        if path.exists():
            raise ManifestError(Problem("the file is there already", str(path), suggestion="choose another name, or move it away"))
    file = grammars / f"{name}{suffix}"
    texts = {
        file: grammar.replace("NAME", name),
        example: dialogues.replace("NAME", name),
        manifest: head + "\n" + table.replace("NAME", name).replace("PORT", str(_free_port(data))),
    }
    try:
        example.parent.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text, "utf-8")
    except OSError as error:
        raise ManifestError(Problem(f"cannot be written: {error.strerror or error}", str(error.filename or directory))) from None
    return list(texts)


def _free_port(data: dict[str, Any]) -> int:
    taken: set[int] = set()
    for table in data.values():
        for transport in ("tcp", "udp"):
            if isinstance(table, dict) and isinstance(table.get(transport), list):
                for low, high in ranges(table[transport]):
                    taken.update(range(low, high + 1))
    return next(port for port in range(_FIRST_PORT, 1 << 16) if port not in taken)
