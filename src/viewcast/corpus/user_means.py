"""The mean views of a photo's user, by what the mean may know of the target.

It is by far the best social cue, and the easiest to leak with: a mean that holds the photo itself holds the answer;
and a mean of *all other* photos is (sum - y) / (n - 1), which falls as y rises, so that a learner that can tell the
users apart reads y off it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd

from viewcast.errors import ViewcastError
from viewcast.folds import TEST

logger = logging.getLogger(__name__)

#: What the mean of views may know, the default first.
#: ``cross_fitted``: the user's public photos outside the held-out part that the photo is in.
#: ``leave_one_out``: all public photos but the photo itself; within a user it falls as the target rises, and so gives
#: the target away.
#: ``including_target``: all public photos, the photo among them (the paper's).
#: ``training_half``: the corpus's own training photos alone, cross-fitted; nothing from the users table.
MEAN_VIEWS = ("cross_fitted", "leave_one_out", "including_target", "training_half")

#: The cue of each kind of mean.
MEAN_CUES = tuple(f"mean_views_{knows}" for knows in MEAN_VIEWS)

#: Columns that a table of cues holds for :class:`UserMeans`; they are no cues.
SUMS = ("user_total", "user_photos", "own_views", "mean_views_unit")

#: Units of a mean: of popularities (the paper's "mean of number of normalized views"), views, or views per day.
UNITS = ("popularity", "views", "views_per_day")


def make_sums(photos: pd.DataFrame, users: pd.DataFrame, unit: str) -> pd.DataFrame:
    """What the users' means are made of, so that any part of the corpus can be left out of them.

    :param photos: photos.parquet. A column ``in_mean_views`` (bool) says which photos are among those that the
        users' means are of; without it all are.
    :param users: one row per photo: the columns ``mean_views``, ``mean_views_photos`` and ``photo_count`` of its user.
    :param unit: of ``mean_views``, one of :data:`UNITS`.
    :returns: the columns :data:`SUMS`, one row per photo: sum and number of the public photos that the user's mean is
        of, the photo's own share of that sum (NaN if it has none), and the unit.

    Where no user has a mean, the corpus's own photos stand for the public ones. So they do for a user whose mean is
    of fewer photos than the corpus has of them, for then it cannot be told which.
    """
    popularity = photos["popularity"].to_numpy(dtype=float, na_value=np.nan)
    own = _own_values(photos, popularity, unit)
    if "in_mean_views" in photos:
        own = np.where(photos["in_mean_views"].fillna(True).to_numpy(dtype=bool), own, np.nan)
    mean = users["mean_views"].to_numpy(dtype=float)
    count = users["mean_views_photos"].fillna(users["photo_count"]).to_numpy(dtype=float)
    if np.isnan(count).all() and not np.isnan(mean).all():
        logger.warning(
            "The users table has mean_views, but neither mean_views_photos nor photo_count: without the number of "
            "photos behind a mean, none can be left out of it. The mean of views is therefore taken from the corpus."
        )
        mean = count
    if np.isnan(mean).all():
        unit, own = "popularity", popularity
    user = pd.factorize(photos["user_id"])[0]
    here, total_here = _by_user(user, (~np.isnan(own)).astype(float)), _by_user(user, np.nan_to_num(own))
    total = mean * count
    alone = (here > count) | np.isnan(mean).all()
    if alone.any() and not alone.all():
        logger.warning(
            "%d users have more photos in the corpus than their mean of views is of (mean_views_photos, or "
            "photo_count); their mean is taken from the corpus.", len(np.unique(user[alone])),
        )  # fmt: skip
    total, count = np.where(alone, total_here, total), np.where(alone, here, count)
    sums = pd.DataFrame({"user_total": total, "user_photos": count, "own_views": own})
    return sums.assign(mean_views_unit=unit)[list(SUMS)]


def likelier_unit(photos: pd.DataFrame, users: pd.DataFrame, unit: str) -> str | None:
    """Another unit than ``unit``, if the users' means are far from their photos in this one, and nearer in that one.

    :param photos, users: the two tables of the corpus.
    :returns: one of ``UNITS``; None if ``unit`` is plausible, or if there is nothing to tell by. *Far* is more than a
        factor of 16 between the median mean and the median photo (for popularities, a difference of 4).
    """
    mean = users["mean_views"].astype(float).median()
    if np.isnan(mean):
        return None
    popularity = photos["popularity"].to_numpy(dtype=float, na_value=np.nan)
    distances = {}
    for one in UNITS:
        if one == "views_per_day" and "days" not in photos:
            continue
        own = _own_values(photos, popularity, one)
        own = own[np.isfinite(own)]
        if not len(own) or (one != "popularity" and mean < 0):
            continue
        middle = float(np.median(own))
        distances[one] = abs(mean - middle if one == "popularity" else np.log2(1 + mean) - np.log2(1 + max(middle, 0)))
    if unit not in distances or distances[unit] <= 4:
        return None
    best = min(distances, key=distances.__getitem__)
    return best if best != unit else None


def _own_values(photos: pd.DataFrame, popularity: np.ndarray, unit: str) -> np.ndarray:
    if unit == "popularity":
        return popularity
    views = photos["views"].astype(float).to_numpy(na_value=np.nan)
    if unit == "views":
        return views
    if "days" not in photos:
        raise ViewcastError(
            "corpus.mean_views_unit is views_per_day, but with corpus.columns.target the photos have no days on line."
        )
    return views / photos["days"].to_numpy(dtype=float, na_value=np.nan)


def _by_user(user: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.bincount(user, values)[user]


@dataclass(frozen=True)
class UserMeans:
    """The users' means in one setting.

    :ivar user: (n,) int, the photo's user.
    :ivar target: (n,) float64.
    :ivar total, count: (n,) sum and number of the public photos that the user's mean is of; NaN where unknown.
    :ivar own: (n,) the photo's share of ``total``; NaN where it has none.
    :ivar unit: one of :data:`UNITS`.
    """

    user: np.ndarray
    target: np.ndarray
    total: np.ndarray
    count: np.ndarray
    own: np.ndarray
    unit: str = "popularity"

    @classmethod
    def of(cls, cues: pd.DataFrame, user: np.ndarray, target: np.ndarray) -> UserMeans:
        """Of rows of ``make_cues``, one for each photo, with the photos' users (n,) and targets (n,)."""
        numbers = pd.factorize(np.asarray(user, dtype=str))[0]
        first, second, third = (cues[name].to_numpy(dtype=float) for name in SUMS[:3])
        unit = str(cues["mean_views_unit"].iloc[0]) if len(cues) else UNITS[0]
        return cls(numbers, target, first, second, third, unit)

    def cue(self, knows: str, folds: np.ndarray, held: int | None = None) -> np.ndarray:
        """The cue of every photo.

        :param knows: one of :data:`MEAN_VIEWS`.
        :param folds: (n,) int8, one split.
        :param held: a fold that is forecast, like the test half, by a model that must know nothing of it; None when
            the test half alone is.
        :returns: (n,) float64: in popularity, or, for views and views per day, log2(1 + mean); NaN where the user has
            no such photo.

        The two cross-fitted kinds leave out the whole held-out part: of a photo in the test half or in ``held``, the
        mean is over the user's photos outside both. A training photo's mean leaves out these and the photo's own
        fold, so that it is made as a held-out photo's is, and no target of a fold is in the cue of that fold.
        """
        if knows == "including_target":
            return self._logarithm(_divide(self.total, self.count))
        if knows == "leave_one_out":
            among = ~np.isnan(self.own)
            own = np.where(among, self.own, 0)
            # A photo without a value of its own, and the mean of one that is not among the user's, stay as they are.
            return self._logarithm(_divide(self.total - own, self.count - among))
        if knows == "training_half":
            own, total, count = self.target, *self._sums(self.target, np.ones(len(folds), dtype=bool))
        else:
            own, total, count = self.own, self.total, self.count
        away = (folds == TEST) if held is None else (folds == TEST) | (folds == held)
        gone_total, gone_count = self._sums(own, away)
        total, count = total - gone_total, count - gone_count
        for fold in np.unique(folds[(folds >= 0) & ~away]):
            here = folds == fold
            gone_total, gone_count = self._sums(own, here)
            total = np.where(here, total - gone_total, total)
            count = np.where(here, count - gone_count, count)
        mean = _divide(total, count)
        return mean if knows == "training_half" else self._logarithm(mean)

    @property
    def alone(self) -> np.ndarray:
        """(n,) bool: whether the user's mean is of this photo alone, and so the photo's own target."""
        return ~np.isnan(self.own) & (self.count < 1.5)

    def _sums(self, own: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum and number of the user's values at the places ``where`` (n,) bool."""
        among = where & ~np.isnan(own)
        return _by_user(self.user, np.where(among, own, 0)), _by_user(self.user, among.astype(float))

    def _logarithm(self, mean: np.ndarray) -> np.ndarray:
        # A users table crawled before the photos can leave a mean of others just below zero.
        return mean if self.unit == "popularity" else np.log2(1 + np.maximum(mean, 0))


def _divide(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    # Counts are whole: under a half, nothing is left but rounding.
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0.5)
