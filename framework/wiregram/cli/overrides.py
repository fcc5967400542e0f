"""`--decode-as tcp/8081=http`: what a person says of ports, read and checked against the library."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

import click

from wiregram.model.packet import TRANSPORTS
from wiregram.program.library import Library

_WORD = re.compile(r"([^/=]+)/([^=]+)=(.+)")
_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_OPTION = "--decode-as"


def read_overrides(words: Iterable[str], library: Library) -> dict[tuple[str, int], str]:
    """(transport, port) -> protocol. Raises click's errors, which name the word and what was expected."""
    found: dict[tuple[str, int], str] = {}
    for word in words:
        read = _WORD.fullmatch(word)
        if read is None:
            raise _wrong(f"{word!r} is not TRANSPORT/PORT=NAME, such as tcp/8081={_example(library)}")
        transport, ports, name = read.groups()
        if transport not in TRANSPORTS.values():
            raise _wrong(f"{word!r}: {transport!r} is no transport: it is tcp or udp")
        if name not in library.protocols:
            raise no_such_protocol(name, library.protocols, _OPTION)
        mode = library.protocols[name].mode.get(transport) if transport in library.protocols[name].ports else None
        if mode is None:
            known = " and ".join(library.protocols[name].ports) or "no transport: it is only fed by other protocols"
            raise _wrong(f"{word!r}: {name} does not run over {transport}, it runs over {known}")
        if mode == "off":
            raise _wrong(f"{word!r}: {name} is off for {transport}, by its table or the settings")
        for port in _ports(word, ports):
            if found.setdefault((transport, port), name) != name:
                raise _wrong(f"{word!r}: {transport}/{port} is {found[transport, port]} already")
    return found


def _ports(word: str, text: str) -> range:
    read = _RANGE.fullmatch(text)
    low, high = (int(read[1]), int(read[2] or read[1])) if read else (0, 0)
    if not 0 < low <= high <= 65535:
        raise _wrong(f"{word!r}: {text!r} is no port from 1 to 65535, and no range of them such as 8000-8099")
    return range(low, high + 1)


def _example(library: Library) -> str:
    return next((name for name, protocol in library.protocols.items() if "tcp" in protocol.ports), "NAME")


def _wrong(text: str) -> click.ClickException:
    return click.BadParameter(text, param_hint=_OPTION)


def no_such_protocol(name: str, known: Iterable[str], option: str = "") -> click.ClickException:
    """The error for a name that no description has, with the nearest one."""
    near = difflib.get_close_matches(name, list(known), 1)
    text = f"there is no protocol {name!r}" + (f"; did you mean {near[0]!r}?" if near else "; `wiregram list` shows them")
    return click.BadParameter(text, param_hint=option) if option else click.UsageError(text)
