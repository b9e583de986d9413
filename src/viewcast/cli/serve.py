"""``viewcast serve``."""

from __future__ import annotations

from typing import Annotated

import typer

from viewcast.cli.common import telling
from viewcast.cli.cues import DEFAULT_MODEL, ModelPath


def serve(
    model: ModelPath = DEFAULT_MODEL,
    host: Annotated[str, typer.Option(help="the address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free")] = 8000,
    allow_others: Annotated[
        bool, typer.Option("--allow-others", help="other computers may open the page too, at the --host given")
    ] = False,
) -> None:
    """Forecasts, reasons and tried edits for photos, as a web page on this computer. Needs viewcast[serve]."""
    from viewcast.web.server import serve as run_server

    with telling():
        run_server(model, host=host, port=port, others=allow_others, say=typer.echo)
