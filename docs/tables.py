"""Writes the tables of docs/manifest.md from the framework's own schema: `python docs/tables.py`. With --check it only says whether they are true."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from wiregram.manifest.schema import tables
from wiregram.program.functions import FUNCTIONS
from wiregram.transaction.events import BUILT_IN

PAGE = Path(__file__).with_name("manifest.md")
MARK = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def functions() -> str:
    rows = [f"| `{function.signature}` | {function.result} | {function.meaning} |" for function in FUNCTIONS.values()]
    return "\n".join(["| function | gives | meaning |", "|---|---|---|", *rows])


def events() -> str:
    rows = [f"| `{event.name}` | {event.severity} | {event.meaning} |" for event in BUILT_IN.values()]
    return "\n".join(["| event | severity | meaning |", "|---|---|---|", *rows])


def page(text: str) -> str:
    made = {**tables(), "functions": functions(), "events": events()}
    return MARK.sub(lambda found: found[1] + made[found[2]].strip() + "\n" + found[4], text)


def main() -> int:
    old = PAGE.read_text(encoding="utf-8")
    new = page(old)
    if "--check" in sys.argv:
        return int(old != new)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
