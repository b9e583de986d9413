"""The page's words on two photographs of one user: which is the more popular?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from viewcast.report.cells import MODELS, Cell, Table
from viewcast.report.scores import read_table, value
from viewcast.report.words import MISSING, column_words, number, setting_words

#: Kinds of pairs in words.
WITHIN = {"user": "two of one user", "burst": "two of one user and one hour"}
_CHANCE = 0.5


@dataclass(frozen=True)
class TwoPhotos:
    """How often it is told which of two photographs of one user is the more popular.

    :ivar said: what content tells, a sentence for each setting.
    :ivar table: a row for each setting and kind of pair, a column for each model; None where there is no pair.
    :ivar notes: why a setting has no pairs.
    """

    said: Sequence[str]
    table: Table | None
    notes: Sequence[str]


def two_photos(pairs: str | Path) -> TwoPhotos:
    """What pairs.csv says."""
    found: dict[tuple[str, str], dict[str, Mapping[str, str]]] = {}
    notes: dict[str, None] = {}
    for row in read_table(pairs).to_dict("records"):
        if row["share"] != MISSING:
            found.setdefault((row["setting"], row["within"]), {})[row["model"]] = row
        elif row["note"]:
            what = f", {WITHIN[row['within']]}" if row["within"] in WITHIN else ""
            notes[f"{setting_words(row['setting'])}{what}: {row['note']}."] = None
    said = [
        f"Content tells the more popular of two photographs of one user in {_share(own['content'])} of the pairs "
        f"({setting_words(setting)}), {_verdict(own['content'])}."
        for (setting, within), own in found.items()
        if within == "user" and "content" in own
    ]
    rows = []
    for (setting, within), own in found.items():
        first = next(iter(own.values()))
        rows.append(
            [
                Cell(f"{setting_words(setting)}: {WITHIN[within]}"),
                *(_cell(own.get(model)) for model in MODELS),
                Cell(number(value(first["pairs"]), 0)),
                Cell(number(value(first["users"]), 0)),
            ]
        )
    head = ["photographs", *map(column_words, MODELS), "pairs in a split", "users"]
    caption = "Pairs in the right order, the mean over users, with 95% intervals over other users"
    return TwoPhotos(said, Table("two-photos", caption, head, rows) if rows else None, list(notes))


def _cell(row: Mapping[str, str] | None) -> Cell:
    return Cell(MISSING) if row is None else Cell(f"{value(row['share']):.0%}", _interval(row))


def _share(row: Mapping[str, str]) -> str:
    return f"{value(row['share']):.0%} {_interval(row)}".strip()


def _interval(row: Mapping[str, str]) -> str:
    low, high = (value(row[f"share_{end}"]) for end in ("low", "high"))
    return "" if math.isnan(low) else f"[{low:.0%}, {high:.0%}]"


def _verdict(row: Mapping[str, str]) -> str:
    low, high = (value(row[f"share_{end}"]) for end in ("low", "high"))
    if math.isnan(low):
        return "and one user has no interval"
    if low > _CHANCE:
        return "which is better than chance"
    return "which is worse than chance" if high < _CHANCE else "which may be chance"
