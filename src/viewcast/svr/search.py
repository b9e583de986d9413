"""Every fold at every C, the choice of C, and the refit: for many splits at once, over any system."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from viewcast.svr.newton import Point, Regressions, System, solve
from viewcast.svr.parameters import SVRParameters
from viewcast.svr.selection import choose, cross_validation_scores


@dataclass(frozen=True)
class Targets:
    """S training halves: standardised targets and fold numbers (S, n), -1 beyond a half's own rows."""

    value: Tensor
    fold: Tensor
    offset: np.ndarray  # (S,) mean and standard deviation that were taken out
    spread: np.ndarray

    @classmethod
    def of(cls, pairs: list[tuple[np.ndarray, np.ndarray]], device: torch.device) -> Targets:
        """From each half's targets and fold numbers, which must not all be equal targets."""
        S, n = len(pairs), max(len(y) for y, _ in pairs)
        value = torch.zeros((S, n), device=device)
        fold = torch.full((S, n), -1, device=device)
        offset, spread = (np.array([getattr(y, what)() for y, _ in pairs]) for what in ("mean", "std"))
        for s, (y, f) in enumerate(pairs):
            value[s, : len(y)] = torch.from_numpy((y - offset[s]) / spread[s]).float()
            fold[s, : len(y)] = torch.from_numpy(f.astype(np.int64))
        return cls(value, fold, offset, spread)


@dataclass(frozen=True)
class Found:
    """What the search found: `best` (S,) indices into C, scores (S, n_C), out-of-fold predictions at the
    best C (S, n) in standardised units, the worst gap (S,), the refitted models, and the targets' units."""

    best: np.ndarray
    score: np.ndarray
    out_of_fold: np.ndarray
    cv_gap: np.ndarray
    problems: Regressions
    refit: Point
    offset: np.ndarray
    spread: np.ndarray

    def part(self, first: int, last: int, n: int) -> Found:
        """Splits first to last - 1 alone, numbered from 0, with rows of length n."""
        rows = torch.arange(first, last, device=self.refit.gap.device)
        problems, refit = self.problems.take(rows), self.refit.take(rows)
        return Found(
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


def search(system: System, targets: Targets, parameters: SVRParameters) -> Found:
    """Solve all folds and values of C of all splits together, choose C in each split, and refit."""
    p, (S, n), device = parameters, targets.value.shape, targets.value.device
    n_C, fold, plain = len(p.C), targets.fold, p.loss == "epsilon_insensitive"
    values = torch.tensor(p.C, dtype=torch.float32, device=device)

    # Split by split, in it C by C, in it fold by fold.
    split = torch.arange(S, device=device).repeat_interleave(n_C * p.folds)
    left_out = torch.arange(p.folds, device=device).repeat(S * n_C)[:, None]
    own = fold[split]
    problems = Regressions(
        targets.value[split],
        ((own != left_out) & (own >= 0)).float(),
        split,
        values.repeat_interleave(p.folds).repeat(S),
        p.epsilon,
    )
    at = solve(system, problems, p.reachable_tolerance, Point.zero(problems, system.width), plain)

    predicted = (problems.target - at.residual).view(S, n_C, p.folds, n)
    held_out = fold.clamp_min(0)[:, None, None].expand(S, n_C, 1, n)
    predicted = predicted.gather(2, held_out)[:, :, 0].cpu().numpy()
    score, best = np.empty((S, n_C)), np.empty(S, dtype=int)
    truth, numbers = targets.value.cpu().numpy(), fold.cpu().numpy()
    for s in range(S):
        inside = numbers[s] >= 0
        score[s] = cross_validation_scores(predicted[s][:, inside], truth[s, inside], numbers[s, inside])
        best[s] = choose(score[s])

    # The fold models' mean is a fine start for the model of the whole half.
    every, chosen = torch.arange(S, device=device), torch.from_numpy(best).to(device)
    start = at.mean_of((every * n_C + chosen)[:, None] * p.folds + torch.arange(p.folds, device=device))
    whole = Regressions(targets.value, (fold >= 0).float(), every, values[chosen], p.epsilon)
    cv_gap = at.gap.view(S, -1).amax(dim=1).cpu().numpy()
    del at, problems, own
    refit = solve(system, whole, p.reachable_tolerance / 4, start, plain)
    out = predicted[np.arange(S), best]
    return Found(best, score, out, cv_gap, whole, refit, targets.offset, targets.spread)
