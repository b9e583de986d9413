"""Figure 4: what each of the 50 colours weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from viewcast.report.drawing import Drawing, Look, nothing_drawn
from viewcast.report.marks import ink_on, rows, short, zero_line
from viewcast.report.style import INK, WIDTH, style
from viewcast.report.weights import NOISE, read_weights, said_weights, weight_label
from viewcast.report.words import listed, plural, setting_words


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """A bar of its own colour for each colour, sorted by weight, with its interval.

    :param inputs: ``importance``: explain/importance.csv.
    """
    settings = read_weights(inputs["importance"][0], "color")
    if not settings:
        return nothing_drawn("No regression on the colour histogram is available.")
    setting, table = next(iter(settings.items()))
    table = table.sort_values("weight", ascending=False, kind="stable", ignore_index=True)
    told = table["band"] != NOISE
    half = (len(table) + 1) // 2
    with style():
        figure = Figure(figsize=(WIDTH, 1.5 + 0.185 * half))
        for axes, part in zip(figure.subplots(1, 2, sharex=True), (table[:half], table[half:]), strict=True):
            _bars(axes, part)
        figure.supxlabel(weight_label(look.unit), fontsize=10)
        hatched = Patch(facecolor="white", edgecolor=INK, hatch="////", label="cannot be told from no effect")
        figure.legend(handles=[hatched], loc="outside upper left")
    ends = table if len(table) < 6 else pd.concat([table[:3], table[-3:]])
    alt = (
        f"{int(told.sum())} of {plural(len(table), 'colour')} can be told from no effect. The largest and the smallest "
        f"weights: {listed(said_weights(ends, short, 'rgb'))}."
    )
    return Drawing(figure, alt, f"The weights are those of the setting {setting_words(setting)}.")


def _bars(axes: Axes, table: pd.DataFrame) -> None:
    zero_line(axes)
    rows(axes, list(table["rgb"]), fontsize=8, family="DejaVu Sans Mono")
    axes.grid(False)
    outline = [withStroke(linewidth=3, foreground="white")]
    for y, row in enumerate(table.itertuples()):
        hatch = "////" if row.band == NOISE else ""
        axes.barh(y, row.weight, height=0.8, color=row.rgb, edgecolor=ink_on(row.rgb), hatch=hatch, linewidth=0)
        axes.barh(y, row.weight, height=0.8, facecolor="none", edgecolor=INK, linewidth=0.7)
        axes.hlines(y, row.low, row.high, color=INK, linewidth=1.2, path_effects=outline, zorder=3)
    axes.set_ylim(len(table) - 0.4, -0.6)
