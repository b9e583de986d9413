"""``viewcast purge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from viewcast.cli.common import ConfigFiles, popularity_of, telling


def purge(
    ids: Annotated[Path, typer.Argument(help="photo ids, one a line")],
    configfile: ConfigFiles = [Path("config/flickr.yaml")],  # noqa: B006 (typer copies it)
    results: Annotated[Path, typer.Option(help="the workflow's results")] = Path("results"),
) -> None:
    """Remove photos from everything that was kept of them; then run the workflow again."""
    from viewcast.config.schema import read_config
    from viewcast.flickr.purge import purge as purge_photos
    from viewcast.flickr.purge import read_ids

    with telling():
        config = read_config(configfile)
        counts = purge_photos(
            read_ids(ids), config.corpus.flickr, config.seed, results, popularity=popularity_of(config)
        )
        typer.echo("removed from " + (", ".join(f"{n} {what}" for what, n in counts.items() if n) or "nothing"))
