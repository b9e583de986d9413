"""Section 4.3's list: what objects weigh, in the paper's four bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from viewcast.report.drawing import Drawing, Look, nothing_drawn
from viewcast.report.marks import interval_dots, rows, short, zero_line
from viewcast.report.style import BLUE, VERMILION, WIDTH, style
from viewcast.report.weights import NOISE, read_weights, said_weights, weight_label
from viewcast.report.words import listed, plural, setting_words

_BANDS = ("strong positive", "medium positive", "low positive", "negative")
#: Objects of a band that are drawn.
_MOST = 10
#: Objects of a band that the alternative text names.
_SAID = 4


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """A panel for each band that has objects, a dot with its interval for each of its heaviest ones.

    :param inputs: ``importance``: explain/importance.csv.
    """
    settings = read_weights(inputs["importance"][0], "object")
    if not settings:
        return nothing_drawn("No regression on objects is available.")
    setting, table = next(iter(settings.items()))
    noise = int((table["band"] == NOISE).sum())
    note = (
        f"{noise:,} of {plural(len(table), 'object')} cannot be told from no effect. The weights are those of the "
        f"setting {setting_words(setting)}."
    )
    if noise == len(table):
        return Drawing(None, "There is no figure: no object can be told from no effect.", note)
    bands = {}
    for band in _BANDS:
        own = table[table["band"] == band]
        if len(own):
            bands[band] = own.sort_values("weight", ascending=band == "negative", kind="stable", ignore_index=True)
    heights = [min(len(own), _MOST) for own in bands.values()]
    with style():
        figure = Figure(figsize=(WIDTH, 1.1 + 0.5 * len(bands) + 0.2 * sum(heights)))
        panels = figure.subplots(len(bands), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
        for axes, (band, own) in zip(panels, bands.items(), strict=True):
            drawn = own[:_MOST]
            rows(axes, [short(name) for name in drawn["name"]])
            zero_line(axes)
            color = VERMILION if band == "negative" else BLUE
            interval_dots(axes, range(len(drawn)), drawn["weight"], drawn["low"], drawn["high"], color=color)
            many = plural(len(own), "object")
            axes.set_title(f"{band}: {many}" + (f", of which {_MOST} are drawn" if len(own) > _MOST else ""))
            axes.tick_params(axis="x", labelbottom=axes is panels[-1])
        panels[-1].set_xlabel(weight_label(look.unit))
    said = [
        f"{band.capitalize()}, {plural(len(own), 'object')}: {listed(said_weights(own[:_SAID], short))}."
        for band, own in bands.items()
    ]
    return Drawing(figure, " ".join(said), note)
