"""The command line: thin, one library call per command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from viewcast import cli_flickr

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.add_typer(cli_flickr.app)

SYNTHETIC = "SYNTHETIC demo corpus: generated pictures, users and views; these figures say nothing of real photographs"


@app.callback()
def main() -> None:
    """How popular will this photograph be, and why?"""


@app.command()
def show(
    results: Annotated[Path, typer.Argument(help="the folder of the workflow's results")] = Path("results"),
) -> None:
    """Print Table 3 and say where everything else is."""
    console = Console()
    summary = json.loads((results / "corpus" / "summary.json").read_text(encoding="utf-8"))
    frame = pd.read_csv(results / "table3.csv", dtype=str, keep_default_na=False)
    label = SYNTHETIC if summary["synthetic"] else f"{summary['photos']} photos of {summary['users']} users"
    table = Table(title=f"Table 3: rank correlation with popularity, mean (sd) over the splits\n{label}")
    for name in ("setting", "photos", "users", "content", "social", "content_social"):
        table.add_column(name.replace("content_social", "content + social"), justify="right")
    for row in frame.to_dict("records"):
        values = [f"{row[name]} ({row[f'{name}_sd']})" for name in ("content", "social", "content_social")]
        table.add_row(row["setting"], row["photos"], row["users"], *values)
    console.print(table)
    comparisons = results / "comparisons.csv"
    if comparisons.exists() and comparisons.stat().st_mtime >= (results / "table3.csv").stat().st_mtime:
        for row in pd.read_csv(comparisons).to_dict("records"):
            if (row["better"], row["than"]) == ("fusion content_social", "social social"):
                console.print(
                    f"{row['setting']}: content + social against social: {row['difference']:+.3f} "
                    f"[{row['low']:+.3f}, {row['high']:+.3f}], {row['verdict']}",
                    highlight=False, markup=False, soft_wrap=True,
                )  # fmt: skip
    console.print(f"""
The tables:         {results}/table1.csv (content), table2.csv (social cues), table3.csv (both)
Split by split:     {results}/details/
Beyond the paper:   {results}/intervals.csv, comparisons.csv, baselines.csv, protocols.csv (each a target of its own)
Broken pictures:    {results}/corpus/problems.csv
The demo's truth:   columns planted_* of {results}/corpus/photos.parquet
Your own pictures:  copy config/table.yaml, put in your paths, then
                    snakemake --cores all results/table3.csv --configfile my.yaml
Every key:          config/README.md""", highlight=False, markup=False)  # fmt: skip


if __name__ == "__main__":
    app()
