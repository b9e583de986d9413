"""Popularity relative to the user's own average, which each split learns from its training photos alone."""

from __future__ import annotations

import numpy as np


def user_averages(target: np.ndarray, user: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Every photo's user's average popularity, by the training photos of each split.

    The average is shrunken towards that of all training photos, as users with few photos do not tell theirs well: of k
    photos that sum to S it is (S + c m) / (k + c), where m is the mean over all training photos and c the variance
    within users over that between them (the best linear predictor of the one-way random model; both variances by the
    analysis of variance: Searle, Casella and McCulloch, Variance Components, 1992, sections 3.4 and 3.6). A user
    without training photos has the average m. c is 0 where no user has two training photos, and the average is m for
    all where users do not differ more than chance explains.

    :param target: (n,) float64, the popularity.
    :param user: (n,) the photos' users.
    :param folds: (splits, n) int8: 0 or more for training photos (``viewcast.folds``).
    :returns: (splits, n) float64. No value depends on the target of a photo that does not train in the split. Those of
        the folds of a training half share their users' averages: what a fold has more, the others have less, so that
        out-of-fold forecasts by a model that can tell users apart look, if anything, worse than they are.
    """
    names, number = np.unique(np.asarray(user, dtype=str), return_inverse=True)
    averages = np.empty(folds.shape)
    for row, own in zip(averages, folds, strict=True):
        train = own >= 0
        y, who = target[train], number[train]
        if not len(y):
            row[:] = np.nan
            continue
        count = np.bincount(who, minlength=len(names)).astype(float)
        # About the mean, so that nothing is lost to rounding where all targets are large.
        overall = y.mean()
        total = np.bincount(who, y - overall, minlength=len(names))
        ratio = _within_over_between(y - overall, who, total, count)
        if np.isinf(ratio):
            row[:] = overall
            continue
        shifted = np.divide(total, count + ratio, out=np.zeros(len(names)), where=count > 0)
        row[:] = overall + shifted[number]
    return averages


def _within_over_between(y: np.ndarray, who: np.ndarray, total: np.ndarray, count: np.ndarray) -> float:
    """The variance within users over that between them; infinite where there is none between them.

    :param y: (m,) targets less their mean; :param who: (m,) the user of each.
    :param total, count: sum and number of each user's targets.
    """
    present = count > 0
    users, n = int(present.sum()), len(y)
    if n == users:
        return 0.0
    if users == 1:
        return 0.0
    between = float((total[present] ** 2 / count[present]).sum())
    within = max(float(y @ y) - between, 0.0) / (n - users)
    size = (n - float((count**2).sum()) / n) / (users - 1)
    spread = (between / (users - 1) - within) / size
    return within / spread if spread > 0 else np.inf
