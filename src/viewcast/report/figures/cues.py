"""What the social cues weigh in their common regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from viewcast.report.drawing import Drawing, Look, nothing_drawn
from viewcast.report.marks import Labels, interval_dots, key, none_here, rows, short, zero_line
from viewcast.report.style import BLUE, WIDTH, style
from viewcast.report.weights import NOISE, read_weights, said_weights, weight_label
from viewcast.report.words import column_words, listed, setting_words

_MISSING = "_missing"


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """A panel for each setting, a dot with its interval for each cue, in the order of the first setting's weights.

    :param inputs: ``importance``: explain/importance.csv.
    """
    settings = read_weights(inputs["importance"][0], "cue")
    if not settings:
        return nothing_drawn("No regression on the social cues is available.")
    ranked = [table.sort_values("weight", ascending=False, kind="stable")["name"] for table in settings.values()]
    names = list(dict.fromkeys(name for own in ranked for name in own))
    labels = Labels()
    with style():
        figure = Figure(figsize=(WIDTH, 1.9 + 0.24 * len(names)))
        panels = figure.subplots(1, len(settings), sharex=True, sharey=True, squeeze=False)[0]
        rows(panels[0], [labels(_words(name), 36) for name in names])
        for axes, (setting, table) in zip(panels, settings.items(), strict=True):
            zero_line(axes)
            axes.grid(True, axis="y")
            axes.tick_params(axis="y", length=0)
            axes.set_title(setting_words(setting))
            y = table["name"].map(names.index)
            for hollow in (False, True):
                part = (table["band"] == NOISE) == hollow
                own = table[part]
                interval_dots(axes, y[part], own["weight"], own["low"], own["high"], color=BLUE, hollow=hollow)
            for name in set(names) - set(table["name"]):
                none_here(axes, names.index(name))
        figure.supxlabel(weight_label(look.unit), fontsize=10)
        figure.legend(
            handles=[key("can be told from no effect", BLUE), key("cannot", BLUE, hollow=True)],
            loc="outside upper left", ncols=2,
        )  # fmt: skip
    said = []
    for setting, table in settings.items():
        heavy = table[table["band"] != NOISE].sort_values("weight", ascending=False, kind="stable")
        told = listed(said_weights(heavy, lambda name: short(_words(name), 36))) or "none"
        said.append(f"{setting_words(setting).capitalize()}, cues that can be told from no effect: {told}.")
    return Drawing(figure, " ".join(said), labels.note)


def _words(name: str) -> str:
    """A cue, or the mark of those photos that lack it."""
    if name.endswith(_MISSING):
        return f"{column_words(name.removesuffix(_MISSING))}: missing"
    return column_words(name)
