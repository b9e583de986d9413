"""Held-out forecasts against the truth, and how often forecast intervals hold it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from viewcast.corpus.settings import Setting, load_setting
from viewcast.explain.samples import choose_setting, held_out_forecast
from viewcast.forecasts import load_forecasts
from viewcast.report.drawing import Drawing, Look
from viewcast.report.scores import read_table, value
from viewcast.report.style import BLUE, GREY, INK, SKY, VERMILION, WIDTH, style
from viewcast.report.words import column_words, number, setting_words

#: The best fusion that a corpus has: one without social cues has the second alone.
_MODELS = ("content_social", "content")
#: So many photos are drawn as dots, whatever the size of the corpus.
_DOTS = 2000
#: Bins have as many photos each: so many bins at most, of so many photos at least.
_BINS, _PER_BIN = 20, 40
#: Promised coverage in percent -> colour and mark.
_LEVELS = {80: (BLUE, "o"), 95: (VERMILION, "s")}


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """Forecast against truth at the left, coverage by the width of the intervals at the right.

    :param inputs: ``forecasts``: the fusions ``content_social`` of all settings, the fusions ``content``, then the
        settings' files in the same order; ``coverage``: coverage.csv. One setting is drawn: that whose models have
        learned from most photos.
    """
    files = inputs["forecasts"]
    each = len(files) // (len(_MODELS) + 1)
    setting, place = _chosen(files[-each:])
    if setting is None:
        note = "No setting could be had with this corpus, so there is no forecast to compare with the truth."
        return Drawing(None, note, note)
    table = read_table(inputs["coverage"][0])
    measured = set(table.loc[table["setting"] == setting.name, "model"])
    model = next((name for name in _MODELS if name in measured), _MODELS[0])
    forecast = held_out_forecast(setting, load_forecasts(files[_MODELS.index(model) * each + place]))
    words = setting_words(setting.name)
    held = np.isfinite(forecast) & np.isfinite(setting.target)
    if not held.any():
        note = f"No photograph is held out in the setting {words}, so no forecast can be compared with the truth."
        return Drawing(None, note, note)
    forecast, truth = forecast[held], setting.target[held]
    bins = bin_medians(forecast, truth)
    rows = table[(table["setting"] == setting.name) & (table["model"] == model)]
    with style():
        figure = Figure(figsize=(WIDTH, 3.5))
        left, right = figure.subplots(1, 2)
        left.set_title("a  Forecast against truth", loc="left")
        note = f"Both panels are of the setting {words}, of the forecasts from {column_words(model)}."
        note += _forecasts(left, forecast, truth, bins, look)
        right.set_title("b  Truth within the interval", loc="left")
        note += _coverage(right, rows)
    alt = (
        f"Held-out forecasts of {len(truth):,} photographs of the setting {words}. {_alt_bins(bins)} "
        f"{_alt_coverage(rows)}"
    )
    return Drawing(figure, alt, note)


def _chosen(files: Sequence[str | Path]) -> tuple[Setting | None, int]:
    """The setting to draw and its place among the files; one setting more at a time is held in memory."""
    chosen: tuple[Setting | None, int] = (None, 0)
    for place, path in enumerate(files):
        setting = load_setting(path)
        both = [one for one in (chosen[0], setting) if one is not None]
        if choose_setting(both) is setting:
            chosen = setting, place
    return chosen


def bin_medians(forecast: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    """Bins of equally many photos in the order of their forecast.

    :param forecast, truth: (n,) float, finite.
    :returns: a row per bin: the median forecast, the median truth, and the 10% and 90% quantiles of the truth.
    """
    order = np.argsort(forecast, kind="stable")
    parts = np.array_split(order, min(max(len(order) // _PER_BIN, 1), _BINS))
    return pd.DataFrame(
        [(np.median(forecast[part]), np.median(truth[part]), *np.quantile(truth[part], [0.1, 0.9])) for part in parts],
        columns=["forecast", "median", "low", "high"],
    )


def _forecasts(axes: Axes, forecast: np.ndarray, truth: np.ndarray, bins: pd.DataFrame, look: Look) -> str:
    """Draw the left panel; returns what the note says of it."""
    rows = np.arange(len(truth))
    said = ""
    if len(rows) > _DOTS:
        rows = np.sort(np.random.default_rng([0, 22]).permutation(len(rows))[:_DOTS])
        said = f" In a, {_DOTS:,} of {len(truth):,} photographs, chosen at random, are dots; medians are of all."
    axes.scatter(forecast[rows], truth[rows], s=5, color=GREY, alpha=0.35, linewidths=0)
    axes.fill_between(bins["forecast"], bins["low"], bins["high"], color=SKY, alpha=0.45, linewidth=0, label="10–90%")
    axes.plot(bins["forecast"], bins["median"], color=BLUE, marker="o", markersize=4, label="median truth")
    # A few extreme photos do not press all others together.
    ends = np.concatenate([np.quantile(forecast, [0.002, 0.998]), np.quantile(truth, [0.002, 0.998])])
    room = 0.04 * (ends.max() - ends.min()) or 0.5
    low, high = ends.min() - room, ends.max() + room
    beyond = int(((forecast < low) | (forecast > high) | (truth < low) | (truth > high)).sum())
    if beyond:
        said += f" Beyond the axes of a: {beyond:,}."
    axes.plot([low, high], [low, high], color=INK, linestyle="--", linewidth=1, label="forecast = truth")
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_xlabel(f"forecast popularity\n{look.unit}", parse_math=False)
    axes.set_ylabel(f"true popularity\n{look.unit}", parse_math=False)
    axes.legend(loc="upper left", fontsize=8, handlelength=1.5)
    return said


def _coverage(axes: Axes, rows: pd.DataFrame) -> str:
    """Draw the right panel; returns what the note says of it."""
    tenths = rows[rows["tenth"] != "all"]
    found = {percent: [value(text) for text in tenths[f"coverage{percent}"]] for percent in _LEVELS}
    lowest = min([0.8, *(share for own in found.values() for share in own if share == share)])
    # Shares that lie on the upper edge are seen whole.
    axes.set_ylim(max(lowest - 0.1, -0.03), 1.03)
    axes.set_xlim(0.4, 10.6)
    axes.set_xticks(range(1, 11), ["1\nnarrow", *map(str, range(2, 10)), "10\nwide"])
    axes.set_xlabel("tenth of photographs, by width of interval")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_ylabel("photographs with the truth within")
    for percent, (colour, mark) in _LEVELS.items():
        axes.axhline(percent / 100, color=colour, linestyle="--", linewidth=1)
        x = [value(text) for text in tenths["tenth"]]
        axes.plot(x, found[percent], color=colour, marker=mark, markersize=5, label=f"{percent}% interval")
    if not any(share == share for own in found.values() for share in own):
        axes.text(0.5, 0.5, "n/a", transform=axes.transAxes, ha="center", color=GREY)
        return " Of the intervals of this setting nothing is known."
    axes.legend(loc="lower right", fontsize=8, handlelength=1.5)
    counts = [count for count in map(value, tenths["photos"]) if count == count]
    each = f" Each tenth has about {np.mean(counts):,.0f} photographs in a split." if counts else ""
    return f" In b, dashed lines are what the intervals promise.{each}"


def _alt_bins(bins: pd.DataFrame) -> str:
    if len(bins) == 1:
        one = bins.iloc[0]
        return f"Their median forecast is {number(one['forecast'])}, their median truth {number(one['median'])}."
    first, last = bins.iloc[0], bins.iloc[-1]
    away = np.abs(bins["median"] - bins["forecast"]).max()
    return (
        f"In the lowest of {len(bins)} bins the median forecast is {number(first['forecast'])} and the median truth "
        f"{number(first['median'])}, in the highest {number(last['forecast'])} and {number(last['median'])}; nowhere "
        f"do they differ by more than {number(away)}."
    )


def _alt_coverage(rows: pd.DataFrame) -> str:
    said = []
    every, tenths = rows[rows["tenth"] == "all"], rows[rows["tenth"] != "all"]
    for percent in _LEVELS:
        whole = [value(text) for text in every[f"coverage{percent}"]]
        parts = [share for share in map(value, tenths[f"coverage{percent}"]) if share == share]
        if whole and whole[0] == whole[0]:
            spread = f", by tenths from {min(parts):.0%} to {max(parts):.0%}" if parts else ""
            said.append(f"the {percent}% intervals hold the truth of {whole[0]:.0%} of the photographs{spread}")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if said else "Of the forecast intervals nothing is known."
