"""What a descriptor's ``extractor`` returns, and the usual one: picture after picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

#: n pictures, RGB uint8 of any sizes, or n vectors of another descriptor, to (n, d) float32.
Extractor = Callable[[Sequence[np.ndarray]], np.ndarray]


def one_by_one(describe: Callable[[np.ndarray], np.ndarray], dimension: int) -> Extractor:
    """An extractor from the function that describes one picture.

    :param describe: (h, w, 3) uint8 to (dimension,).
    :param dimension: length of the vector.
    :returns: from n pictures to (n, dimension) float32.
    """

    def extract(pictures: Sequence[np.ndarray]) -> np.ndarray:
        rows = np.zeros((len(pictures), dimension), dtype=np.float32)
        for row, picture in zip(rows, pictures, strict=True):
            row[:] = describe(picture)
        return rows

    return extract
