"""``viewcast verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from viewcast.cli.common import telling


def verify(
    results: Annotated[Path, typer.Argument(help="the folder of the workflow's results")] = Path("results"),
) -> None:
    """Read all results again, and say whether the tables belong to what is there."""
    from rich.console import Console
    from rich.progress import track

    from viewcast.provenance import package_digest
    from viewcast.records.run import read_provenance
    from viewcast.records.verify import verify_results

    screen = Console(stderr=True)
    with telling():
        wrong = list(
            verify_results(results, progress=lambda paths: track(paths, "Reading the results", console=screen))
        )
        record = read_provenance(results)
    for sentence in wrong:
        typer.echo(sentence)
    if wrong:
        typer.echo(f"{len(wrong)} of {len(record['files'])} files are not what the tables were made from.")
        raise typer.Exit(1)
    unknown = [path for path, made in record["files"].items() if made["rule"] is None]
    typer.echo(
        f"All {len(record['files'])} files are as the run of {record['written']} has left them, and each was made from "
        "what is there."
    )
    if unknown:
        typer.echo(
            f"Of {len(unknown)}, such as {unknown[0]}, no log tells what they were made from: they came from a cache, "
            "their logs are gone, or they are what a rule remembers from run to run."
        )
    if record["code"] != package_digest():
        typer.echo("The library has changed since: another run may compute some of them anew.")
