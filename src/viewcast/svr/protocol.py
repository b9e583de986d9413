"""One feature's whole protocol: every split, fold and C."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from viewcast.svr.matrix import Matrix, split_scaling, standardise
from viewcast.svr.newton import Point, solve
from viewcast.svr.parameters import TEST, ProtocolFit, SVRParameters, check_problem
from viewcast.svr.rows import RowBlocks, as_rows, read_all
from viewcast.svr.search import Found, Targets, search
from viewcast.svr.systems import EigenSystem, SharedSystem, eigenbasis, gram_of

GIB = 1 << 30
EIGEN_LIMIT = 384  # each half in its own eigenbasis up to this many dimensions ...
KERNEL_LIMIT = 6144  # ... or, with fewer training photos than dimensions, up to this many photos
SAMPLE_PER_DIMENSION = 4  # rows of the preconditioner's Gram matrix, at most, for each of its columns
ROW_ARRAYS = 10  # of (regressions, training photos) float32 values, at the solver's peak
WIDE_ARRAYS = 8  # of (regressions, dimensions)


def fit_protocol(
    X: np.ndarray | RowBlocks,
    y: np.ndarray,
    folds: np.ndarray,
    parameters: SVRParameters = SVRParameters(),  # noqa: B008 (frozen)
    *,
    device: str = "cpu",
    memory_budget: int = 4 * GIB,
) -> ProtocolFit:
    """Fit every split's cross-validated path over C, and its model at the chosen C.

    Args:
        X: (n, d) features of float16, float32 or float64, or a `RowBlocks` reader of them.
        y: (n,) float64 targets; not read where a photo takes no part.
        folds: (S, n) int8: in each split -1 for a test photo, 0.. for the fold of a training photo, and -2
            for a photo that takes no part.
        parameters: loss, scaling, values of C.
        device: `cpu`, `cuda` or another torch device.
        memory_budget: bytes that the matrix and the working copies may take; above it X is read from its
            blocks on every sweep.

    A split whose training targets are all equal predicts that value: weights 0, C the smallest, scores NaN.

    Raises: ViewcastError for shapes that do not match, values that are not finite, or an empty fold.
    """
    rows, y, folds = as_rows(X), np.asarray(y, dtype=np.float64), np.asarray(folds, dtype=np.int8)
    check_problem(rows.shape, y, folds, parameters)
    if parameters.solver == "liblinear":
        from viewcast.svr import reference  # scikit-learn takes seconds to import

        return reference.fit_protocol(read_all(rows), y, folds, parameters)
    fit = ProtocolFit.empty(y, folds, rows.shape[1], parameters)
    todo = varying(y, folds)
    if not len(todo):
        return fit
    d, used = rows.shape[1], (folds[todo] >= TEST).any(axis=0)
    matrix = standardise(rows, used, parameters.scaling, torch.device(device))
    if 4 * rows.shape[0] * d <= memory_budget // 2:
        matrix.keep()
    scaling = split_scaling(matrix, folds[todo], parameters.scaling)
    gram = None
    for group in _groups(folds[todo], d, parameters, memory_budget):
        shared = SharedSystem(matrix, scaling.take(group), halves_of(folds[todo[group]]))
        targets = Targets.of(pairs(y, folds[todo[group]]), matrix.device)
        share = 1 - 1 / parameters.folds
        if prefers_eigenbasis(shared.n, d):
            parts, values, back = zip(*(eigenbasis(x) for x in shared.scaled_halves()), strict=True)
            found = search(EigenSystem(parts, values, share), targets, parameters)
            at = in_features(shared, found, back, parameters)
            del parts, back
        else:
            gram = _sample_gram(matrix, used) if gram is None else gram
            shared.prepare(gram, parameters.C, share * shared.n)
            found = search(shared, targets, parameters)
            at = found.refit
        write(fit, todo[group], shared, folds, found, at, parameters)
    predict(fit, todo, matrix, folds)
    return fit


def varying(y: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The splits whose training targets are not all equal."""
    return np.flatnonzero([np.ptp(y[row >= 0]) > 0 for row in folds])


def halves_of(folds: np.ndarray) -> list[np.ndarray]:
    """Each split's training rows, ascending."""
    return [np.flatnonzero(row >= 0) for row in folds]


def pairs(y: np.ndarray, folds: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each split's training targets and fold numbers."""
    return [(y[row >= 0], row[row >= 0]) for row in folds]


def _groups(folds: np.ndarray, d: int, parameters: SVRParameters, budget: int) -> list[np.ndarray]:
    """The splits, in groups whose working arrays fit half the budget (one split at a time at least)."""
    m = int((folds >= 0).sum(axis=1).max())
    eigen = prefers_eigenbasis(m, d)
    width = min(m, d) if eigen else d
    one = 4 * len(parameters.C) * parameters.folds * (ROW_ARRAYS * m + WIDE_ARRAYS * width)
    one += 4 * width * (m + d) if eigen else 0
    count = -(-len(folds) * one // max(1, budget // 2))
    return np.array_split(np.arange(len(folds)), min(len(folds), count))


def prefers_eigenbasis(m: int, d: int) -> bool:
    """Whether m training photos of d dimensions are solved in their eigenbasis."""
    return min(m, d) <= EIGEN_LIMIT or m <= min(d, KERNEL_LIMIT)


def _sample_gram(matrix: Matrix, used: np.ndarray) -> Tensor:
    """Mean Gram matrix (d, d) of evenly spaced rows that take part."""
    candidates = np.flatnonzero(used)
    wanted = min(len(candidates), SAMPLE_PER_DIMENSION * matrix.shape[1])
    chosen = candidates[np.linspace(0, len(candidates) - 1, wanted).astype(int)]
    index = torch.from_numpy(chosen).to(matrix.device)
    rows = (
        matrix.take(block, index[slice(*np.searchsorted(chosen, (start, stop)))] - start)
        for start, stop, block in matrix.blocks()
    )
    return gram_of(rows, matrix.shape[1], matrix.device).div_(wanted)


def in_features(shared: SharedSystem, found: Found, back: tuple[Tensor, ...], parameters: SVRParameters) -> Point:
    """The refitted models over the scaled features, certified there and not only in the eigenbasis."""
    refit, split = found.refit, found.problems.split
    coordinates = [w[: len(B)] @ B for w, B in zip(refit.weights, back, strict=True)]
    if back[0].shape[1] == shared.width:
        weights = torch.stack(coordinates)
    else:
        dual = refit.residual.new_zeros((len(split), shared.n))
        for row, c in zip(dual, coordinates, strict=True):
            row[: len(c)] = c
        weights = shared.adjoint(dual, split)
    residual = found.problems.target - shared.multiply(weights, split)
    at = Point(weights, refit.intercept.clone(), residual - refit.intercept[:, None].float(), refit.gap)
    if parameters.loss == "squared_epsilon_insensitive":
        # One sweep that certifies; more only where the basis' rounding left a model short of the tolerance.
        at = solve(shared, found.problems, parameters.reachable_tolerance, at, plain=False)
    return at


def write(
    fit: ProtocolFit,
    into: np.ndarray,
    shared: SharedSystem,
    folds: np.ndarray,
    found: Found,
    at: Point,
    parameters: SVRParameters,
) -> None:
    """Copy what was found into rows `into`, in the target's units; weights are those over Z."""
    fit.C[into] = np.asarray(parameters.C)[found.best]
    fit.cv_score[into] = found.score
    fit.gap[into], fit.cv_gap[into] = at.gap.cpu().numpy(), found.cv_gap
    worst = np.maximum(fit.gap[into], fit.cv_gap[into])
    fit.converged[into] = worst <= parameters.reachable_tolerance
    weights = (at.weights * shared.scaling.multiplier).double()
    intercept = at.intercept - (weights * shared.scaling.centre).sum(dim=1)
    fit.weights[into] = weights.cpu().numpy() * found.spread[:, None]
    fit.intercept[into] = intercept.cpu().numpy() * found.spread + found.offset
    for row, s in enumerate(into):
        half = folds[s] >= 0
        out = found.out_of_fold[row, : half.sum()]
        fit.prediction[s, half] = out * found.spread[row] + found.offset[row]


def predict(fit: ProtocolFit, splits: np.ndarray, matrix: Matrix, folds: np.ndarray) -> None:
    """Predict the test photos in one sweep over Z, and turn the weights into those over X."""
    weights = torch.from_numpy(fit.weights[splits]).float().to(matrix.device)
    for start, stop, z in matrix.pieces():
        out = (z @ weights.T).double().cpu().numpy().T + fit.intercept[splits, None]
        test = folds[splits, start:stop] == TEST
        fit.prediction[splits, start:stop] = np.where(test, out, fit.prediction[splits, start:stop])
    fit.weights[splits] *= matrix.scale.double().cpu().numpy()
    fit.intercept[splits] -= fit.weights[splits] @ matrix.centre.cpu().numpy()
