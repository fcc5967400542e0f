"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]

protocols = click.option(
    "--protocols", "directories", multiple=True, type=click.Path(path_type=Path), metavar="DIR",
    help="A directory with protocols.toml and grammars of your own. Repeatable. Its .py grammars are run: trust them.",
)  # fmt: skip
settings = click.option(
    "--settings", "settings_file", type=click.Path(path_type=Path), metavar="FILE", help="settings.toml: ports, modes, limits, outputs.",
)  # fmt: skip
decode_as = click.option(
    "--decode-as", "decode_as", multiple=True, metavar="TRANSPORT/PORT=NAME",
    help="Take flows of that port (or range of ports) for protocol NAME, whatever they look like: tcp/8081=http. Repeatable.",
)  # fmt: skip
