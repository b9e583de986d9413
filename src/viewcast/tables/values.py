"""From a column as it was read to the values that it should hold, value by value.

Every converter takes a series (text with None for empty cells, or a Parquet column's own type) and fills a
:class:`ColumnReport`. Nothing is guessed: a column that can be read in two ways is an error that shows examples.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa

from viewcast.errors import ViewcastError
from viewcast.tables.report import ColumnReport, examples

#: What people write for "there is none" where a number, a time or a truth value should stand.
WORDS = frozenset({"na", "n/a", "#n/a", "nan", "null", "none", "nil", "nat", "<na>", "-", "--", "?", "."})
#: Above it, a number stands for "unknown" or "infinite".
HUGE = 1e15
_BLOCK = 1 << 16
_NUMPY = re.compile(r"""['"]\s+['"]""")
_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")
#: Separators of thousands; the blank ones are an ordinary, a non-breaking and two thin spaces.
GROUPING = {",": ",", ".": r"\.", "'": "['’]", " ": "[ \u00a0\u202f\u2009]", "_": "_"}
TRUE = frozenset({"1", "1.0", "true", "t", "yes", "y"})
FALSE = frozenset({"0", "0.0", "false", "f", "no", "n"})


def as_text(values: pd.Series) -> pd.Series:
    """The column as text without blanks at the ends; None where a cell is empty."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_float_dtype(values):
        # Whole numbers that went through a float are written as such, all their digits kept up to 2**53.
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        whole = np.isfinite(numbers) & (numbers == np.round(numbers)) & (np.abs(numbers) < 2**53)
        text = pd.Series(numbers, index=values.index).astype(str).astype(object)
        text[whole] = numbers[whole].astype(np.int64).astype(str)
        return text.where(~np.isnan(numbers), None)
    text = values.astype("string[pyarrow]").str.strip()
    return text.where(text != "").astype(object).where(lambda known: known.notna(), None)


def identifiers(values: pd.Series, report: ColumnReport, first_row: int) -> pd.Series:
    """Names as text: leading zeros kept, blanks at the ends trimmed; ``1001.0`` is ``1001`` if all of them are such.

    :raises ViewcastError: a name such as 1.23457E+10 has lost digits.
    """
    text = as_text(values)
    known = text.dropna().astype(str)
    lost = known.str.fullmatch(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}")
    if lost.any() and (lost | known.str.fullmatch(r"[0-9]+(?:\.0+)?")).all():
        at = np.flatnonzero(text.isin(known[lost]).to_numpy())
        raise ViewcastError(
            f"The column {report.column} ({report.key}) holds {known[lost].iloc[0]!r} in row {at[0] + first_row}: a "
            "spreadsheet has written the name as a rounded number, and its last digits are lost. Export the column as "
            "text."
        )
    if known.str.fullmatch(r"[0-9]+(?:\.0+)?").all():
        text = text.where(text.isna(), text.astype("string").str.replace(r"\.0+$", "", regex=True)).astype(object)
        text = text.where(text.notna(), None)
    report.read, report.missing = int(text.notna().sum()), int(text.isna().sum())
    return text


def counts(values: pd.Series, report: ColumnReport, first_row: int, *, signed: bool = False) -> pd.Series:
    """Whole numbers as float64, NaN where there is none: ``1234``, ``1234.0``, ``1.2e3``, and, where the whole column
    agrees, separators of thousands.

    :param signed: are negative ones kept? If not, they are impossible, and missing.
    :raises ViewcastError: separators of thousands are mixed, or cannot be told from decimals.
    """
    return _converted(values, report, first_row, _whole, signed)


def numbers(values: pd.Series, report: ColumnReport, first_row: int, *, signed: bool = False) -> pd.Series:
    """Numbers as float64, NaN where there is none: a decimal point, or, where the whole column agrees, a decimal comma.

    :param signed: may they be negative? If not, a negative one is impossible, and missing.
    """
    return _converted(values, report, first_row, _decimal, signed)


def truths(values: pd.Series, report: ColumnReport, first_row: int) -> pd.Series:
    """1 for 1, true, t, yes, y; 0 for 0, false, f, no, n, in any case; else NaN."""

    def convert(text: pd.Series, report: ColumnReport, first_row: int) -> pd.Series:
        low = text.str.lower()
        return low.map(dict.fromkeys(TRUE, 1.0) | dict.fromkeys(FALSE, 0.0)).astype(float)

    return _converted(values, report, first_row, convert)


def _converted(
    values: pd.Series,
    report: ColumnReport,
    first_row: int,
    convert: Callable[[pd.Series, ColumnReport, int], pd.Series],
    signed: bool = False,
) -> pd.Series:
    """``convert`` on the values that are no words for nothing; then impossible ones out, and all counted."""
    if pd.api.types.is_numeric_dtype(values) and convert is _decimal:
        found = values.astype("Float64").astype(float)
        text, missing = values, values.isna().to_numpy()
    else:
        text = as_text(values)
        missing = (text.isna() | text.astype("string").str.lower().isin(WORDS)).to_numpy(dtype=bool)
        found = pd.Series(np.nan, index=values.index)
        if not missing.all():
            known = text[~missing].astype(str)
            found[~missing] = convert(known, report, first_row).to_numpy(dtype=float)
    size = found.to_numpy()
    impossible = np.isinf(size) | (np.abs(size) > HUGE) | ((size < 0) & (not signed))
    rejected = ~missing & np.isnan(size)
    report.count(text.to_numpy(dtype=object), missing, impossible, rejected, first_row)
    return found.where(~impossible)


def _whole(text: pd.Series, report: ColumnReport, first_row: int) -> pd.Series:
    plain = text.str.fullmatch(
        r"[+-]?[0-9]+(?:\.0*)?|[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+|[+-]?inf(?:inity)?", case=False
    )
    found = pd.to_numeric(text.where(plain), errors="coerce")
    found = found.where((found == found.round()) | np.isinf(found))
    for separator, pattern in GROUPING.items():
        grouped = text.str.fullmatch(rf"[+-]?[0-9]{{1,3}}(?:{pattern}[0-9]{{3}})+")
        if not grouped.any():
            continue
        ungrouped = plain & (found.abs() >= 1000)
        others = ~grouped & ~plain & text.str.contains(r"[0-9]")
        twice = text.str.fullmatch(rf"[+-]?[0-9]{{1,3}}(?:{pattern}[0-9]{{3}}){{2,}}")
        if (ungrouped | others).any() or (separator == "." and not twice.any()):
            doubtful = (grouped | ungrouped | others).to_numpy()
            shown = examples(text.to_numpy(), doubtful, text.index.to_numpy() + first_row)
            raise ViewcastError(
                f"The column {report.column} ({report.key}) should hold whole numbers, and it cannot be told whether "
                f"{separator!r} separates thousands: {', '.join(shown)}. Write them without separators."
            )
        report.remark = f"{separator!r} separates thousands"
        clean = text.where(grouped).str.replace(rf"(?<=[0-9]){pattern}", "", regex=True)
        found = found.fillna(pd.to_numeric(clean, errors="coerce"))
    return found


def _decimal(text: pd.Series, report: ColumnReport, first_row: int) -> pd.Series:
    # A number with both marks shows which is which: 1,234.5 or 1.234,5.
    point = text.str.fullmatch(r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]+|(?:,[0-9]{3}){2,})")
    comma = text.str.fullmatch(r"[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,})")
    only = text.str.fullmatch(r"[+-]?[0-9]*,[0-9]+")
    shown = (
        f"The column {report.column} ({report.key}) should hold numbers, and it cannot be told whether the comma of "
    )

    def ask(doubtful: pd.Series) -> ViewcastError:
        at = np.flatnonzero(doubtful)[0]
        return ViewcastError(
            f"{shown}{text.iloc[at]!r} in row {int(text.index[at]) + first_row} separates thousands or decimals. Write "
            "them with a decimal point, and without separators of thousands."
        )

    if point.any():
        if comma.any() or (only & ~text.str.fullmatch(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+")).any():
            raise ask(comma | only)
        report.remark = "',' separates thousands"
        return pd.to_numeric(text.str.replace(",", ""), errors="coerce")
    if comma.any():
        pointed = text.str.contains(".", regex=False)
        if (pointed & ~text.str.fullmatch(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?")).any():
            raise ask(comma)
        report.remark = "',' is the decimal point, '.' separates thousands"
        return pd.to_numeric(text.str.replace(".", "", regex=False).str.replace(",", "."), errors="coerce")
    if only.any():
        grouped = text[only].str.fullmatch(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
        if text.str.contains(".", regex=False).any() or grouped.all():
            raise ask(only)
        report.remark = "',' is the decimal point"
        return pd.to_numeric(text.str.replace(",", "."), errors="coerce")
    return pd.to_numeric(text, errors="coerce")


def texts(values: pd.Series, report: ColumnReport) -> pd.Series:
    """Text as it was written, missing where a cell is empty."""
    report.missing = int(values.isna().sum())
    report.read = len(values) - report.missing
    return values if isinstance(values.dtype, pd.ArrowDtype) else values.astype("string[pyarrow]")


def tags(values: pd.Series, report: ColumnReport) -> pd.Series:
    """Lists of text, None where a cell is empty: a list, JSON or Python for one, or text with separators.

    Separators are semicolons, else bars, else commas, else blanks.
    """

    def split(value: object) -> list[str] | None:
        if isinstance(value, list | tuple | np.ndarray):
            return [str(tag) for tag in value]
        if pd.isna(value):
            return None
        text = str(value).strip()
        if text.startswith("[") and text.endswith("]"):
            if _NUMPY.search(text):
                # NumPy writes its lists without commas, which Python would join.
                return [one or other for one, other in _QUOTED.findall(text)]
            for read in (json.loads, ast.literal_eval):
                try:
                    return [str(tag) for tag in read(text)]
                except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
                    continue
            text = text[1:-1]
        separator = next((mark for mark in ";|," if mark in text), None)
        return [tag for part in text.split(separator) if (tag := part.strip())]

    # In blocks, because lists of Python's strings take many times what Arrow's do.
    blocks = [values.iloc[start : start + _BLOCK] for start in range(0, len(values), _BLOCK)]
    arrays = [pa.array([split(value) for value in block], pa.list_(pa.string())) for block in blocks]
    found = pa.chunked_array(arrays, pa.list_(pa.string()))
    report.missing = found.null_count
    report.read = len(values) - report.missing
    return pd.Series(pd.arrays.ArrowExtensionArray(found), index=values.index)
