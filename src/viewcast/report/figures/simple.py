"""Figure 3: how popularity goes with the simplest properties of a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from viewcast.report.drawing import Drawing, Look, nothing_drawn
from viewcast.report.marks import rows, short, zero_line
from viewcast.report.scores import read_table, value
from viewcast.report.style import BLUE, WIDTH, style
from viewcast.report.words import column_words, listed, number


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """A bar for each property, in the order of the table: first those of the HSV space, then those of the intensity.

    :param inputs: ``simple``: simple.csv.
    """
    table = read_table(inputs["simple"][0])
    rho = np.array([value(said) for said in table["rho"]])
    names = [short(column_words(name)) for name in table["feature"]]
    if not np.isfinite(rho).any():
        return nothing_drawn("No simple feature has a rank correlation.")
    with style():
        figure = Figure(figsize=(WIDTH, 1.1 + 0.3 * len(names)))
        axes = figure.subplots()
        rows(axes, names)
        axes.grid(False)
        zero_line(axes)
        axes.barh(range(len(names)), np.nan_to_num(rho), height=0.62, color=BLUE)
        for y, own in enumerate(rho):
            negative = own < 0
            axes.annotate(
                number(own, 3), (0 if np.isnan(own) else own, y), (-4 if negative else 4, 0),
                textcoords="offset points", va="center", ha="right" if negative else "left", fontsize=9,
            )  # fmt: skip
        reach = 1.4 * max(np.nanmax(np.abs(rho)), 0.04)
        axes.set_xlim(-reach, reach)
        axes.set_xlabel("rank correlation with popularity")
    photos = f"{int(value(table['photos'].iloc[0])):,}"
    said = listed([f"{name} {number(own, 3)}" for name, own in zip(names, rho, strict=True)])
    return Drawing(figure, f"Rank correlations with popularity, over {photos} photographs: {said}.")
