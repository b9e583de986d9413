"""Pairs of photos of one user, against loops over all pairs."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.settings import Setting, random_halves
from viewcast.evaluation.pairs import BURST_MINUTES, burst_pairs, mean_over_users, ordered_pairs, pair_table
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts


def looped(forecast, target, user, near):
    """Right and all pairs of each user, by a loop over all pairs."""
    right, pairs = np.zeros(user.max() + 1), np.zeros(user.max() + 1)
    for i, j in itertools.combinations(range(len(target)), 2):
        if user[i] == user[j] and target[i] != target[j] and near(i, j):
            pairs[user[i]] += 1
            if forecast[i] == forecast[j]:
                right[user[i]] += 0.5
            else:
                right[user[i]] += (forecast[i] > forecast[j]) == (target[i] > target[j])
    return right, pairs


@pytest.mark.parametrize("seed", range(6))
def test_pairs_are_those_of_a_loop(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 150))
    user = rng.integers(0, rng.integers(1, 12), n)
    target = rng.integers(0, 9, n) / 4 if seed % 2 else rng.normal(size=n)
    forecast = rng.integers(0, 12, n) / 4 if seed % 3 else target * (seed > 2) + rng.normal(size=n)
    for found, expected in zip(
        ordered_pairs(forecast, target, user), looped(forecast, target, user, lambda i, j: True), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
    minutes = rng.uniform(0, 600, n).round()
    minutes[rng.random(n) < 0.1] = np.nan
    both = np.stack([forecast, -forecast])
    right, pairs = burst_pairs(both, target, user, minutes)
    for row, values in zip(right, both, strict=True):
        near = lambda i, j: abs(minutes[i] - minutes[j]) <= BURST_MINUTES  # noqa: E731
        expected = looped(values, target, user, near)
        np.testing.assert_array_equal(row, expected[0])
        np.testing.assert_array_equal(pairs, expected[1])


def test_no_photo_makes_no_pair():
    nothing = np.empty(0)
    right, pairs = ordered_pairs(nothing, nothing, nothing.astype(int))
    assert len(right) == len(pairs) == 0
    assert burst_pairs(np.empty((2, 0)), nothing, nothing.astype(int), nothing)[0].shape == (2, 0)


def test_a_user_with_20000_photos_is_counted_without_all_pairs_in_memory():
    rng = np.random.default_rng(0)
    n = 20_000
    target = rng.normal(size=n)
    began = time.process_time()
    right, pairs = ordered_pairs(target + rng.normal(size=n), target, np.zeros(n, dtype=int))
    # All pairs would be 200 million numbers; the limit is far above what was measured, 0.03 seconds.
    assert time.process_time() - began < 5
    assert pairs[0] == n * (n - 1) / 2
    # Of two normal numbers that correlate by r, a share of 1/2 + asin(r)/pi of the pairs are in the same order.
    assert right[0] / pairs[0] == pytest.approx(0.5 + np.arcsin(np.sqrt(0.5)) / np.pi, abs=0.01)


def made(rng, photos_of, name="user_mix", splits=3):
    user = np.repeat(np.arange(len(photos_of)), photos_of)
    n = len(user)
    target = rng.normal(size=n).round(1)
    folds = random_halves(n, splits, 4, [int(rng.integers(1 << 30))])
    ids = np.array([f"p{i:04d}" for i in range(n)], dtype=object)
    setting = Setting(name, ids, np.array([f"u{u}" for u in user], dtype=object), target, folds, np.zeros(n, int))
    prediction = (target + rng.normal(size=(splits, n))).round(1)
    blank = np.zeros((1, splits))
    model = Forecasts(name, "content", ids, prediction, blank, blank, np.ones((1, splits), bool))
    times = pd.Timestamp("2014-03-01", tz="UTC") + pd.to_timedelta(rng.uniform(0, 3000, n).round(), unit="min")
    return setting, model, user, pd.DataFrame({"photo_id": ids, "uploaded_at": times}).sample(frac=1, random_state=1)


def test_the_table_is_a_mean_over_users_of_pairs_held_out_together():
    setting, model, user, photos = made(np.random.default_rng(3), [30, 12, 1, 7])
    minutes = photos.set_index("photo_id")["uploaded_at"].reindex(setting.photo_id)
    table = pair_table([setting], {"user_mix": [("fusion", model)]}, photos).set_index("within")
    for within in ("user", "burst"):
        right, pairs = np.zeros(4), np.zeros(4)
        for split, folds in enumerate(setting.folds):
            test = np.flatnonzero(folds == TEST)

            def near(i, j, test=test, within=within):
                gap = abs((minutes.iloc[test[i]] - minutes.iloc[test[j]]).total_seconds()) / 60
                return within == "user" or gap <= BURST_MINUTES

            found = looped(model.prediction[split, test], setting.target[test], np.append(user[test], 3)[:-1], near)
            right[: len(found[0])] += found[0]
            pairs[: len(found[1])] += found[1]
        known = pairs > 0
        row = table.loc[within]
        assert row["share"] == f"{(right[known] / pairs[known]).mean():.4f}"
        assert row["users"] == known.sum() and row["pairs"] == f"{pairs.sum() / 3:.1f}"
        assert float(row["share_low"]) <= float(row["share"]) <= float(row["share_high"])


def test_what_cannot_be_had_is_said():
    rng = np.random.default_rng(1)
    setting, model, _, photos = made(rng, [1] * 40)
    models = {"user_mix": [("fusion", model)]}
    table = pair_table([setting], models, photos)
    assert set(table["share"]) == {"n/a"} and set(table["users"]) == {0}
    assert table["note"].str.contains("no user has two held-out photos").all()
    setting, model, _, photos = made(rng, [20, 20])
    days = photos.assign(uploaded_at=photos["uploaded_at"].dt.normalize())
    table = pair_table([setting], {"user_mix": [("fusion", model)]}, days).set_index("within")
    assert table.loc["user", "share"] != "n/a" and "dates alone" in table.loc["burst", "note"]
    gone = Setting("user_mix", *(x[:0] for x in (setting.photo_id, setting.user, setting.target)),
                   setting.folds[:, :0], setting.group[:0], unavailable="no user has 100")  # fmt: skip
    table = pair_table([gone], {}, photos)
    assert table["note"].tolist() == ["no user has 100"] and table["share"].tolist() == ["n/a"]


def test_one_user_has_no_interval_and_chance_is_a_half():
    mean, low, high = mean_over_users(np.array([3.0, 0.0]), np.array([4.0, 0.0]))
    assert mean == 0.75 and np.isnan([low, high]).all()
    assert np.isnan(mean_over_users(np.zeros(2), np.zeros(2))).all()
    constant = np.zeros(50)
    right, pairs = ordered_pairs(constant, np.arange(50.0), np.zeros(50, dtype=int))
    assert right[0] / pairs[0] == 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("users", "photos", "least"), [(6, 60, 0.93), (40, 12, 0.93), (200, 6, 0.93)])
def test_the_interval_holds_the_mean_of_other_users_as_often_as_it_says(users, photos, least):
    """Users are forecast well to a different degree; the interval should hold the mean over all 19 times in 20."""
    rng = np.random.default_rng(users)
    skills = rng.uniform(-0.1, 0.7, 200_000)
    truth = float((0.5 + np.arcsin(skills) / np.pi).mean())
    user = np.repeat(np.arange(users), photos)
    held = []
    for _ in range(1000):
        skill = rng.uniform(-0.1, 0.7, users)[user]
        target = rng.normal(size=len(user))
        forecast = skill * target + np.sqrt(1 - skill**2) * rng.normal(size=len(user))
        _, low, high = mean_over_users(*ordered_pairs(forecast, target, user))
        held.append(low <= truth <= high)
    assert least <= np.mean(held) <= 0.97
