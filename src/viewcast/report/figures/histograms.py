"""Figure 2: views, their logarithm, and the popularity, with the fitted normal distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from viewcast.report.drawing import Drawing, Look
from viewcast.report.style import BLUE, VERMILION, WIDTH, style
from viewcast.store.frames import read_parquet

_BINS = 40


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """Three histograms of the photos that have a target.

    :param inputs: ``photos``: photos.parquet.
    """
    photos = read_parquet(inputs["photos"][0], ["views", "popularity"]).dropna(subset="popularity")
    popularity = photos["popularity"].to_numpy(dtype=float)
    views = photos["views"].dropna().to_numpy(dtype=float)
    panels = [(popularity, f"popularity, {look.unit}")]
    if len(views):
        panels = [(views, "views"), (np.log2(views + 1), "log2(views + 1)"), *panels]
    with style():
        figure = Figure(figsize=(WIDTH, 2.4))
        for axes, (values, label) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            count, edges, _ = axes.hist(values, bins=_BINS, color=BLUE)
            x = np.linspace(edges[0], edges[-1], 200)
            deviation = values.std()
            if deviation > 0:
                curve = norm.pdf(x, values.mean(), deviation) * len(values) * (edges[1] - edges[0])
                axes.plot(x, curve, color=VERMILION)
            axes.set_ylim(0, 1.1 * count.max())
            axes.set_xlabel(label)
            axes.set_ylabel("photographs")
    alt = (
        f"{len(popularity):,} photographs. Popularity has mean {popularity.mean():.2f} and standard deviation "
        f"{popularity.std():.2f} ({look.unit})."
    )
    if len(views):
        alt += f" The median photograph has {np.median(views):,.0f} views, the most viewed one {views.max():,.0f}."
    return Drawing(figure, alt)
