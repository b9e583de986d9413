"""Commands that bring data in and out: check, crawl, import, init, purge."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
import yaml

from viewcast.config import Config, load_config
from viewcast.corpus.check import check_corpus
from viewcast.corpus.init import draft_configuration, sort_paths
from viewcast.corpus.target import popularity
from viewcast.errors import ViewcastError
from viewcast.flickr.crawl import crawl as run_crawl
from viewcast.flickr.derive import derive
from viewcast.flickr.membership import tables_path
from viewcast.flickr.purge import purge as purge_photos
from viewcast.flickr.purge import read_ids
from viewcast.flickr.users import Popularity
from viewcast.importers import IMPORTERS, import_dataset
from viewcast.store.atomic import write_text

# Locals could hold the API key.
app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False)

ConfigFiles = Annotated[list[Path], typer.Option("--configfile", help="configuration, later files over earlier ones")]
DEFAULT = [Path("config/flickr.yaml")]


@app.command()
def crawl(
    configfile: ConfigFiles = DEFAULT,
    offline: Annotated[bool, typer.Option(help="only derive the tables from what is kept")] = False,
) -> None:
    """Crawl Flickr, or go on with it, and derive the tables. Needs FLICKR_API_KEY and FLICKR_API_SECRET."""
    with _telling():
        config = _read(configfile)
        flickr = config.corpus.flickr
        if not offline:
            run_crawl(flickr, config.seed)
        counts = derive(flickr, config.seed, tables_path(flickr), popularity=_popularity(config))
        typer.echo(f"{tables_path(flickr)}: " + ", ".join(f"{n} {what}" for what, n in counts.items()))


@app.command()
def check(
    configfile: Annotated[list[Path], typer.Argument(help="configuration, later files over earlier ones")],
) -> None:
    """Read the tables of a corpus of your own, and say what the workflow can make of them. No picture is opened."""
    with _telling():
        for line in check_corpus(_read(configfile)):
            typer.echo(line)


@app.command()
def init(
    paths: Annotated[list[Path], typer.Argument(metavar="PHOTOS [USERS] [PICTURES]", help="tables, and a folder")],
    to: Annotated[Path, typer.Option(help="the configuration to write")] = Path("my.yaml"),
    encoding: Annotated[str | None, typer.Option(help="of tables that are text, if it is not UTF-8")] = None,
) -> None:
    """Write a configuration for tables of your own, by the names of their columns."""
    with _telling():
        if to.exists():
            raise ViewcastError(f"{to} is there already. Move it away, or name another file with --to.")
        draft = draft_configuration(*sort_paths(paths), encoding=encoding)
        load_config(yaml.safe_load(draft.text))
        write_text(to, draft.text)
        for line in draft.said:
            typer.echo(line)
        typer.echo(f"Written: {to}. Look it through, then: viewcast check {to}")


@app.command("import")
def import_(
    name: Annotated[str, typer.Argument(help=", ".join(IMPORTERS))],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="where the data set was unpacked")],
    to: Annotated[Path | None, typer.Option(help="folder of the tables; by default data/NAME")] = None,
    encoding: Annotated[str | None, typer.Option(help="of its text files, if it is not UTF-8")] = None,
) -> None:
    """Make Viewcast's tables of a published data set (docs/datasets.md)."""
    with _telling():
        target = to or Path("data") / name
        imported = import_dataset(name, folder, target, encoding)
        typer.echo(f"{len(imported.photos)} photos. Go on with: snakemake --configfile {target}/corpus.yaml")


@app.command()
def purge(
    ids: Annotated[Path, typer.Argument(help="photo ids, one a line")],
    configfile: ConfigFiles = DEFAULT,
    results: Annotated[Path, typer.Option(help="the workflow's results")] = Path("results"),
) -> None:
    """Remove photos from everything that was kept of them; then run the workflow again."""
    with _telling():
        config = _read(configfile)
        counts = purge_photos(read_ids(ids), config.corpus.flickr, config.seed, results, popularity=_popularity(config))
        typer.echo("removed from " + (", ".join(f"{n} {what}" for what, n in counts.items() if n) or "nothing"))


def _popularity(config: Config) -> Popularity:
    return partial(popularity, **config.corpus.popularity.model_dump(exclude={"also"}))


def _read(files: list[Path]) -> Config:
    values: dict[str, object] = {}
    for path in files:
        try:
            _lay_over(values, yaml.safe_load(path.read_text(encoding="utf-8")) or {})
        except (OSError, yaml.YAMLError) as error:
            raise ViewcastError(f"The configuration {path} cannot be read ({error}).") from None
    return load_config(values)


def _lay_over(values: dict[str, object], more: dict[str, object]) -> None:
    for key, value in more.items():
        below = values.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            _lay_over(below, value)
        else:
            values[key] = value


@contextmanager
def _telling() -> Iterator[None]:
    """Progress on the error stream; a mendable failure as one paragraph."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        yield
    except ViewcastError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
