"""Growth of views with age, and its shapes, where a crawl has read the views several times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from viewcast.corpus.growth import FAST, MIN_VIEWS, growth_shapes, make_curves, relative_curve
from viewcast.report.drawing import Drawing, Look
from viewcast.report.style import BLUE, GREEN, GREY, INK, VERMILION, WIDTH, style
from viewcast.store.frames import read_parquet

#: Shape -> its words, its colour and its line, which a copy in grey still tells apart.
_SHAPES = {
    "fast": ("fast, then rest", VERMILION, "-"),
    "steady": ("slow and steady", BLUE, "--"),
    "late": ("late", GREEN, "-."),
    "unclear": ("unclear", GREY, ":"),
}
#: So many photos are drawn as lines, and so many of each shape make its median curve.
_LINES, _CURVES = 150, 2000
_GRID = np.linspace(0, 1, 41)


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """Growth curves at the left, the typical curve of each shape at the right.

    :param inputs: ``views_log``: views_log.parquet, or nothing where the corpus is no crawl; ``photos``:
        photos.parquet, for the time of the upload.
    """
    if not inputs["views_log"]:
        return _nothing(
            "This corpus holds one count of views for each photograph, so their growth is not known. A crawl of Flickr "
            "knows it when corpus.flickr.pass_number is raised and the crawl is run again."
        )
    log = read_parquet(inputs["views_log"][0], ["photo_id", "views", "observed_at", "pass"])
    if log["pass"].nunique() < 2:
        return _nothing(
            "The crawl has one pass, so the growth of views is not known. Raise corpus.flickr.pass_number and run the "
            "crawl again, some weeks after the first pass or later."
        )
    curves = make_curves(log, read_parquet(inputs["photos"][0], ["photo_id", "uploaded_at"]))
    # A photo of one sighting has no curve.
    curves = curves[curves.groupby("photo_id")["age"].transform("size") > 1]
    if curves.empty:
        return _nothing("No photograph has two counts of views and a known upload time, so no growth can be drawn.")
    shapes = growth_shapes(curves)
    counts = {shape: int((shapes["shape"] == shape).sum()) for shape in _SHAPES}
    rng = np.random.default_rng([0, 23])
    drawn = shapes.iloc[np.sort(rng.permutation(len(shapes))[:_LINES])]
    typical = {
        shape: own.iloc[rng.permutation(len(own))[:_CURVES]]
        for shape in _SHAPES
        if shape != "unclear" and len(own := shapes[shapes["shape"] == shape])
    }
    wanted = pd.concat([drawn, *typical.values()])["photo_id"].unique()
    of_photo = dict(list(curves[curves["photo_id"].isin(wanted)].groupby("photo_id")))
    with style():
        figure = Figure(figsize=(WIDTH, 3.5))
        left, right = figure.subplots(1, 2)
        _lines(left, drawn, of_photo)
        _typical(right, typical, of_photo)
        handles = [
            right.plot([], [], color=colour, linestyle=line, linewidth=2, label=f"{words}: {counts[shape]:,}")[0]
            for shape, (words, colour, line) in _SHAPES.items()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    said = "; ".join(f"{words}: {counts[shape]:,}" for shape, (words, *_) in _SHAPES.items())
    alt = (
        f"Growth of the views of {len(shapes):,} photographs over {log['pass'].nunique()} passes, by shape. "
        f"{said[0].upper()}{said[1:]}."
    )
    return Drawing(figure, alt, _note(len(shapes), counts, typical))


def _nothing(why: str) -> Drawing:
    return Drawing(None, why, why)


def _lines(axes: Axes, drawn: pd.DataFrame, of_photo: Mapping[str, pd.DataFrame]) -> None:
    """Views by age of single photos; views and 1, so that a photo without a view has a place on the axis."""
    axes.set_title("a  Single photographs", loc="left")
    for photo_id, shape in zip(drawn["photo_id"], drawn["shape"], strict=True):
        own = of_photo[photo_id]
        _, colour, line = _SHAPES[shape]
        axes.plot(own["age"], own["views"] + 1, color=colour, linestyle=line, linewidth=0.8, alpha=0.6)
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.8)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda views, _: f"{views:,.0f}"))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda days, _: f"{days:,.0f}"))
    axes.set_xlim(left=0)
    axes.set_xlabel("age of the photograph, days")
    axes.set_ylabel("views + 1")


def _typical(axes: Axes, typical: Mapping[str, pd.DataFrame], of_photo: Mapping[str, pd.DataFrame]) -> None:
    """The median over photos of one shape, and where the middle 80% of them lie."""
    axes.set_title("b  Typical growth", loc="left")
    for shape, photos in typical.items():
        _, colour, line = _SHAPES[shape]
        owns = [of_photo[photo_id] for photo_id in photos["photo_id"]]
        every = np.stack([relative_curve(own["age"].to_numpy(), own["views"].to_numpy(), _GRID) for own in owns])
        low, median, high = np.quantile(every, [0.1, 0.5, 0.9], axis=0)
        axes.fill_between(_GRID, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(_GRID, median, color=colour, linestyle=line, linewidth=2)
    axes.axvline(0.5, color=INK, linewidth=0.6)
    if not typical:
        axes.text(0.5, 0.5, "n/a", transform=axes.transAxes, ha="center", color=GREY, backgroundcolor="white")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("time from upload to last count")
    axes.set_ylabel("share of the last count of views")


def _note(photos: int, counts: Mapping[str, int], typical: Mapping[str, pd.DataFrame]) -> str:
    said = [
        f"Growth is fast where {FAST:.0%} or more of the views came in the first half of the time from upload to last "
        f"count, and late where {1 - FAST:.0%} or fewer did."
    ]
    if counts["unclear"]:
        said.append(
            f"Unclear are {counts['unclear']:,} of {photos:,} photographs: fewer than {MIN_VIEWS} views, or no count "
            "near the middle of the time."
        )
    if photos > _LINES:
        said.append(f"In a, {_LINES} photographs, chosen at random, are drawn.")
    if any(counts[shape] > _CURVES for shape in typical):
        said.append(f"In b, medians are of at most {_CURVES:,} photographs of a shape, chosen at random.")
    if typical:
        said.append("Bands hold the middle 80% of the photographs of a shape.")
    return " ".join(said)
