"""The same models under the paper's settings and under the honest protocols, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from viewcast.report.drawing import Drawing, Look
from viewcast.report.scores import OVER, Score, read_table, score
from viewcast.report.style import BLUE, GREEN, GREY, INK, ORANGE, WIDTH, style
from viewcast.report.words import column_words, cut, listed, number

#: Column -> its name in the legend, its colour and its mark, which a copy in grey still tells apart.
_MODELS = {
    "content": ("content", BLUE, "o"),
    "social": ("social cues", ORANGE, "s"),
    "content_social": ("both", GREEN, "D"),
    "mean_views_alone": ("mean views alone", GREY, "^"),
}
#: Settings and protocols below the axis, in the order in which they stand.
_PAPER = {"one_per_user": "one photo\nper user", "user_mix": "user mix", "user_specific": "user-\nspecific"}
_PROTOCOLS = {
    "random_halves": "random\nhalves",
    "user_disjoint": "no user in\nboth halves",
    "time_forward": "later from\nearlier",
}


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """Table 3 at the left, the protocols at the right, on one axis.

    :param inputs: ``table3``: table3.csv; ``protocols``: protocols.csv.
    """
    settings = {row["setting"]: row for row in read_table(inputs["table3"][0]).to_dict("records")}
    table = read_table(inputs["protocols"][0])
    protocols = {row["protocol"]: row for row in table[table["mean_views"] == look.mean_views].to_dict("records")}
    panels = [
        ("a  Settings of Table 3", _PAPER, _scores(settings, _PAPER)),
        ("b  All usable photographs, by protocol", _PROTOCOLS, _scores(protocols, _PROTOCOLS)),
    ]
    there = [found for _, _, panel in panels for models in panel.values() for found in models.values() if found.there]
    note = _note(settings, protocols, there, look)
    if not there:
        return Drawing(None, f"There is no score to draw. {note}", f"There is no score to draw. {note}")
    with style():
        figure = Figure(figsize=(WIDTH, 3.6))
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, (title, names, panel) in zip((left, right), panels, strict=True):
            axes.set_title(title, loc="left")
            _panel(axes, names, panel)
        ends = [end for found in there for end in (found.value, found.low, found.high) if end == end]
        low, high = min(0.0, *ends), max(0.0, *ends)
        left.set_ylim(low - 0.05 * (high - low) - 0.02, high + 0.05 * (high - low) + 0.02)
        left.set_ylabel("rank correlation with the truth (Spearman)")
        marks = [
            Line2D([], [], color=colour, marker=mark, linestyle="none", label=words)
            for words, colour, mark in _MODELS.values()
        ]
        figure.legend(handles=marks, loc="outside lower center", ncols=len(marks))
    return Drawing(figure, _alt(panels[1][2], panels[0][2]), note)


def _scores(rows: Mapping[str, Mapping[str, str]], names: Mapping[str, str]) -> dict[str, dict[str, Score]]:
    """Setting or protocol -> model -> its score; models that the table has no column for are left out."""
    return {
        name: {model: score(rows[name], model) for model in _MODELS if model in rows[name]} if name in rows else {}
        for name in names
    }


def _panel(axes: Axes, names: Mapping[str, str], panel: Mapping[str, Mapping[str, Score]]) -> None:
    """One group of dots for each setting; where it has no score at all, ``n/a`` stands in its place."""
    axes.axhline(0, color=INK, linewidth=0.6)
    for place, name in enumerate(names):
        own = panel[name]
        for step, (model, found) in enumerate(own.items()):
            if not found.there:
                continue
            _, colour, mark = _MODELS[model]
            x = place + 0.19 * (step - (len(own) - 1) / 2)
            if found.over:
                axes.plot([x, x], [found.low, found.high], color=colour, linewidth=1.8, solid_capstyle="butt")
            axes.plot([x], [found.value], color=colour, marker=mark, markersize=6, markeredgecolor="white")
        if not any(found.there for found in own.values()):
            axes.text(place, 0.5, "n/a", transform=axes.get_xaxis_transform(), ha="center", color=GREY)
    axes.set_xticks(range(len(names)), list(names.values()))
    axes.tick_params(axis="x", length=0)
    axes.tick_params(axis="y", labelleft=True)
    axes.set_xlim(-0.55, len(names) - 0.45)
    axes.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)


def _note(
    settings: Mapping[str, Mapping[str, str]],
    protocols: Mapping[str, Mapping[str, str]],
    there: list[Score],
    look: Look,
) -> str:
    """What the intervals are over, which mean of views stands here, and what is not available and why."""
    said = []
    kinds = sorted({found.over for found in there if found.over}, reverse=True)
    if kinds:
        said.append(f"Whiskers are 95% intervals over {listed([OVER[kind] for kind in kinds])}.")
    if any(not found.over for found in there):
        said.append("Marks without whiskers have no interval.")
    if not protocols:
        said.append(f"The table of the protocols has no row for {_mean_views(look)}.")
    elif there:
        said.append(f"The mean of a user's views is in b of this kind: {_mean_views(look)}.")
    for names, rows in ((_PAPER, settings), (_PROTOCOLS, protocols)):
        for name, words in names.items():
            row = rows.get(name)
            if row is not None and not any(score(row, model).there for model in _MODELS):
                why = row.get("note") or "no score could be had"
                said.append(f"Not available: {_flat(words)} ({cut(why, 200)}).")
    return " ".join(said)


def _alt(protocols: Mapping[str, Mapping[str, Score]], paper: Mapping[str, Mapping[str, Score]]) -> str:
    said = ["Rank correlation of the forecast with the truth."]
    for names, panel in ((_PROTOCOLS, protocols), (_PAPER, paper)):
        for name, words in names.items():
            own = [
                f"{_MODELS[model][0]} {number(found.value)}{' ' + found.interval if found.over else ''}"
                for model, found in panel[name].items()
                if found.there
            ]
            said.append(f"{_flat(words).capitalize()}: {listed(own) if own else 'not available'}.")
    return " ".join(said)


def _mean_views(look: Look) -> str:
    """The kind of the mean, without the words that all kinds share."""
    return column_words(f"mean_views_{look.mean_views}").removeprefix("mean views, ")


def _flat(words: str) -> str:
    return words.replace("-\n", "-").replace("\n", " ")
