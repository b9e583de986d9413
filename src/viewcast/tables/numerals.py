"""Numbers as people write them: a whole column shows which mark separates thousands, and which decimals."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from viewcast.errors import ViewcastError
from viewcast.tables.report import ColumnReport

#: Separators of thousands, and how they are written: the blank ones are ordinary, non-breaking and two thin spaces.
GROUPING = {",": ",", ".": r"\.", "'": "['’]", " ": "[ \u00a0\u202f\u2009]", "_": "_"}
_DECIMAL = {".": r"\.", ",": ","}
_MARKS = ".,'’_ \u00a0\u202f\u2009"
_PLAIN = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?inf(?:inity)?"


class Style(NamedTuple):
    """A way to write numbers: the mark between thousands, or none, and the mark before the decimals."""

    thousands: str
    decimal: str

    def read(self, text: pd.Series) -> pd.Series:
        """(n,) float64, NaN where a text is not written in this way: with all of the marks between thousands."""
        point, mark = _DECIMAL[self.decimal], GROUPING.get(self.thousands, "")
        whole = rf"(?:[0-9]{{1,3}}|[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+)" if mark else "[0-9]+"
        written = text.str.fullmatch(rf"[+-]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?")
        plain = text.where(written)
        if mark:
            plain = plain.str.replace(mark, "", regex=True)
        return pd.to_numeric(plain.str.replace(self.decimal, "."), errors="coerce")


POINT = Style("", ".")
STYLES = (POINT, Style("", ","), *(Style(*pair) for pair in product(GROUPING, _DECIMAL) if pair[0] != pair[1]))


def decimals(text: pd.Series, report: ColumnReport) -> pd.Series:
    """Numbers with a decimal point, and nothing between thousands, where the column can be read so; else in the one
    way in which it can.

    :param text: (n,) without gaps.
    :returns: (n,) float64, NaN for what is no number.
    :raises ViewcastError: the column can be read in several ways, or in none.
    """
    found = _pointed(text)
    return _by_agreement(text, report, whole=False) if _numeral(text[found.isna()]).any() else found


def whole_numbers(text: pd.Series, report: ColumnReport) -> pd.Series:
    """Likewise, and NaN for what is not whole. ``1.234`` is an error, since it may be a decimal, unless a value such as
    ``1.234.567`` shows what the point is.
    """
    found = _pointed(text)
    found = found.where((found == found.round()) | np.isinf(found))
    doubtful = text.str.fullmatch(r"[+-]?[1-9][0-9]{0,2}(?:\.000)+").any()
    return _by_agreement(text, report, whole=True) if doubtful or _numeral(text[found.isna()]).any() else found


def _pointed(text: pd.Series) -> pd.Series:
    return pd.to_numeric(text.where(text.str.fullmatch(_PLAIN, case=False)), errors="coerce")


def _numeral(text: pd.Series) -> pd.Series:
    return text.str.fullmatch(rf"[+-]?[0-9{_MARKS}]*[0-9][0-9{_MARKS}]*(?:[eE][+-]?[0-9]+)?").astype(bool)


def _by_agreement(text: pd.Series, report: ColumnReport, whole: bool) -> pd.Series:
    """By the style that reads all that any style reads, and makes whole all that any style makes whole."""
    unique = pd.Series(text.unique())
    read = pd.DataFrame({style: style.read(unique).to_numpy() for style in STYLES})
    read[POINT] = _pointed(unique)  # infinity too
    right = (read == read.round()) | np.isinf(read) if whole else read.notna()
    fits = read[read.notna().any(axis=1)].notna().all() & right[right.any(axis=1)].all()
    fitting = [style for style in STYLES if fits[style]]
    style = fitting[0] if fitting else POINT
    marked = unique.str.contains(f"[{_MARKS}]").to_numpy(dtype=bool)
    # A value that can be read in one way only.
    sure = (read.where(right).nunique(axis=1) == 1).to_numpy() & marked
    if whole:
        sure &= ~unique.str.fullmatch(r"[+-]?[0-9]{1,3}\.[0-9]{3}").to_numpy(dtype=bool)
    alike = all(read[other].equals(read[style]) for other in fitting)
    if not (fitting and alike and (style == POINT or sure.any())):
        # Shown are the values that the style of most others does not read, or, if there are none, the doubtful ones.
        weight = text.value_counts().reindex(unique).to_numpy()
        most = max(STYLES, key=lambda one: int(weight[read[one].notna().to_numpy()].sum()))
        odd = (read.notna().any(axis=1) & ~right[most]).to_numpy()
        several = (read.nunique(axis=1) > 1).to_numpy() & marked
        raise _cannot_tell(text, text.isin(unique[several | odd]).to_numpy(), report)
    remarks = [f"{style.thousands!r} separates thousands"] if style.thousands else []
    remarks += ["',' is the decimal point"] if style.decimal == "," and unique.str.contains(",").any() else []
    report.remark = ", ".join(remarks)
    return text.map(dict(zip(unique, read[style].where(right[style]), strict=True))).astype(float)


def _cannot_tell(text: pd.Series, doubtful: np.ndarray, report: ColumnReport) -> ViewcastError:
    at = text.index.to_numpy()[doubtful]
    shown = ", ".join(report.show(text, at))
    return ViewcastError(
        f"The column {report.column} ({report.key}) should hold numbers, and it cannot be told which mark separates "
        f"thousands and which decimals: {shown}. Write them with a decimal point, and without separators of thousands."
    )
