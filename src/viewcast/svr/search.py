"""Every fold at every C, the choice of C, and the refit: for many splits at once, over any system."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from viewcast.svr.backend import Array, Backend
from viewcast.svr.newton import Iterate, Regressions, System, solve
from viewcast.svr.parameters import SVRParameters
from viewcast.svr.selection import choose, cross_validation_scores


@dataclass(frozen=True)
class Targets:
    """Standardised targets of S training halves, padded to the longest.

    :ivar value: (S, n) float32, 0 beyond a half's own rows.
    :ivar fold: (S, n) int, fold numbers, -1 beyond a half's own rows.
    :ivar offset, spread: (S,) float64, mean and standard deviation that were taken out.
    """

    value: Array
    fold: Array
    offset: np.ndarray  # (S,) mean and standard deviation that were taken out
    spread: np.ndarray

    @classmethod
    def of(cls, pairs: list[tuple[np.ndarray, np.ndarray]], backend: Backend) -> Targets:
        """From each half's targets, which must not all be equal, and fold numbers."""
        S, n = len(pairs), max(len(y) for y, _ in pairs)
        value, fold = np.zeros((S, n), dtype=np.float32), np.full((S, n), -1)
        offset, spread = (np.array([getattr(y, what)() for y, _ in pairs]) for what in ("mean", "std"))
        for s, (y, f) in enumerate(pairs):
            value[s, : len(y)], fold[s, : len(y)] = (y - offset[s]) / spread[s], f
        return cls(backend.array(value), backend.array(fold), offset, spread)


@dataclass(frozen=True)
class SearchResult:
    """What the search gives for S splits.

    :ivar best: (S,) int, index of the chosen C.
    :ivar score: (S, n_C) float64, of the cross-validation.
    :ivar out_of_fold: (S, n) predictions at the best C, in standardised units.
    :ivar cv_gap: (S,) the largest gap among the cross-validation's fits.
    :ivar problems: the regressions on the whole halves.
    :ivar refit: their models.
    :ivar offset, spread: (S,) as of :class:`Targets`.
    """

    best: np.ndarray
    score: np.ndarray
    out_of_fold: np.ndarray
    cv_gap: np.ndarray
    problems: Regressions
    refit: Iterate
    offset: np.ndarray
    spread: np.ndarray

    def part(self, first: int, last: int, n: int) -> SearchResult:
        """Splits first to last - 1 alone, numbered from 0, with rows of length n."""
        rows = slice(first, last)
        problems, refit = self.problems.take(rows), self.refit.take(rows)
        return SearchResult(
            self.best[first:last],
            self.score[first:last],
            self.out_of_fold[first:last, :n],
            self.cv_gap[first:last],
            replace(
                problems,
                target=problems.target[:, :n],
                mask=problems.mask[:, :n],
                split=problems.split - first,
            ),
            replace(refit, residual=refit.residual[:, :n]),
            self.offset[first:last],
            self.spread[first:last],
        )


def search(
    system: System, targets: Targets, C: np.ndarray, parameters: SVRParameters, backend: Backend
) -> SearchResult:
    """Solve all folds and values of C of all splits together, choose C in each split, and refit.

    :param C: (S, n_C) float32, as of ``matrix.scaled_C``.
    """
    p, (S, n) = parameters, targets.value.shape
    n_C, fold, plain = len(p.C), targets.fold, p.loss == "epsilon_insensitive"
    truth, numbers = backend.numpy(targets.value), backend.numpy(fold)
    forecast = np.array(p.forecast_folds)

    # Split by split, in it C by C, in it fold by fold.
    split = np.repeat(np.arange(S), n_C * len(forecast))
    mask = p.trains(numbers[split], np.tile(forecast, S * n_C)[:, None]).astype(np.float32)
    at_split = backend.array(split)
    problems = Regressions(
        targets.value[at_split],
        backend.array(mask),
        at_split,
        backend.array(np.repeat(C.ravel(), len(forecast))),
        p.epsilon,
    )
    del mask
    at = solve(system, problems, p.reachable_tolerance, Iterate.zero(problems, system.width), plain)

    predicted = backend.numpy(problems.target - at.residual).reshape(S, n_C, len(forecast), n)
    held_out = np.broadcast_to(np.maximum(numbers - forecast[0], 0)[:, None, None], (S, n_C, 1, n))
    predicted = np.take_along_axis(predicted, held_out, axis=2)[:, :, 0]
    if p.forward:
        predicted = np.where((numbers == 0)[:, None], np.nan, predicted)
    score, best = np.empty((S, n_C)), np.empty(S, dtype=int)
    for s in range(S):
        inside = numbers[s] >= forecast[0]
        score[s] = cross_validation_scores(predicted[s][:, inside], truth[s, inside], numbers[s, inside])
        best[s] = choose(score[s])

    # The fold models' mean is a fine start for the model of the whole half.
    chosen = (np.arange(S) * n_C + best)[:, None] * len(forecast) + np.arange(len(forecast))
    start = at.mean_of(backend.array(chosen))
    whole = Regressions(
        targets.value,
        backend.array((numbers >= 0).astype(np.float32)),
        backend.array(np.arange(S)),
        backend.array(C[np.arange(S), best]),
        p.epsilon,
    )
    cv_gap = backend.numpy(at.gap).reshape(S, -1).max(axis=1)
    del at, problems
    refit = solve(system, whole, p.reachable_tolerance / 4, start, plain)
    out = predicted[np.arange(S), best]
    return SearchResult(best, score, out, cv_gap, whole, refit, targets.offset, targets.spread)
