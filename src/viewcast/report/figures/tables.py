"""Tables 1 to 3 as dots with intervals, a panel for each setting, beside the paper's own numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from viewcast.report.drawing import Drawing, Look
from viewcast.report.marks import DASHES, Labels, interval_dots, key, none_here, rows, short, zero_line
from viewcast.report.paper import PAPER
from viewcast.report.scores import OVER, Score, columns_of, read_table, score
from viewcast.report.style import BLUE, INK, VERMILION, WIDTH, style
from viewcast.report.words import column_words, listed, setting_words

#: Columns that forecast from all that their table has.
_ALL = ("combined", "all", "content_social")


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """One of the tables.

    :param inputs: the table, by :attr:`Look.name`.
    """
    table = read_table(inputs[look.name][0])
    settings = [row for row in table.to_dict("records") if "." not in row["setting"]]
    columns = columns_of(table)[0]
    scores = [{column: score(row, column) for column in columns} for row in settings]
    names = [short(setting_words(row["setting"])) for row in settings]
    notes = [
        f"{name.capitalize()}: {short(row['note'], 200)}."
        for name, row in zip(names, settings, strict=True)
        if row["note"]
    ]
    if not any(found.there for own in scores for found in own.values()):
        return Drawing(None, "There is no figure: the table has no numbers.", " ".join(["No setting has any.", *notes]))
    over = {found.over for own in scores for found in own.values() if found.there and found.over}
    if "photos" in over:
        notes.append(f"Where there is no interval over other users, a dashed one is over {OVER['photos']}.")
    if len(table) > len(settings):
        notes.append("Further readings of the target stand in the table alone.")
    labels = Labels()
    with style():
        figure = Figure(figsize=(WIDTH, 1.8 + 0.27 * len(columns)))
        panels = figure.subplots(1, len(settings), sharex=True, sharey=True, squeeze=False)[0]
        rows(panels[0], [labels(column_words(column)) for column in columns])
        for axes, row, name, own in zip(panels, settings, names, scores, strict=True):
            _panel(axes, own, PAPER[look.name].get(row["setting"], {}))
            photos, users = (f"{int(row[what]):,} {what}" for what in ("photos", "users"))
            there = any(found.there for found in own.values())
            axes.set_title("\n".join([name, photos, users] if there else [name, "not available", ""]), fontsize=9)
            axes.tick_params(axis="y", length=0)
        panels[len(panels) // 2].set_xlabel("rank correlation")
        figure.legend(handles=_legend(over), loc="outside lower center", ncols=2)
    alt = " ".join(_said(name, own) for name, own in zip(names, scores, strict=True))
    return Drawing(figure, f"Rank correlations. {alt}", " ".join([*notes, labels.note]).strip())


def _panel(axes: Axes, scores: Mapping[str, Score], paper: Mapping[str, float]) -> None:
    zero_line(axes)
    axes.grid(True, axis="y")
    for y, (column, found) in enumerate(scores.items()):
        color = VERMILION if column in _ALL else BLUE
        if found.there:
            dashed = found.over == "photos"
            interval_dots(axes, [y - 0.12], [found.value], [found.low], [found.high], color=color, dashed=dashed)
        elif any(other.there for other in scores.values()):
            none_here(axes, y)
    marks = [(paper[column], y + 0.14) for y, column in enumerate(scores) if column in paper]
    if marks:
        interval_dots(axes, *_paper_marks(marks), color=INK, marker="D", hollow=True)


def _paper_marks(marks: Sequence[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    value, y = np.array(marks).T
    return y, value, np.full(len(y), math.nan), np.full(len(y), math.nan)


def _legend(over: set[str]) -> list[Line2D]:
    lines = [
        key(f"this corpus, 95% interval over {OVER['users']}", BLUE),
        key("the same, all of them together", VERMILION),
        key("the paper, on its own corpus", INK, "D", hollow=True, line="none"),
    ]
    return [*lines, key(f"over {OVER['photos']}", BLUE, line=DASHES)] if "photos" in over else lines


def _said(name: str, scores: Mapping[str, Score]) -> str:
    there = {column: found for column, found in scores.items() if found.there}
    if not there:
        return f"{name.capitalize()}: not available."
    ranked = sorted(there, key=lambda column: -there[column].value)
    told = dict.fromkeys([*(column for column in _ALL if column in there), *ranked[:3], ranked[-1]])
    return f"{name.capitalize()}: {listed([f'{short(column_words(c))} {there[c].text}' for c in told])}."
