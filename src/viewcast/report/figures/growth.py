"""Growth of views with age, and its shapes, where views were read several times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from viewcast.corpus.growth import FAST, KEPT, LAYOUT, MIN_VIEWS, OF_A_SHAPE
from viewcast.report.drawing import Drawing, Look
from viewcast.report.style import BLUE, GREEN, GREY, INK, VERMILION, WIDTH, style
from viewcast.store.records import read_record

#: Shape -> its words, its colour and its line, which a copy in grey still tells apart.
_SHAPES = {
    "fast": ("fast, then rest", VERMILION, "-"),
    "steady": ("slow and steady", BLUE, "--"),
    "late": ("late", GREEN, "-."),
    "unclear": ("unclear", GREY, ":"),
}


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """Growth curves at the left, the typical curve of each shape at the right.

    :param inputs: ``growth``: growth.json.
    """
    growth = read_record(inputs["growth"][0], LAYOUT)
    if growth["note"]:
        return Drawing(None, growth["note"], growth["note"])
    counts = growth["shapes"]
    with style():
        figure = Figure(figsize=(WIDTH, 3.5))
        left, right = figure.subplots(1, 2)
        _lines(left, growth["kept"])
        _typical(right, growth["typical"])
        handles = [
            right.plot([], [], color=colour, linestyle=line, linewidth=2, label=f"{words}: {counts[shape]:,}")[0]
            for shape, (words, colour, line) in _SHAPES.items()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    said = "; ".join(f"{words}: {counts[shape]:,}" for shape, (words, *_) in _SHAPES.items())
    alt = f"Growth of the views of {growth['photos']:,} photographs, by shape. {said[0].upper()}{said[1:]}."
    return Drawing(figure, alt, _note(growth))


def _lines(axes: Axes, kept: Sequence[Mapping[str, Any]]) -> None:
    """Views by age of single photos; views and 1, so that a photo without a view has a place on the axis."""
    axes.set_title("a  Single photographs", loc="left")
    for own in kept:
        _, colour, line = _SHAPES[own["shape"]]
        axes.plot(own["age"], np.add(own["views"], 1), color=colour, linestyle=line, linewidth=0.8, alpha=0.6)
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.8)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda views, _: f"{views:,.0f}"))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda days, _: f"{days:,.0f}"))
    axes.set_xlim(left=0)
    axes.set_xlabel("age of the photograph, days")
    axes.set_ylabel("views + 1")


def _typical(axes: Axes, typical: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    """The median over photos of one shape, and where the middle 80% of them lie."""
    axes.set_title("b  Typical growth", loc="left")
    for shape, own in typical.items():
        _, colour, line = _SHAPES[shape]
        grid = np.linspace(0, 1, len(own["median"]))
        axes.fill_between(grid, own["low"], own["high"], color=colour, alpha=0.15, linewidth=0)
        axes.plot(grid, own["median"], color=colour, linestyle=line, linewidth=2)
    axes.axvline(0.5, color=INK, linewidth=0.6)
    if not typical:
        axes.text(0.5, 0.5, "n/a", transform=axes.transAxes, ha="center", color=GREY, backgroundcolor="white")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("time from upload to last count")
    axes.set_ylabel("share of the last count of views")


def _note(growth: Mapping[str, Any]) -> str:
    photos, counts, typical = growth["photos"], growth["shapes"], growth["typical"]
    said = [
        f"Growth is fast where {FAST:.0%} or more of the views came in the first half of the time from upload to last "
        f"count, and late where {1 - FAST:.0%} or fewer did."
    ]
    if counts["unclear"]:
        said.append(
            f"Unclear are {counts['unclear']:,} of {photos:,} photographs: fewer than {MIN_VIEWS} views, or no count "
            "near the middle of the time."
        )
    if photos > KEPT:
        said.append(f"In a, {KEPT} photographs, chosen at random, are drawn.")
    if any(counts[shape] > OF_A_SHAPE for shape in typical):
        said.append(f"In b, medians are of at most {OF_A_SHAPE:,} photographs of a shape, chosen at random.")
    if typical:
        said.append("Bands hold the middle 80% of the photographs of a shape.")
    return " ".join(said)
