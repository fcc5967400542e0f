"""`wiregram list`, `show`, `parse` and `schema`: what the descriptions say."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from wiregram.cli import options
from wiregram.model.errors import CaptureError
from wiregram.program.protocol import Pattern, Probe, Protocol


@click.command("list")
@options.protocols
@options.settings
@click.option("--lines", is_flag=True, help="Also the lines of grammar and table that are neither blank nor comment.")
def list_protocols(directories: tuple[Path, ...], settings_file: Path | None, lines: bool) -> None:
    """List the protocols with their ports."""
    import wiregram
    from wiregram.compiler import protocol_lines

    library = wiregram.load(*directories, settings=settings_file)
    counted = protocol_lines(*directories) if lines else {}
    rows = [["protocol", "ports", "mode", *(["grammar", "table", "lines"] if lines else []), "title"]]
    for name, protocol in library.protocols.items():
        counts = [str(counted[name].grammar), str(counted[name].table), str(counted[name].total)] if lines else []
        rows.append([name, _ports(protocol), "/".join(sorted(set(protocol.mode.values()))), *counts, protocol.title])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip())


def _ports(protocol: Protocol) -> str:
    parts = []
    for transport, ranges in protocol.ports.items():
        shown = ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)
        parts.append(f"{transport}/{shown or '-'}")
    return " ".join(parts)


@click.command()
@click.argument("name")
@options.protocols
@options.settings
@click.option("--program", is_flag=True, help="The compiled parsers, as tables.")
@click.option("--states", is_flag=True, help="The two progress machines.")
@click.option("--signatures", is_flag=True, help="Patterns and probes.")
@click.option("--mermaid", is_flag=True, help="The two progress machines as a Mermaid state diagram.")
def show(name: str, directories: tuple[Path, ...], settings_file: Path | None, program: bool, states: bool, signatures: bool, mermaid: bool) -> None:
    """Show what a description was compiled to; without an option, an overview."""
    from wiregram.cli.diagram import diagram
    from wiregram.cli.states import machines

    protocol = _protocol(name, directories, settings_file)
    parts = []
    if program:
        parts += [message.dump() for message in protocol.messages]
    if states:
        parts.append(machines(protocol))
    if signatures:
        parts.append(_signatures(protocol))
    if mermaid:
        parts.append(diagram(protocol))
    click.echo("\n\n".join(parts) if parts else _overview(protocol, directories))


def _protocol(name: str, directories: tuple[Path, ...], settings_file: Path | None) -> Protocol:
    import difflib

    import wiregram

    library = wiregram.load(*directories, settings=settings_file)
    if name not in library.protocols:
        near = difflib.get_close_matches(name, library.protocols, 1)
        raise click.UsageError(f"there is no protocol {name!r}" + (f"; did you mean {near[0]!r}?" if near else "; `wiregram list` shows them"))
    return library.protocols[name]


def _overview(protocol: Protocol, directories: tuple[Path, ...]) -> str:
    from wiregram.cli.states import machines
    from wiregram.compiler import report

    lines = [f"{protocol.name}: {protocol.title}", f"ports: {_ports(protocol)}; first to speak: {protocol.speaks_first}", ""]
    lines += [machines(protocol).split("\n", 1)[1], "", _signatures(protocol), "", *report(protocol.name, *directories)]
    return "\n".join(lines)


def _signatures(protocol: Protocol) -> str:
    lines = [f"signatures of {protocol.name}"]
    lines += [f"  {_pattern(pattern)}" for pattern in protocol.patterns]
    lines += [f"  {_probe(protocol, probe)}" for probe in protocol.probes]
    return "\n".join(lines if len(lines) > 1 else [*lines, "  none: it is never detected"])


def _pattern(pattern: Pattern) -> str:
    side = ("request", "response")[pattern.direction]
    words = [f"{pattern.transport} {side:8} pattern {pattern.shown()}", f"in octets {pattern.offset} to {pattern.depth}"]
    if pattern.nocase:
        words.append("either case")
    if pattern.when is not None:
        words.append("on a condition")
    words.append("derived from the grammar: has its messages tried" if pattern.derived else "written")
    return ", ".join(words)


def _probe(protocol: Protocol, probe: Probe) -> str:
    side = ("request", "response")[probe.direction]
    ports = ",".join(str(low) if low == high else f"{low}-{high}" for low, high in probe.ports)
    where = "any port" if probe.any_port else f"ports {ports}" if ports else "no port: only where the protocol is announced"
    names = " or ".join(str(protocol.messages[number].message) for number in probe.messages)
    return f"{probe.transport} {side:8} probe {names}, {where}"


@click.command()
@click.argument("name")
@click.argument("message")
@click.argument("file", default="-", metavar="[FILE | -]")
@options.protocols
@click.option("--hex", "is_hex", is_flag=True, help="The input is hexadecimal digits.")
def parse(name: str, message: str, file: str, directories: tuple[Path, ...], is_hex: bool) -> int:
    """Parse one MESSAGE of protocol NAME and print its value, or where and why it fails (exit code 1)."""
    import json

    from wiregram.compiler.lookup import messages
    from wiregram.model.parsing import FAILED
    from wiregram.outputs import plain
    from wiregram.parse import begin

    parser = begin(messages(name, *directories).program(message))
    data = _input(file, is_hex)
    if parser.run(data, 0, len(data), True) == FAILED:
        what = "the input ends too early" if parser.short else "it does not match"
        click.echo(f"{message}: {what} at octet {parser.offset}: expected {parser.expected}\n{_context(data, parser.offset)}", err=True)
        return 1
    click.echo(json.dumps(plain(parser.value(data, 0)), indent=2, ensure_ascii=False))
    if parser.flaw is not None:
        click.echo(f"at octet {parser.flaw[0]}, in a sized region: expected {parser.flaw[1]}", err=True)
    if parser.used < len(data):
        click.echo(f"{len(data) - parser.used} octets after the message were not looked at", err=True)
    return 0


@click.command()
@click.argument("name")
@options.protocols
def schema(name: str, directories: tuple[Path, ...]) -> None:
    """Print the JSON Schema (2020-12) of the EVE records of protocol NAME."""
    import json

    from wiregram.compiler import record_schema
    from wiregram.outputs import event_schema

    protocol, section = record_schema(name, *directories)
    click.echo(json.dumps(event_schema(protocol.log.name, protocol.title, section), indent=2, ensure_ascii=False))


def _input(file: str, is_hex: bool) -> bytes:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CaptureError(f"{file}: {error.strerror}") from None
    if not is_hex:
        return data
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError:
        raise CaptureError(f"{file}: --hex expects pairs of hexadecimal digits") from None


def _context(data: bytes, offset: int) -> str:
    """The octets around `offset`, with a caret below."""
    start = max(0, offset - 16)

    def shown(piece: bytes) -> str:
        return "".join(chr(octet) if 32 <= octet < 127 and octet != 92 else f"\\x{octet:02x}" for octet in piece)

    before, after = shown(data[start:offset]), shown(data[offset : offset + 16])
    return f"    {'...' if start else ''}{before}{after}\n    {' ' * (len(before) + (3 if start else 0))}^"
