"""Locality-constrained linear coding (Wang et al., CVPR 2010, DOI 10.1109/CVPR.2010.5540018, the approximated version;
paper section 4.2).

A descriptor x is written as a sum-to-one combination of its ``knn`` nearest words: with C the Gram matrix of the
differences between these words and x, solve (C + beta trace(C) I) w = 1 and divide w by its sum. Codes are kept as
``knn`` indices and weights per descriptor; a dense (descriptors x words) code matrix never exists.

The paper gives neither ``knn`` nor ``beta``; 3 and 0.03 are the toolbox's (5 and 0.0001 in the code of Wang et al.).

Two facts make this cheap. C follows from squared distances alone, C_ij = (d_i + d_j - |w_i - w_j|^2) / 2, so no word is
gathered per descriptor. And distances come from one float32 matrix product; the few descriptors whose neighbours or
weights that precision cannot settle are found by an error bound and done again in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

import numpy as np
import torch

from viewcast.errors import ViewcastError

KNN = 3
BETA = 0.03

# Rows handled together: their distances and sorting keys then stay in a core's cache.
_CHUNK = 1024
# A float32 distance errs by less than this times (|x|^2 + |w|^2), for some hundreds of dimensions.
_ROUNDING = 2e-6
# Weights are settled in float32 when trace(C) is above this share of (|x|^2 + |w|^2): see docs/descriptors.md.
_SETTLED_TRACE = 0.1


class Codes(NamedTuple):
    """Sparse codes of n descriptors.

    :ivar indices: (n, knn) int64, numbers of the words, nearest first.
    :ivar weights: (n, knn) float32; rows sum to 1, and single weights may be negative.
    """

    indices: torch.Tensor
    weights: torch.Tensor


class Codebook:
    """A dictionary made ready for coding, with its norms and mutual squared distances.

    :param words: (k, d) float.
    :param device: torch's name of the device that computes.
    :raises ViewcastError: the words are no matrix, none, or not finite.
    """

    def __init__(self, words: np.ndarray, device: str = "cpu"):
        words = np.asarray(words)
        if words.ndim != 2 or not len(words) or not np.isfinite(words).all():
            raise ViewcastError(f"A dictionary must be a finite (words, dimensions) array, not {words.shape}.")
        self.device = device
        self.words64 = torch.from_numpy(np.ascontiguousarray(words, dtype=np.float64)).to(device)
        self.words = self.words64.float()
        self.norms64 = self.words64.square().sum(1)
        self.norms = self.norms64.float()
        self.between = torch.cdist(self.words64, self.words64, compute_mode="donot_use_mm_for_euclid_dist").square()

    def __len__(self) -> int:
        return len(self.words)


def nearest_words(
    descriptors: np.ndarray, words: np.ndarray, knn: int = KNN, device: str = "cpu"
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest words of each descriptor, by Euclidean distance, nearest first.

    :param descriptors: (n, d) floats.
    :param words: (k, d) floats, k >= knn.
    :param device: torch's name of the device that computes.
    :returns: indices (n, knn) int64 and squared distances (n, knn) float64. Of words at exactly the same float64
        distance the lower index comes first.
    :raises ViewcastError: as :func:`llc_codes`.
    """
    book = Codebook(words, device)
    x, distances, norms = _against(descriptors, book)
    indices, squared = _nearest(distances, norms, book, knn, lambda rows: x[rows].double(), float("inf"))
    return indices.cpu().numpy(), squared.cpu().numpy()


def llc_codes(
    descriptors: np.ndarray, words: np.ndarray, knn: int = KNN, beta: float = BETA, device: str = "cpu"
) -> Codes:
    """LLC codes of local descriptors; see the module's text for the definition.

    Deviation: a descriptor at distance zero from all its ``knn`` nearest words (0/0 in the definition) gets all its
    weight on the first of them.

    :param descriptors: (n, d) floats.
    :param words: (k, d) floats, k >= knn.
    :param knn: how many words a code uses.
    :param beta: regularisation, as a share of the trace of C.
    :param device: torch's name of the device that computes.
    :raises ViewcastError: the dictionary has fewer than ``knn`` words, or another width than the descriptors.

    >>> words = np.array([[0.0], [1.0], [9.0]])
    >>> codes = llc_codes(np.array([[0.25]]), words, knn=2)
    >>> codes.indices.tolist(), codes.weights.double().round(decimals=2).tolist()
    ([[0, 1]], [[0.74, 0.26]])
    """
    book = Codebook(words, device)
    x, distances, norms = _against(descriptors, book)
    indices, squared = _nearest(distances, norms, book, knn, lambda rows: x[rows].double(), float("inf"))
    return Codes(indices, llc_weights(squared, indices, book, beta).float())


def encode(
    distances: torch.Tensor,
    norms: torch.Tensor,
    book: Codebook,
    exact_rows: Callable[[torch.Tensor], torch.Tensor],
    knn: int = KNN,
    beta: float = BETA,
) -> Codes:
    """LLC codes from squared distances that may err by float32 rounding.

    :param distances: (n, k) float32, squared distances to every word of ``book``; used up.
    :param norms: (n,) float32 squared norms of the descriptors, which scale the error bound.
    :param exact_rows: gives the descriptors (m, d) float64 of chosen rows (m,), for those left unsettled.
    :param knn, beta: as for :func:`llc_codes`.
    :raises ViewcastError: the dictionary has fewer than ``knn`` words.
    """
    indices, squared = _nearest(distances, norms, book, knn, exact_rows)
    return Codes(indices, llc_weights(squared, indices, book, beta).float())


def llc_weights(squared: torch.Tensor, indices: torch.Tensor, book: Codebook, beta: float = BETA) -> torch.Tensor:
    """The weights of LLC codes, from distances alone.

    :param squared: (n, knn) float64, squared distances to the words ``indices``.
    :param indices: (n, knn) int64.
    :param beta: as for :func:`llc_codes`.
    :returns: (n, knn) float64, rows sum to 1.
    """
    knn = indices.shape[1]
    # Columns added up one by one: summing rows of three takes eight times as long.
    trace = reduce(torch.add, squared.unbind(1))
    degenerate = trace <= 0
    ridge = torch.where(degenerate, torch.ones_like(trace), beta * trace)
    flat = book.between.view(-1)
    # Cholesky without square roots, unrolled over the few neighbours and vectorised over descriptors.
    lower: dict[tuple[int, int], torch.Tensor] = {}
    diagonal: list[torch.Tensor] = []
    solved: list[torch.Tensor] = []
    for i in range(knn):
        right = torch.ones_like(trace)
        for j in range(i + 1):
            if i == j:
                value = squared[:, i] + ridge
            else:
                between = flat.index_select(0, indices[:, i] * len(book) + indices[:, j])
                value = (squared[:, i] + squared[:, j] - between) / 2
            for m in range(j):
                value = value - lower[i, m] * lower[j, m] * diagonal[m]
            if i == j:
                diagonal.append(value)
            else:
                lower[i, j] = value / diagonal[j]
                right = right - lower[i, j] * solved[j]
        solved.append(right)
    weights = [value / pivot for value, pivot in zip(solved, diagonal, strict=True)]
    for i in reversed(range(knn)):
        for j in range(i + 1, knn):
            weights[i] = weights[i] - lower[j, i] * weights[j]
    stacked = torch.stack(weights, 1) / reduce(torch.add, weights)[:, None]
    if degenerate.any():
        stacked[degenerate] = torch.eye(knn, dtype=stacked.dtype, device=stacked.device)[0]
    return stacked


def _against(descriptors: np.ndarray, book: Codebook) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    x = torch.from_numpy(np.ascontiguousarray(descriptors)).to(book.device)
    if x.ndim != 2 or x.shape[1] != book.words.shape[1]:
        raise ViewcastError(
            f"Descriptors of shape {tuple(x.shape)} do not fit a dictionary of shape {tuple(book.words.shape)}."
        )
    single = x.float()
    norms = single.square().sum(1)
    distances = torch.addmm(book.norms, single, book.words.T, alpha=-2).add_(norms[:, None])
    return x, distances, norms


def _nearest(
    distances: torch.Tensor,
    norms: torch.Tensor,
    book: Codebook,
    knn: int,
    exact_rows: Callable[[torch.Tensor], torch.Tensor],
    settled: float = _SETTLED_TRACE,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Indices (n, knn) and squared distances (n, knn) float64, nearest first; ``distances`` are used up."""
    if not 1 <= knn <= len(book):
        raise ViewcastError(f"knn = {knn} needs a dictionary of at least as many words; it has {len(book)}.")
    indices, gap = _smallest(distances, knn)
    squared = distances.gather(1, indices).double()
    scale = norms + book.norms[indices].amax(1)
    ambiguous = gap <= 2 * _ROUNDING * scale
    rows = ambiguous.nonzero().squeeze(1)
    if len(rows):
        x = exact_rows(rows)
        exact = torch.addmm(x.square().sum(1, keepdim=True), x, book.words64.T, alpha=-2).add_(book.norms64)
        indices[rows] = exact.sort(dim=1, stable=True).indices[:, :knn]
    rows = (ambiguous | (sum(squared.unbind(1)) <= settled * scale)).nonzero().squeeze(1)
    if len(rows):
        away = book.words64[indices[rows]] - exact_rows(rows)[:, None, :]
        squared[rows] = away.square().sum(2)
    rows = (squared[:, :-1] > squared[:, 1:]).any(1).nonzero().squeeze(1)
    if len(rows):
        squared[rows], order = squared[rows].sort(dim=1, stable=True)
        indices[rows] = indices[rows].gather(1, order)
    return indices, squared


def _smallest(distances: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Column indices (n, count) of the smallest entries of each row, smallest first, and the gap (n,) in value
    between the last of them and the next one, less what the sorting keys leave uncertain.

    A non-negative float32 compares like its bits, so the column number replaces the lowest bits and each
    round of a plain minimum yields value and place at once: several times faster than a top-k.
    """
    rows, columns = distances.shape
    low = (1 << max(columns - 1, 1).bit_length()) - 1
    place = torch.arange(columns, dtype=torch.int32, device=distances.device)
    taken = torch.iinfo(torch.int32).max
    indices = torch.empty((rows, count), dtype=torch.int64, device=distances.device)
    gap = torch.full((rows,), float("inf"), device=distances.device)
    keys = torch.empty((min(rows, _CHUNK), columns), dtype=torch.int32, device=distances.device)
    for start in range(0, rows, _CHUNK):
        chunk = distances[start : start + _CHUNK].clamp_(min=0)
        key = torch.bitwise_and(chunk.view(torch.int32), ~low, out=keys[: len(chunk)]).bitwise_or_(place)
        for i in range(count):
            least = key.amin(1, keepdim=True)
            column = (least & low).long()
            indices[start : start + _CHUNK, i] = column.squeeze(1)
            key.scatter_(1, column, taken)
        if columns > count:
            last = (least | low).view(torch.float32)
            following = (key.amin(1, keepdim=True) & ~low).view(torch.float32)
            gap[start : start + _CHUNK] = (following - last).squeeze(1)
    return indices, gap
