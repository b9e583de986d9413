"""Figure 2: views, their logarithm, and the popularity, with the fitted normal distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from viewcast.report.drawing import Drawing, Look, nothing_drawn
from viewcast.report.marks import COUNTS, letter
from viewcast.report.style import BLUE, VERMILION, WIDTH, style
from viewcast.report.words import number, plural
from viewcast.store.frames import read_parquet

_BINS = 40
#: Percent of the photos whose views are drawn as counted; the tail of the others would press these into one bar.
_DRAWN = 99


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """Three histograms of the photos that have a target; one where there are no views.

    :param inputs: ``photos``: photos.parquet.
    """
    photos = read_parquet(inputs["photos"][0], ["views", "popularity"]).dropna(subset="popularity")
    popularity = photos["popularity"].to_numpy(dtype=float)
    if not len(popularity):
        return nothing_drawn("No photograph has a popularity.")
    views = photos["views"].dropna().to_numpy(dtype=float)
    views = views[views >= 0]
    note = "" if len(views) else "The corpus has no views, so that only the popularity is drawn."
    with style():
        figure = Figure(figsize=(WIDTH, 2.7))
        panels = figure.subplots(1, 3 if len(views) else 1, squeeze=False)[0]
        if len(views):
            most = np.percentile(views, _DRAWN)
            drawn = views[views <= most]
            _histogram(panels[0], drawn, "views, as counted\n", curve=False)
            panels[0].xaxis.set_major_formatter(COUNTS)
            panels[0].locator_params(axis="x", nbins=4)
            if len(drawn) < len(views):
                beyond = plural(len(views) - len(drawn), "photograph")
                note = f"Panel a leaves out {beyond} with more than {most:,.0f} views, up to {views.max():,.0f}."
            _histogram(panels[1], np.log2(views + 1), "logarithm of the views,\nlog2(views + 1)")
        _histogram(panels[-1], popularity, f"popularity,\n{look.unit}")
        panels[0].set_ylabel("photographs")
        if len(panels) > 1:
            for axes, name in zip(panels, "abc", strict=True):
                letter(axes, name)
    alt = (
        f"{plural(len(popularity), 'photograph')}. Popularity has mean {number(popularity.mean())} and standard "
        f"deviation {number(popularity.std())} ({look.unit})."
    )
    if len(views):
        alt += f" The median photograph has {np.median(views):,.0f} views, the most viewed one {views.max():,.0f}."
    return Drawing(figure, alt, note)


def _histogram(axes: Axes, values: np.ndarray, label: str, *, curve: bool = True) -> None:
    count, edges = np.histogram(values, _BINS)
    axes.stairs(count, edges, fill=True, color=BLUE)
    deviation = values.std()
    if curve and deviation > 0:
        x = np.linspace(edges[0], edges[-1], 200)
        density = np.exp(-(((x - values.mean()) / deviation) ** 2) / 2) / (deviation * np.sqrt(2 * np.pi))
        axes.plot(x, density * len(values) * (edges[1] - edges[0]), color=VERMILION)
    axes.set_ylim(0, 1.1 * count.max())
    axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.yaxis.set_major_formatter(COUNTS)
    axes.set_xlabel(label)
