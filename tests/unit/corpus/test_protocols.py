"""Splits by user and by time, and what the users' means are worth under them."""

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.cues import make_cues
from viewcast.corpus.photos import USER_NUMBERS
from viewcast.corpus.protocols import make_protocol
from viewcast.corpus.user_means import MEAN_VIEWS, UserMeans
from viewcast.folds import TEST
from viewcast.ranks import spearman


def photos(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "photo_id": [f"{i:04d}" for i in range(n)],
            "user_id": [f"u{k}" for k in rng.geometric(0.02, n)],
            "popularity": rng.normal(size=n),
            "uploaded_at": pd.Timestamp("2014-01-01", tz="UTC") + pd.to_timedelta(rng.permutation(n), unit="h"),
        }
    )


def protocol(name, frame=None, **changes):
    frame = photos() if frame is None else frame
    return make_protocol(name, frame, np.ones(len(frame), bool), **({"seed": 1, "splits": 3, "folds": 5} | changes))


def test_user_disjoint():
    made = protocol("user_disjoint")
    for row in made.folds:
        by_user = pd.Series(row).groupby(made.user.astype(str)).nunique()
        assert (by_user == 1).all()
        assert 0.45 < (row != TEST).mean() < 0.6
        sizes = np.bincount(row[row >= 0], minlength=5)
        assert sizes.max() - sizes.min() <= 0.1 * len(row)


def test_time_forward():
    frame = photos()
    made = protocol("time_forward", frame)
    times = frame.set_index("photo_id")["uploaded_at"].loc[list(made.photo_id)].to_numpy()
    assert made.folds.shape == (1, 400)
    assert times[made.folds[0] != TEST].max() < times[made.folds[0] == TEST].min()
    training = made.folds[0] >= 0
    order = np.argsort(times[training])
    assert (np.diff(made.folds[0][training][order]) >= 0).all() and made.forward
    assert np.bincount(made.folds[0][training]).tolist() == [40] * 5
    assert "upload time" in protocol("time_forward", frame.assign(uploaded_at=pd.NaT)).unavailable


def test_random_halves_and_too_few():
    assert protocol("random_halves").folds.shape == (3, 400)
    assert "only 30 usable" in protocol("random_halves", photos(30)).unavailable
    assert "only 1 users" in protocol("user_disjoint", photos().assign(user_id="u")).unavailable


def test_real_flickr_labels(shared):
    """The figures that docs/evaluation.md quotes, on 50,000 labels of the SMP Challenge."""
    frame = pd.read_csv(shared / "data" / "smpd_flickr" / "smpd_uid_pid_label_50000.csv.gz")
    frame = pd.DataFrame(
        {"photo_id": frame["pid"].astype(str), "user_id": frame["uid"], "popularity": frame["log_views_per_day_label"]}
    )
    scores = {}
    for name in ("random_halves", "user_disjoint"):
        made = make_protocol(name, frame, np.ones(len(frame), bool), seed=2014, splits=3, folds=5)
        frame = frame.assign(views=1, crawled_at=pd.NaT, title=None, description=None, tags=None)
        users = pd.DataFrame({"user_id": frame["user_id"].unique()}).assign(**dict.fromkeys(USER_NUMBERS, np.nan))
        cues = make_cues(frame, users.assign(member_since=pd.NaT)).set_index("photo_id").loc[list(made.photo_id)]
        means = UserMeans.of(cues, made.user, made.target)
        for knows in MEAN_VIEWS:
            rho = []
            for row in made.folds:
                cue = means.cue(knows, row)
                cue = np.where(np.isnan(cue), made.target[row >= 0].mean(), cue)
                rho.append(spearman(cue[row == TEST], made.target[row == TEST]))
            scores[name, knows] = np.mean(rho)
    assert scores["random_halves", "including_target"] == pytest.approx(0.961, abs=0.003)
    assert scores["random_halves", "leave_one_out"] == pytest.approx(0.901, abs=0.003)
    assert scores["random_halves", "training_half"] == pytest.approx(0.883, abs=0.003)
    assert scores["random_halves", "cross_fitted"] == pytest.approx(scores["random_halves", "training_half"], abs=1e-5)
    assert scores["user_disjoint", "training_half"] == scores["user_disjoint", "cross_fitted"] == 0
