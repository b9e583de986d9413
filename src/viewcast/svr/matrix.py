"""The feature matrix, centred and scaled once, and each split's own centre and scale on top of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from viewcast.errors import ViewcastError
from viewcast.svr.backend import Array, Backend
from viewcast.svr.rows import RowBlocks

BLOCK_BYTES = 64 << 20  # of rows read at once, counted as float32
PIECE = 1024  # rows of Z made at once in a plain sweep
LEAST_DEVIATION, MOST_DEVIATION = 1e-33, 1e33  # of a column, so that scaling it stays within float32
EXACT_SPANS = 1e-15, 1e15  # of a block's columns, whose squares float32 can add up
LEAST_C, MOST_C = 1e-12, 1e12  # over features of unit norm: beyond, the squares of a certificate leave float32


@dataclass
class Matrix:
    """Z = (X - centre) * scale in float32, where centre and scale come from all photos that take part.

    Subtracting the mean before rounding to float32 keeps the digits of features far from zero; the splits then differ
    from Z only by small corrections (``SplitScaling``). Z is kept in memory, or made anew from the reader's blocks in
    every sweep.

    :ivar rows: X (n, d).
    :ivar centre, scale: (d,), float64 and float32; a constant column has the scale 0.
    :ivar widest: the column that varies most.
    :ivar cached: Z (n, d) where it is kept in memory, else None.
    """

    rows: RowBlocks
    centre: Array
    scale: Array
    backend: Backend
    widest: int  # the column that varies most
    cached: Array | None = None

    def __post_init__(self) -> None:
        self.xp = self.backend.xp
        self.centre32 = self.xp.astype(self.centre, self.xp.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d)."""
        return self.rows.shape

    def blocks(self) -> Iterator[tuple[int, int, Array]]:
        """Yield (first row, row after the last, block), in order; ``take`` turns its rows into rows of Z."""
        if self.cached is not None:
            yield 0, self.shape[0], self.cached
            return
        for part, block in self.rows.blocks(block_rows(self.shape[1])):
            yield part.start, part.stop, self.backend.array(block)

    def room(self, rows: int) -> Array:
        """An array for so many rows of Z, not filled."""
        return self.xp.empty((rows, self.shape[1]), dtype=self.xp.float32, device=self.backend.device)

    def take(self, block: Array, rows: Array, out: Array) -> Array:
        """Rows (m,) of a block, as rows of Z (m, d) float32, written into ``out``.

        Few rows at a time, so that they are converted in the processor's cache, and only those needed.
        """
        if self.cached is not None:
            return self.backend.gather(block, rows, out)
        return self._converted(block[rows], out)

    def _converted(self, raw: Array, out: Array) -> Array:
        """Rows of X as rows of Z."""
        if raw.dtype == self.xp.float64:  # centred and scaled before it is rounded
            out[...] = (raw - self.centre) * self.scale
        else:
            self.backend.widen(raw, out)
            out -= self.centre32
            out *= self.scale
        return out

    def pieces(self) -> Iterator[tuple[int, int, Array]]:
        """Yield (first row, row after the last, Z of these rows), in order, a few rows at a time."""
        room = None if self.cached is not None else self.room(PIECE)
        for start, stop, block in self.blocks():
            for first in range(start, stop, PIECE):
                last = min(first + PIECE, stop)
                rows = block[first - start : last - start]
                yield first, last, rows if room is None else self._converted(rows, room[: last - first])

    def keep(self) -> None:
        """Hold Z in memory from now on."""
        cached = self.room(self.shape[0])
        for first, last, z in self.pieces():
            cached[first:last] = z
        self.cached = cached


@dataclass
class SplitScaling:
    """What turns Z into the training half's scaled matrix: X_s = (Z - centre[s]) * multiplier[s].

    :ivar centre, multiplier: (S, d) float32.
    :ivar unit: (S,) float64, what every C is to be multiplied by: 1, unless features are to be taken unscaled. Then X_s
        is the features X times one number c, and with w = c v the objective 1/2 |w|^2 + C L(X w) is c^2 times 1/2 |v|^2
        + C / c^2 L(X_s v).
    """

    centre: Array
    multiplier: Array
    unit: np.ndarray

    def take(self, splits: np.ndarray) -> SplitScaling:
        """The given splits' rows."""
        return SplitScaling(self.centre[splits], self.multiplier[splits], self.unit[splits])


def block_rows(d: int) -> int:
    """Rows per block for a matrix of d columns."""
    return max(256, BLOCK_BYTES // (4 * d) // 256 * 256)


def standardise(rows: RowBlocks, used: np.ndarray, scaling: str, backend: Backend) -> Matrix:
    """Learn the centre and scale of every column over the photos that take part, in one sweep, in float64.

    A constant column gets the scale 0.

    :param rows: (n, d).
    :param used: (n,) bool, the photos that take part.
    :param scaling: as in ``SVRParameters``.
    :raises ViewcastError: a used value is not finite, or a column's deviation is not within LEAST_DEVIATION to
        MOST_DEVIATION.
    """
    n, d = rows.shape
    count, mean, square = 0, np.zeros(d), np.zeros(d)
    least, most = np.full(d, np.inf), np.full(d, -np.inf)
    step = block_rows(d)
    for part, whole in rows.blocks(step):
        chosen = used[part]
        if not chosen.any():
            continue
        block = whole if chosen.all() else whole[chosen]
        m = len(block)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is named below
            block_mean = block.mean(axis=0, dtype=np.float64)
        if not np.isfinite(block_mean).all():
            bad = np.argwhere(~np.isfinite(block))
            if len(bad):
                row = np.flatnonzero(chosen)[bad[0, 0]] + part.start
                raise ViewcastError(
                    f"svr: the features of row {row} are not finite in column {bad[0, 1]}; leave that photo out (-2)."
                )
            raise _out_of_range(int(np.flatnonzero(~np.isfinite(block_mean))[0]), np.inf)
        low, high = block.min(axis=0), block.max(axis=0)
        span = (high.astype(np.float64) - low)[high > low]
        # Chan's update: the block's own sum of squares, about its own mean, loses no digits.
        exact = block.dtype == np.float64 or ((span < EXACT_SPANS[0]) | (span > EXACT_SPANS[1])).any()
        dtype = np.float64 if exact else np.float32
        centred = np.subtract(block, block_mean, dtype=dtype, casting="unsafe")
        delta = block_mean - mean
        with np.errstate(over="ignore", invalid="ignore"):
            square += np.einsum("ij,ij->j", centred, centred) + delta**2 * (count * m / (count + m))
        mean += delta * m / (count + m)
        count += m
        np.minimum(least, low, out=least)
        np.maximum(most, high, out=most)
    varies = most > least
    variance = np.where(varies, square / max(count, 1), 0)
    deviation = np.sqrt(variance)
    wrong = np.flatnonzero(varies & ~((deviation >= LEAST_DEVIATION) & (deviation <= MOST_DEVIATION)))
    if len(wrong):
        raise _out_of_range(int(wrong[0]), deviation[wrong[0]])
    if scaling != "standard":
        scale = varies / np.sqrt(max(variance.sum(), np.finfo(float).tiny))
    else:
        scale = np.where(varies, 1 / np.sqrt(np.where(varies, variance, 1) * max(varies.sum(), 1)), 0)
    return Matrix(rows, backend.array(mean), backend.array(scale.astype(np.float32)), backend, int(variance.argmax()))


def _out_of_range(column: int, deviation: float) -> ViewcastError:
    return ViewcastError(
        f"svr: column {column} of the features has a standard deviation of {deviation:.3g}. The solver computes in "
        f"single precision, which takes {LEAST_DEVIATION:g} to {MOST_DEVIATION:g}: give that column in another unit."
    )


def split_scaling(matrix: Matrix, folds: np.ndarray, scaling: str) -> SplitScaling:
    """Each split's centre and multiplier over its training photos, in one sweep.

    A column whose deviation within a half is under 1e-5 of its distance from the mean of all photos that take part is a
    constant there, up to rounding, and gets the multiplier 0.

    :param folds: (S, n), training photos >= 0.
    :param scaling: as in ``SVRParameters``.
    """
    xp, backend = matrix.xp, matrix.backend
    S, d = len(folds), matrix.shape[1]
    member = backend.array((folds >= 0).astype(np.float64))
    mean, square = (xp.zeros((S, d), dtype=xp.float64, device=backend.device) for _ in range(2))
    for first, last, piece in matrix.pieces():
        z, m = xp.astype(piece, xp.float64), member[:, first:last]
        mean += m @ z
        square += m @ (z * z)
    count = xp.sum(member, axis=1)[:, None]
    mean, square = mean / count, square / count
    variance = square - mean**2
    # A column that is constant in this half alone leaves a variance of rounding.
    varies = variance > 1e-10 * square
    variance = xp.where(varies, variance, 1)
    kept = xp.astype(varies, xp.float64)
    unit = np.ones(S)
    if scaling == "none":
        multiplier, unit = kept, unit / np.square(float(backend.numpy(xp.max(matrix.scale))) or 1.0)
    elif scaling == "global":
        multiplier = kept / xp.sqrt(xp.clip(xp.sum(variance * kept, axis=1), 1e-300))[:, None]
    else:
        multiplier = kept / xp.sqrt(variance * xp.clip(xp.sum(kept, axis=1), 1)[:, None])
    return SplitScaling(xp.astype(mean, xp.float32), xp.astype(multiplier, xp.float32), unit)


def scaled_C(C: tuple[float, ...], matrix: Matrix, scaling: SplitScaling) -> np.ndarray:
    """Every C as it applies to the scaled matrices.

    :param C: n_C values.
    :returns: (S, n_C) float32.
    :raises ViewcastError: one is beyond what single precision can solve.
    """
    values = np.multiply.outer(scaling.unit, C)
    if values.min() < LEAST_C or values.max() > MOST_C:
        raise ViewcastError(
            f"svr: C from {min(C):g} to {max(C):g} times the features' total variance, {scaling.unit.max():.3g} (1 "
            f"where they are scaled), is beyond {LEAST_C:g} to {MOST_C:g}, which the solver can take. Column "
            f"{matrix.widest} varies most: give it in another unit, scale the features (evaluation.scaling), or choose "
            "another C."
        )
    return values.astype(np.float32)
