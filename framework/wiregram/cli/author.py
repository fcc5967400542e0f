"""`wiregram new` and `wiregram check`: for those who describe a protocol."""

from __future__ import annotations

from pathlib import Path

import click

from wiregram.cli import options
from wiregram.model.errors import ERROR, ManifestError, Problem, WiregramError
from wiregram.program.library import Library


@click.command()
@click.argument("name")
@click.argument("directory", default=".", type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--text", is_flag=True, help="Messages are text: the grammar is Lark's.")
@click.option("--binary", is_flag=True, help="Messages are binary: the grammar is Construct's.")
def new(name: str, directory: Path, text: bool, binary: bool) -> None:
    """Begin a protocol: a grammar, a table and an example dialogue in DIR, which check, fuzz and run accept as they are."""
    from wiregram.compiler.template import new_protocol

    if text == binary:
        raise click.UsageError("say --text or --binary")
    for path in new_protocol(name, "text" if text else "binary", directory):
        click.echo(f"wrote {path}")
    where = "" if directory == Path(".") else f" {directory}"
    click.echo(f"next: wiregram check{where or ' .'}")


@click.command()
@click.argument("target", default=".", metavar="[NAME | DIR]")
@options.protocols
@options.settings
def check(target: str, directories: tuple[Path, ...], settings_file: Path | None) -> int:
    """Prove what can be proved of a protocol NAME, or of all in DIR (default: this directory, else the bundled ones), and play its example dialogues.

    Of a NAME it says how each field or terminal behaves on a stream, and the largest buffer that the protocol can need. Exit code 2 where there is
    an error.
    """
    from wiregram.compiler import examine, report
    from wiregram.manifest.loading import MANIFEST, load_tables

    names: tuple[str, ...] = ()
    if (Path(target) / MANIFEST).is_file() or target.endswith(".toml"):
        directories = (*directories, Path(target))
        tables = load_tables((Path(target),))
        names = (*tables.descriptions, *tables.rests)
        if not names:
            raise ManifestError(tables.problems or f"{target} describes no protocol")
    elif Path(target).is_dir() and target != ".":
        raise ManifestError(Problem(f"{target} has no {MANIFEST}", suggestion=f"`wiregram new NAME --text {target}` makes one"))
    elif target != ".":
        names = (target,)
    problems, library = examine(*directories, settings=settings_file, names=names)
    for problem in problems:
        click.echo(problem.render())
    if any(problem.severity == ERROR for problem in problems):
        return 2
    failed = False
    for name in names or library.protocols:
        failed = not _play(library, name, directories) or failed
    if names == (target,):
        click.echo("\n".join(report(target, *directories)))
    return 2 if failed else 0


def _play(library: Library, name: str, directories: tuple[Path, ...]) -> bool:
    """Play the dialogues of one protocol and say how it went; False where one fails."""
    from wiregram.dialogue import check as play
    from wiregram.dialogue import dialogue_file, read_dialogues

    path = dialogue_file(name, directories)
    if path is None:
        click.echo(f"{name}: no example dialogues (grammars/examples/{name}.toml)")
        return True
    try:
        dialogues = read_dialogues(path)
    except WiregramError as error:
        click.echo(str(error))
        return False
    failures = play(library, name, dialogues)
    for failure in failures:
        click.echo(failure.render())
    if not failures:
        count = "1 dialogue gives its" if len(dialogues) == 1 else f"{len(dialogues)} dialogues give their"
        click.echo(f"{name}: ok; {count} records, whole, byte by byte and cut at every octet")
    return not failures
