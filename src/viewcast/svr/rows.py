"""Feature rows, in memory or on disk, as the solver reads them: block after block, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

import numpy as np

from viewcast.errors import ViewcastError


@runtime_checkable
class RowBlocks(Protocol):
    """A matrix (n, d) that is read in blocks of rows. Every sweep must give the same rows."""

    shape: tuple[int, int]
    dtype: np.dtype

    def blocks(self, rows: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield (slice of rows, array of those rows), in order, covering all, at most ``rows`` at a time."""
        ...


class ArrayRows:
    """RowBlocks over an array.

    :param array: (n, d) of float16, float32 or float64.
    :raises ViewcastError: it is no matrix, or not of floats.
    """

    def __init__(self, array: np.ndarray) -> None:
        if array.ndim != 2 or array.dtype.kind != "f":
            raise ViewcastError(f"svr: features must be a float matrix, not {array.dtype} of {array.shape}.")
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def blocks(self, rows: int) -> Iterator[tuple[slice, np.ndarray]]:
        """As RowBlocks.blocks; the arrays are views."""
        for start in range(0, self.shape[0], rows):
            part = slice(start, min(start + rows, self.shape[0]))
            yield part, self.array[part]


#: Added to a probability before its logarithm, so that those near 0 do not rule.
FLOOR = 1e-5

#: What a regression takes of a feature's numbers. Square roots of shares (Hellinger's map: Vedaldi and Zisserman,
#: PAMI 34, 2012) keep a few large bins from outweighing all others; logarithms of a classifier's probabilities are
#: its evidence, up to a constant.
LINKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda x: x,
    "root": np.sqrt,
    "log": lambda x: np.log(x + np.float32(FLOOR)),
}


class LinkedRows:
    """RowBlocks whose numbers have gone through a link.

    :param link: name of one of ``LINKS``.
    """

    def __init__(self, rows: RowBlocks, link: str) -> None:
        self.rows, self.link = rows, LINKS[link]
        self.shape, self.dtype = rows.shape, rows.dtype

    def blocks(self, rows: int) -> Iterator[tuple[slice, np.ndarray]]:
        """As RowBlocks.blocks."""
        for part, block in self.rows.blocks(rows):
            yield part, self.link(block)


def as_rows(X: np.ndarray | RowBlocks) -> RowBlocks:
    """X itself when it reads in blocks, else an adapter over the array."""
    return X if isinstance(X, RowBlocks) else ArrayRows(np.asarray(X))


def read_some(rows: RowBlocks, which: np.ndarray) -> np.ndarray:
    """Some rows (k, d) in their own dtype, in one sweep.

    :param which: (k,) their numbers, ascending.
    """
    out = np.empty((len(which), rows.shape[1]), dtype=rows.dtype)
    for part, block in rows.blocks(8192):
        low, high = np.searchsorted(which, (part.start, part.stop))
        out[low:high] = block[which[low:high] - part.start]
    return out


def read_all(rows: RowBlocks) -> np.ndarray:
    """The whole matrix (n, d) in its own dtype; no copy for an array already in memory."""
    if isinstance(rows, ArrayRows):
        return rows.array
    out = np.empty(rows.shape, dtype=rows.dtype)
    for part, block in rows.blocks(8192):
        out[part] = block
    return out
