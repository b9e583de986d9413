"""What words weigh: those that stand beside more views, and those that stand beside fewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from viewcast.report.drawing import Drawing, Look, nothing_drawn
from viewcast.report.marks import Labels, interval_dots, rows, short, zero_line
from viewcast.report.style import BLUE, VERMILION, WIDTH, style
from viewcast.report.weights import NOISE, read_weights, said_weights
from viewcast.report.words import listed, plural, setting_words

#: Words of a side that are drawn, and that the alternative text names.
_MOST, _SAID = 15, 6


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """A panel for the words that lift and one for those that sink, a dot with its interval for each of the heaviest.

    :param inputs: ``importance``: explain/importance.csv.
    """
    settings = read_weights(inputs["importance"][0], "word")
    if not settings:
        return nothing_drawn("No title, tag or description has a word that enough photographs share.")
    setting, table = next(iter(settings.items()))
    told = table[table["band"] != NOISE]
    note = (
        f"{len(table) - len(told):,} of {plural(len(table), 'word')} cannot be told from no effect. The weights are "
        f"those of the setting {setting_words(setting)}."
    )
    if told.empty:
        return Drawing(None, "There is no figure: no word can be told from no effect.", note)
    sides = {
        "Words that lift": (BLUE, told[told["weight"] > 0].sort_values("weight", ascending=False, kind="stable")),
        "Words that sink": (VERMILION, told[told["weight"] <= 0].sort_values("weight", kind="stable")),
    }
    shown = {title: (color, own) for title, (color, own) in sides.items() if len(own)}
    heights = [min(len(own), _MOST) for _, own in shown.values()]
    labels = Labels()
    with style():
        figure = Figure(figsize=(WIDTH, 1.1 + 0.5 * len(shown) + 0.2 * sum(heights)))
        panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
        for axes, (title, (color, own)) in zip(panels, shown.items(), strict=True):
            drawn = own[:_MOST]
            rows(axes, [labels(name) for name in drawn["name"]])
            zero_line(axes)
            interval_dots(axes, range(len(drawn)), drawn["weight"], drawn["low"], drawn["high"], color=color)
            axes.set_title(f"{title}: {len(own):,}" + (f", of which {_MOST} are drawn" if len(own) > _MOST else ""))
            axes.tick_params(axis="x", labelbottom=axes is panels[-1])
        panels[-1].set_xlabel(f"weight: change of the forecast, in {look.unit},\nwhere the word stands")
    said = [f"{title}, {len(own):,}: {listed(said_weights(own[:_SAID], short))}." for title, (_, own) in shown.items()]
    return Drawing(figure, " ".join(said), f"{note} {labels.note}".strip())
