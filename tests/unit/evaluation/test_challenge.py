"""The challenge's two measures against loops, and the table beside the published figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from viewcast.corpus.cues import make_cues
from viewcast.corpus.photos import USER_NUMBERS
from viewcast.corpus.protocols import TRAINING_SHARE, make_protocol
from viewcast.evaluation.challenge import PUBLISHED, SPLITS, challenge_table, mean_absolute_error
from viewcast.folds import TEST
from viewcast.forecasts import NO_CUE, Forecasts

SHARE = TRAINING_SHARE["smpd"]


@pytest.fixture
def photos():
    rng = np.random.default_rng(0)
    n = 400
    owner = rng.integers(0, 60, n)
    return pd.DataFrame(
        {
            "photo_id": [f"{i:05d}" for i in range(n)],
            "user_id": [f"u{k:02d}" for k in owner],
            "popularity": 6 + 2 * rng.normal(size=60)[owner] + rng.normal(size=n),
            "views": pd.array([None] * n, dtype="Int64"),
            "uploaded_at": pd.Timestamp("2015-03-01", tz="UTC") + pd.to_timedelta(rng.permutation(n), unit="h"),
            "crawled_at": pd.Timestamp("2016-07-01", tz="UTC"),
            **dict.fromkeys(("title", "description", "tags")),
        }
    )


def setting_of(photos, name):
    share = {"training": SHARE} if name == "time_forward" else {}
    return make_protocol(name, photos, np.ones(len(photos), bool), seed=1, splits=4, folds=5, **share)


def test_the_chronological_split_has_the_challenges_proportion(photos):
    setting = setting_of(photos, "time_forward")
    train = setting.folds[0] >= 0
    assert train.sum() == np.ceil(len(photos) * SHARE) and SHARE == pytest.approx(0.6286, abs=1e-4)
    assert photos["uploaded_at"][train].max() < photos["uploaded_at"][~train].min()


def test_the_mean_absolute_error_and_its_interval(photos):
    setting = setting_of(photos, "user_disjoint")
    forecast = setting.target + np.random.default_rng(1).normal(size=setting.folds.shape)
    found = mean_absolute_error(setting, forecast)
    parts, of_user = [], dict.fromkeys(setting.user, 0.0)
    for folds, own in zip(setting.folds, forecast, strict=True):
        errors = [abs(setting.target[i] - own[i]) for i in range(len(own)) if folds[i] == TEST]
        parts.append(sum(errors) / len(errors))
        for i in np.flatnonzero(folds == TEST):
            of_user[setting.user[i]] += (abs(setting.target[i] - own[i]) - parts[-1]) / len(errors) / 4
    assert found.value == pytest.approx(np.mean(parts), rel=1e-12)
    variance = 60 / 59 * sum(term**2 for term in of_user.values())
    assert (found.users**2).sum() == pytest.approx(variance, rel=1e-12)


def test_the_interval_of_the_error_is_as_wide_as_the_error_moves_with_other_users(photos):
    """Errors of one user are alike; over many draws of users the spread is what the terms say."""
    rng = np.random.default_rng(2)
    values, spreads = [], []
    for _ in range(300):
        owner = np.repeat(np.arange(40), rng.integers(1, 15, 40))
        n = len(owner)
        frame = photos.iloc[[0] * n].assign(photo_id=[f"{i:04d}" for i in range(n)], user_id=owner.astype(str))
        folds = np.full((1, n), TEST, np.int8)
        folds[0, ::2] = 0
        setting = setting_of(photos, "random_halves")
        setting = type(setting)("random_halves", frame["photo_id"].to_numpy(object), frame["user_id"].to_numpy(object),
                                np.zeros(n), folds, np.zeros(n, int))  # fmt: skip
        found = mean_absolute_error(setting, (rng.normal(size=40)[owner] + rng.normal(size=n))[None])
        values.append(found.value)
        spreads.append((found.users**2).sum())
    assert np.sqrt(np.mean(spreads)) == pytest.approx(np.std(values), rel=0.15)


def test_ours_stand_beside_the_published_ones(photos):
    users = pd.DataFrame({"user_id": sorted(photos["user_id"].unique())})
    users = users.assign(**dict.fromkeys(USER_NUMBERS, np.nan), member_since=pd.NaT)
    cues = make_cues(photos, users)
    settings = [setting_of(photos, name) for name in SPLITS]
    models = {}
    for setting in settings:
        prediction = setting.target + np.random.default_rng(3).normal(size=setting.folds.shape)
        blank = np.zeros((1, len(setting.folds)))
        made = Forecasts(setting.name, "content_social_cross_fitted", setting.photo_id, prediction, blank, blank,
                         blank == 0)  # fmt: skip
        models[setting.name] = [("fusion", made)]
    table = challenge_table(settings, models, cues, "cross_fitted")
    ours = ["mean of the user's views alone", "content_social", "social"]
    assert table["entry"].tolist() == ours * 2 + [one.entry for one in PUBLISHED]
    assert table["spearman"][2] == "n/a" and table["note"][2] == NO_CUE
    row, setting = table.iloc[1], settings[0]
    test = setting.folds[0] == TEST
    forecast = models["time_forward"][0][1].prediction[0, test]
    assert row["spearman"] == f"{spearmanr(forecast, setting.target[test]).statistic:.4f}"
    assert row["mae"] == f"{np.abs(forecast - setting.target[test]).mean():.4f}"
    assert float(row["spearman_low"]) < float(row["spearman"]) < float(row["spearman_high"])
    assert row["photos"] == test.sum() and row["users"] == photos["user_id"][test].nunique()
    # Nobody whom the mean knows is in the other half: it is the mean of all, and ranks nothing.
    alone = table[(table["split"] == "user-disjoint")].iloc[0]
    assert alone["spearman"] == "0.0000" and float(alone["mae"]) > float(table.iloc[0]["mae"])
    assert table.tail(3)[["spearman_low", "photos"]].eq("n/a").all(axis=None)


def test_a_split_that_cannot_be_had_is_said(photos):
    setting = setting_of(photos.assign(uploaded_at=pd.NaT), "time_forward")
    table = challenge_table([setting], {}, pd.DataFrame(), "cross_fitted")
    assert table["note"][0] == "not every photo has an upload time of its own" and table["spearman"][0] == "n/a"
