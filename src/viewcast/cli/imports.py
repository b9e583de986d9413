"""``viewcast import``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from viewcast.cli.common import telling


def import_(
    name: Annotated[str, typer.Argument(help="of the data set: docs/datasets.md lists them")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="where the data set was unpacked")],
    to: Annotated[Path | None, typer.Option(help="folder of the tables; by default data/NAME")] = None,
    encoding: Annotated[str | None, typer.Option(help="of its text files, if it is not UTF-8")] = None,
) -> None:
    """Make Viewcast's tables of a published data set (docs/datasets.md)."""
    from viewcast.importers import import_dataset

    with telling():
        target = to or Path("data") / name
        imported = import_dataset(name, folder, target, encoding)
        typer.echo(f"{len(imported.photos)} photos. Go on with: snakemake --configfile {target}/corpus.yaml")
