"""Popularity relative to the user's average: against a loop, and without a look at the test half."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.relative import user_averages
from viewcast.corpus.settings import load_setting, make_setting, random_halves, save_setting
from viewcast.evaluation.intervals import estimate
from viewcast.evaluation.scores import score_setting
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts
from viewcast.ranks import spearman


def looped(target, user, train):
    """The averages of one split, from the definitions: sums over users of one training photo after another."""
    of = defaultdict(list)
    for y, one, known in zip(target, user, train, strict=True):
        if known:
            of[one].append(y)
    everything = [y for own in of.values() for y in own]
    m, n, users = sum(everything) / len(everything), len(everything), len(of)
    means = {one: sum(own) / len(own) for one, own in of.items()}
    ratio = 0.0
    if n > users > 1:
        within = sum((y - means[one]) ** 2 for one, own in of.items() for y in own) / (n - users)
        between = sum(len(own) * (means[one] - m) ** 2 for one, own in of.items()) / (users - 1)
        size = (n - sum(len(own) ** 2 for own in of.values()) / n) / (users - 1)
        spread = (between - within) / size
        ratio = within / spread if spread > 0 else float("inf")

    def average(one):
        if ratio == float("inf") or one not in of:
            return m
        return (sum(of[one]) + ratio * m) / (len(of[one]) + ratio)

    return [average(one) for one in user]


@pytest.mark.parametrize(("users", "spread"), [(8, 1.0), (8, 0.0), (1, 1.0), (200, 1.0)])
def test_averages_are_those_of_a_loop(users, spread):
    rng = np.random.default_rng(users)
    user = rng.integers(0, users, 120).astype(str)
    target = 5 + spread * rng.normal(size=users)[user.astype(int)] + rng.normal(size=120)
    folds = random_halves(120, 4, 5, [1])
    found = user_averages(target, user, folds)
    for row, own in zip(found, folds, strict=True):
        np.testing.assert_allclose(row, looped(target, user, own >= 0), rtol=1e-12, atol=1e-12)


def photos(users=12, each=60):
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(users), each)
    return pd.DataFrame(
        {
            "photo_id": [f"{i:04d}" for i in range(users * each)],
            "user_id": [f"u{k:02d}" for k in owner],
            "popularity": 3 * rng.normal(size=users)[owner] + rng.normal(size=users * each),
        }
    )


def made(frame, name="user_mix.relative_to_user", **changes):
    chosen = {"seed": 1, "splits": 3, "folds": 5, "min_photos_per_user": 50} | changes
    return make_setting(name, frame, np.ones(len(frame), bool), **chosen)


def test_no_training_target_depends_on_a_held_out_photo():
    """Nor does any fold's: the targets of all training photos are the same bytes."""
    setting = made(photos())
    rng = np.random.default_rng(5)
    for split, folds in enumerate(setting.folds):
        other = setting.target.copy()
        other[folds == TEST] += rng.normal(0, 100, (folds == TEST).sum())
        changed = replace(setting, target=other)
        train = folds >= 0
        np.testing.assert_array_equal(changed.targets[split, train], setting.targets[split, train])
        # And a held-out photo's own target moves by what its views moved: nothing of it is in its user's average.
        moved = changed.targets[split, ~train] - setting.targets[split, ~train]
        np.testing.assert_allclose(moved, (other - setting.target)[~train], atol=1e-9)


def test_targets_differ_by_split_and_scores_rank_by_each_splits_own(tmp_path):
    setting = made(photos())
    assert (setting.targets[0] != setting.targets[1]).all()
    rng = np.random.default_rng(2)
    prediction = setting.targets + rng.normal(size=setting.folds.shape)
    blank = np.zeros((1, 3))
    model = Forecasts(setting.name, "content", setting.photo_id, prediction, blank, blank, np.ones((1, 3), bool))
    over = setting.target - user_averages(setting.target, setting.user, setting.folds)
    held = setting.folds == TEST
    expected = [spearman(prediction[split, held[split]], over[split, held[split]]) for split in range(3)]
    scores = score_setting(setting, [("fusion", model)], None)
    np.testing.assert_allclose(scores["rho"], expected, rtol=1e-12)
    assert estimate(setting, prediction).value == pytest.approx(np.mean(expected), rel=1e-12)
    save_setting(setting, tmp_path / "setting.h5")
    np.testing.assert_array_equal(load_setting(tmp_path / "setting.h5").targets, setting.targets)


def test_users_are_levelled():
    """The user's level is most of the popularity, and next to nothing of what is over it."""
    frame = photos()
    setting, plain = made(frame), made(frame, "user_mix")
    np.testing.assert_array_equal(setting.folds, plain.folds)
    np.testing.assert_array_equal(plain.targets, np.broadcast_to(plain.target, plain.folds.shape))
    for split, folds in enumerate(setting.folds):
        held = folds == TEST
        means = pd.Series(setting.targets[split, held]).groupby(setting.user[held]).mean()
        assert means.abs().max() < 0.7 < 3 < np.ptp(pd.Series(setting.target[held]).groupby(setting.user[held]).mean())


def test_where_there_is_no_average_it_is_said():
    frame = photos(users=120, each=2)
    alone = made(frame, "one_per_user.relative_to_user", max_photos_per_user=1)
    assert "no average" in alone.unavailable and len(alone.photo_id) == 0 == alone.folds.shape[1]
    both = made(frame, "one_per_user.relative_to_user")
    unknown = np.mean([
        not set(np.flatnonzero(both.user == both.user[i])) & set(np.flatnonzero(folds >= 0))
        for folds in both.folds for i in np.flatnonzero(folds == TEST)
    ])  # fmt: skip
    assert f"the mean of all: {unknown:.3f}" in both.note
    assert "same order" in made(photos(), "user_specific.relative_to_user").note


def test_photos_without_the_counts_of_a_reading_are_left_out():
    frame = photos().assign(popularity_log2_faves_plus_one=lambda x: x["popularity"].where(x.index % 7 > 0))
    setting = made(frame, "user_mix.log2_faves_plus_one", min_photos_per_user=20)
    assert len(setting.photo_id) == (frame.index % 7 > 0).sum() and "left out" in setting.note
    none = made(frame.assign(popularity_log2_faves_plus_one=np.nan), "one_per_user.log2_faves_plus_one")
    assert "log2_faves_plus_one is not known: 720" in none.unavailable
