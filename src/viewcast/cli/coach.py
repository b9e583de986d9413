"""``viewcast coach``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from viewcast.cli.cues import DEFAULT_MODEL, ModelPath, taking_cues

if TYPE_CHECKING:
    from viewcast.predict.cues import Cues


@taking_cues
def coach(
    photo: Annotated[Path, typer.Argument(help="a picture")],
    output: Annotated[Path, typer.Option("-o", "--output", help="the page to write")] = Path("card.html"),
    edited: Annotated[Path | None, typer.Option(help="write the edited photo here too, as JPEG or PNG")] = None,
    model: ModelPath = DEFAULT_MODEL,
    as_json: Annotated[bool, typer.Option("--json", help="print everything that was tried as one JSON object")] = False,
    *,
    cues: Cues,
) -> None:
    """What would make this photograph more viewed? Edits that were tried, on one page, before and after."""
    import json

    from rich.console import Console
    from rich.progress import Progress

    from viewcast.errors import ViewcastError
    from viewcast.predict import load
    from viewcast.predict.pages import coach_card, file_of, gain_words, score_words
    from viewcast.store.atomic import atomic_path, write_text

    if edited is not None and edited.suffix.lower() not in (".jpg", ".jpeg", ".png"):
        raise ViewcastError(f"{edited}: a picture is written as JPEG or PNG; give a name that ends in .jpg or .png.")
    loaded = load(model)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Trying edits", total=None)
        advice = loaded.coach(
            photo, cues, watch=lambda tried, done, of: progress.update(task, completed=done, total=of)
        )
    write_text(output, coach_card(advice, loaded.card, photo.name))
    if edited is not None:
        with atomic_path(edited) as path:
            path.write_bytes(file_of(advice.edited, edited.suffix))
    if as_json:
        typer.echo(json.dumps(advice.to_dict(), ensure_ascii=False))
        return
    typer.echo(f"{photo}: {score_words(advice.before)}")
    for step in advice.steps:
        typer.echo(f"  {step.edit.sentence} {gain_words(step.gain, step.score)}")
    if not advice.steps:
        typer.echo("  None of the edits that were tried raises the forecast by more than what can be told from chance.")
    typer.echo(f"Written: {output}" + (f" and {edited}" if edited is not None else ""))
