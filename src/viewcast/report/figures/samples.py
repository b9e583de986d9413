"""Figure 1: photographs from popular to unpopular."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from viewcast.report.drawing import Drawing, Look
from viewcast.report.pictures import NONE_SHOWN, read_picture, row_heights, show
from viewcast.report.style import WIDTH, style
from viewcast.report.words import decimals, number
from viewcast.store.frames import read_parquet

_COLUMNS = 6


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """Photographs in rows, the most popular first, each with its popularity.

    :param inputs: ``samples``: samples.parquet.
    """
    samples = read_parquet(inputs["samples"][0])
    rows = samples[samples["figure"] == "samples"].sort_values("place")
    if rows.empty:
        return Drawing(None, NONE_SHOWN, NONE_SHOWN)
    pictures = [read_picture(content) for content in rows["picture"]]
    heights = row_heights(pictures, _COLUMNS)
    digits = decimals(rows["target"].to_numpy())
    with style():
        figure = Figure(figsize=(WIDTH, WIDTH / _COLUMNS * sum(heights) + 0.12 * len(heights) + 0.2))
        cells = figure.subplots(len(heights), _COLUMNS, squeeze=False, gridspec_kw={"height_ratios": heights}).ravel()
        for axes, picture, target in zip(cells, pictures, rows["target"], strict=False):
            show(axes, picture, number(target, digits))
        for axes in cells[len(rows) :]:
            axes.set_visible(False)
    alt = (
        f"{len(rows)} photographs in the order of their popularity, from {number(rows['target'].iloc[0], digits)} to "
        f"{number(rows['target'].iloc[-1], digits)} ({look.unit})."
    )
    return Drawing(figure, alt, f"Below each photograph stands its popularity, {look.unit}.")
