"""Settings and feature matrices of random numbers, in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting, random_halves


class Matrix:
    """A feature matrix in memory, with the methods that training and explaining call; all photos of a setting."""

    def __init__(self, photo_id: Sequence[str], values: np.ndarray) -> None:
        self.values, self.shape, self.dtype = values.astype(np.float32), values.shape, np.dtype(np.float32)
        self.index = pd.Index(photo_id, dtype=object)

    def rows(self, photo_ids: Sequence[str]) -> np.ndarray:
        return self.values[self.index.get_indexer(photo_ids)]

    def aligned(self, photo_ids: Sequence[str]) -> np.ndarray:
        return np.argsort(self.index.get_indexer(photo_ids))

    def blocks(self, photo_ids, rows):
        for start in range(0, len(photo_ids), rows):
            part = slice(start, min(start + rows, len(photo_ids)))
            yield part, self.rows(photo_ids[part])


def small_setting(target: np.ndarray, *, groups: int = 1, splits: int = 6, seed: int = 0) -> Setting:
    """A setting of photos p000, p001, ...: one group, or groups that take turns."""
    n = len(target)
    group = np.arange(n) % groups
    folds = np.empty((splits, n), np.int8)
    for one in range(groups):
        rows = np.flatnonzero(group == one)
        folds[:, rows] = random_halves(len(rows), splits, 5, [seed, one])
    name = "one_per_user" if groups == 1 else "user_specific"
    ids = np.array([f"p{i:03d}" for i in range(n)], dtype=object)
    user = np.array([f"u{k}" for k in (np.arange(n) if groups == 1 else group)], dtype=object)
    # Numbers of groups need not begin at 0, nor follow each other.
    return Setting(name, ids, user, np.asarray(target, dtype=float), folds, group if groups == 1 else 3 + 2 * group)
