"""A lone quotation mark swallows the rows up to the next one: the file is then in order, and its rows are wrong."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import compute

from viewcast.errors import ViewcastError

_SHAPE_ROWS = 10_000
_NUMBER = re.compile(r"\s*[-+]?[0-9][0-9.,]*\s*")


def check_quotes(table: pa.Table, numbers: np.ndarray, separator: str, path: Path) -> None:
    """Is a field with line breaks made of rows?

    Its lines are rows if each has as many separators as the rest of its row would have there, and if they hold numbers
    where the table's other rows do. So a description of many lines passes.

    :param numbers: (n,) what a spreadsheet calls the rows, for the error.
    :raises ViewcastError: there is such a field.
    """
    width = table.num_columns
    for column in range(width if width > 1 else 0):
        values = table.column(column)
        like_rows = compute.match_substring_regex(values, _rows_pattern(width, column, separator))
        positions = np.flatnonzero(compute.fill_null(like_rows, False).to_numpy())
        if not len(positions):
            continue
        numeric = _numeric(table)
        for at in positions:
            field = values[at].as_py()
            if _fits(field, column, numeric, separator):
                raise ViewcastError(
                    f"In the table {path}, the column {table.column_names[column]} of row {numbers[at]} holds line "
                    f"breaks and whole rows: a lone quotation mark has swallowed them ({field[:120]!r}). Mend the "
                    "quotation marks (a mark inside a quoted field is written twice). If this is one text, set "
                    "corpus.rows_in_fields to true."
                )


def _rows_pattern(width: int, column: int, separator: str) -> str:
    """The end of a row from ``column`` on, whole rows or empty lines, and the beginning of a row up to ``column``."""
    mark = re.escape(separator)

    def fields(separators: int) -> str:
        return rf"(?:[^{mark}\r\n]*{mark}){{{separators}}}[^{mark}\r\n]*"

    end = rf"{mark}?\r?\n"  # some rows have an empty field too many
    return rf"^{fields(width - 1 - column)}{end}(?:(?:{fields(width - 1)})?{end})*{fields(column)}$"


def _numeric(table: pa.Table) -> list[bool]:
    """Of each column: are nearly all of its first values numbers?"""
    shares = []
    for values in table.slice(0, _SHAPE_ROWS).columns:
        known = values.drop_null().to_pylist()
        shares.append(bool(known) and sum(map(bool, map(_NUMBER.fullmatch, known))) > 0.9 * len(known))
    return shares


def _fits(field: str, column: int, numeric: list[bool], separator: str) -> bool:
    first, *others = field.splitlines()
    cells = [*enumerate(first.split(separator), column)]
    for line in others:
        cells += enumerate(line.split(separator)) if line else []
    shown = [bool(_NUMBER.fullmatch(text)) for at, text in cells if at < len(numeric) and numeric[at] and text]
    return not shown or sum(shown) > 0.5 * len(shown)
