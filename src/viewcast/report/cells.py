"""Tables of the page: cells and their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: The models of Table 3.
MODELS = ("content", "social", "content_social")
#: Of lists that a reader takes in at once.
LONGEST_LIST = 8


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    :ivar beside: stands beside it in smaller letters: an interval.
    :ivar below: stands below it: the paper's number.
    :ivar colour: a colour to show, as ``#rrggbb``.
    """

    text: str
    beside: str = ""
    below: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Table:
    """A table of the page; the first cell of each row is its header.

    :ivar numbers: are all cells but the headers numbers?
    """

    name: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: bool = True
