"""What commands share: the configuration's option, and how a failure is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from viewcast.errors import ViewcastError

if TYPE_CHECKING:
    from viewcast.config.schema import Config
    from viewcast.flickr.users import Popularity

ConfigFiles = Annotated[list[Path], typer.Option("--configfile", help="configuration, later files over earlier ones")]


def popularity_of(config: Config) -> Popularity:
    """The target as a function of views and days."""
    from viewcast.corpus.target import popularity

    return partial(popularity, **config.corpus.popularity.model_dump(exclude={"also"}))


@contextmanager
def telling() -> Iterator[None]:
    """Progress on the error stream; a mendable failure as one paragraph, and exit status 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        yield
    except ViewcastError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
