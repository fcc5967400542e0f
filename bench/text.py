"""Text grammars beside Lark and h11, in one run: `text.py [--seconds S]`. Both sides produce the complete value, checked equal beforehand.

Messages a second against `lark.parse` and h11, octets a second along one token and one line, the cost of chunks, octets visited, the state of a
suspended parser, the time to compile a grammar of 40 lines from its source and from the cache, the size of the tables.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lark import Lark

import wiregram.parse.text
from wiregram import frontends
from wiregram.frontends import cache, remembered
from wiregram.frontends.text import TextGrammar, load
from wiregram.frontends.text.source import BUNDLED, shared
from wiregram.model.parsing import MATCH, MORE
from wiregram.parse import begin
from wiregram.program.protocol import Limits
from wiregram.program.text import TextProgram

HTTP = r"""
%import rfc.EOL -> _EOL
request: METHOD _SP TARGET _SP VERSION _EOL header* _EOL
header: NAME _COLON VALUE? _EOL
METHOD: /[A-Z]+/
TARGET: /[^ \r\n]+/
VERSION: /HTTP\/[0-9]\.[0-9]/
NAME: /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/
VALUE: /[!-~\x80-\xff][^\r\n\0]*/
_COLON: /:[ \t]*/
_SP: / /
"""
HEAD = (
    b"GET /search?q=wiregram&lang=en HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101\r\n"
    b"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, br\r\n"
    b"Connection: keep-alive\r\nReferer: http://www.example.com/\r\nCookie: session=0123456789abcdef; theme=dark\r\nCache-Control: max-age=0\r\n"
    b"DNT: 1\r\n\r\n"
)
FORTY = r"""
%import rfc.EOL -> _EOL
DIGITS: /[0-9]+/
command: TAG _SP _body _EOL
_body: login | select | fetch | store | search | append | copy | list | plain
plain: WORD (_SP _any)*
login: _LOGIN _SP astring _SP astring
select: (_SELECT | _EXAMINE) _SP mailbox
list: (_LIST | _LSUB) _SP astring _SP astring
copy: _COPY _SP set _SP mailbox
append: _APPEND _SP mailbox [_SP flags] [_SP date] _SP LITERAL
fetch: _FETCH _SP set _SP (part | "(" part (_SP part)* ")")
store: _STORE _SP set _SP HOW _SP flags
search: _SEARCH (_SP key)+
key: WORD | set | QUOTED | "(" key (_SP key)* ")" -> all
part: WORD section?
section: "[" WORD ("." WORD)* [_SP "(" astring (_SP astring)* ")"] "]" span?
span: "<" DIGITS "." DIGITS ">"
flags: "(" [FLAG (_SP FLAG)*] ")"
?mailbox: astring
?astring: QUOTED -> quoted | WORD -> atom | DIGITS -> digits | PATH -> path
set: RANGE
date: QUOTED
_any: QUOTED | WORD | DIGITS | RANGE | FLAG | PATH | "(" | ")"
TAG: /[A-Za-z]+[0-9]+/
WORD: /[A-Za-z][A-Za-z0-9_-]*/
PATH: /[A-Za-z][A-Za-z0-9_-]*(\/[A-Za-z0-9_-]+)+/
FLAG: /\\[A-Za-z]+/
RANGE: /[0-9*]{1,10}[:,][0-9*:,]+/
HOW: /[+-]?FLAGS(\.SILENT)?/i
QUOTED: /"([^"\\\r\n]|\\["\\])*"/
LITERAL: /\{[0-9]{1,10}\+?\}/
_LOGIN.2: "LOGIN"i
_SELECT.2: "SELECT"i
_EXAMINE.2: "EXAMINE"i
_LIST.2: "LIST"i
_LSUB.2: "LSUB"i
_COPY.2: "COPY"i
_APPEND.2: "APPEND"i
_FETCH.2: "FETCH"i
_STORE.2: "STORE"i
_SEARCH.2: "SEARCH"i
_SP: / /
"""
POP3 = {
    "command": [b"USER alice\r\n", b"RETR 1\r\n", b"TOP 12 10\r\n", b"LIST\r\n", b"CAPA\r\n", b"STAT\r\n"],
    "reply": [b"+OK 120 octets\r\n", b"-ERR [IN-USE] busy\r\n", b"+OK\r\n", b"+OK 2 320\r\n"],
}
ROUNDS = 7


def ours(program: TextProgram) -> Callable[[bytes], Any]:
    def parse(data: bytes) -> Any:
        parser = begin(program)
        if parser.run(data, 0, len(data), False) != MATCH:
            raise SystemExit(f"no {program.message}: {data!r}")
        return parser.value(data, 0)

    return parse


def pieces(program: TextProgram, data: bytes, count: int, size: int) -> float:
    """Seconds for `count` messages in chunks of `size` octets, values built; a chunk may hold many messages or a part of one."""
    stream = data * count
    total = len(stream)
    ends = [*range(size, total, size), total]
    start = time.process_time()
    parser, base = begin(program), 0
    for end in ends:
        while parser.run(stream, base, end, False) == MATCH:
            parser.value(stream, base)
            base += parser.used
            parser = begin(program)
            if base == end:
                break
    return time.process_time() - start


def state(program: TextProgram, data: bytes) -> int:
    """The largest a parser of `data` gets between two of its octets; what it shares with others is left out."""
    parser: Any = begin(program)
    most = 0
    for end in range(1, len(data)):
        if parser.run(data, 0, end, False) != MORE:
            raise SystemExit("the message ends too early")
        most = max(most, sys.getsizeof(parser))
    return most


def along(program: TextProgram, data: bytes) -> float:
    """Millions of octets a second over the beginning of a message."""
    best = 0.0
    for _ in range(ROUNDS):
        start = time.process_time()
        if begin(program).run(data, 0, len(data), False) != MORE:
            raise SystemExit("the message ends too early")
        best = max(best, len(data) / (time.process_time() - start))
    return best / 1e6


def compiling(text: str, message: str) -> None:
    """How long one message of a grammar takes to its tables: from the source, and from the cache, the front ends' own code looked at anew."""
    lines = sum(bool(line.strip()) for line in text.splitlines())
    with tempfile.TemporaryDirectory() as place:
        os.environ[cache.VARIABLE] = os.path.join(place, "cache")
        path = Path(place, "forty.lark")
        path.write_text(text)
        os.utime(path, (1, 1))
        best = {"from its source": 9.0, "from the cache": 9.0}
        frontends.load(path).compile(message, {}, None, Limits())
        for _ in range(ROUNDS):
            start = time.process_time()
            load(path).compile(message, {}, None, Limits())
            best["from its source"] = min(best["from its source"], time.process_time() - start)
            remembered._tools.cache_clear()
            start = time.process_time()
            grammar = frontends.load(path)
            grammar.problems(message)
            grammar.compile(message, {}, None, Limits())
            best["from the cache"] = min(best["from the cache"], time.process_time() - start)
        if grammar._grammar is not None:  # type: ignore[attr-defined]  # of a remembered grammar: the front end, if it was needed
            raise SystemExit("the cache did not hold the grammar")
        del os.environ[cache.VARIABLE]
    for way, seconds in best.items():
        print(f"{f'compile {lines} lines':28}{seconds * 1000:>10.1f} ms {way}")


def compare(name: str, samples: list[bytes], one: Callable[[bytes], Any], others: dict[str, Callable[[bytes], Any]], seconds: float) -> None:
    """Rates in turn, a short while each of the processor's time, so that a busy machine is busy for both; the best of each counts."""
    best = dict.fromkeys(["ours", *others], 0.0)
    for _ in range(ROUNDS):
        for who, run in {"ours": one, **others}.items():
            done, start = 0, time.process_time()
            while (passed := time.process_time() - start) < seconds / ROUNDS:
                for sample in samples:
                    run(sample)
                done += len(samples)
            best[who] = max(best[who], done / passed)
    beside = "   ".join(f"{who} {rate:>9.0f} ({best['ours'] / rate:5.1f} times)" for who, rate in best.items() if who != "ours")
    print(f"{name:28}{best['ours']:>10.0f} messages/s   {beside}")


def lark(grammar: TextGrammar, text: str, message: str, samples: list[bytes], program: TextProgram) -> Callable[[bytes], Any]:
    """Lark's own parser, its values checked."""
    oracle = grammar.oracle(message)
    for sample in samples:
        if oracle(sample) is None or oracle(sample) != ours(program)(sample):
            raise SystemExit(f"{message}: not the same value of {sample!r}")
    made = Lark(text, parser="lalr", lexer="contextual", use_bytes=True, start=message, maybe_placeholders=False, import_paths=[shared])
    parse: Callable[[bytes], Any] = made.parse
    return parse


def h11(program: TextProgram) -> Callable[[bytes], Any] | None:
    try:
        import h11 as peer
    except ImportError:
        print("h11 is not installed: pip install h11")
        return None

    def parse(data: bytes) -> Any:
        connection = peer.Connection(peer.SERVER)
        connection.receive_data(data)
        return connection.next_event()

    event, value = parse(HEAD), ours(program)(HEAD)
    fields = [(entry["name"].lower(), entry["value"]) for entry in value["header"]]
    if (event.method, event.target, list(event.headers), b"HTTP/" + event.http_version) != (
        value["method"],
        value["target"],
        fields,
        value["version"],
    ):
        raise SystemExit("h11 reads another value")
    return parse


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=1.5)
    seconds = arguments.parse_args().seconds
    print("compiled" if wiregram.parse.text.__file__.endswith((".so", ".pyd")) else "plain Python")
    text = (BUNDLED / "pop3.lark").read_text(encoding="utf-8")
    pop3, http = load(BUNDLED / "pop3.lark"), load("http.lark", HTTP)
    for message, samples in POP3.items():
        program = pop3.compile(message, {}, None, Limits())
        compare(f"pop3 {message}", samples, ours(program), {"lark.parse": lark(pop3, text, message, samples, program)}, seconds)
    program = http.compile("request", {}, None, Limits())
    others = {"lark.parse": lark(http, HTTP, "request", [HEAD], program)}
    peer = h11(program)
    compare("http request, 10 headers", [HEAD], ours(program), {**others, **({"h11": peer} if peer else {})}, seconds)
    print(f"{'one long token':28}{along(program, b'GET /' + b'a' * 4_000_000):>10.0f} MB/s")
    line = b"GET / HTTP/1.1\r\nCookie: " + b"name=value; " * 300_000
    print(f"{'one long line':28}{along(program, line):>10.0f} MB/s")
    costs = {size: min(pieces(program, HEAD, 400, size) for _ in range(ROUNDS)) for size in (1460, 1, 65536)}
    print(f"{'chunks of 1, 64 Ki':28}{costs[1] / costs[1460]:>10.1f} and {costs[65536] / costs[1460]:.2f} times the time of 1460")
    parser = begin(program)
    for end in range(1, len(HEAD) + 1):
        parser.run(HEAD, 0, end, False)
    print(f"{'octets visited':28}{parser.visits:>10} of {len(HEAD)}, each token's look-back at most {program.look_back}")
    print(f"{'suspended state':28}{state(program, HEAD):>10} octets")
    compiling(FORTY, "command")
    for path in sorted(BUNDLED.glob("*.lark")):
        if path.name != "rfc.lark":
            grammar = load(path)
            sizes = {name: grammar.compile(name, {}, None, Limits()).size() for name in grammar.messages if not grammar.problems(name)}
            print(f"{path.name:28}{sum(sizes.values()):>10} octets of tables ({', '.join(f'{name} {size}' for name, size in sizes.items())})")


if __name__ == "__main__":
    main()
