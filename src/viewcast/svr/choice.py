"""Choosing what a regression takes of a feature's numbers, by the same cross-validation that chooses C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple, cast

import numpy as np

from viewcast.folds import UNUSED
from viewcast.svr.backend import Backend
from viewcast.svr.cross_validation import GIB, cross_validate
from viewcast.svr.kernel import Landmarks, NystromRows
from viewcast.svr.many import fit_many
from viewcast.svr.parameters import CrossValidation, Scaling, SVRParameters
from viewcast.svr.rows import LINKS, LinkedRows, RowBlocks, as_rows, read_all, read_some
from viewcast.svr.selection import choose

#: A half with more training photos chooses among preparations on so many of them, and fits the chosen one alone on all.
SELECTION_PHOTOS = 2048


Kernel = Literal["linear", "gaussian"]


class Preparation(NamedTuple):
    """What a regression takes of a feature.

    :ivar link: one of ``LINKS``, through which its numbers go.
    :ivar scaling: how they are scaled then, as in ``SVRParameters``.
    :ivar kernel: ``linear``, or ``gaussian``: then the scaled numbers go through the kernel of ``kernel.py``, and what
        comes out is scaled by one number.
    """

    link: str = "identity"
    scaling: Scaling = "standard"
    kernel: Kernel = "linear"


#: (X, y, folds) as for `cross_validate`, and, where there are several, all X in memory as for `fit_many`.
Problem = tuple[np.ndarray | RowBlocks, np.ndarray, np.ndarray]
Fitter = Callable[[Sequence[Problem], Preparation], list[CrossValidation]]


def fit_chosen(
    problems: Sequence[Problem],
    parameters: SVRParameters,
    preparations: Sequence[Preparation],
    *,
    backend: Backend | None = None,
    memory_budget: int = 4 * GIB,
) -> list[tuple[CrossValidation, np.ndarray]]:
    """Cross-validate every problem, each split on the preparation whose best cross-validation score is the highest.

    The score is that which chooses C (``selection.py``), so nothing of the test half is in the choice; of equal ones
    the first preparation is taken. Splits may choose differently. Halves of at most SELECTION_PHOTOS training photos
    are fitted on every preparation, and the best fit is kept. In a larger half the choice is made on so many of its
    photos, the same share of each fold, drawn by a fixed seed; then only the chosen preparation is fitted, on all
    photos, and where that has a kernel also the best one without, and the better of the two is kept.

    Deviation: the paper says nothing of links or scaling, and its regressions are linear.

    :param problems: (X, y, folds) of each, as for ``cross_validate``; X may be a reader where there is one problem
        alone.
    :param parameters: for all; its ``scaling`` is not read.
    :param preparations: what is chosen from.
    :param backend: of ``load_backend``; None: NumPy.
    :param memory_budget: bytes, as for ``cross_validate``.
    :returns: for each problem its fit, whose weights are those of the link's numbers, or NaN where the split chose a
        kernel and has a ``machine``; and (S,) int64: which preparation each split chose.
    :raises ViewcastError: as ``cross_validate``.
    """

    def fit(some: Sequence[Problem], how: Preparation) -> list[CrossValidation]:
        options: dict[str, Any] = {"backend": backend, "memory_budget": memory_budget}
        if how.kernel == "gaussian":
            return _fit_gaussian(some, how, replace(parameters, scaling="global"), options)
        own = replace(parameters, scaling=how.scaling)
        narrow, columns = zip(*map(_without_constants, some), strict=True)
        if len(some) == 1:
            ((X, y, folds),) = narrow
            fits = [cross_validate(LinkedRows(as_rows(X), how.link), y, folds, own, **options)]
        else:
            linked = [(LINKS[how.link](cast(np.ndarray, X)), y, folds) for X, y, folds in narrow]
            fits = fit_many(linked, own, **options)
        return [_with_constants(*pair) for pair in zip(fits, columns, strict=True)]

    if len(preparations) == 1:
        return [(one, np.zeros(len(one.C), dtype=np.int64)) for one in fit(problems, preparations[0])]
    large = [(folds >= 0).sum(axis=1).max() > SELECTION_PHOTOS for _, _, folds in problems]
    trial = [
        _thinned(*problem) if big else (read_all(as_rows(problem[0])), *problem[1:])
        for problem, big in zip(problems, large, strict=True)
    ]
    tried = [fit(trial, how) for how in preparations]
    results = []
    for problem, big, fits in zip(problems, large, zip(*tried, strict=True), strict=True):
        scores = np.stack([one.cv_score.max(axis=1) for one in fits], axis=1)
        chosen = np.array([choose(row) for row in scores])
        if big:
            fitted, chosen = _refit_best(problem, scores, chosen, preparations, fit)
        else:
            fitted = _joined([(fits[number], s) for s, number in enumerate(chosen)])
        results.append((fitted, chosen))
    return results


def _without_constants(problem: Problem) -> tuple[Problem, np.ndarray | None]:
    """A problem in memory without the columns that are the same for all photos, where these are most columns.

    So are hashed words of a small corpus. To leave them out is exact: they have no weight and no say in the scaling.

    :returns: the problem, and which columns are left, (d,) bool; None: all.
    """
    X, y, folds = problem
    if not isinstance(X, np.ndarray) or X.ndim != 2:
        return problem, None
    varies = (X != X[:1]).any(axis=0)
    if not 0 < 2 * varies.sum() < len(varies):
        return problem, None
    return (X[:, varies], y, folds), varies


def _with_constants(fit: CrossValidation, varies: np.ndarray | None) -> CrossValidation:
    """A fit of what :func:`_without_constants` left, with the weights of all columns."""
    if varies is None:
        return fit
    weights = np.zeros((len(fit.weights), len(varies)))
    weights[:, varies] = fit.weights
    return replace(fit, weights=weights)


def _fit_gaussian(
    some: Sequence[Problem], how: Preparation, parameters: SVRParameters, options: dict[str, Any]
) -> list[CrossValidation]:
    """Every problem with a Gaussian kernel: each split by itself, because its landmarks are its own training photos."""
    fits: list[CrossValidation] = []
    small: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    learned: list[Landmarks] = []
    for X, y, folds in some:
        source = LinkedRows(as_rows(X), how.link)
        for target, row in zip(np.broadcast_to(y, folds.shape), folds, strict=True):
            rows = NystromRows(source, row >= 0, how.scaling)
            learned.append(rows.learned)
            if len(some) > 1:
                small.append((read_all(rows), target, row[None]))
                continue
            # Computed once where it fits beside the solver's own copy, and not in each pass.
            held = read_all(rows) if 4 * rows.shape[0] * rows.shape[1] <= options["memory_budget"] // 4 else rows
            fits.append(cross_validate(held, target, row[None], parameters, **options))
    fits += fit_many(small, parameters, **options)
    machines = np.empty(len(fits), dtype=object)
    machines[:] = [own.machine(fit.weights[0]) for own, fit in zip(learned, fits, strict=True)]
    results = []
    first = 0
    for X, _, folds in some:
        last = first + len(folds)
        weights = np.full((1, X.shape[1]), np.nan)
        whole = _joined([(replace(fit, weights=weights), 0) for fit in fits[first:last]])
        results.append(replace(whole, machine=machines[first:last]))
        first = last
    return results


def _thinned(X: np.ndarray | RowBlocks, y: np.ndarray, folds: np.ndarray) -> Problem:
    """Of each half SELECTION_PHOTOS training photos, with their share of each fold, in memory; no test photos.

    Photos are drawn in one random order for all splits, so that different halves read mostly the same few.
    """
    order = np.random.default_rng(0).permutation(folds.shape[1])
    few = np.full_like(folds, UNUSED)
    for s, row in enumerate(folds):
        share = SELECTION_PHOTOS / (row >= 0).sum()
        for k in range(row.max() + 1):
            fold = order[row[order] == k]
            few[s, fold[: int(np.ceil(len(fold) * share))]] = k
    rows = np.flatnonzero((few >= 0).any(axis=0))
    return read_some(as_rows(X), rows), y[..., rows], few[:, rows]


def _refit_best(
    problem: Problem, scores: np.ndarray, chosen: np.ndarray, preparations: Sequence[Preparation], fit: Fitter
) -> tuple[CrossValidation, np.ndarray]:
    """The splits of one problem, each fitted on all photos by the preparation that its part of them chose, and which
    that was.

    Landmarks that are most of a part are few of a large half, so a kernel must do better than the best preparation
    without one on all photos too.

    :param scores: (S, preparations), those of the part; :param chosen: (S,) the best of each row.
    """
    chosen = chosen.copy()
    fitted = _refit(problem, chosen, preparations, fit)
    linear = np.array([how.kernel == "linear" for how in preparations])
    doubtful = np.flatnonzero(~linear[chosen])
    if not len(doubtful) or not linear.any():
        return fitted, chosen
    X, y, folds = problem
    rivals = np.array([choose(np.where(linear, row, np.nan)) for row in scores[doubtful]])
    part = X, np.broadcast_to(y, folds.shape)[doubtful], folds[doubtful]
    plain = _refit(part, rivals, preparations, fit)
    rows = [(fitted, s) for s in range(len(chosen))]
    for place, (s, rival) in enumerate(zip(doubtful, rivals, strict=True)):
        if choose(np.array([plain.cv_score[place].max(), fitted.cv_score[s].max()])) == 0:
            rows[s], chosen[s] = (plain, place), rival
    return _joined(rows), chosen


def _refit(problem: Problem, chosen: np.ndarray, preparations: Sequence[Preparation], fit: Fitter) -> CrossValidation:
    """The splits of one problem, each fitted on all photos by the preparation that it chose."""
    X, y, folds = problem
    y = np.broadcast_to(y, folds.shape)
    rows: dict[int, tuple[CrossValidation, int]] = {}
    for number in np.unique(chosen):
        splits = np.flatnonzero(chosen == number)
        (fitted,) = fit([(X, y[splits], folds[splits])], preparations[number])
        for place, s in enumerate(splits):
            rows[int(s)] = fitted, place
    return _joined([rows[s] for s in range(len(chosen))])


def _joined(rows: Sequence[tuple[CrossValidation, int]]) -> CrossValidation:
    """One fit of given splits of others."""
    fields = CrossValidation.__dataclass_fields__
    return CrossValidation(*(np.stack([getattr(fit, name)[s] for fit, s in rows]) for name in fields))
