"""How far a table's numbers, and their differences, could be from those of other users, or of other photos.

The forecasts for photos of one user have errors that are alike. So a number is a mean over users, however many photos
they have, and its interval says how it changes with other users. Where every user has several photos, a second interval
says how it changes with other photos of these same users; it is the narrower one, and says nothing of a new user. The
paper gives no intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from viewcast.corpus.settings import Setting
from viewcast.evaluation.influence import spearman_influence, spearman_without_each
from viewcast.evaluation.resampling import FEWEST_USERS, MOST_PHOTOS, resample
from viewcast.evaluation.scores import cue_values, ranked_halves
from viewcast.forecasts import Forecasts

COVERAGE = 0.95
#: Up to so many users each is left out in turn, exactly; with more, the influence function gives the same.
JACKKNIFE_USERS = 200
#: And as long as users times photos times splits stay below this, about ten seconds.
JACKKNIFE_WORK = 400_000_000
#: From so many photos of every user on, their photos' own spread can be told from that of the users.
PHOTOS_OF_A_USER = 5


@dataclass(frozen=True)
class Estimate:
    """A table's number and how chance moves it.

    :ivar value: the mean over splits of the rank correlation on the test half, and, in user_specific, over users first.
    :ivar users: (k,) float64, whose sum of squares is the variance over other users; NaN where there is one user only.
    :ivar freedom: degrees of freedom of that variance.
    :ivar photos: (n,) float64, whose sum of squares is the variance over other photos of the same users; None where
        the users have too few photos each to tell.

    The terms of a difference of two numbers are the differences of their terms, which pairs them photo by photo.
    """

    value: float
    users: np.ndarray
    freedom: float
    photos: np.ndarray | None

    def __sub__(self, other: Estimate) -> Estimate:
        photos = None if self.photos is None or other.photos is None else self.photos - other.photos
        freedom = min(self.freedom, other.freedom)
        return Estimate(self.value - other.value, self.users - other.users, freedom, photos)

    def interval(self, over: str = "users") -> tuple[float, float]:
        """The ends of the 95% interval about the value; NaN where there is none.

        Student's t with :attr:`freedom` for users: one less than there are users in a test half (Cameron and Miller,
        Journal of Human Resources 50, 2015, DOI 10.3368/jhr.50.2.317). With few users the normal's 1.96 would be far
        too little.

        :param over: ``users`` or ``photos``.
        """
        terms = self.users if over == "users" else self.photos
        if terms is None:
            return np.nan, np.nan
        freedom = self.freedom if over == "users" else np.count_nonzero(terms) - 1
        half = stdtrit(max(freedom, 1), (1 + COVERAGE) / 2) * np.sqrt((terms**2).sum())
        return self.value - float(half), self.value + float(half)

    def verdict(self, over: str = "users") -> str:
        """Whether a difference is larger than chance explains.

        :param over: ``users`` or ``photos``.
        :returns: ``beyond noise`` (the interval lies above 0), ``worse beyond noise`` (below), ``within noise``, or
            ``n/a`` where there is no interval.
        """
        low, high = self.interval(over)
        if np.isnan(low):
            return "n/a"
        return "beyond noise" if low > 0 else "worse beyond noise" if high < 0 else "within noise"


def estimate(
    setting: Setting, forecast: np.ndarray, *, cue: bool = False, resamples: int = 0, seed: Sequence[int] = (0,)
) -> Estimate | None:
    """A model's or a cue's number in a setting, and how chance moves it.

    The models are not trained anew: the interval is about other test photos, and the standard deviation over splits
    beside it about other training halves.

    :param forecast: (splits, n), or (n,) where all splits have the same; NaN where it is missing.
    :param cue: whether it is a cue, which is passed over where it is constant, and not a model.
    :param resamples: how many resamples of users, and of photos, give the spread; 0: closed forms. Settings of over
        ``resampling.MOST_PHOTOS`` photos always have closed forms, and so have other users where they are few.
    :param seed: entropy of the resamples.
    :returns: None where nothing can be ranked.
    """
    user = np.unique(setting.user.astype(str), return_inverse=True)[1]
    whole = np.broadcast_to(forecast, setting.folds.shape)
    groups = [(rows, _group(setting, whole, rows, user, cue)) for rows in setting.groups]
    parts = [(rows, *part) for rows, part in groups if part is not None]
    if not parts:
        return None
    influence = np.zeros(len(setting.photo_id))
    if setting.kind == "user_specific":
        values = np.array([value for _, value, *_ in parts])
        value, several = float(values.mean()), len(values) > 1
        users = np.full(len(setting.groups), 0.0 if several else np.nan)
        if several:
            users[[user[rows[0]] for rows, *_ in parts]] = (values - value) / np.sqrt(len(values) * (len(values) - 1))
        freedom = len(values) - 1.0
        for rows, _, own, *_ in parts:
            influence[rows] = own / len(parts)
    else:
        ((rows, value, influence[:], users, freedom),) = parts
    photos = _within_users(influence, user)
    if resamples and len(influence) <= MOST_PHOTOS:
        drawn, photos = resample(setting, whole, user, resamples, seed, photos=photos is not None, cue=cue)
        users = drawn if len(np.unique(user)) >= FEWEST_USERS else users
    return Estimate(value, users, freedom, photos)


def _group(
    setting: Setting, forecast: np.ndarray, rows: np.ndarray, user: np.ndarray, cue: bool
) -> tuple[float, np.ndarray, np.ndarray, float] | None:
    """One group's value, the influence (n_group,) of its photos, its users' terms and their degrees of freedom."""
    rho: list[float] = []
    influence = np.zeros(len(rows))
    present: list[int] = []
    tests = []
    for test, x, target in ranked_halves(setting, forecast, rows, cue=cue):
        value, own = spearman_influence(x, target)
        rho.append(value)
        influence[np.searchsorted(rows, test)] += own / len(test)
        present.append(len(np.unique(user[test])))
        tests.append((test, x, target))
    if not rho:
        return None
    influence /= len(rho)
    value, freedom = float(np.mean(rho)), float(np.mean(present)) - 1
    numbers, codes = np.unique(user[rows], return_inverse=True)
    users = len(numbers)
    if users < 2:
        return value, influence, np.array([np.nan]), freedom
    terms = np.zeros(int(user.max()) + 1)
    if users <= JACKKNIFE_USERS and users * len(rows) * len(rho) <= JACKKNIFE_WORK:
        without = np.mean(
            [spearman_without_each(x, target, codes[np.searchsorted(rows, test)], users) for test, x, target in tests],
            axis=0,
        )
        terms[numbers] = np.sqrt((users - 1) / users) * (without - without.mean())
    else:
        terms[numbers] = np.sqrt(users / (users - 1)) * np.bincount(codes, influence)
    return value, influence, terms, freedom


def _within_users(influence: np.ndarray, user: np.ndarray) -> np.ndarray | None:
    """The terms (n,) of the variance over other photos of the same users."""
    count = np.bincount(user)
    if count.min() < PHOTOS_OF_A_USER:
        return None
    mean = np.bincount(user, influence) / count
    return (influence - mean[user]) * np.sqrt(count / (count - 1))[user]


def estimate_all(
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[tuple[str, Forecasts]]],
    cues: pd.DataFrame | None,
    *,
    resamples: int,
    seed: int,
) -> dict[str, dict[tuple[str, str], Estimate]]:
    """:func:`estimate` of every model and cue of every setting.

    :param models: setting -> pairs of a kind (``feature``, ``fusion``, ``social``) and a model.
    :param cues: rows of ``make_cues``; None to leave the single cues out.
    :param resamples, seed: as for :func:`estimate`.
    :returns: setting -> (kind, name) -> estimate; the kind of a cue is ``cue``. What cannot be ranked is not there.
    """
    found: dict[str, dict[tuple[str, str], Estimate]] = {}
    for number, setting in enumerate(settings):
        if setting.unavailable:
            continue
        values = {(kind, model.name): model.prediction for kind, model in models.get(setting.name, [])}
        if cues is not None:
            values |= {("cue", name): known for name, known in cue_values(setting, cues).items()}
        estimates = {
            key: estimate(setting, value, cue=key[0] == "cue", resamples=resamples, seed=[seed, 30, number])
            for key, value in values.items()
        }
        found[setting.name] = {key: value for key, value in estimates.items() if value is not None}
    return found
