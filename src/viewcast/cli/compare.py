"""``viewcast compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from viewcast.cli.cues import DEFAULT_MODEL, ModelPath, cues_of_each, taking_cues

if TYPE_CHECKING:
    from viewcast.predict.cues import Cues


@taking_cues
def compare(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO PHOTO...", help="two pictures or more")],
    model: ModelPath = DEFAULT_MODEL,
    table: Annotated[Path | None, typer.Option("--cues", help="CSV: photo, and what is known of each")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
    *,
    cues: Cues,
) -> None:
    """Which of these photographs should I post? In order, with how likely each order is right."""
    import json

    from viewcast.predict import load
    from viewcast.predict.pages import score_words

    each = cues_of_each(table, list(map(str, photos)), cues)
    found = load(model).compare(photos, each)
    if as_json:
        typer.echo(json.dumps({"photos": list(map(str, photos)), **found.to_dict()}, ensure_ascii=False))
        return
    for place, photo in enumerate(found.order, 1):
        typer.echo(f"{place}. {photos[photo]}: {score_words(found.scores[photo])}")
        for other in found.order[place:]:
            typer.echo(f"   above {photos[other]} with a chance of {found.chances[photo, other]:.0%}")
        for said in found.scores[photo].warnings:
            typer.echo(f"   {said}")
    synthetic = " SYNTHETIC model: these are no views of real people." if found.scores[0].synthetic else ""
    typer.echo(f"The chances are calibrated on {found.pairs:,} pairs of {found.of} that no model had seen.{synthetic}")
