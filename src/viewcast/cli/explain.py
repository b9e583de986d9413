"""``viewcast explain``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from viewcast.cli.cues import DEFAULT_MODEL, ModelPath, taking_cues

if TYPE_CHECKING:
    from viewcast.predict.cues import Cues


@taking_cues
def explain(
    photo: Annotated[Path, typer.Argument(help="a picture")],
    output: Annotated[Path, typer.Option("-o", "--output", help="the page to write")] = Path("reasons.html"),
    model: ModelPath = DEFAULT_MODEL,
    *,
    cues: Cues,
) -> None:
    """Why does this photograph have its forecast? One page with the reasons, and a map of its regions."""
    from viewcast.predict import load
    from viewcast.predict.pages import reasons_page, score_words, signed_number
    from viewcast.store.atomic import write_text

    loaded = load(model)
    explanation = loaded.explain(photo, cues)
    write_text(output, reasons_page(explanation, loaded.card, photo.name))
    typer.echo(f"{photo}: {score_words(explanation.score)}")
    for reason in explanation.reasons[:5]:
        typer.echo(f"  {signed_number(reason.amount)}  {reason.name}")
    typer.echo(f"Written: {output}")
