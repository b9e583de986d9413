"""Of two photos of one user, which will be more popular? The question of a photographer who chooses one of several.

A rank correlation over many users is mostly about whose photos they are. Here only photos of one user are compared, so
that nothing that is the same for all of them helps. The paper has no such measure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from viewcast.corpus.settings import Setting
from viewcast.evaluation.intervals import COVERAGE
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts

#: Photos of one user that were uploaded within so many minutes of each other are a burst: mostly one outing, the same
#: subject in the same light, put before the same people at the same hour. Uploads of one sitting are minutes apart, and
#: those of two sittings hours.
BURST_MINUTES = 60

#: Pairs of one user, and those of one user and one burst.
WITHIN = ("user", "burst")

COLUMNS = ["setting", "model", "within", "pairs", "users", "share", "share_low", "share_high", "note"]


def ordered_pairs(forecast: np.ndarray, target: np.ndarray, segment: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many pairs within each segment the forecast puts in the right order, and how many there are.

    In O(n log n) for segments of any size: the pairs in the wrong order are the inversions of the forecast's ranks in
    the order of the target, counted bit by bit for all segments at once.

    :param forecast, target: (n,) numbers without NaN.
    :param segment: (n,) int, from 0.
    :returns: (segments,) float64 each: pairs in the right order, an equal forecast counting half, and pairs with
        different targets.
    """
    n, segments = len(target), int(segment.max(initial=-1)) + 1
    order = np.lexsort((forecast, segment))
    rank = np.empty(n, dtype=np.int64)
    rank[order] = _runs(segment[order], forecast[order])
    tied = _tied(segments, segment[order], forecast[order])
    order = np.lexsort((forecast, target, segment))
    segment, target, forecast, rank = segment[order], target[order], forecast[order], rank[order]
    size = np.bincount(segment, minlength=segments)
    pairs = size * (size - 1.0) / 2 - _tied(segments, segment, target)
    tied -= _tied(segments, segment, target, forecast)
    first = (np.cumsum(size) - size)[segment]
    wrong = _inversions(rank - rank[np.lexsort((rank, segment))][first], segment, first, size[segment])
    return pairs - wrong - tied / 2, pairs


def _runs(*keys: np.ndarray) -> np.ndarray:
    """Numbers (n,) of the runs of equal keys."""
    new = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return np.concatenate([[0], np.cumsum(new)])[: len(keys[0])]


def _tied(segments: int, *keys: np.ndarray) -> np.ndarray:
    """Pairs within each segment, the first key, whose keys are all equal; the keys are sorted."""
    if not len(keys[0]):
        return np.zeros(segments)
    count = np.bincount(_runs(*keys))
    starts = np.cumsum(count) - count
    return np.bincount(keys[0][starts], count * (count - 1.0) / 2, segments)


def _inversions(rank: np.ndarray, segment: np.ndarray, first: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Pairs of each segment whose ranks fall: (segments,) float64.

    :param rank: (n,) int from 0, segment after segment.
    :param segment: (n,); :param first, size: (n,) where each one's segment begins, and how long it is.

    From the highest bit down, ranks that agree in the bits above are together, in their old order; a pair falls where a
    1 stands before a 0.
    """
    n, falls = len(rank), np.zeros(int(segment.max(initial=-1)) + 1)
    for bit in reversed(range(int(rank.max(initial=0)).bit_length())):
        one = (rank >> bit) & 1
        ones = np.concatenate([[0], np.cumsum(one)])
        before = ones[:-1] - ones[first]
        falls += np.bincount(segment, np.where(one == 1, 0, before), len(falls))
        inside = ones[first + size] - ones[first]
        zeros = size - inside
        place = np.where(one == 1, first + zeros + before, np.arange(n) - before)
        moved = [rank, np.where(one == 1, first + zeros, first), np.where(one == 1, inside, zeros)]
        rank, first, size = (_put(values, place) for values in moved)
    return falls


def _put(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    placed = np.empty_like(values)
    placed[place] = values
    return placed


def burst_pairs(
    forecasts: np.ndarray, target: np.ndarray, user: np.ndarray, time: np.ndarray, minutes: float = BURST_MINUTES
) -> tuple[np.ndarray, np.ndarray]:
    """Like :func:`ordered_pairs`, of photos of one user that are at most ``minutes`` apart, for several forecasts.

    Time and memory follow the number of such pairs and of photos: the first photo of each pair is compared with the
    next, the one after, and so on, as long as that one is near enough.

    :param forecasts: (m, n) numbers without NaN.
    :param user: (n,) int, from 0.
    :param time: (n,) float64 minutes, NaN where it is not known: such a photo is in no burst.
    :returns: right pairs (m, users), and pairs (users,).
    """
    users = int(user.max(initial=-1)) + 1
    known = np.flatnonzero(~np.isnan(time))
    order = known[np.lexsort((time[known], user[known]))]
    x, y, who, when = forecasts[:, order], target[order], user[order], time[order]
    right, pairs = np.zeros((len(forecasts), users)), np.zeros(users)
    one = np.arange(len(order))
    for step in range(1, len(order)):
        one = one[one + step < len(order)]
        other = one + step
        near = (who[one] == who[other]) & (when[other] - when[one] <= minutes)
        one = one[near]
        if not len(one):
            break
        other = one + step
        rise = np.sign(y[other] - y[one])
        differ = rise != 0
        pairs += np.bincount(who[one], differ, users)
        for row, values in zip(right, x, strict=True):
            row += np.bincount(who[one], differ * (1 + rise * np.sign(values[other] - values[one])) / 2, users)
    return right, pairs


def mean_over_users(right: np.ndarray, pairs: np.ndarray) -> tuple[float, float, float]:
    """The mean over users of the share of right pairs, and its 95% interval over other users (Student's t).

    A user counts once, however many photos they have: pairs grow with the square of them, and one user with thousands
    would be the whole number.

    :param right, pairs: (users,); a user without a pair does not count.
    :returns: the mean and the ends of the interval, within 0..1; NaN where there is no user, and no interval of one.
    """
    known = pairs > 0
    if not known.any():
        return np.nan, np.nan, np.nan
    shares = right[known] / pairs[known]
    count, mean = len(shares), float(shares.mean())
    if count < 2:
        return mean, np.nan, np.nan
    half = float(stdtrit(count - 1, (1 + COVERAGE) / 2) * shares.std(ddof=1) / np.sqrt(count))
    return mean, max(mean - half, 0.0), min(mean + half, 1.0)


def pair_table(
    settings: Sequence[Setting], models: Mapping[str, Sequence[tuple[str, Forecasts]]], photos: pd.DataFrame
) -> pd.DataFrame:
    """Of the pairs of held-out photos of one user, and of one user and burst, the share that each model orders rightly.

    Pairs are of photos that are held out in the same split; each user's share is over the pairs of all splits, and the
    number the mean over users (:func:`mean_over_users`). The interval is about other users; the models are not trained
    anew. An equal forecast counts half, so that 0.5 is chance, and photos of equal popularity make no pair.

    :param models: setting -> pairs of a kind and a model.
    :param photos: the columns photo_id and uploaded_at of photos.parquet.
    :returns: a row per setting, model and kind of pair (:data:`WITHIN`) in the columns :data:`COLUMNS`: ``pairs`` of a
        split, in the mean, and ``users`` who have one; numbers are text with four decimals, or n/a, and ``note`` says
        why.
    """
    uploaded = photos.set_index("photo_id")["uploaded_at"]
    known = uploaded.dropna()
    dates = bool(len(known)) and bool((known == known.dt.normalize()).all())
    rows: list[dict[str, object]] = []
    for setting in settings:
        if setting.unavailable:
            rows.append({"setting": setting.name, "note": setting.unavailable})
            continue
        own = [model for _, model in models.get(setting.name, [])]
        times = uploaded.reindex(setting.photo_id)
        minutes = (times - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(dtype=float) / 60
        minutes = np.full(len(times), np.nan) if dates else minutes
        counted = _count(setting, own, minutes)
        for place, model in enumerate(own):
            for within, (right, pairs) in counted.items():
                notes = [setting.note]
                if not pairs.any():
                    notes.append(_why_none(within, dates, minutes))
                share, low, high = mean_over_users(right[place], pairs)
                head: dict[str, object] = {"setting": setting.name, "model": model.name, "within": within}
                head |= {"pairs": f"{pairs.sum() / len(setting.folds):.1f}", "users": int((pairs > 0).sum())}
                numbers = {"share": share, "share_low": low, "share_high": high}
                texts = {name: f"{value:.4f}" for name, value in numbers.items() if not np.isnan(value)}
                rows.append(head | texts | {"note": "; ".join(filter(None, notes))})
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object).fillna("n/a")


def _count(
    setting: Setting, models: Sequence[Forecasts], minutes: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Right pairs (models, users) and pairs (users,) of each kind, over all splits."""
    user = np.unique(setting.user.astype(str), return_inverse=True)[1]
    users = int(user.max()) + 1
    found = {within: (np.zeros((len(models), users)), np.zeros(users)) for within in WITHIN}
    for test, forecasts, target in _held(setting, models):
        who = user[test]
        for place, forecast in enumerate(forecasts):
            right, pairs = ordered_pairs(forecast, target, who)
            found["user"][0][place, : len(right)] += right
        if len(forecasts):
            found["user"][1][: len(pairs)] += pairs
        right, pairs = burst_pairs(forecasts, target, who, minutes[test])
        found["burst"][0][:, : len(pairs)] += right
        found["burst"][1][: len(pairs)] += pairs
    return found


def _held(setting: Setting, models: Sequence[Forecasts]) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Of each split the positions of the test photos, the models' forecasts and the targets."""
    for split, folds in enumerate(setting.folds):
        test = np.flatnonzero(folds == TEST)
        forecasts = np.array([model.prediction[split, test] for model in models]).reshape(len(models), len(test))
        yield test, forecasts, setting.targets[split, test]


def _why_none(within: str, dates: bool, minutes: np.ndarray) -> str:
    if within == "user":
        return "no user has two held-out photos of different popularity in a split"
    if dates:
        return "the upload times are dates alone, so that bursts cannot be told"
    if np.isnan(minutes).all():
        return "the upload times are not known, so that bursts cannot be told"
    return (
        f"no user has two held-out photos of different popularity that were uploaded within {BURST_MINUTES} minutes of "
        "each other"
    )
