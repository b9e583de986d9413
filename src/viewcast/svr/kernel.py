"""A regression with a Gaussian kernel, kept linear by Nyström's approximation (Williams and Seeger, NIPS 13, 2001).

The kernel is ``k(x, z) = exp(-|scale (x - z)|^2 / width)``. With landmarks L, photos of the training half, each photo
has the numbers ``k(x, L) k(L, L)^(-1/2)``. Their inner products approximate the kernel by functions of the landmarks,
and are the kernel where the landmarks are all photos that train. On these numbers the regression is the linear one.

Deviation: the paper's regressions are linear.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from viewcast.gaussian import GaussianMachine, distances, gaussian
from viewcast.svr.parameters import Scaling
from viewcast.svr.rows import RowBlocks, read_some

#: Landmarks of a half, at most.
LANDMARKS = 1024
#: Directions in which the landmarks' kernel is less than this share of its largest are rounding errors.
_RANK = 1e-6
#: Photos whose kernel is computed at a time.
_PIECE = 1024


class Landmarks(NamedTuple):
    """What a half's landmarks say.

    :ivar landmark, scale, width: as of :class:`GaussianMachine`.
    :ivar root: (m, r) float64, the inverse root of the landmarks' kernel.
    """

    landmark: np.ndarray
    scale: np.ndarray
    width: float
    root: np.ndarray

    def machine(self, weights: np.ndarray) -> GaussianMachine:
        """The regression of weights (r,) as a function of the kernel."""
        return GaussianMachine(self.landmark, self.root @ weights, self.scale, self.width)


class NystromRows:
    """RowBlocks of what a feature's numbers are to the kernel.

    :param rows: (n, d), behind the link.
    :param train: (n,) bool, the photos that train. Everything is learned from them alone: the landmarks, up to
        LANDMARKS of them, drawn by a fixed seed; the scale, which for ``standard`` divides each number by its deviation
        over the landmarks, and else is 1; and the width, the median squared distance of two different landmarks.

    Attributes: ``learned`` (:class:`Landmarks`); ``shape``, (n, r); ``dtype``.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, rows: RowBlocks, train: np.ndarray, scaling: Scaling) -> None:
        self._rows = rows
        order = np.random.default_rng(0).permutation(len(train))
        landmark = np.sort(order[train[order]][:LANDMARKS])
        values = read_some(rows, landmark).astype(np.float64)
        # Distances are the same from any origin, and lose fewest digits from the mean.
        self._centre = values.mean(axis=0)
        scale = np.ones(values.shape[1])
        if scaling == "standard":
            deviation = values.std(axis=0)
            scale = np.divide(1, deviation, where=deviation > 0, out=np.zeros_like(deviation))
        self._landmarks = (values - self._centre) * scale
        squared = distances(self._landmarks, self._landmarks)
        np.fill_diagonal(squared, 0)
        apart = squared[squared > 0]
        width = float(np.median(apart)) if len(apart) else 1.0
        value, vector = np.linalg.eigh(np.exp(-squared / width))
        kept = value > _RANK * value[-1]
        self.learned = Landmarks(landmark, scale, width, vector[:, kept] / np.sqrt(value[kept]))
        self.shape = (rows.shape[0], int(kept.sum()))

    def blocks(self, rows: int) -> Iterator[tuple[slice, np.ndarray]]:
        """As RowBlocks.blocks."""
        learned = self.learned
        # As many of the feature's rows as take the same room.
        room = rows * self.shape[1] // max(self.shape[1], self._rows.shape[1])
        for part, block in self._rows.blocks(max(1, room)):
            out = np.empty((len(block), self.shape[1]), dtype=np.float32)
            for start in range(0, len(block), _PIECE):
                piece = (block[start : start + _PIECE] - self._centre) * learned.scale
                out[start : start + _PIECE] = gaussian(piece, self._landmarks, learned.width) @ learned.root
            yield part, out
