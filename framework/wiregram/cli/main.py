"""The command `wiregram`: its group, its version, the commands of plugins, and the one place where errors become exit codes."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import click

from wiregram import __version__
from wiregram.model.errors import WiregramError

HOT = ("wiregram.parse.text", "wiregram.parse.binary", "wiregram.decode", "wiregram.stream")
"""Rooms whose form `--version` shows."""


class Commands(click.Group):
    """Our own commands, loaded when they are called, and those of the entry points `wiregram.commands`."""

    own = {
        "run": "wiregram.cli.run:run",
        "detect": "wiregram.cli.detect:detect",
        "list": "wiregram.cli.describe:list_protocols",
        "check": "wiregram.cli.author:check",
        "show": "wiregram.cli.describe:show",
        "new": "wiregram.cli.author:new",
        "parse": "wiregram.cli.describe:parse",
        "schema": "wiregram.cli.describe:schema",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.own, *sorted({point.name for point in entry_points(group="wiregram.commands")} - set(self.own))]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        from importlib import import_module

        if name in self.own:
            module, _, attribute = self.own[name].partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        for point in entry_points(group="wiregram.commands", name=name):
            loaded: click.Command = point.load()
            return loaded
        return None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            if near:
                raise click.UsageError(f"{error.message.rstrip('.')}. Did you mean {near[0]!r}?", ctx) from None
            raise


def compiled_modules() -> list[str]:
    """The modules of the framework that run as compiled code."""
    import pkgutil
    from importlib.machinery import EXTENSION_SUFFIXES
    from importlib.util import find_spec

    import wiregram

    found = []
    for module in pkgutil.walk_packages(wiregram.__path__, "wiregram."):
        spec = find_spec(module.name) if not module.ispkg else None
        if spec and spec.origin and spec.origin.endswith(tuple(EXTENSION_SUFFIXES)):
            found.append(module.name)
    return found


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    rooms = compiled_modules()
    click.echo(f"wiregram {__version__} ({'compiled: ' + ', '.join(name.removeprefix('wiregram.') for name in rooms) if rooms else 'plain Python'})")
    ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version, and which rooms are compiled.")
def group() -> None:
    """Network protocols, described once: captures in, records out; and the fuzz test comes with the description.

    \b
    an analyst        wiregram run CAPTURE...
    an author         wiregram new NAME --text, then check and show
    a tester          wiregram fuzz NAME
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a command found something, 2 the input was wrong."""
    try:
        code = group.main(arguments, prog_name="wiregram", standalone_mode=False)
    except WiregramError as error:
        click.echo(str(error), err=True)
        code = 2
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        code = 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; there is nobody to tell
        code = 0
    sys.exit(code if isinstance(code, int) else 0)
