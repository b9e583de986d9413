"""Every score of the tables in one long table, for spreadsheets, R and pandas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from viewcast.report.scores import OVER, columns_of, read_table
from viewcast.store.frames import write_csv

COLUMNS = ("setting", "kind", "name", "measure", "mean", "sd", "low", "high", "interval", "n")
#: Kinds of the rows that come from Tables 1 to 3; others are in their tables' functions.
_KINDS = {"table1": "content", "table2": "cue", "table3": "model"}
#: What is not a score in baselines.csv.
_NO_MEASURE = {"setting", "model", "photos", "note"}
_NONE = "n/a"


def write_tidy(
    tables: Mapping[str, str | Path], *, simple: str | Path, baselines: str | Path, protocols: str | Path,
    pairs: str | Path, ablation: str | Path | None = None, out: str | Path,
) -> None:  # fmt: skip
    """Write all scores, one a row; a score with intervals over users and over photos has a row for each.

    :param tables: ``table1``, ``table2`` and ``table3`` -> their files.
    :param ablation: None where there is no feature beyond the content model's.
    :param out: CSV with the columns :data:`COLUMNS`. ``kind`` is ``content``, ``cue`` or ``model`` in rows of Tables 1,
        2 and 3, else ``simple``, ``baseline``, ``protocol``, ``pairs`` or ``ablation``; ``measure`` what the number
        is: ``spearman``, ``difference of spearman``, a column of baselines.csv (its ``rho`` is ``spearman``), or
        ``pairs in order``, of pairs within one user or one burst.
        ``interval`` says what ``low`` and ``high`` are over, and is empty where there is no interval; ``n`` is the
        number of photos, of ``pairs`` that of the pairs in a split. What is not available is left out.
    """
    rows: list[dict[str, str]] = []
    for name, path in tables.items():
        rows += _scores(read_table(path), _KINDS[name], "setting")
    for row in read_table(simple).to_dict("records"):
        rows.append(_row("all photos", "simple", row["feature"], "spearman", row["rho"], row["photos"]))
    for row in read_table(baselines).to_dict("records"):
        for measure, found in row.items():
            if measure not in _NO_MEASURE:
                named = "spearman" if measure == "rho" else str(measure)
                rows.append(_row(row["setting"], "baseline", row["model"], named, found, row["photos"]))
    rows += _scores(read_table(protocols), "protocol", "protocol")
    for row in read_table(pairs).to_dict("records"):
        name = f"{row['model']} within one {row['within']}"
        own = _row(row["setting"], "pairs", name, "pairs in order", row["share"], row["pairs"])
        ends = {end: _empty(row[f"share_{end}"]) for end in ("low", "high")}
        rows.append(own | ends | {"interval": f"95% over {OVER['users']}" if ends["low"] else ""})
    if ablation is not None:
        rows += _scores(read_table(ablation), "ablation", "setting")
    kept = [row for row in rows if row["mean"] not in (_NONE, "")]
    write_csv(pd.DataFrame(kept, columns=list(COLUMNS)).drop_duplicates(), Path(out))


def _scores(table: pd.DataFrame, kind: str, setting: str) -> Iterator[dict[str, str]]:
    scores, differences = columns_of(table)
    for row in table.to_dict("records"):
        for column in scores + differences:
            measure = "difference of spearman" if column in differences else "spearman"
            own = _row(row[setting], kind, _name(row, column), measure, row[column], row["photos"])
            own["sd"] = _empty(row.get(f"{column}_sd", ""))
            over = [of for of in OVER if row[f"{column}_{of}_low"] != _NONE]
            if not over:
                yield own
            for of in over:
                ends = {end: row[f"{column}_{of}_{end}"] for end in ("low", "high")}
                yield own | ends | {"interval": f"95% over {OVER[of]}"}


def _name(row: Mapping[str, str], column: str) -> str:
    """A column's name; in the protocols, whose content knows no mean of views, with the kind of mean, and in the
    ablation with the feature that is added.
    """
    if "added" in row:
        return f"{column} with {row['added']}"
    knows = row.get("mean_views")
    return column if knows is None or column == "content" else f"{column}_{knows}"


def _row(setting: str, kind: str, name: str, measure: str, mean: str, n: str) -> dict[str, str]:
    blank = dict.fromkeys(COLUMNS, "")
    return blank | {"setting": setting, "kind": kind, "name": name, "measure": measure, "mean": mean, "n": n}


def _empty(text: str) -> str:
    return "" if text == _NONE else text
