"""Messages a second of the compiled grammars beside the libraries that the grammars are written for, in one run: `messages.py [--seconds S]`.

Both sides produce the complete value, checked equal beforehand. tests/run.py makes the environments for the plain and the compiled form.
"""

from __future__ import annotations

import argparse
import runpy
import time
from collections.abc import Callable

from lark import Lark

from wiregram.frontends.text.source import shared
from wiregram.manifest.loading import bundled
from wiregram.testing import begin, specimens

QUERY = bytes.fromhex("12340100000100000000000003777777076578616d706c6503636f6d0000010001")
ANSWER = bytes.fromhex(
    "1234858000010002000100000377777707 6578616d706c6503636f6d0000010001c00c0005000100000e100007 04686f7374c010c02d0001000100000 12c0004c0000207"
    "c010000200010001518000 05026e73c010".replace(" ", "")
)
CASES = {
    ("pop3", "command"): [b"USER alice\r\n", b"RETR 1\r\n", b"TOP 12 10\r\n", b"LIST\r\n", b"CAPA\r\n"],
    ("pop3", "reply"): [b"+OK 120 octets\r\n", b"-ERR [IN-USE] busy\r\n", b"+OK\r\n"],
    ("dns", "message"): [QUERY, ANSWER],
    ("modbus", "request"): [bytes.fromhex("000100000006010300000 00a".replace(" ", "")), bytes.fromhex("00020000000b011000010002040001ffff")],
}


def rate(run: Callable[[bytes], object], samples: list[bytes], seconds: float) -> float:
    """Calls a second over the samples in turn."""
    done = 0
    start = time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        for sample in samples * 50:
            run(sample)
        done += len(samples) * 50
    return done / passed


def library_parse(protocol: str, message: str) -> tuple[str, Callable[[bytes], object]]:
    """The grammar's own language at its own work: Lark's LALR parser over bytes, or the Construct object."""
    grammars = bundled() / "grammars"
    path = grammars / f"{protocol}.lark"
    if path.exists():
        text = path.read_text(encoding="utf-8")
        made = Lark(text, parser="lalr", lexer="contextual", use_bytes=True, start=message, maybe_placeholders=False, import_paths=[shared])
        return "lark", made.parse
    return "construct", runpy.run_path(str(grammars / f"{protocol}.py"))[message].parse


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    seconds = parser.parse_args().seconds
    for (protocol, message), samples in CASES.items():
        found = specimens(protocol, [message])[message]
        name, theirs = library_parse(protocol, message)

        def ours(data: bytes, program: object = found.program) -> object:
            running = begin(program)
            running.run(data, 0, len(data), True)
            return running.value(data, 0)

        for sample in samples:
            expected = found.oracle(sample)
            if expected is None or ours(sample) != expected[0]:
                raise SystemExit(f"{protocol} {message}: not the same value: {ours(sample)} {expected}")
        one, two = rate(ours, samples, seconds), rate(theirs, samples, seconds)
        print(f"{protocol + ' ' + message:16}{one:>12.0f} messages/s   {name + '.parse':16}{two:>10.0f}   {one / two:6.1f} times")


if __name__ == "__main__":
    main()
