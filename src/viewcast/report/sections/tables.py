"""Tables 1 to 3, each with the paper's own numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from viewcast.report import sentences
from viewcast.report.cells import Cell, Table
from viewcast.report.layout import TITLES
from viewcast.report.paper import PAPER
from viewcast.report.scores import OVER, columns_of, count_words, read_table, score
from viewcast.report.words import column_words, number, setting_words


@dataclass(frozen=True)
class PaperTable:
    """One of Tables 1 to 3.

    :ivar table: None where the corpus has no number of it; the notes say why.
    :ivar readings: the same by other readings of the popularity.
    :ivar notes: settings that cannot be had, or leave users out.
    """

    title: str
    table: Table | None
    readings: Table | None
    notes: Sequence[str]


def paper_table(name: str, path: str | Path) -> PaperTable:
    """One of the paper's tables, turned so that a telephone shows it: a column for each setting.

    :param name: ``table1``, ``table2`` or ``table3``.
    """
    rows = read_table(path)
    records = {row["setting"]: row for row in rows.to_dict("records")}
    scores, differences = columns_of(rows)
    own = [setting for setting in records if "." not in setting]
    others = [setting for setting in records if "." in setting]
    cells = [score(row, column) for row in records.values() for column in scores + differences]
    over = [words for kind, words in OVER.items() if any(cell.over == kind for cell in cells)]
    brackets = f", with 95% intervals over {' or, where there is none, '.join(over)}" if over else ""
    caption = f"Rank correlations with popularity{brackets}. n/a: there is no such number here."
    known = any(math.isfinite(score(records[setting], column).value) for setting in own for column in scores)
    return PaperTable(
        f"Table {name[-1]}. {TITLES[name]}",
        _turned(name, caption, own, records, scores + differences) if known else None,
        _turned(f"{name}-readings", "The same by other readings of popularity.", others, records, scores)
        if others
        else None,
        sentences.unavailable_words(list(records.values())),
    )


def _turned(
    name: str, caption: str, settings: Sequence[str], records: Mapping[str, Mapping[str, str]], columns: Sequence[str]
) -> Table:
    rows = []
    for column in columns:
        row = [Cell(column_words(column))]
        for setting in settings:
            cell = score(records[setting], column)
            paper = PAPER.get(name, {}).get(setting, {}).get(column)
            row.append(Cell(cell.number, cell.interval, "" if paper is None else f"paper {number(paper)}"))
        rows.append(row)
    for what in ("photos", "users"):
        rows.append([Cell(what), *(Cell(count_words(records[setting][what])) for setting in settings)])
    return Table(name, caption, ["", *map(setting_words, settings)], rows)


def unfinished(details: Mapping[str, str | Path]) -> list[str]:
    """Warnings of regressions that did not reach the solver's tolerance."""
    said = []
    for name, path in details.items():
        converged = read_table(path)["converged"]
        late, known = int((converged == "False").sum()), int((converged != "").sum())
        if late:
            said.append(
                f"{late:,} of the {known:,} regressions behind Table {name[-1]} did not reach the solver's tolerance, "
                f"so that their forecasts may be off: the column converged of {path} says which."
            )
    return said
