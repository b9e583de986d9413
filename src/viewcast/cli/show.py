"""``viewcast show``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from viewcast.cli.common import telling

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

SYNTHETIC = "SYNTHETIC demo corpus: generated pictures, users and views; these figures say nothing of real photographs"


def show(
    results: Annotated[Path, typer.Argument(help="the folder of the workflow's results")] = Path("results"),
) -> None:
    """Print Table 3, the SMP Challenge's measures where they are, and say where everything else is."""
    import pandas as pd
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from viewcast.store.seal import check_seal

    console = Console()
    challenge = results / "smpd.csv"
    if challenge.is_file():
        console.print(_challenge_table(pd.read_csv(challenge, dtype=str, keep_default_na=False)))
        if not (results / "table3.csv").is_file():
            return
    for needed in ("table3.csv", "corpus/summary.json"):
        if not (results / needed).is_file():
            typer.echo(
                f"There is no {results / needed} yet. Run `snakemake --cores all results/table3.csv` here first, with "
                "your `--configfile`, or `make demo` for the demo corpus; or name the folder in which the results are.",
                err=True,
            )
            raise typer.Exit(1)
    with telling():
        check_seal(results / "corpus" / "summary.json", required=False)  # it says whether the corpus is synthetic
    summary = json.loads((results / "corpus" / "summary.json").read_text(encoding="utf-8"))
    frame = pd.read_csv(results / "table3.csv", dtype=str, keep_default_na=False)
    label = SYNTHETIC if summary["synthetic"] else f"{summary['photos']} photos of {summary['users']} users"
    table = Table(title=f"Table 3: rank correlation with popularity, with its 95% interval over other users\n{label}")
    for name in ("setting", "photos", "users", "content", "social", "content + social"):
        table.add_column(name, justify="right")
    for row in frame.to_dict("records"):
        values = [_with_interval(row, name) for name in ("content", "social", "content_social")]
        table.add_row(row["setting"], row["photos"], row["users"], *map(escape, values))
    console.print(table)
    lines = []
    for row in frame.to_dict("records"):
        if row["over_social"] != "n/a":
            said = f"{row['setting']}: content + social less social is {_with_interval(row, 'over_social')}: "
            said += f"{row['over_social_verdict']} for other users"
            if row["over_social_photos_verdict"] != "n/a":
                said += f", {row['over_social_photos_verdict']} for other photos of these users"
            lines.append(said)
        if row["note"]:
            lines.append(f"{row['setting']}: {row['note']}")
    for path in sorted((results / "details").glob("table*.csv")):
        converged = pd.read_csv(path, dtype=str, usecols=["converged"])["converged"].dropna()
        late = int((converged == "False").sum())
        if late:
            lines.append(
                f"WARNING: {late} of {len(converged)} regressions behind {path.stem}.csv did not reach the solver's "
                f"tolerance (column converged of {path}); their logs say which."
            )
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    page = (
        f"{results}/report.html (open it in a browser)"
        if (results / "report.html").is_file()
        else "snakemake --cores all results/report.html makes it"
    )
    demo = f"""
The demo's truth:   columns planted_* of {results}/corpus/photos.parquet
Your own pictures:  viewcast init photos.csv users.csv pictures/, then
                    snakemake --cores all results/table3.csv --configfile my.yaml"""
    console.print(f"""
The report:         {page}
The tables:         {results}/table1.csv (content), table2.csv (social cues), table3.csv (both)
Split by split:     {results}/details/
Beyond the paper:   {results}/baselines.csv, protocols.csv, coverage.csv, ablation.csv, pairs.csv (if asked for)
Broken pictures:    {results}/corpus/problems.csv{demo if summary["synthetic"] else ""}
Every column:       docs/results.md
Every key:          config/README.md""", highlight=False, markup=False, soft_wrap=True)  # fmt: skip


def _challenge_table(frame: pd.DataFrame) -> Table:
    """The measures of the challenge, ours above the published ones."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="The SMP Challenge's protocol: with 95% intervals over other users where they are known")
    for name in ("entry", "split", "posts", "Spearman", "MAE", "source"):
        table.add_column(name, justify="left" if name in ("entry", "split", "source") else "right")
    for row in frame.to_dict("records"):
        numbers = [_between(row[name], row[f"{name}_low"], row[f"{name}_high"]) for name in ("spearman", "mae")]
        cells = (row["entry"], row["split"], row["photos"], *numbers, row["note"] or row["source"])
        table.add_row(*map(escape, cells))
    return table


def _with_interval(row: dict[str, str], name: str) -> str:
    return _between(row[name], row[f"{name}_users_low"], row[f"{name}_users_high"])


def _between(value: str, low: str, high: str) -> str:
    return value if low == "n/a" else f"{value} [{low}, {high}]"
