"""``viewcast score``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from viewcast.cli.cues import DEFAULT_MODEL, ModelPath, cues_of_each, taking_cues
from viewcast.errors import ViewcastError

if TYPE_CHECKING:
    from viewcast.predict.cues import Cues
    from viewcast.predict.results import Score, Unreadable

#: Files of a folder that are taken for pictures.
SUFFIXES = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"}

#: Columns of the table.
COLUMNS = (
    "photo", "status", "reason", "popularity", "low", "high", "views", "views_low", "views_high", "counted",
    "percentile", "average", "content", "social", "warnings",
)  # fmt: skip


@taking_cues
def score(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO|FOLDER|-", help="pictures; - is standard input")],
    model: ModelPath = DEFAULT_MODEL,
    table: Annotated[Path | None, typer.Option("--cues", help="CSV: photo, and what is known of each")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object for each photo, a line each")] = False,
    csv: Annotated[Path | None, typer.Option(help="write a table here, and show how far it is")] = None,
    *,
    cues: Cues,
) -> None:
    """How popular will these photographs be?"""
    from viewcast.predict import load

    sources = list(find_photos(photos))
    names = [name for name, _ in sources]
    each = cues_of_each(table, names, cues)
    loaded = load(model)
    foreign = sorted({name for one in each for name in one.extra} - set(loaded.card.cues))
    if foreign:
        raise ViewcastError(
            f"{table}: the model has no cue {', '.join(foreign)}. It has {', '.join(loaded.card.cues)}."
        )
    results = zip(names, loaded.score_many((source for _, source in sources), each), strict=True)
    if csv is not None:
        scored = _write_table(results, csv, len(names))
    else:
        scored = 0
        for name, result in results:
            scored += result.status == "ok"
            if as_json:
                typer.echo(json.dumps({"photo": name, **_plain(result)}, ensure_ascii=False))
            else:
                typer.echo("\n".join([name, *(f"  {line}" for line in describe(result, loaded.card.unit))]))
    if scored < len(names):
        typer.echo(f"{len(names) - scored} of {len(names)} could not be scored.", err=True)
        if not scored:
            raise typer.Exit(1)


def find_photos(given: Iterable[str]) -> Iterator[tuple[str, Path | bytes]]:
    """Names and sources of the pictures that are named, those of folders sorted by path.

    :raises ViewcastError: a folder holds no picture.
    """
    for name in given:
        path = Path(name)
        if name == "-":
            yield "-", sys.stdin.buffer.read()
        elif path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file())
            if not found:
                raise ViewcastError(f"{name} holds no picture ({', '.join(sorted(SUFFIXES))}).")
            yield from ((str(one), one) for one in found)
        else:
            yield name, path


def describe(result: Score | Unreadable, unit: str) -> list[str]:
    """What is said of a picture, in lines.

    :param unit: of the target.
    """
    from viewcast.predict.results import Unreadable

    if isinstance(result, Unreadable):
        return [f"cannot be scored: {result.status} ({result.reason})"]
    if result.views is None or result.views_low is None or result.views_high is None:
        head = f"{result.popularity:.2f} {unit} (four of five such photos: {result.low:.2f} to {result.high:.2f})"
    else:
        head = (
            f"{number(result.views)} {result.counted} (four of five such photos: {number(result.views_low)} to "
            f"{number(result.views_high)})"
        )
    lines = [
        head + (", SYNTHETIC model: these are no views of real people" if result.synthetic else ""),
        f"higher than {result.percentile:.0f}% of the forecasts for the photos of the corpus",
        f"against the average photo ({result.average:.2f} {unit}): the picture {result.content:+z.2f}, "
        f"account and text {result.social:+z.2f}",
    ]
    if result.unknown:
        best = min(result.unknown, key=lambda one: one.width)
        names = ", ".join(one.cue for one in result.unknown)
        lines.append(
            f"not known: {names}; the interval is usually {result.width:.2f} wide, and {best.width:.2f} with {best.cue}"
        )
    return lines + list(result.warnings)


def number(value: float) -> str:
    """A count with as many digits as are worth reading."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _plain(result: Score | Unreadable) -> dict[str, Any]:
    from dataclasses import asdict

    found = asdict(result)
    found.pop("name", None)
    return found


def _write_table(results: Iterable[tuple[str, Score | Unreadable]], path: Path, count: int) -> int:
    import csv

    from rich.console import Console
    from rich.progress import track

    from viewcast.store.atomic import atomic_path

    scored = 0
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", restval="")
        writer.writeheader()
        bar = track(results, "Scoring", total=count, console=Console(stderr=True))
        for name, result in bar:
            scored += result.status == "ok"
            row = _plain(result)
            writer.writerow(row | {"photo": name, "warnings": " ".join(row.get("warnings", ()))})
    return scored
