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
@click.option("--text", "kind", flag_value="text", help="Messages are text: the grammar is Lark's.")
@click.option("--binary", "kind", flag_value="binary", help="Messages are binary: the grammar is Construct's.")
def new(name: str, directory: Path, kind: str | None) -> None:
    """Begin a protocol: a grammar, a table and an example dialogue in DIR, which check, fuzz and run accept as they are."""
    from wiregram.compiler.template import new_protocol

    if kind is None:
        raise click.UsageError("say --text or --binary")
    for path in new_protocol(name, kind, directory):
        click.echo(f"wrote {path}")
    where = "" if directory == Path(".") else f" {directory}"
    click.echo(f"next: wiregram check{where or ' .'}")


@click.command()
@click.argument("target", default=".", metavar="[NAME | DIR]")
@options.protocols
@options.settings
def check(target: str, directories: tuple[Path, ...], settings_file: Path | None) -> int:
    """Prove what can be proved of a protocol NAME, or of all in DIR (default: this directory, else the bundled ones), and play its example dialogues.

    Exit code 2 where there is an error.
    """
    import wiregram
    from wiregram.compiler import check as findings
    from wiregram.manifest.loading import MANIFEST, load_tables

    names: tuple[str, ...] = ()
    if (Path(target) / MANIFEST).is_file() or target.endswith(".toml"):
        directories = (*directories, Path(target))
        names = tuple(load_tables((Path(target),)).descriptions)
        if not names:
            raise ManifestError(load_tables((Path(target),)).problems or f"{target} describes no protocol")
    elif Path(target).is_dir() and target != ".":
        raise ManifestError(Problem(f"{target} has no {MANIFEST}", suggestion=f"`wiregram new NAME --text {target}` makes one"))
    elif target != ".":
        names = (target,)
    problems = findings(*directories, settings=settings_file, names=names)
    for problem in problems:
        click.echo(problem.render())
    if any(problem.severity == ERROR for problem in problems):
        return 2
    library = wiregram.load(*directories, settings=settings_file)
    failed = False
    for name in names or library.protocols:
        failed = not _play(library, name, directories) or failed
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
        click.echo(f"{name}: ok; {len(dialogues)} dialogues give their records, whole, byte by byte and cut at every octet")
    return not failures
