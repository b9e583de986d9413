"""No learner may find more than a user's own level where nothing else is to be found.

Targets are a level of each user and noise within users. The most that any forecast can know is the level, so the rank
correlation of the true levels is the ceiling. A mean of views that gives targets away lifts a learner above it.
``pytest -rP`` prints the numbers, which stand in docs/evaluation.md.
"""

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.cues import make_cues
from viewcast.corpus.photos import USER_NUMBERS
from viewcast.corpus.settings import make_setting
from viewcast.evaluation.baselines import boosting, ridge, stacked
from viewcast.folds import TEST
from viewcast.ranks import spearman
from viewcast.svr import SVRParameters
from viewcast.training import SocialInputs, train_feature, train_fusion, train_social

PHOTOS = 110
SEEDS = range(3)


class Noise:
    """Content that says nothing: a feature matrix of the photos of a setting."""

    dtype = np.dtype(np.float32)

    def __init__(self, seed: int, n: int) -> None:
        self.values, self.shape = np.random.default_rng(seed).normal(size=(n, 8)), (n, 8)

    def rows(self, photo_ids):
        return self.values[[int(name) for name in photo_ids]]

    def aligned(self, photo_ids):
        return np.argsort([int(name) for name in photo_ids])

    def blocks(self, photo_ids, rows):
        for start in range(0, len(photo_ids), rows):
            part = slice(start, min(start + rows, len(photo_ids)))
            yield part, self.rows(photo_ids[part])


def corpus(users: int, seed: int, public: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Photos with the column ``level``, and users; their means are over ``public`` photos each."""
    rng = np.random.default_rng([seed, users])
    user, level = np.repeat(np.arange(users), PHOTOS), rng.normal(size=users)
    n = len(user)
    photos = pd.DataFrame(
        {
            "photo_id": [f"{i:06d}" for i in range(n)],
            "user_id": [f"u{k:03d}" for k in user],
            "popularity": level[user] + rng.normal(size=n),
            "crawled_at": pd.Timestamp("2014-01-11", tz="UTC"),
            "level": level[user],
        }
    ).assign(views=1, title=None, description=None, tags=None)
    people = pd.DataFrame({"user_id": sorted(photos["user_id"].unique())}).assign(**dict.fromkeys(USER_NUMBERS, np.nan))
    people = people.assign(member_since=pd.NaT, contacts=rng.poisson(99, users).astype(float))
    people["groups"] = rng.poisson(50, users).astype(float)
    if public is not None:
        others = level * (public - PHOTOS) + np.sqrt(public - PHOTOS) * rng.normal(size=users)
        total = photos.groupby("user_id")["popularity"].sum().to_numpy() + others
        people = people.assign(mean_views=total / public, mean_views_photos=float(public))
    return photos, people


def measured(users: int, knows: str, public: int | None) -> pd.Series:
    found = pd.DataFrame([scores(users, knows, public, seed) for seed in SEEDS]).mean()
    print(f"{users} users, {knows}:", found.round(3).to_dict())
    return found


def scores(users: int, knows: str, public: int | None, seed: int) -> dict[str, float]:
    photos, people = corpus(users, seed, public)
    cues = make_cues(photos, people)
    setting = make_setting("user_mix", photos, np.ones(len(photos), bool), seed=seed, splits=2, folds=5)
    parameters = SVRParameters()
    social = train_social(setting, cues, parameters, mean_views=knows)
    noise = train_feature(setting, "gist", Noise(seed, len(photos)), parameters, base=social)
    inputs = SocialInputs(setting, cues, knows)
    forecasts = {
        "ceiling": np.tile(photos.set_index("photo_id")["level"].loc[list(setting.photo_id)], (2, 1)),
        "svr": social.prediction,
        "residual": train_fusion(setting, "content_social", [noise], parameters, base=social).prediction,
        "ridge": stacked(setting, "ridge", ridge, [], inputs).prediction,
        "boosting": stacked(setting, "boosting", boosting, [], inputs).prediction,
    }
    halves = [(split, folds == TEST) for split, folds in enumerate(setting.folds)]
    found = {
        name: np.mean([spearman(forecast[split][test], setting.target[test]) for split, test in halves])
        for name, forecast in forecasts.items()
    }
    # Out of fold, too: the choice of C, the fusions and the forecast intervals learn from these.
    found["out of fold"] = np.mean([spearman(social.prediction[s][~t], setting.target[~t]) for s, t in halves])
    found["ceiling out of fold"] = np.mean(
        [spearman(forecasts["ceiling"][s][~t], setting.target[~t]) for s, t in halves]
    )
    return found


@pytest.mark.parametrize(
    ("users", "public", "knows"),
    [(users, None, "cross_fitted") for users in (3, 10, 50)]
    + [pytest.param(6, None, "cross_fitted", marks=pytest.mark.slow)]
    + [(20, 15_000, "cross_fitted"), (20, 15_000, "training_half")],
)
def test_no_learner_passes_the_ceiling(users, public, knows):
    found = measured(users, knows, public)
    for name in ("svr", "residual", "ridge", "boosting"):
        assert found[name] < found["ceiling"] + 0.02, name
    assert found["out of fold"] < found["ceiling out of fold"] + 0.02


@pytest.mark.parametrize(
    ("users", "public"),
    [(3, None), (20, 15_000), *(pytest.param(users, None, marks=pytest.mark.slow) for users in (6, 50))],
)
def test_the_test_above_can_fail(users, public):
    """The mean of all other photos lifts trees far above the ceiling, though the corpus be a small part of them."""
    found = measured(users, "leave_one_out", public)
    assert found["boosting"] > found["ceiling"] + 0.04
