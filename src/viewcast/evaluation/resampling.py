"""The spread of a rank correlation by resampling (the bootstrap: Efron 1979, DOI 10.1214/aos/1176344552): slow, and
without a formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from viewcast.corpus.settings import Setting
from viewcast.evaluation.scores import ranked_halves

#: A draw takes time in proportion to the photos; beyond so many the closed forms are used, whatever is asked.
MOST_PHOTOS = 20_000

#: Resamples of fewer users vary too little (docs/evaluation.md); then the closed form is used for other users.
FEWEST_USERS = 50

#: Draws are made in blocks of so many numbers, to bound the memory.
_BLOCK = 4_000_000


def weighted_spearman(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of resampled pairs, without building the resamples.

    :param x, y: (n,) numbers.
    :param weights: (draws, n): how often each pair was drawn.
    :returns: (draws,) float64: for every draw the correlation of the sample in which pair i stands ``weights[draw, i]``
        times; 0 where a side has no spread.

    >>> weights = np.array([[1.0, 1.0, 1.0], [2.0, 0.0, 1.0]])
    >>> weighted_spearman(np.array([1, 2, 3]), np.array([10, 30, 20]), weights).round(6).tolist()
    [0.5, 1.0]
    """
    rank_x, rank_y = _weighted_ranks(x, weights), _weighted_ranks(y, weights)
    total = weights.sum(1, keepdims=True)
    centre = (total + 1) / 2  # the mean of mid-ranks, whatever the ties
    rank_x -= centre
    rank_y -= centre
    covariance = np.einsum("dn,dn,dn->d", weights, rank_x, rank_y)
    spread = np.einsum("dn,dn,dn->d", weights, rank_x, rank_x) * np.einsum("dn,dn,dn->d", weights, rank_y, rank_y)
    return np.divide(covariance, np.sqrt(spread), out=np.zeros(len(weights)), where=spread > 0)


def _weighted_ranks(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    values, inverse = np.unique(x, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[order], np.arange(len(values)))
    mass = np.add.reduceat(weights[:, order], starts, axis=1)
    return (np.cumsum(mass, axis=1) - mass / 2 + 0.5)[:, inverse]


def resample(
    setting: Setting,
    forecast: np.ndarray,
    user: np.ndarray,
    draws: int,
    seed: Sequence[int],
    *,
    photos: bool,
    cue: bool = False,
) -> tuple[np.ndarray, np.ndarray | None]:
    """The terms of an ``intervals.Estimate`` from resamples.

    The same seed draws the same users and photos whatever the forecast, so that differences are paired.

    :param forecast: (splits, n), NaN where it is missing.
    :param user: (n,) int, 0 to the number of users less 1.
    :param draws: how many resamples.
    :param seed: entropy of the generator.
    :param cue: see ``scores.rankable``.
    :param photos: whether photos are to be drawn anew within each user, too.
    :returns: (draws,) float64 terms over users and, with ``photos``, over photos: a draw's distance from the mean draw,
        so scaled that their sum of squares is the variance.
    """
    users = int(user.max()) + 1
    drawn = np.concatenate([_values(setting, forecast, weights, cue) for weights in _of_users(user, draws, [*seed, 0])])
    # The variance of a mean of drawn users is too small by (users - 1) / users.
    over_users = _terms(drawn) * np.sqrt(users / max(users - 1, 1))
    if not photos:
        return over_users, None
    drawn = np.concatenate(
        [_values(setting, forecast, weights, cue) for weights in _of_photos(user, draws, [*seed, 1])]
    )
    return over_users, _terms(drawn)


def _terms(drawn: np.ndarray) -> np.ndarray:
    return (drawn - drawn.mean()) / np.sqrt(len(drawn) - 1)


def _blocks(n: int, draws: int) -> Iterator[int]:
    step = max(1, _BLOCK // max(n, 1))
    for start in range(0, draws, step):
        yield min(step, draws - start)


def _of_users(user: np.ndarray, draws: int, seed: Sequence[int]) -> Iterator[np.ndarray]:
    """Weights (draws, n): whole users drawn with replacement, in blocks."""
    rng, users = np.random.default_rng(seed), int(user.max()) + 1
    for size in _blocks(len(user), draws):
        yield rng.multinomial(users, np.full(users, 1 / users), size=size)[:, user].astype(float)


def _of_photos(user: np.ndarray, draws: int, seed: Sequence[int]) -> Iterator[np.ndarray]:
    """Weights (draws, n): as many photos of every user as there are, drawn with replacement, in blocks."""
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(user == number) for number in range(int(user.max()) + 1)]
    for size in _blocks(len(user), draws):
        weights = np.empty((size, len(user)))
        for rows in members:
            # The variance of a mean of drawn photos is too small by (n - 1) / n; n photos less one, drawn, mend it.
            share = rng.multinomial(len(rows) - 1, np.full(len(rows), 1 / len(rows)), size=size)
            weights[:, rows] = share * len(rows) / (len(rows) - 1)
        yield weights


def _values(setting: Setting, forecast: np.ndarray, weights: np.ndarray, cue: bool) -> np.ndarray:
    """The setting's number in every draw: the mean over splits, and over the users drawn in user_specific."""
    total, count = np.zeros(len(weights)), np.zeros(len(weights))
    alone = setting.kind == "user_specific"
    for rows in setting.groups:
        share = weights[:, rows].mean(axis=1) if alone else np.ones(len(weights))
        rho, splits = np.zeros(len(weights)), 0
        for test, x, target in ranked_halves(setting, forecast, rows, cue=cue):
            rho += weighted_spearman(x, target, weights[:, test])
            splits += 1
        if splits:
            total += share * rho / splits
            count += share
    return np.divide(total, count, out=np.zeros(len(weights)), where=count > 0)
