"""What a number of a descriptor says, for people."""

from __future__ import annotations

from typing import NamedTuple


class Measurement(NamedTuple):
    """One number.

    :ivar name: of the number, for programs; it stays the same.
    :ivar words: what it says, for the report.
    :ivar unit: empty for a share or another plain number.
    :ivar low, high: the ends of its range, for pictures of at most 500 pixels.
    """

    name: str
    words: str
    unit: str
    low: float
    high: float
