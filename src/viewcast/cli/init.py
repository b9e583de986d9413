"""``viewcast init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from viewcast.cli.common import telling
from viewcast.errors import ViewcastError


def init(
    paths: Annotated[list[Path], typer.Argument(metavar="PHOTOS [USERS] [PICTURES]", help="tables, and a folder")],
    to: Annotated[Path, typer.Option(help="the configuration to write")] = Path("my.yaml"),
    encoding: Annotated[str | None, typer.Option(help="of tables that are text, if it is not UTF-8")] = None,
) -> None:
    """Write a configuration for tables of your own, by the names of their columns."""
    from viewcast.corpus.init import draft_configuration, sort_paths
    from viewcast.store.atomic import write_text

    with telling():
        if to.exists():
            raise ViewcastError(f"{to} is there already. Move it away, or name another file with --to.")
        draft = draft_configuration(*sort_paths(paths), encoding=encoding)
        write_text(to, draft.text)
        for line in draft.said:
            typer.echo(line)
        typer.echo(f"Written: {to}. Look it through, then: viewcast check {to}")
