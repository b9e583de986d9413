"""``viewcast crawl``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from viewcast.cli.common import ConfigFiles, popularity_of, telling


def crawl(
    configfile: ConfigFiles = [Path("config/flickr.yaml")],  # noqa: B006 (typer copies it)
    offline: Annotated[bool, typer.Option(help="only derive the tables from what is kept")] = False,
) -> None:
    """Crawl Flickr, or go on with it, and derive the tables. Needs FLICKR_API_KEY and FLICKR_API_SECRET."""
    from viewcast.config.schema import read_config
    from viewcast.flickr.crawl import crawl as run_crawl
    from viewcast.flickr.derive import derive
    from viewcast.flickr.membership import tables_path

    with telling():
        config = read_config(configfile)
        flickr = config.corpus.flickr
        if not offline:
            run_crawl(flickr, config.seed)
        counts = derive(flickr, config.seed, tables_path(flickr), popularity=popularity_of(config))
        typer.echo(f"{tables_path(flickr)}: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
