"""The two ways to multiply by the training halves: sharing one matrix, or each in its own eigenbasis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from viewcast.svr.matrix import Matrix, SplitScaling

CHUNK = 256  # rows gathered at a time: they stay in the processor's cache between the two products
STRIP = 256
ROUNDING = 1e-6  # of float32 Gram matrices, relative to their diagonal


class SharedSystem:
    """All splits read the one matrix Z; scaling, halves and folds are applied on the way.

    The preconditioner is (I + 2C m G)^-1 with G the mean Gram matrix of a sample of all photos and m the
    photos of a training fold: inverted once for each C and shared by all splits and folds.

    Args:
        matrix: Z.
        scaling: of the splits.
        halves: the S splits' training rows, each ascending.
    """

    def __init__(self, matrix: Matrix, scaling: SplitScaling, halves: list[np.ndarray]) -> None:
        self.matrix, self.scaling, self.halves = matrix, scaling, halves
        self.index = [torch.from_numpy(rows).to(matrix.device) for rows in halves]
        self.n, self.width = max(map(len, halves)), matrix.shape[1]
        self.inverse: dict[float, Tensor] = {}

    def prepare(self, gram: Tensor, C: tuple[float, ...], fold_size: float) -> None:
        """Invert the preconditioner for every C, from the mean Gram matrix (d, d) of typical rows."""
        self.inverse = {float(np.float32(c)): inverse(gram, 2 * c * fold_size) for c in C}

    def scaled_halves(self) -> Iterator[Tensor]:
        """Each split's X_s (n_s, d), one after the other."""
        for s, rows in enumerate(self.halves):
            half = torch.empty((len(rows), self.width), device=self.matrix.device)
            for start, stop, block in self.matrix.blocks():
                low, high = np.searchsorted(rows, (start, stop))
                self.matrix.take(block, self.index[s][low:high] - start, half[low:high])
            yield half.sub_(self.scaling.centre[s]).mul_(self.scaling.multiplier[s])

    def _parts(self, split: Tensor) -> Iterator[tuple[Tensor, slice, slice]]:
        """Yield (rows of Z, the regressions of their split, where the rows stand in the split)."""
        groups = groups_of(split)
        room = torch.empty((CHUNK, self.width), device=self.matrix.device)
        for start, stop, block in self.matrix.blocks():
            for s, columns in groups:
                low, high = np.searchsorted(self.halves[s], (start, stop))
                for first in range(low, high, CHUNK):
                    last = min(first + CHUNK, high)
                    z = self.matrix.take(block, self.index[s][first:last] - start, room[: last - first])
                    yield z, columns, slice(first, last)

    def _fold_in(self, W: Tensor, split: Tensor) -> tuple[Tensor, Tensor]:
        """Weights over Z, and the offset (k, 1), that equal weights over X_s."""
        scaled = W * self.scaling.multiplier[split]
        return scaled, -(scaled * self.scaling.centre[split]).sum(dim=1, keepdim=True)

    def _fold_out(self, out: Tensor, mass: Tensor, split: Tensor) -> Tensor:
        """X_s' a from Z' a and the sum (k, 1) of a."""
        return out.addcmul_(self.scaling.centre[split], mass, value=-1).mul_(self.scaling.multiplier[split])

    def multiply(self, W: Tensor, split: Tensor) -> Tensor:
        """As System.multiply."""
        scaled, offset = self._fold_in(W, split)
        out = W.new_zeros((len(W), self.n))
        for z, columns, place in self._parts(split):
            out[columns, place] = torch.addmm(offset[columns], scaled[columns], z.T)
        return out

    def adjoint(self, A: Tensor, split: Tensor) -> Tensor:
        """As System.adjoint."""
        out = A.new_zeros((len(A), self.matrix.shape[1]))
        for z, columns, place in self._parts(split):
            out[columns].addmm_(A[columns, place], z)
        return self._fold_out(out, A.sum(dim=1, keepdim=True), split)

    def normal(self, P: Tensor, p0: Tensor, weight: Tensor, split: Tensor) -> tuple[Tensor, Tensor]:
        """As System.normal."""
        scaled, offset = self._fold_in(P, split)
        offset = offset + p0[:, None]
        image, out = torch.zeros_like(weight), torch.zeros_like(P)
        mass = P.new_zeros((len(P), 1))
        for z, columns, place in self._parts(split):
            v = torch.addmm(offset[columns], scaled[columns], z.T)
            image[columns, place] = v
            v = v * weight[columns, place]
            out[columns].addmm_(v, z)
            mass[columns] += v.sum(dim=1, keepdim=True)
        return self._fold_out(out, mass, split), image

    def precondition(self, R: Tensor, C: Tensor, split: Tensor) -> Tensor:
        """As System.precondition; does nothing before `prepare`."""
        if not self.inverse:
            return R.clone()
        out = torch.empty_like(R)
        for c, inverted in self.inverse.items():
            rows = (C == c).nonzero().flatten()
            if len(rows):
                out[rows] = R[rows] @ inverted
        return out


class EigenSystem:
    """Each training half in the basis of its Gram matrix' eigenvectors, where X'X is diagonal.

    Args:
        parts: S matrices (n_s, r_s) whose columns are orthogonal.
        eigenvalues: S vectors (r_s,): the columns' squared norms.
        share: the share of a half that a fold's training photos are.
    """

    def __init__(self, parts: Sequence[Tensor], eigenvalues: Sequence[Tensor], share: float) -> None:
        self.parts, self.share = parts, share
        self.n, self.width = max(len(z) for z in parts), max(z.shape[1] for z in parts)
        self.eigenvalues = parts[0].new_zeros((len(parts), self.width))
        for s, values in enumerate(eigenvalues):
            self.eigenvalues[s, : len(values)] = values

    def multiply(self, W: Tensor, split: Tensor) -> Tensor:
        """As System.multiply."""
        out = W.new_zeros((len(W), self.n))
        for s, columns in groups_of(split):
            z = self.parts[s]
            torch.mm(W[columns, : z.shape[1]], z.T, out=out[columns, : len(z)])
        return out

    def adjoint(self, A: Tensor, split: Tensor) -> Tensor:
        """As System.adjoint."""
        out = A.new_zeros((len(A), self.width))
        for s, columns in groups_of(split):
            z = self.parts[s]
            torch.mm(A[columns, : len(z)], z, out=out[columns, : z.shape[1]])
        return out

    def normal(self, P: Tensor, p0: Tensor, weight: Tensor, split: Tensor) -> tuple[Tensor, Tensor]:
        """As System.normal."""
        image = self.multiply(P, split).add_(p0[:, None])
        return self.adjoint(image * weight, split), image

    def precondition(self, R: Tensor, C: Tensor, split: Tensor) -> Tensor:
        """As System.precondition."""
        return R / (1 + 2 * self.share * C[:, None] * self.eigenvalues[split])


def groups_of(split: Tensor) -> list[tuple[int, slice]]:
    """(split, slice of the regressions) for ascending `split` (k,)."""
    numbers, counts = torch.unique_consecutive(split.cpu(), return_counts=True)
    ends = torch.cumsum(counts, 0).tolist()
    return [(s, slice(end - count, end)) for s, count, end in zip(numbers.tolist(), counts.tolist(), ends, strict=True)]


def gram_of(rows: Iterable[Tensor], d: int, device: torch.device) -> Tensor:
    """The Gram matrix (d, d) of all blocks (m, d) in `rows`; only its lower half is multiplied out."""
    gram = torch.zeros((d, d), device=device)
    strips = [(first, min(first + STRIP, d)) for first in range(0, d, STRIP)]
    for block in rows:
        for first, last in strips:
            gram[first:last, :last].addmm_(block[:, first:last].T, block[:, :last])
    for first, last in strips:
        gram[first:last, last:] = gram[last:, first:last].T
    return gram


def inverse(gram: Tensor, factor: float) -> Tensor:
    """(I + factor * gram)^-1 (d, d) in float32; only a preconditioner, so its rounding does no harm."""
    shifted = gram * factor
    shifted.diagonal().add_(1)
    lower, failed = torch.linalg.cholesky_ex(shifted)
    if failed:  # rounding made the smallest eigenvalues negative
        shifted.diagonal().add_(1e-5 * shifted.diagonal().max())
        lower = torch.linalg.cholesky(shifted)
    return torch.cholesky_inverse(lower)


def eigenbasis(X: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Z (m, r), its squared column norms (r,) and a way back, for X (m, d): X w = Z z.

    r is at most min(m, d), and |w| = |z|: the regression over Z is the regression over X, whose solution
    lies in the row space of X. Directions of photos in which X is rounding are left out. The way back B is (r, d)
    with w = z B if d <= m, and else (r, m) with w = (z B) X.
    """
    m, d = X.shape
    gram = gram_of([X if d <= m else X.T], min(m, d), X.device).double()
    values, vectors = torch.linalg.eigh(gram)
    if d <= m:
        vectors = vectors.float()
        return X @ vectors, values.clamp_min(0).float(), vectors.T
    keep = values > ROUNDING * gram.diagonal().mean() + 1e-9 * values[-1]
    values, vectors = values[keep], vectors[:, keep]
    root = values.sqrt()
    return (vectors * root).float(), values.float(), (vectors / root).float().T
