"""Figure 6: where the forecast is right, and where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from viewcast.report.drawing import Drawing, Look
from viewcast.report.pictures import NONE_SHOWN, read_picture, show
from viewcast.report.style import BLUE, VERMILION, WIDTH, style
from viewcast.report.words import decimals, number
from viewcast.store.frames import read_parquet

_COLUMNS, _LINES = 3, 2
#: Panel -> row and column of the quadrants, what it is called, and whether the forecast is right there.
_PANELS = {
    "forecast low, truth high": (0, 0, "popular, forecast as unpopular", False),
    "forecast high, truth high": (0, 1, "popular, and forecast so", True),
    "forecast low, truth low": (1, 0, "unpopular, and forecast so", True),
    "forecast high, truth low": (1, 1, "unpopular, forecast as popular", False),
}


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """Photographs in four quadrants: the true popularity grows upwards, the forecast to the right.

    :param inputs: ``samples``: samples.parquet.
    """
    samples = read_parquet(inputs["samples"][0])
    rows = samples[samples["figure"] == "quadrants"]
    if rows.empty:
        return Drawing(None, NONE_SHOWN, NONE_SHOWN)
    counts = []
    digits = decimals(rows[["target", "forecast"]].to_numpy(dtype=float))
    with style():
        figure = Figure(figsize=(WIDTH, 6.0))
        parts = np.asarray(figure.subfigures(2, 2, wspace=0.03, hspace=0.03), dtype=object).ravel()
        for panel, part in zip(_PANELS, parts, strict=True):
            _, _, title, right = _PANELS[panel]
            color = BLUE if right else VERMILION
            own = rows[rows["panel"] == panel].sort_values("place")
            part.suptitle(f"{'right' if right else 'wrong'}: {title}", fontsize=9, color=color)
            part.add_artist(
                Rectangle(
                    (0.004, 0.004), 0.992, 0.992, transform=part.transSubfigure, fill=False, color=color, linewidth=2.5
                )
            )
            cells = part.subplots(_LINES, _COLUMNS).ravel()
            for axes in cells:
                axes.set_axis_off()
            for axes, row in zip(cells, own.to_dict("records"), strict=False):
                axes.set_axis_on()
                target, forecast = (number(row[name], digits) for name in ("target", "forecast"))
                show(axes, read_picture(row["picture"]), f"{target}, forecast {forecast}")
            if own.empty:
                part.text(0.5, 0.5, "no photograph is here", ha="center", va="center")
            counts.append(f"{len(own)} {title}")
    note = (
        "High and low are the upper and lower quarter of the photographs. The forecast is of image content alone, by "
        f"models that did not see the photograph. Numbers are {look.unit}."
    )
    return Drawing(figure, f"Four groups of photographs: {'; '.join(counts)}.", note)
