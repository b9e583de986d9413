"""What was understood of a table's columns: how many values were read, missing, rejected."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, field

import numpy as np

logger = logging.getLogger(__name__)

EXAMPLES = 3


@dataclass
class ColumnReport:
    """Counts of one named column; ``read + missing + impossible + rejected`` is the number of rows.

    :ivar key: what the column holds, such as ``views``.
    :ivar column: its name in the table.
    :ivar missing: empty cells, and, in columns that are no text, words for them (NA, null, ...).
    :ivar impossible: values that cannot be and stand for missing ones: -1, 1e20, infinity, the year 1.
    :ivar rejected: values that are none of the column's type; they count as missing from here on.
    :ivar examples: up to three rejected (else impossible) values, each with its row.
    :ivar remark: how the column was understood where several ways are possible.
    """

    key: str
    column: str
    read: int = 0
    missing: int = 0
    impossible: int = 0
    rejected: int = 0
    examples: list[str] = field(default_factory=list)
    remark: str = ""

    def count(
        self,
        values: np.ndarray,
        missing: np.ndarray,
        impossible: np.ndarray,
        rejected: np.ndarray,
        first_row: int,
    ) -> None:
        """Count a converted column.

        :param values: (n,) as they were written; :param missing, impossible, rejected: (n,) bool, no two at one place.
        :param first_row: what a spreadsheet calls the first of them.
        """
        self.missing, self.impossible, self.rejected = (int(x.sum()) for x in (missing, impossible, rejected))
        self.read = len(values) - self.missing - self.impossible - self.rejected
        chosen = rejected if rejected.any() else impossible
        self.examples = examples(values, chosen, np.arange(len(values)) + first_row)

    def as_dict(self) -> dict[str, object]:
        """For the summary (JSON)."""
        return asdict(self)

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
        tail += f"; {self.remark}" if self.remark else ""
        level = logging.WARNING if self.impossible or self.rejected else logging.INFO
        logger.log(level, "%s, column %s (%s): %s%s", table, self.column, self.key, ", ".join(parts), tail)


def examples(values: np.ndarray, chosen: np.ndarray, rows: np.ndarray) -> list[str]:
    """The first values where ``chosen`` (n,) bool is true, with their ``rows`` (n,) as a spreadsheet counts them."""
    return [f"{_shown(values[i])} in row {rows[i]}" for i in np.flatnonzero(chosen)[:EXAMPLES]]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
