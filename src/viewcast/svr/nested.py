"""Nested cross-fitting: regressions whose very inputs depend on which photos are held out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from viewcast.errors import ViewcastError
from viewcast.folds import TEST, UNUSED
from viewcast.svr.backend import Array, Backend, load_backend
from viewcast.svr.cross_validation import GIB, halves_of, in_features, predict, regression_bytes, write
from viewcast.svr.many import in_turns
from viewcast.svr.matrix import scaled_C, split_scaling, standardise
from viewcast.svr.newton import Iterate, Regressions, solve
from viewcast.svr.parameters import CrossValidation, SVRParameters, check_problem
from viewcast.svr.rows import ArrayRows
from viewcast.svr.search import SearchResult, Targets
from viewcast.svr.selection import choose, cross_validation_scores
from viewcast.svr.systems import EigenSystem, SharedSystem, eigenbasis, products

#: F + 1 designs (n, d_k), targets (n,) and folds (n,) of one split.
NestedProblem = tuple[Sequence[np.ndarray], np.ndarray, np.ndarray]


class _FoldModel(NamedTuple):
    """One fold's training rows in their eigenbasis (m, r), its eigenvalues (r,), its held-out rows (h, r), C (n_C,)."""

    part: Array
    values: Array
    held_out: Array
    C: np.ndarray


def fit_nested(
    problems: Sequence[NestedProblem],
    parameters: SVRParameters = SVRParameters(),  # noqa: B008 (frozen)
    *,
    backend: Backend | None = None,
    memory_budget: int = 4 * GIB,
) -> list[CrossValidation]:
    """Fit one split's cross-validated path over C, and its model at the chosen C, each on a design of its own.

    For inputs that are computed from targets, such as a user's mean popularity: what a photo's row may know depends on
    which photos are held out, so each fold has its own matrix. It is otherwise that of ``cross_validate`` (paper
    section 4.1): C has the best score over the folds, and the model is refitted on the whole half.

    Each design is centred and scaled over the photos that its own model learns from, where ``cross_validate`` scales
    all folds of a half alike. So equal designs give ``cross_validate``'s refit exactly, and its folds up to that
    scaling. The target's mean and deviation are the half's throughout. Every model is solved in the eigenbasis of its
    Gram matrix, which takes about d^2 (n + d) operations for each design: meant for tens of columns, right for any
    number.

    :param problems: (designs, y, folds) of each split. ``designs`` are F + 1 float matrices: designs[0] (n, d_0) for
        the refit on the training half and the forecasts of test photos, designs[1 + k] (n, d_k) for the model that
        forecasts fold k and learns from the other folds (from the earlier ones where ``parameters.forward``; designs[1]
        is then not read). y (n,) float64, and folds (n,) int8 with the codes of ``cross_validate``.
    :param parameters: for all.
    :param backend: of ``load_backend``; None: NumPy.
    :param memory_budget: bytes of working arrays; more problems than fit are solved in turns.
    :returns: for each problem the models of its one split: weights (1, d_0) of the refit, prediction (1, n), and so on.
    :raises ViewcastError: as ``cross_validate``, or the number of designs is not F + 1.
    """
    backend = backend or load_backend()
    cleaned = [_check(problem, parameters) for problem in problems]
    if parameters.solver == "liblinear":
        from viewcast.svr import reference  # scikit-learn takes seconds to import

        return [reference.fit_nested(*problem, parameters) for problem in cleaned]
    fits = [CrossValidation.empty(y, folds, designs[0].shape[1], parameters) for designs, y, folds in cleaned]
    varying = [s for s, (_, y, folds) in enumerate(cleaned) if np.ptp(y[folds >= 0]) > 0]
    sizes = {s: int((cleaned[s][2] >= 0).sum()) for s in varying}
    need = {s: _bytes(cleaned[s][0], sizes[s], parameters) for s in varying}
    for turn in in_turns(sizes, need, memory_budget):
        _fit_together([cleaned[s] for s in turn], [fits[s] for s in turn], parameters, backend)
    return fits


def _check(problem: NestedProblem, parameters: SVRParameters) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """The designs, and y and folds as (1, n)."""
    designs, y, folds = problem
    designs, folds = [np.asarray(X) for X in designs], np.asarray(folds, dtype=np.int8)[None]
    if len(designs) != parameters.folds + 1:
        raise ViewcastError(
            f"svr: nested fits over {parameters.folds} folds need {parameters.folds + 1} designs (one for the refit, "
            f"then one for each fold), not {len(designs)}."
        )
    y = check_problem(designs[0].shape, np.asarray(y, dtype=np.float64), folds, parameters)
    for k in parameters.forecast_folds:
        if designs[1 + k].ndim != 2 or len(designs[1 + k]) != folds.shape[1]:
            raise ViewcastError(
                f"svr: the design of fold {k} has the shape {designs[1 + k].shape}; {folds.shape[1]} rows are needed."
            )
    return designs, y, folds


def _bytes(designs: list[np.ndarray], m: int, parameters: SVRParameters) -> int:
    """What one problem takes while it is solved, in bytes."""
    widest = max(designs[0].shape[1], *(designs[1 + k].shape[1] for k in parameters.forecast_folds))
    bases = 4 * (parameters.folds + 2) * m * min(m, widest)
    return regression_bytes(m, min(m, widest), parameters) + bases + 4 * designs[0].size


def _fit_together(
    problems: list[tuple[list[np.ndarray], np.ndarray, np.ndarray]],
    fits: list[CrossValidation],
    parameters: SVRParameters,
    backend: Backend,
) -> None:
    """Solve problems of varying targets together, and fill in ``fits``."""
    p = parameters
    targets = Targets.of([(y[0, folds[0] >= 0], folds[0, folds[0] >= 0]) for _, y, folds in problems], backend)
    truth, fold = backend.numpy(targets.value), backend.numpy(targets.fold)
    out, gaps = _search(problems, truth, fold, p, backend)
    score, best = np.empty((len(problems), len(p.C))), np.empty(len(problems), dtype=int)
    for s, numbers in enumerate(fold):
        inside = numbers >= p.forecast_folds[0]
        score[s] = cross_validation_scores(out[s][:, inside], truth[s, inside], numbers[inside])
        best[s] = choose(score[s])
    out = out[np.arange(len(problems)), best]

    shareds = []
    for designs, _, folds in problems:
        matrix = standardise(ArrayRows(designs[0]), folds[0] >= TEST, p.scaling, backend)
        matrix.keep()
        shareds.append(SharedSystem(matrix, split_scaling(matrix, folds, p.scaling), halves_of(folds)))
    parts, values, basis = zip(*(eigenbasis(x, backend) for s in shareds for x in s.scaled_halves()), strict=True)
    whole = Regressions(
        targets.value,
        backend.array((fold >= 0).astype(np.float32)),
        backend.array(np.arange(len(problems))),
        backend.array(np.array([scaled_C(p.C, x.matrix, x.scaling)[0, c] for x, c in zip(shareds, best, strict=True)])),
        p.epsilon,
    )
    system = EigenSystem(parts, values, 1.0)
    plain = p.loss == "epsilon_insensitive"
    refit = solve(system, whole, p.reachable_tolerance / 4, Iterate.zero(whole, system.width), plain)
    result = SearchResult(best, score, out, gaps, whole, refit, targets.offset, targets.spread)
    for s, (fit, shared, (_, _, folds)) in enumerate(zip(fits, shareds, problems, strict=True)):
        own, only = result.part(s, s + 1, shared.n), np.array([0])
        write(fit, only, shared, folds, own, in_features(shared, own, basis[s : s + 1], p), p)
        predict(fit, only, shared.matrix, folds)


def _search(
    problems: list[tuple[list[np.ndarray], np.ndarray, np.ndarray]],
    truth: np.ndarray,
    fold: np.ndarray,
    parameters: SVRParameters,
    backend: Backend,
) -> tuple[np.ndarray, np.ndarray]:
    """Out-of-fold forecasts (S, n_C, n) at every C, in ``truth``'s order and units, and the worst gap (S,) of each."""
    p, n_C, J = parameters, len(parameters.C), len(parameters.forecast_folds)
    models = [model for designs, _, folds in problems for model in _fold_models(designs, folds, p, backend)]
    system = EigenSystem([m.part for m in models], [m.values for m in models], 1.0)
    target, mask = (np.zeros((len(models), system.n), dtype=np.float32) for _ in range(2))
    for number in range(len(models)):
        s, k = number // J, p.forecast_folds[number % J]
        mine = truth[s, p.trains(fold[s], k)]
        target[number, : len(mine)], mask[number, : len(mine)] = mine, 1
    split = backend.array(np.repeat(np.arange(len(models)), n_C))
    C = backend.array(np.concatenate([m.C for m in models]))
    regressions = Regressions(backend.array(target)[split], backend.array(mask)[split], split, C, p.epsilon)
    start = Iterate.zero(regressions, system.width)
    at = solve(system, regressions, p.reachable_tolerance, start, p.loss == "epsilon_insensitive")
    out = np.full((len(problems), n_C, fold.shape[1]), np.nan, dtype=np.float32)
    for number, model in enumerate(models):
        rows = slice(number * n_C, (number + 1) * n_C)
        weights, level = at.weights[rows, : model.part.shape[1]], backend.numpy(at.intercept[rows])
        s, k = number // J, p.forecast_folds[number % J]
        out[s][:, fold[s] == k] = backend.numpy(products(weights, model.held_out)) + level[:, None]
    return out, backend.numpy(at.gap).reshape(len(problems), -1).max(axis=1)


def _fold_models(
    designs: list[np.ndarray], folds: np.ndarray, parameters: SVRParameters, backend: Backend
) -> Iterator[_FoldModel]:
    """Each fold's training and held-out rows, scaled over the former and turned into their eigenbasis."""
    for k in parameters.forecast_folds:
        trains, held_out = parameters.trains(folds, k), folds == k
        codes = np.where(trains, 0, np.where(held_out, TEST, UNUSED))
        matrix = standardise(ArrayRows(designs[1 + k]), codes[0] >= TEST, parameters.scaling, backend)
        scaling = split_scaling(matrix, codes, parameters.scaling)
        # The held-out rows as a second "split" with the scaling of the first.
        rows = [np.flatnonzero(trains), np.flatnonzero(held_out)]
        both = SharedSystem(matrix, scaling.take(np.array([0, 0])), rows)
        x, held = both.scaled_halves()
        part, values, basis = eigenbasis(x, backend)
        # Out of few rows of many columns, weights are combinations of the training rows.
        image = held if len(x) >= x.shape[1] else held @ x.T
        yield _FoldModel(part, values, image @ basis.T, scaled_C(parameters.C, matrix, scaling)[0])
