"""What was understood of a table's columns: how many values were read, missing, rejected."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, fields

import numpy as np

from viewcast.tables.rows import Rows

logger = logging.getLogger(__name__)

EXAMPLES = 3


@dataclass
class ColumnReport:
    """Counts of one named column; ``read + missing + impossible + rejected`` is the number of rows.

    :ivar key: what the column holds, such as ``views``.
    :ivar column: its name in the table.
    :ivar rows: what a spreadsheet calls the table's rows.
    :ivar missing: empty cells, and, in columns that are no text, words for them (NA, null, ...).
    :ivar impossible: values that cannot be and stand for missing ones: -1, 1e20, infinity, the year 1.
    :ivar rejected: values that are none of the column's type; they count as missing from here on.
    :ivar examples: up to three rejected (else impossible) values, each with its row.
    :ivar remark: how the column was understood where several ways are possible.
    :ivar doubt: what the user should look at.
    """

    key: str
    column: str
    rows: Rows = field(repr=False)
    read: int = 0
    missing: int = 0
    impossible: int = 0
    rejected: int = 0
    examples: list[str] = field(default_factory=list)
    remark: str = ""
    doubt: str = ""

    def count(self, values: np.ndarray, missing: np.ndarray, impossible: np.ndarray, rejected: np.ndarray) -> None:
        """Count a converted column.

        :param values: (n,) as they were written; :param missing, impossible, rejected: (n,) bool, no two at one place.
        """
        self.missing, self.impossible, self.rejected = (int(x.sum()) for x in (missing, impossible, rejected))
        self.read = len(values) - self.missing - self.impossible - self.rejected
        self.examples = self.show(values, np.flatnonzero(rejected if rejected.any() else impossible))

    def show(self, values: np.ndarray, positions: np.ndarray) -> list[str]:
        """The first of the values at these positions of the table, each with its row."""
        return [f"{_shown(values[i])} in {self.rows.name(i)}" for i in positions[:EXAMPLES]]

    def as_dict(self) -> dict[str, object]:
        """For the summary (JSON)."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "rows"}

    def say(self, table: str) -> None:
        """One line in the log: a warning where anything was rejected or impossible."""
        parts = [f"{self.read} read"]
        for count, what in (
            (self.missing, "missing"),
            (self.impossible, "impossible, taken as missing"),
            (self.rejected, "rejected, taken as missing"),
        ):
            parts += [f"{count} {what}"] if count else []
        tail = f" ({', '.join(self.examples)})" if self.examples else ""
        tail += "".join(f"; {word}" for word in (self.remark, self.doubt) if word)
        level = logging.WARNING if self.impossible or self.rejected or self.doubt else logging.INFO
        logger.log(level, "%s, column %s (%s): %s%s", table, self.column, self.key, ", ".join(parts), tail)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
