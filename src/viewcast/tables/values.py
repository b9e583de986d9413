"""From a column as it was read to the values that it should hold, value by value.

Every converter takes a series (text with None for empty cells, or a Parquet column's own type) and fills a
:class:`ColumnReport`. Nothing is guessed: a column that can be read in two ways is an error that shows examples.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from viewcast.errors import ViewcastError
from viewcast.tables.blanks import BLANKS
from viewcast.tables.numerals import decimals, whole_numbers
from viewcast.tables.report import ColumnReport

#: What people write for "there is none" where a number, a time or a truth value should stand.
WORDS = frozenset({"na", "n/a", "#n/a", "nan", "null", "none", "nil", "nat", "<na>", "-", "--", "?", "."})
#: Above it, a number stands for "unknown" or "infinite".
HUGE = 1e15
_BLOCK = 1 << 16
#: As many long names must end in zeros before a spreadsheet is blamed.
_FEW = 3
_NUMPY = re.compile(r"""['"]\s+['"]""")
#: A whole cell that is a list: brackets of JSON, Python and PostgreSQL, R's c(), NumPy's array().
_LISTED = re.compile(r"(?:c|array)?\(.*\)|\[.*\]|\{.*\}", re.DOTALL)
_WORDS_OR_QUOTED = re.compile(r""""([^"]*)"|(\S+)""")
_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")
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
    text = values.astype("string[pyarrow]").str.strip(BLANKS)
    return text.where(text != "").astype(object).where(lambda known: known.notna(), None)


def identifiers(values: pd.Series, report: ColumnReport) -> pd.Series:
    """Names as text: leading zeros kept, blanks at the ends trimmed; ``1001.0`` is ``1001`` if all of them are such.

    :raises ViewcastError: a name such as 1.23457E+10 has lost digits.
    """
    text = as_text(values)
    known = text.dropna().astype(str)
    # A spreadsheet's way to write a long number, and others' if all the names are numbers.
    lost = known.str.fullmatch(r"[1-9][.,][0-9]+E\+[0-9]{2}")
    rounded = known.str.fullmatch(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,3}")
    if (rounded | known.str.fullmatch(r"[0-9]+(?:\.0+)?")).all():
        lost = rounded
    long = known.str.fullmatch(r"[0-9]{16,}")
    cut = long & known.str.fullmatch(r"[0-9]{15}0+")
    if long.sum() >= _FEW and cut.sum() == long.sum():
        lost |= cut  # a spreadsheet keeps fifteen digits
    nested = known.str.startswith("{")
    if nested.any():
        raise _nested(report, text.to_numpy(), np.flatnonzero(text.isin(known[nested]).to_numpy()))
    if lost.any():
        shown = report.show(text.to_numpy(), np.flatnonzero(text.isin(known[lost]).to_numpy()))
        raise ViewcastError(
            f"The column {report.column} ({report.key}) holds {', '.join(shown)}: a spreadsheet has written the name "
            "as a rounded number, and its last digits are lost. Export the column as text, from where the names came."
        )
    if known.str.fullmatch(r"[0-9]+(?:\.0+)?").all():
        text = text.where(text.isna(), text.astype("string").str.replace(r"\.0+$", "", regex=True)).astype(object)
        text = text.where(text.notna(), None)
    report.read, report.missing = int(text.notna().sum()), int(text.isna().sum())
    words = known.str.lower().isin(WORDS)
    if words.any():
        report.doubt = f"{int(words.sum())} are {known[words].iloc[0]!r}, which counts as a name like any other"
    return text


def _nested(report: ColumnReport, values: np.ndarray, positions: np.ndarray) -> ViewcastError:
    shown = report.show(values, positions)
    return ViewcastError(
        f"The column {report.column} ({report.key}) holds nested values: {', '.join(shown)}. Take the text out of "
        "them, into a column of its own."
    )


def counts(values: pd.Series, report: ColumnReport, *, signed: bool = False) -> pd.Series:
    """Whole numbers as float64, NaN where there is none: ``1234``, ``1234.0``, ``1.2e3``, and, where the whole column
    agrees, separators of thousands.

    :param signed: are negative ones kept? If not, they are impossible, and missing.
    :raises ViewcastError: separators of thousands are mixed, or cannot be told from decimals.
    """
    return _converted(values, report, whole_numbers, signed)


def numbers(values: pd.Series, report: ColumnReport, *, signed: bool = False) -> pd.Series:
    """Numbers as float64, NaN where there is none: a decimal point, or, where the whole column agrees, a decimal comma.

    :param signed: may they be negative? If not, a negative one is impossible, and missing.
    :raises ViewcastError: decimals cannot be told from separators of thousands.
    """
    return _converted(values, report, decimals, signed)


def truths(values: pd.Series, report: ColumnReport) -> pd.Series:
    """1 for 1, true, t, yes, y; 0 for 0, false, f, no, n, in any case; else NaN."""

    def convert(text: pd.Series, report: ColumnReport) -> pd.Series:
        return text.str.lower().map(dict.fromkeys(TRUE, 1.0) | dict.fromkeys(FALSE, 0.0)).astype(float)

    return _converted(values, report, convert)


def _converted(
    values: pd.Series,
    report: ColumnReport,
    convert: Callable[[pd.Series, ColumnReport], pd.Series],
    signed: bool = False,
) -> pd.Series:
    """``convert`` on the values that are no words for nothing; then impossible ones out, and all counted."""
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if numeric and convert in (decimals, whole_numbers):
        found = values.astype("Float64").astype(float)
        text, missing = values, values.isna().to_numpy()
        if convert is whole_numbers:
            found = found.where((found == found.round()) | np.isinf(found))
    else:
        text = as_text(values)
        missing = is_missing(text)
        found = pd.Series(np.nan, index=values.index)
        if not missing.all():
            known = text[~missing].astype(str).str.replace("\u2212", "-")  # the typographic minus
            found[~missing] = convert(known, report).to_numpy(dtype=float)
    size = found.to_numpy()
    impossible = np.isinf(size) | (np.abs(size) > HUGE) | ((size < 0) & (not signed))
    rejected = ~missing & np.isnan(size)
    report.count(text.to_numpy(dtype=object), missing, impossible, rejected)
    return found.where(~impossible)


def is_missing(text: pd.Series) -> np.ndarray:
    """(n,) bool: empty, or a word that people write for "there is none"."""
    return (text.isna() | text.astype("string").str.lower().isin(WORDS)).to_numpy(dtype=bool)


def texts(values: pd.Series, report: ColumnReport) -> pd.Series:
    """Text as it was written, missing where a cell is empty.

    :raises ViewcastError: the cells are no text but structures.
    """
    if values.dtype == object:
        structures = values.map(lambda value: isinstance(value, dict | list | np.ndarray))
        if structures.any():
            raise _nested(report, values.to_numpy(), np.flatnonzero(structures.to_numpy()))
    report.missing = int(values.isna().sum())
    report.read = len(values) - report.missing
    return values if isinstance(values.dtype, pd.ArrowDtype) else values.astype("string[pyarrow]")


def tags(values: pd.Series, report: ColumnReport) -> pd.Series:
    """Lists of text, None where a cell is empty: a list, JSON or Python for one, or text with separators.

    The column shows its separator: of semicolon, bar and comma the first that stands in more cells than a later one
    without it, else blanks; then a tag of several words is between quotation marks, as on Flickr.
    """
    separator = _separator_of(values)
    if separator is not None:
        report.remark = f"{separator!r} separates tags"

    def split(value: object) -> list[str] | None:
        if isinstance(value, str):
            text = value.strip(BLANKS)
            if _LISTED.fullmatch(text):
                return _list(text)
            if separator is None:
                return [quoted or word for quoted, word in _WORDS_OR_QUOTED.findall(text) if quoted.strip() or word]
            return [tag for part in text.split(separator) if (tag := part.strip(BLANKS))]
        if isinstance(value, list | tuple | set | dict | np.ndarray):
            return _elements(value)
        return None if pd.isna(value) else [str(value)]

    def row_by_row(block: pd.Series) -> list[list[str] | None]:
        found = []
        for position, value in block.items():
            try:
                found.append(split(value))
            except ValueError as error:
                raise ViewcastError(
                    f"The column {report.column} ({report.key}) holds {_short(value)} in {report.rows.name(position)}: "
                    f"{error}. Write the tags as a list of texts, or with separators."
                ) from None
        return found

    # In blocks, because lists of Python's strings take many times what Arrow's do.
    blocks = [values.iloc[start : start + _BLOCK] for start in range(0, len(values), _BLOCK)]
    arrays = [pa.array(row_by_row(block), pa.list_(pa.string())) for block in blocks]
    found = pa.chunked_array(arrays, pa.list_(pa.string()))
    report.missing = found.null_count
    report.read = len(values) - report.missing
    return pd.Series(pd.arrays.ArrowExtensionArray(found), index=values.index)


def _separator_of(values: pd.Series) -> str | None:
    if not (isinstance(values.dtype, pd.StringDtype) or values.dtype == pd.ArrowDtype(pa.string())):
        first = values.dropna().head(1)
        if len(first) and not isinstance(first.iloc[0], str):
            return None
        values = values.astype("string[pyarrow]")
    text = values[(values.notna() & ~values.str.strip().str.fullmatch(_LISTED.pattern, flags=re.DOTALL)).fillna(False)]
    text = text.str.strip()
    for mark, later in ((";", r"[|,\s]"), ("|", r"[,\s]"), (",", r"\s")):
        here = text.str.contains(mark, regex=False)
        if here.sum() > (text.str.contains(later) & ~here).sum():
            return mark
    return None


def _list(text: str) -> list[str]:
    """A list as JSON, Python, NumPy, R or PostgreSQL writes it.

    :raises ValueError: NumPy has left out its middle, or it holds something else than texts.
    """
    if re.search(r"['\"]\s+\.\.\.\s+['\"]", text):
        raise ValueError("whoever wrote the list has left out its middle (...)")
    bare = text.removeprefix("array")
    if text.startswith("c("):
        return [one or other for one, other in _QUOTED.findall(text)]
    if _NUMPY.search(bare):
        # NumPy writes its lists without commas, which Python would join.
        return [one or other for one, other in _QUOTED.findall(bare)]
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(bare)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        return _elements(found)
    return [tag for part in bare.strip("[](){}").split(",") if (tag := part.strip().strip("'\""))]


def _elements(value: Any) -> list[str]:
    """Texts of a list, also as Flickr's interface nests them."""
    if isinstance(value, dict):
        value = value.get("tag", [value]) if len(value) == 1 else [value]
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple | set | np.ndarray):
        return [str(value)]
    found = []
    for element in value:
        if isinstance(element, dict):
            element = next((element[key] for key in ("raw", "_content", "name", "text") if key in element), element)
        if isinstance(element, bytes):
            element = element.decode("utf-8", "replace")
        if isinstance(element, dict | list | tuple | np.ndarray):
            raise ValueError("an element is no text")
        if element is not None:
            found.append(str(element))
    return sorted(found) if isinstance(value, set) else found


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
