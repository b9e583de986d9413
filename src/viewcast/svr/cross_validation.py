"""One feature's whole cross-validation: every split, fold and C."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from viewcast.folds import TEST
from viewcast.svr.backend import Array, Backend, device_of, load_backend
from viewcast.svr.matrix import Matrix, scaled_C, split_scaling, standardise
from viewcast.svr.newton import Iterate, column, solve
from viewcast.svr.parameters import CrossValidation, SVRParameters, check_problem
from viewcast.svr.rows import RowBlocks, as_rows, read_all
from viewcast.svr.search import SearchResult, Targets, search
from viewcast.svr.systems import EigenSystem, SharedSystem, eigenbasis, gram_of

GIB = 1 << 30
EIGEN_LIMIT = 384  # each half in its own eigenbasis up to this many dimensions ...
KERNEL_LIMIT = 6144  # ... or, with fewer training photos than dimensions, up to this many photos
SAMPLE_PER_DIMENSION = 4  # rows of the preconditioner's Gram matrix, at most, for each of its columns
GRAM_ROWS = 4096  # that go into the Gram matrix at a time
ROW_ARRAYS = 10  # of (regressions, training photos) float32 values, at the solver's peak
WIDE_ARRAYS = 8  # of (regressions, dimensions)


def cross_validate(
    X: np.ndarray | RowBlocks,
    y: np.ndarray,
    folds: np.ndarray,
    parameters: SVRParameters = SVRParameters(),  # noqa: B008 (frozen)
    *,
    backend: Backend | None = None,
    memory_budget: int = 4 * GIB,
) -> CrossValidation:
    """Fit every split's cross-validated path over C, and its model at the chosen C (paper section 4.1 and its footnote
    2).

    In each split C is chosen by the folds of the training half, the model is fitted again on the whole half, and the
    test photos are forecast by it. What differs from the paper is said at ``SVRParameters``. A split whose training
    targets are all equal predicts that value: weights 0, C the smallest, scores NaN.

    :param X: (n, d) features of float16, float32 or float64, or a ``RowBlocks`` reader of them.
    :param y: (n,) float64 targets, or (S, n) where each split has its own; not read where a photo takes no part.
    :param folds: (S, n) int8: in each split -1 for a test photo, 0.. for the fold of a training photo, and -2 for a
        photo that takes no part.
    :param parameters: loss, scaling, values of C.
    :param backend: of ``load_backend``; None: NumPy.
    :param memory_budget: bytes that the matrix and the working copies may take; above it X is read from its blocks on
        every sweep.
    :raises ViewcastError: the shapes do not match, values are not finite, or a fold is empty.

    >>> X = np.arange(40.0)[:, None]
    >>> folds = np.resize([-1, 0, 1, 2, 3, 4], (1, 40))
    >>> fit = cross_validate(X, 3 * X[:, 0], folds)
    >>> fit.weights.shape, fit.prediction.shape, bool(fit.converged[0])
    ((1, 1), (1, 40), True)
    """
    rows, y, folds = as_rows(X), np.asarray(y, dtype=np.float64), np.asarray(folds, dtype=np.int8)
    y = check_problem(rows.shape, y, folds, parameters)
    if parameters.solver == "liblinear":
        from viewcast.svr import reference  # scikit-learn takes seconds to import

        return reference.cross_validate(read_all(rows), y, folds, parameters)
    fit = CrossValidation.empty(y, folds, rows.shape[1], parameters)
    todo = varying(y, folds)
    if not len(todo):
        return fit
    d, used = rows.shape[1], (folds[todo] >= TEST).any(axis=0)
    backend = backend or load_backend()
    matrix = standardise(rows, used, parameters.scaling, backend)
    if 4 * rows.shape[0] * d <= memory_budget // 2:
        matrix.keep()
    scaling = split_scaling(matrix, folds[todo], parameters.scaling)
    C = scaled_C(parameters.C, matrix, scaling)
    gram = None
    for group in _groups(folds[todo], d, parameters, memory_budget):
        shared = SharedSystem(matrix, scaling.take(group), halves_of(folds[todo[group]]))
        targets = Targets.of(pairs(y[todo[group]], folds[todo[group]]), backend)
        share = parameters.fold_share
        if prefers_eigenbasis(shared.n, d):
            parts, values, basis = zip(*(eigenbasis(x, backend) for x in shared.scaled_halves()), strict=True)
            result = search(EigenSystem(parts, values, share), targets, C[group], parameters, backend)
            at = in_features(shared, result, basis, parameters)
            del parts, basis
        else:
            gram = _sample_gram(matrix, used) if gram is None else gram
            shared.prepare(gram, np.unique(C), share * shared.n)
            result = search(shared, targets, C[group], parameters, backend)
            at = result.refit
        write(fit, todo[group], shared, folds, result, at, parameters)
    predict(fit, todo, matrix, folds)
    return fit


def varying(y: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The splits whose training targets are not all equal.

    :param y, folds: (S, n), as for :func:`cross_validate`.
    :returns: their numbers, ascending.
    """
    return np.flatnonzero([np.ptp(target[row >= 0]) > 0 for target, row in zip(y, folds, strict=True)])


def halves_of(folds: np.ndarray) -> list[np.ndarray]:
    """Each split's training rows, ascending, of folds (S, n)."""
    return [np.flatnonzero(row >= 0) for row in folds]


def pairs(y: np.ndarray, folds: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each split's training targets and fold numbers.

    :param y, folds: (S, n), as for :func:`cross_validate`.
    :returns: for each split two arrays, as long as its training half.
    """
    return [(target[row >= 0], row[row >= 0]) for target, row in zip(y, folds, strict=True)]


def _groups(folds: np.ndarray, d: int, parameters: SVRParameters, budget: int) -> list[np.ndarray]:
    """The splits, in groups whose working arrays fit half the budget (one split at a time at least)."""
    m = int((folds >= 0).sum(axis=1).max())
    eigen = prefers_eigenbasis(m, d)
    width = min(m, d) if eigen else d
    one = regression_bytes(m, width, parameters) + (4 * width * (m + d) if eigen else 0)
    count = -(-len(folds) * one // max(1, budget // 2))
    return np.array_split(np.arange(len(folds)), min(len(folds), count))


def regression_bytes(m: int, width: int, parameters: SVRParameters) -> int:
    """What one split's cross-validation takes in memory beside its matrix.

    :param m: training photos.
    :param width: coordinates of a model.
    :returns: bytes.
    """
    return 4 * len(parameters.C) * parameters.folds * (ROW_ARRAYS * m + WIDE_ARRAYS * width)


def prefers_eigenbasis(m: int, d: int) -> bool:
    """Whether a training half is solved in the eigenbasis of its Gram matrix.

    :param m: training photos.
    :param d: dimensions.
    """
    return min(m, d) <= EIGEN_LIMIT or m <= min(d, KERNEL_LIMIT)


def _sample_gram(matrix: Matrix, used: np.ndarray) -> Array:
    """Mean Gram matrix (d, d) of evenly spaced rows that take part."""
    candidates = np.flatnonzero(used)
    wanted = min(len(candidates), SAMPLE_PER_DIMENSION * matrix.shape[1])
    chosen = candidates[np.linspace(0, len(candidates) - 1, wanted).astype(int)]
    index = matrix.backend.array(chosen)

    def rows() -> Iterator[Array]:
        for start, stop, block in matrix.blocks():
            low, high = np.searchsorted(chosen, (start, stop))
            for first in range(low, high, GRAM_ROWS):
                part = index[first : min(first + GRAM_ROWS, high)] - start
                yield matrix.take(block, part, matrix.room(len(part)))

    gram = gram_of(rows(), matrix.shape[1], matrix.backend)
    gram /= wanted
    return gram


def in_features(
    shared: SharedSystem, result: SearchResult, basis: tuple[Array, ...], parameters: SVRParameters
) -> Iterate:
    """The refitted models over the scaled features, where their duality gap is measured too, and not only in the
    eigenbasis.

    :param shared: the scaled features of the same splits.
    :param result: of the search in the eigenbasis.
    :param basis: of each split, as of ``eigenbasis``.
    """
    refit, split = result.refit, result.problems.split
    coordinates = [w[: len(B)] @ B for w, B in zip(refit.weights, basis, strict=True)]
    xp = shared.xp
    dual = xp.zeros_like(refit.residual)
    weights = xp.zeros((len(coordinates), shared.width), dtype=dual.dtype, device=device_of(dual))
    for row, c in enumerate(coordinates):
        # Of a half with fewer photos than features they are of its photos; other splits may have more.
        (weights if len(c) == shared.width else dual)[row, : len(c)] = c
    if any(len(c) < shared.width for c in coordinates):
        weights += shared.adjoint(dual, split)
    residual = result.problems.target - shared.multiply(weights, split) - column(refit.intercept, weights)
    at = Iterate(weights, xp.asarray(refit.intercept, copy=True), residual, refit.gap)
    if parameters.loss == "squared_epsilon_insensitive":
        # One sweep that certifies; more only where the basis' rounding left a model short of the tolerance.
        at = solve(shared, result.problems, parameters.reachable_tolerance, at, plain=False)
    return at


def write(
    fit: CrossValidation,
    into: np.ndarray,
    shared: SharedSystem,
    folds: np.ndarray,
    result: SearchResult,
    at: Iterate,
    parameters: SVRParameters,
) -> None:
    """Copy the result of a search into rows of a fit, in the target's units; weights are those over Z.

    :param fit: changed in place.
    :param into: (k,) the rows, one for each split of ``result``.
    :param folds: (S, n), all splits' codes.
    :param at: the refitted models over the scaled features.
    """
    fit.C[into] = np.asarray(parameters.C)[result.best]
    fit.cv_score[into] = result.score
    backend = shared.matrix.backend
    fit.gap[into], fit.cv_gap[into] = backend.numpy(at.gap), result.cv_gap
    worst = np.maximum(fit.gap[into], fit.cv_gap[into])
    fit.converged[into] = worst <= parameters.reachable_tolerance
    weights = backend.numpy(at.weights * shared.scaling.multiplier).astype(np.float64)
    intercept = backend.numpy(at.intercept) - (weights * backend.numpy(shared.scaling.centre)).sum(axis=1)
    fit.weights[into] = weights * result.spread[:, None]
    fit.intercept[into] = intercept * result.spread + result.offset
    for row, s in enumerate(into):
        half = folds[s] >= 0
        out = result.out_of_fold[row, : half.sum()]
        fit.prediction[s, half] = out * result.spread[row] + result.offset[row]


def predict(fit: CrossValidation, splits: np.ndarray, matrix: Matrix, folds: np.ndarray) -> None:
    """Predict the test photos in one sweep over Z, and turn the weights into those over X.

    :param fit: changed in place.
    :param splits: (k,) the rows of ``fit`` that are predicted.
    :param folds: (S, n), all splits' codes.
    """
    backend = matrix.backend
    weights = backend.array(fit.weights[splits].astype(np.float32))
    for start, stop, z in matrix.pieces():
        out = backend.numpy(z @ weights.T).astype(np.float64).T + fit.intercept[splits, None]
        test = folds[splits, start:stop] == TEST
        fit.prediction[splits, start:stop] = np.where(test, out, fit.prediction[splits, start:stop])
    fit.weights[splits] *= backend.numpy(matrix.scale)
    fit.intercept[splits] -= fit.weights[splits] @ backend.numpy(matrix.centre)
