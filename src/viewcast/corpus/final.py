"""The photos of the final model: all of them train it, and each is held out once by a model of the others."""

from __future__ import annotations

import heapq

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.folds import TEST

FINAL = "final"

#: Parts that are held out in turn. Their models' forecasts differ by as much as the final model's are uncertain
#: (delete-a-group jackknife), and their errors on what they never saw say how wide a forecast interval must be.
PARTS = 10


def make_final(photos: pd.DataFrame, usable: np.ndarray, *, seed: int, folds: int) -> Setting:
    """All usable photos: one split that trains on everything, and :data:`PARTS` that hold out a part each.

    :param photos: photos.parquet; :param usable: (n,) bool.
    :param folds: within what trains, to choose C and to fuse by.
    :returns: a :class:`Setting` of (1 + PARTS) splits. In the first no photo is a test photo; in split k it is part k.
        No user is in two parts, nor in two folds, because the model will forecast photos of people whom it does not
        know. Where there are too few users for that, as in a corpus of one account, parts and folds are of single
        photos, and ``note`` says so. ``unavailable`` says why where there are too few photos.
    """
    chosen = photos[usable].sort_values("photo_id", ignore_index=True, kind="stable")
    n = len(chosen)
    unavailable = note = ""
    if n < 8 * folds:
        unavailable = f"only {n} usable photos take part, and {8 * folds} are needed"
    elif chosen["popularity"].nunique() < 2:
        unavailable = "all photos have the same popularity"
    if unavailable:
        chosen, n = chosen.iloc[:0], 0
    user = np.unique(chosen["user_id"].to_numpy(dtype=str), return_inverse=True)[1]
    sizes = np.bincount(user) if n else np.zeros(0, dtype=np.int64)
    # Parts of whole users must be of about one size, and what one leaves must still give folds of whole users.
    if n and (len(sizes) < 2 * PARTS * folds or sizes.max() > n / 4):
        note = "parts and folds are of single photos, not of whole users, because there are too few users"
        user, sizes = np.arange(n), np.ones(n, dtype=np.int64)
    table = np.full((1 + PARTS, n), TEST, dtype=np.int8)
    part = _shared_out(sizes, PARTS, [seed, 14, 0])[user]
    for split, row in enumerate(table):
        trains = part != split - 1
        row[trains] = _shared_out(np.bincount(user[trains], minlength=len(sizes)), folds, [seed, 14, 1, split])[
            user[trains]
        ]
    return Setting(
        FINAL,
        chosen["photo_id"].to_numpy(dtype=object),
        chosen["user_id"].to_numpy(dtype=object),
        chosen["popularity"].to_numpy(dtype=float),
        table,
        np.zeros(n, dtype=np.int64),
        unavailable,
        note,
    )


def _shared_out(sizes: np.ndarray, count: int, seed: list[int]) -> np.ndarray:
    """Share users out evenly: which of ``count`` parts each is in, the largest first, each into the emptiest part; a
    random order breaks ties.

    :param sizes: (users,) int, how many photos each has.
    """
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    found = np.zeros(len(sizes), dtype=np.int8)
    parts = [(0, part) for part in range(count)]
    for user in order.tolist():
        load, part = parts[0]
        found[user] = part
        heapq.heapreplace(parts, (load + int(sizes[user]), part))
    return found
