"""The two ways to multiply by the training halves: sharing one matrix, or each in its own eigenbasis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from viewcast.svr.backend import Array, Backend, array_namespace, device_of
from viewcast.svr.matrix import Matrix, SplitScaling

CHUNK = 256  # rows gathered at a time: they stay in the processor's cache between the two products
STRIP = 256
ROUNDING = 1e-6  # of float32 Gram matrices, relative to their diagonal


class SharedSystem:
    """All splits read the one matrix Z; scaling, halves and folds are applied on the way.

    The preconditioner is (I + 2C m G)^-1 with G the mean Gram matrix of a sample of all photos and m the
    photos of a training fold: inverted once for each C and shared by all splits and folds.

    :param matrix: Z.
    :param scaling: of the splits.
    :param halves: the S splits' training rows, each ascending.
    """

    def __init__(self, matrix: Matrix, scaling: SplitScaling, halves: list[np.ndarray]) -> None:
        self.matrix, self.scaling, self.halves = matrix, scaling, halves
        self.xp, self.index = matrix.xp, [matrix.backend.array(rows) for rows in halves]
        self.n, self.width = max(map(len, halves)), matrix.shape[1]
        self.inverse: dict[float, Array] = {}

    def prepare(self, gram: Array, C: np.ndarray, fold_size: float) -> None:
        """Invert the preconditioner for every C, from the mean Gram matrix (d, d) of typical rows."""
        backend = self.matrix.backend
        self.inverse = {c: inverse(gram, 2 * c * fold_size, backend) for c in C.tolist()}

    def scaled_halves(self) -> Iterator[Array]:
        """Each split's X_s (n_s, d), one after the other."""
        for s, rows in enumerate(self.halves):
            half = self.matrix.room(len(rows))
            for start, stop, block in self.matrix.blocks():
                low, high = np.searchsorted(rows, (start, stop))
                self.matrix.take(block, self.index[s][low:high] - start, half[low:high])
            half -= self.scaling.centre[s]
            half *= self.scaling.multiplier[s]
            yield half

    def _parts(self, split: Array) -> Iterator[tuple[Array, slice, slice]]:
        """Yield (rows of Z, the regressions of their split, where the rows stand in the split)."""
        groups = groups_of(split)
        room = self.matrix.room(CHUNK)
        for start, stop, block in self.matrix.blocks():
            for s, columns in groups:
                low, high = np.searchsorted(self.halves[s], (start, stop))
                for first in range(low, high, CHUNK):
                    last = min(first + CHUNK, high)
                    z = self.matrix.take(block, self.index[s][first:last] - start, room[: last - first])
                    yield z, columns, slice(first, last)

    def _fold_in(self, W: Array, split: Array) -> tuple[Array, Array]:
        """Weights over Z, and the offset (k, 1), that equal weights over X_s."""
        scaled = W * self.scaling.multiplier[split]
        return scaled, -self.xp.sum(scaled * self.scaling.centre[split], axis=1)[:, None]

    def _fold_out(self, out: Array, mass: Array, split: Array) -> Array:
        """X_s' a from Z' a and the sum (k, 1) of a."""
        out -= self.scaling.centre[split] * mass
        out *= self.scaling.multiplier[split]
        return out

    def multiply(self, W: Array, split: Array) -> Array:
        """As System.multiply."""
        scaled, offset = self._fold_in(W, split)
        out = self.xp.zeros((len(W), self.n), dtype=W.dtype, device=device_of(W))
        for z, columns, place in self._parts(split):
            out[columns, place] = products(scaled[columns], z) + offset[columns]
        return out

    def adjoint(self, A: Array, split: Array) -> Array:
        """As System.adjoint."""
        out = self.xp.zeros((len(A), self.matrix.shape[1]), dtype=A.dtype, device=device_of(A))
        for z, columns, place in self._parts(split):
            out[columns] += A[columns, place] @ z
        return self._fold_out(out, self.xp.sum(A, axis=1)[:, None], split)

    def normal(self, P: Array, p0: Array, weight: Array, split: Array) -> tuple[Array, Array]:
        """As System.normal."""
        scaled, offset = self._fold_in(P, split)
        offset = offset + p0[:, None]
        image, out = self.xp.zeros_like(weight), self.xp.zeros_like(P)
        mass = self.xp.zeros((len(P), 1), dtype=P.dtype, device=device_of(P))
        for z, columns, place in self._parts(split):
            v = products(scaled[columns], z) + offset[columns]
            image[columns, place] = v
            v *= weight[columns, place]
            out[columns] += v @ z
            mass[columns] += self.xp.sum(v, axis=1)[:, None]
        return self._fold_out(out, mass, split), image

    def precondition(self, R: Array, C: Array, split: Array) -> Array:
        """As System.precondition; does nothing before ``prepare``."""
        if not self.inverse:
            return self.xp.asarray(R, copy=True)
        out = self.xp.empty_like(R)
        for c, inverted in self.inverse.items():
            rows = self.xp.nonzero(C == c)[0]
            if len(rows):
                out[rows] = R[rows] @ inverted
        return out


class EigenSystem:
    """Each training half in the basis of its Gram matrix' eigenvectors, where X'X is diagonal.

    :param parts: S matrices (n_s, r_s) whose columns are orthogonal.
    :param eigenvalues: S vectors (r_s,): the columns' squared norms.
    :param share: the share of a half that a fold's training photos are.
    """

    def __init__(self, parts: Sequence[Array], eigenvalues: Sequence[Array], share: float) -> None:
        self.parts, self.share, self.xp = parts, share, array_namespace(parts[0])
        self.n, self.width = max(len(z) for z in parts), max(z.shape[1] for z in parts)
        self.device, shape = device_of(parts[0]), (len(parts), self.width)
        self.eigenvalues = self.xp.zeros(shape, dtype=parts[0].dtype, device=self.device)
        for s, values in enumerate(eigenvalues):
            self.eigenvalues[s, : len(values)] = values

    def multiply(self, W: Array, split: Array) -> Array:
        """As System.multiply."""
        out = self.xp.zeros((len(W), self.n), dtype=W.dtype, device=self.device)
        for s, columns in groups_of(split):
            z = self.parts[s]
            out[columns, : len(z)] = products(W[columns, : z.shape[1]], z)
        return out

    def adjoint(self, A: Array, split: Array) -> Array:
        """As System.adjoint."""
        out = self.xp.zeros((len(A), self.width), dtype=A.dtype, device=self.device)
        for s, columns in groups_of(split):
            z = self.parts[s]
            out[columns, : z.shape[1]] = A[columns, : len(z)] @ z
        return out

    def normal(self, P: Array, p0: Array, weight: Array, split: Array) -> tuple[Array, Array]:
        """As System.normal."""
        image = self.multiply(P, split)
        image += p0[:, None]
        return self.adjoint(image * weight, split), image

    def precondition(self, R: Array, C: Array, split: Array) -> Array:
        """As System.precondition."""
        return R / (1 + 2 * self.share * C[:, None] * self.eigenvalues[split])


def products(W: Array, z: Array) -> Array:
    """Inner products of two sets of rows; OpenBLAS is a quarter faster in this order.

    :param W: (k, d).
    :param z: (m, d).
    :returns: (k, m).
    """
    return (z @ W.T).T


def groups_of(split: Array) -> list[tuple[int, slice]]:
    """The runs of regressions that belong to one split each.

    :param split: (k,) ascending.
    :returns: pairs (split, slice of the regressions).
    """
    found: list[tuple[int, slice]] = []
    for end, s in enumerate(split.tolist(), 1):
        first = found.pop()[1].start if found and found[-1][0] == s else end - 1
        found.append((s, slice(first, end)))
    return found


def gram_of(rows: Iterable[Array], d: int, backend: Backend) -> Array:
    """The Gram matrix of rows that come in blocks; only its lower half is multiplied out.

    :param rows: blocks (m, d).
    :returns: (d, d) float32.
    """
    gram = backend.xp.zeros((d, d), dtype=backend.xp.float32, device=backend.device)
    strips = [(first, min(first + STRIP, d)) for first in range(0, d, STRIP)]
    for block in rows:
        for first, last in strips:
            gram[first:last, :last] += block[:, first:last].T @ block[:, :last]
    for first, last in strips:
        gram[first:last, last:] = gram[last:, first:last].T
    return gram


def inverse(gram: Array, factor: float, backend: Backend) -> Array:
    """The inverse of I + factor * gram.

    It serves as a preconditioner only, so its rounding does no harm.

    :param gram: (d, d) float32.
    :returns: (d, d) float32.
    :raises numpy.linalg.LinAlgError: the matrix is not positive definite, even with a small ridge.
    """
    diagonal = backend.xp.arange(len(gram), device=backend.device)
    least = factor * backend.xp.max(gram[diagonal, diagonal])
    for ridge in (0, 1e-5):  # the second where rounding made the smallest eigenvalues negative
        shifted = gram * factor
        shifted[diagonal, diagonal] += 1 + ridge * least
        try:
            return backend.inverse(shifted)
        except np.linalg.LinAlgError:
            continue
    raise np.linalg.LinAlgError("a Gram matrix is not positive definite")


def eigenbasis(X: Array, backend: Backend) -> tuple[Array, Array, Array]:
    """A matrix in the basis of its Gram matrix' eigenvectors: Z such that X w = Z z.

    r is at most min(m, d), and |w| = |z|: the regression over Z is the regression over X, whose solution lies in the
    row space of X. Directions of photos in which X is nothing but rounding are left out.

    :param X: (m, d) float32.
    :returns: Z (m, r), its squared column norms (r,) and a basis B, all float32. B is (r, d) with w = z B if d <= m,
        and else (r, m) with w = (z B) X.
    """
    xp, (m, d) = backend.xp, X.shape
    gram = xp.astype(gram_of([X if d <= m else X.T], min(m, d), backend), xp.float64)
    values, vectors = xp.linalg.eigh(gram)
    if d <= m:
        vectors = xp.astype(vectors, xp.float32)
        return X @ vectors, xp.astype(xp.clip(values, 0), xp.float32), vectors.T
    keep = values > ROUNDING * xp.linalg.trace(gram) / m + 1e-9 * values[-1]
    values, vectors = values[keep], vectors[:, keep]
    root = xp.sqrt(values)
    return tuple(xp.astype(part, xp.float32) for part in (vectors * root, values, (vectors / root).T))
