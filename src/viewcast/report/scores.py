"""The tables of results/ as numbers with their intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from viewcast.report.words import number

#: What an interval is over, in words.
OVER = {"users": "other users", "photos": "other photos of the same users"}


@dataclass(frozen=True)
class Score:
    """A number of a table.

    :ivar low, high: ends of its 95% interval; NaN where there is none.
    :ivar over: what the interval is over, a key of :data:`OVER`; empty where there is none.
    :ivar sd: standard deviation over the splits; NaN where there is none.
    :ivar verdict: of a difference: ``beyond noise``, ``worse beyond noise`` or ``within noise``; empty where there is
        none.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    over: str = ""
    sd: float = math.nan
    verdict: str = ""

    @property
    def digits(self) -> int:
        """Decimals to show: the paper's two; of a difference three, since it may be near 0."""
        return 3 if self.verdict else 2

    @property
    def there(self) -> bool:
        """Is there such a number?"""
        return not math.isnan(self.value)

    @property
    def holds_zero(self) -> bool:
        """Does the interval hold 0?"""
        return self.low <= 0 <= self.high

    @property
    def number(self) -> str:
        """Such as ``0.41``."""
        return number(self.value, self.digits)

    @property
    def interval(self) -> str:
        """Such as ``[0.33, 0.49]``; empty where there is none."""
        return f"[{number(self.low, self.digits)}, {number(self.high, self.digits)}]" if self.over else ""

    @property
    def text(self) -> str:
        """The number with its interval."""
        return f"{self.number} {self.interval}".strip()


def read_table(path: str | Path) -> pd.DataFrame:
    """A CSV table of the workflow as text: n/a stays n/a."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def value(text: str | None) -> float:
    """A cell as a number; NaN where it is none."""
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def score(row: Mapping[str, str], column: str, over: str | None = None) -> Score:
    """A number of a row with its interval.

    :param over: what the interval is over; None: other users, and where there is no such interval, other photos.
    """
    for kind in OVER if over is None else (over,):
        low, high = (value(row.get(f"{column}_{kind}_{end}")) for end in ("low", "high"))
        if not math.isnan(low):
            break
    else:
        low, high, kind = math.nan, math.nan, ""
    said = {"users": "_verdict", "photos": "_photos_verdict"}.get(kind, "")
    verdict = row.get(f"{column}{said}", "") if said else ""
    return Score(value(row.get(column)), low, high, kind, value(row.get(f"{column}_sd")), verdict)


def columns_of(table: pd.DataFrame) -> tuple[list[str], list[str]]:
    """The columns that hold scores, and those that hold differences of two, in their order."""
    all_of_them = [name for name in table.columns if f"{name}_users_low" in table.columns]
    differences = [name for name in all_of_them if f"{name}_verdict" in table.columns]
    return [name for name in all_of_them if name not in differences], differences


def count_words(text: str) -> str:
    """A count as tables hold it, for readers.

    >>> count_words("12345"), count_words("")
    ('12,345', 'n/a')
    """
    found = value(text)
    return "n/a" if math.isnan(found) else f"{found:,.0f}"
