"""What makes a picture popular: what each input weighs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from viewcast.descriptors.photographic import MEASUREMENTS
from viewcast.report.cells import LONGEST_LIST, Cell, Table
from viewcast.report.scores import read_table, value
from viewcast.report.weights import NOISE
from viewcast.report.words import column_words, cut, number, setting_words

_KINDS = {
    "object": "Objects",
    "color": "Colours",
    "measurement": "Measurements",
    "word": "Words",
    "cue": "Social cues",
}


@dataclass(frozen=True)
class Weights:
    """What the inputs of a kind weigh in a setting.

    :ivar table: those that can be told from no effect, the heaviest first; None where there are none.
    :ivar said: how many can be told, and how many cannot.
    """

    title: str
    said: str
    table: Table | None


@dataclass(frozen=True)
class Reasons:
    """What each input weighs, setting by setting."""

    said: str
    weights: Sequence[Weights] = field(default_factory=tuple)


def reasons(importance: str | Path) -> Reasons:
    """What each input weighs, the heaviest first, and how many cannot be told from no effect."""
    rows = read_table(importance)
    if rows.empty:
        return Reasons("Nothing can be said of single inputs: no setting has models whose weights can be read.")
    found = [
        _weights(str(setting), kind, part)
        for setting in rows["setting"].drop_duplicates()
        for kind in _KINDS
        if len(part := rows[(rows["setting"] == setting) & (rows["kind"] == kind)])
    ]
    return Reasons(
        "A weight says by how much the forecast popularity rises when this input grows by one standard deviation and "
        "all others stay as they are, or how much higher it is where a word stands; in brackets stands its 95% "
        "interval. A weight belongs to a model: it does not say that a change of the picture would bring more views. "
        "Only inputs whose weight can be told from no effect are listed; of those, one in twenty may be listed in "
        "error, because many are tested at once.",
        found,
    )


def _weights(setting: str, kind: str, part: pd.DataFrame) -> Weights:
    part = part.assign(heavy=[value(text) for text in part["weight"]])
    told = part[part["band"] != NOISE]
    told = told.reindex(told["heavy"].abs().sort_values(ascending=False, kind="stable").index)
    title = f"{_KINDS[kind]}, {setting_words(setting)}"
    less = len(part) - len(told)
    each = _KINDS[kind].lower()
    if told.empty:
        return Weights(title, f"None of the {len(part):,} {each} can be told from no effect.", None)
    said = (
        f"{len(told):,} of the {len(part):,} {each} can be told from no effect; {less:,} cannot."
        if less
        else f"All {len(told):,} {each} can be told from no effect."
    )
    if len(told) > LONGEST_LIST:
        said += f" The {LONGEST_LIST} with the largest weights are listed; all are in results/explain/importance.csv."
    rows = []
    for row in told.head(LONGEST_LIST).to_dict("records"):
        ends = f"[{number(value(row['low']), 3)}, {number(value(row['high']), 3)}]"
        agree = value(row["agree"])
        rows.append(
            [
                # A colour is called as in the figure of the colours.
                Cell(colour(row["rgb"]) or _named(kind, row["name"]), colour=colour(row["rgb"])),
                Cell(number(row["heavy"], 3), ends),
                Cell(cut(row["band"])),
                Cell("n/a" if math.isnan(agree) else f"{agree:.0%}"),
            ]
        )
    name = re.sub(r"[^a-z0-9]+", "-", f"weights-{setting}-{kind}".lower())
    head = [_KINDS[kind].lower().rstrip("s"), "weight", "band", "splits that agree in sign"]
    return Weights(title, said, Table(name, f"Largest weights: {title[0].lower()}{title[1:]}", head, rows))


def _named(kind: str, name: str) -> str:
    if kind == "word":
        return cut(name)
    return MEASUREMENTS[name].words if kind == "measurement" and name in MEASUREMENTS else column_words(name)


def colour(rgb: str) -> str:
    """A colour of a table as ``#rrggbb``; empty where it is none.

    >>> colour("255 0 16"), colour("#FF0010"), colour("url(x)")
    ('#ff0010', '#ff0010', '')
    """
    if re.fullmatch(r"#?[0-9a-fA-F]{6}", rgb):
        return f"#{rgb.lstrip('#').lower()}"
    parts = re.fullmatch(r"\D?(\d{1,3})\D{1,2}(\d{1,3})\D{1,2}(\d{1,3})\D?", rgb)
    if parts is None or max(map(int, parts.groups())) > 255:
        return ""
    return "#" + "".join(f"{int(part):02x}" for part in parts.groups())
