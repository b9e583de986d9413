"""Honest protocols: splits that ask what a forecast is worth for a new user, or for tomorrow's photos.

The paper splits photos at random, so that photos of one user stand on both sides, and a model can know the user.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting, random_halves
from viewcast.folds import TEST

PROTOCOLS = ("random_halves", "user_disjoint", "time_forward")

#: Challenge -> the share of its posts, the oldest, that are for training: 305,613 and 180,581 posts of the SMP
#: Challenge (Wu et al., ACM MM 2019), of which the others have no public labels.
TRAINING_SHARE = {"smpd": 305_613 / 486_194}


def make_protocol(
    name: str,
    photos: pd.DataFrame,
    usable: np.ndarray,
    *,
    seed: int,
    splits: int,
    folds: int,
    training: float = 0.5,
) -> Setting:
    """All usable photos, split by one of :data:`PROTOCOLS`.

    :param photos: photos.parquet; :param usable: (n,) bool.
    :param training: time_forward: the share of the uploads that trains.
    :returns: a :class:`Setting` of that name. ``random_halves``: as in the paper. ``user_disjoint``: no user is
        on both sides, nor in two folds; whole users are drawn until a half is full. ``time_forward``: one split,
        the older half of the uploads (or the share ``training``) trains, and its folds follow each other in time
        (:attr:`Setting.forward`).
        ``unavailable`` says why where a protocol cannot be had.
    """
    number = PROTOCOLS.index(name)
    chosen = photos[usable].sort_values("photo_id", ignore_index=True, kind="stable")  # fast if sorted
    n = len(chosen)
    unavailable = ""
    table = np.empty((0, n), dtype=np.int8)
    if n < 8 * folds:
        unavailable = f"only {n} usable photos take part, and {8 * folds} are needed"
    elif name == "user_disjoint":
        _, user, sizes = np.unique(chosen["user_id"].to_numpy(dtype=str), return_inverse=True, return_counts=True)
        if len(sizes) < 4 * folds:
            unavailable = f"only {len(sizes)} users take part, and {4 * folds} are needed"
        else:
            table = np.stack([_disjoint(user, sizes, folds, [seed, 13, number, s]) for s in range(splits)])
    elif name == "time_forward":
        times = chosen["uploaded_at"]
        if times.isna().any() or times.nunique() < n / 2:
            unavailable = "not every photo has an upload time of its own"
        else:
            order = np.argsort(times.astype("int64").to_numpy(), kind="stable")
            half = math.ceil(n * training)
            table = np.full((1, n), TEST, dtype=np.int8)
            table[0, order[:half]] = np.arange(half) * folds // half
    else:
        table = random_halves(n, splits, folds, [seed, 13, number])
    if unavailable:
        chosen, table = chosen.iloc[:0], np.empty((splits, 0), dtype=np.int8)
    return Setting(
        name,
        chosen["photo_id"].to_numpy(dtype=object),
        chosen["user_id"].to_numpy(dtype=object),
        chosen["popularity"].to_numpy(dtype=float),
        table,
        np.zeros(len(chosen), dtype=np.int64),
        unavailable,
    )


def _disjoint(user: np.ndarray, sizes: np.ndarray, folds: int, seed: list[int]) -> np.ndarray:
    """One user-disjoint split: users in random order fill the training half, and its folds evenly."""
    order = np.random.default_rng(seed).permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    training = order[before < len(user) / 2]
    fold_of = np.full(len(sizes), TEST, dtype=np.int8)
    load = np.zeros(folds, dtype=np.int64)
    for one in training[np.argsort(-sizes[training], kind="stable")]:
        fold_of[one] = np.argmin(load)
        load[fold_of[one]] += sizes[one]
    return fold_of[user]
