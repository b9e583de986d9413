"""What inputs weigh, as the figures of the reasons take it from ``explain/importance.csv``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from viewcast.report.marks import interval_text
from viewcast.report.scores import read_table

#: Of ``band``: a weight that cannot be told from no effect.
NOISE = "not distinguishable"
#: Settings in the order in which a figure prefers them.
_SETTINGS = ("one_per_user", "user_mix")


def read_weights(path: str | Path, kind: str) -> dict[str, pd.DataFrame]:
    """Weights of one kind of input.

    :param kind: object, color or cue.
    :returns: setting -> rows with the columns of the file, in its order; settings that are absent, or whose weights are
        not known, have none. ``weight``, ``low`` and ``high`` are numbers.
    """
    table = read_table(path)
    for name in ("weight", "low", "high"):
        table[name] = pd.to_numeric(table[name], errors="coerce")
    table = table[(table["kind"] == kind) & table["weight"].notna()]
    own = {setting: table[table["setting"] == setting].reset_index(drop=True) for setting in _SETTINGS}
    return {setting: rows for setting, rows in own.items() if len(rows)}


def weight_label(unit: str) -> str:
    """What an axis of weights says."""
    return f"weight: change of the forecast, in {unit},\nas the input grows by one standard deviation"


def said_weights(table: pd.DataFrame, words: Callable[[str], str], column: str = "name") -> list[str]:
    """Rows of :func:`read_weights` with their intervals, for an alternative text.

    :param words: from a cell of ``column`` to what it is called.
    """
    rows = zip(table[column], table["weight"], table["low"], table["high"], strict=True)
    return [f"{words(name)} {interval_text(weight, low, high, 3)}" for name, weight, low, high in rows]
