"""Figure 5: every feature's rank correlation within single users, by models of these users alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from viewcast.report.drawing import Drawing, Look, nothing_drawn
from viewcast.report.marks import Labels, ink_on, short
from viewcast.report.scores import read_table
from viewcast.report.style import DIVERGING, FONT, INK, WIDTH, short_name, style
from viewcast.report.words import column_words, number, plural

#: How many users the paper shows.
_USERS = 20
_SETTING = "user_specific"
_FUSION = "combined"


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """A row of numbers and colours for each user, in the order of the fusion's correlation; a column for each feature.

    :param inputs: ``scores1``: details/table1.csv.
    """
    table = _table(read_table(inputs["scores1"][0]))
    if table.empty:
        return nothing_drawn("The setting user-specific is not available, so there are no scores of single users.")
    # By digest: a choice that depends on no score, and on no order of the corpus.
    chosen = sorted(table.index, key=lambda user: hashlib.sha256(user.encode(errors="replace")).hexdigest())[:_USERS]
    shown = table.loc[chosen].sort_values(_FUSION, ascending=False, kind="stable", na_position="last")
    labels = Labels()
    names = [labels(user if look.users else short_name(user), 18) for user in shown.index]
    with style():
        figure = Figure(figsize=(WIDTH, 1.6 + 0.24 * len(shown)))
        axes = figure.subplots()
        values = shown.to_numpy(dtype=float)
        reach = max(0.1, np.nanmax(np.abs(values), initial=0))
        drawn = axes.imshow(values, cmap=DIVERGING, vmin=-reach, vmax=reach, aspect="auto")
        for (y, x), own in np.ndenumerate(values):
            color = INK if np.isnan(own) else ink_on(drawn.to_rgba(own))
            axes.text(x, y, number(own), ha="center", va="center", fontsize=8.5, color=color)
        columns = [fill(short(column_words(name), 30), 10) for name in shown.columns]
        axes.set_xticks(range(len(columns)), columns)
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(names)), names, family=FONT if look.users else f"{FONT} Mono")
        axes.set_ylabel("user")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        figure.colorbar(drawn, ax=axes, label="rank correlation", fraction=0.04, pad=0.02)
    fusion = shown[_FUSION]
    alt = (
        f"Rank correlations within {plural(len(shown), 'user')}. All features combined: from {number(fusion.min())} to "
        f"{number(fusion.max())}, median {number(fusion.median())}."
    )
    note = f"There are {plural(len(table), 'user')} in all"
    chosen_by = f"; {_USERS} of them are shown, chosen by a digest of their identifiers" if len(table) > _USERS else ""
    return Drawing(figure, alt, f"{note}{chosen_by}. {labels.note}".strip())


def _table(scores: pd.DataFrame) -> pd.DataFrame:
    """A row for each user, a column for each feature and the fusion: means over the splits."""
    own = scores[(scores["setting"] == _SETTING) & (scores["name"] != "best_single_feature")]
    own = own.assign(rho=pd.to_numeric(own["rho"], errors="coerce"))
    columns = [*dict.fromkeys(own.loc[own["kind"] == "feature", "name"]), _FUSION]
    own = own.assign(name=own["name"].where(own["kind"] == "feature", _FUSION))
    return own.groupby(["user", "name"])["rho"].mean().unstack("name").reindex(columns=columns)
