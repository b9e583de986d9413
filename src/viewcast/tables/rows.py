"""What was read of a file, and what a spreadsheet calls its rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pandas as pd
import pyarrow as pa

from viewcast.tables.blanks import BLANKS

#: The numbers of the rows of one file.
Numbers = range | np.ndarray


@dataclass
class Part:
    """One file of a table, as it was read.

    :ivar numbers: of its rows, as a spreadsheet counts them.
    :ivar lines: of the file, if it is text.
    :ivar empty_rows: rows without any value, which were left out.
    :ivar twice: names that stand twice in its header.
    """

    frame: pd.DataFrame
    numbers: Numbers
    lines: int = 0
    empty_rows: int = 0
    twice: frozenset[str] = frozenset()


class Rows:
    """From the position of a row in a frame to its number in its file, where the header and empty rows are counted.

    :param parts: for every file its name, and the numbers of its rows; one file alone needs no name in a message.
    """

    def __init__(self, parts: Sequence[tuple[str, Numbers]]) -> None:
        self._parts = parts
        self._starts = list(accumulate((len(numbers) for _, numbers in parts), initial=0))[:-1]

    @classmethod
    def after_header(cls, count: int) -> Rows:
        """The rows 2, 3, ... of a table that was read by someone else."""
        return cls([("", range(2, count + 2))])

    def name(self, position: int) -> str:
        """For instance ``row 12``, or ``row 12 of part-0001.csv``."""
        part = bisect_right(self._starts, position) - 1
        name, numbers = self._parts[part]
        row = f"row {numbers[position - self._starts[part]]}"
        return row if len(self._parts) == 1 else f"{row} of {name}"


#: Whole numbers with gaps would become floats, which hold no more than 2**53 of them.
_TYPES = {pa.string(): pd.ArrowDtype(pa.string()), pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}


def as_frame(table: pa.Table) -> pd.DataFrame:
    """A frame whose text stays Arrow's, a fraction of the memory of Python's, and whose whole numbers stay whole."""
    return table.to_pandas(types_mapper=_TYPES.get)


def distinct(header: Sequence[str]) -> tuple[list[str], frozenset[str]]:
    """Names of columns, no two alike, and those that were: an unnamed one is ``Unnamed: k``, a second a ``a (2)``."""
    header = [name.strip(BLANKS) for name in header]
    names: list[str] = []
    for number, given in enumerate(header):
        name = given or f"Unnamed: {number}"
        times = list(header[:number]).count(given) if given else 0
        names.append(f"{name} ({times + 1})" if times else name)
    return names, frozenset(name for name in header if name and list(header).count(name) > 1)
