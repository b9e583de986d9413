"""The tables of the paper and of the honest protocols: what stands in them, and what they leave out."""

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.cues import CUES, make_cues
from viewcast.corpus.photos import USER_NUMBERS
from viewcast.corpus.protocols import PROTOCOLS, make_protocol
from viewcast.corpus.settings import SETTINGS, make_setting
from viewcast.corpus.user_means import MEAN_VIEWS
from viewcast.evaluation.baselines import baselines
from viewcast.evaluation.protocols import protocol_table
from viewcast.evaluation.tables import FEATURES, paper_table
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts
from viewcast.ranks import spearman

USERS, PHOTOS = 5, 60


def photos() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    n = USERS * PHOTOS
    frame = pd.DataFrame(
        {
            "photo_id": [f"{i:04d}" for i in range(n)],
            "user_id": np.repeat([f"u{k}" for k in range(USERS)], PHOTOS),
            "popularity": rng.normal(size=n) + np.repeat(rng.normal(size=USERS), PHOTOS),
            "views": 1,
            "uploaded_at": pd.date_range("2014-01-01", periods=n, freq="h", tz="UTC"),
            "crawled_at": pd.Timestamp("2014-03-01", tz="UTC"),
            "title": None,
            "description": None,
            "tags": [["x"] * int(k) for k in rng.integers(0, 5, n)],
        }
    )
    frame.loc[frame["user_id"] == "u2", "popularity"] = 1.5
    return frame


def cues(frame: pd.DataFrame) -> pd.DataFrame:
    users = pd.DataFrame({"user_id": sorted(frame["user_id"].unique())}).assign(**dict.fromkeys(USER_NUMBERS, np.nan))
    return make_cues(frame, users.assign(member_since=pd.NaT, contacts=[3.0, 9.0, 2.0, 7.0, 1.0][: len(users)]))


def model(setting, name: str, noise: float, converged: bool = True) -> Forecasts:
    rng = np.random.default_rng([len(name), int(100 * noise)])
    prediction = setting.target + noise * rng.normal(size=setting.folds.shape)
    shape = (len(setting.groups), len(setting.folds))
    held = np.full(shape, converged)
    return Forecasts(setting.name, name, setting.photo_id, prediction, np.ones(shape), np.zeros(shape), held)


@pytest.fixture(scope="module")
def corpus():
    frame = photos()
    usable = np.ones(len(frame), bool)
    settings = [
        make_setting(name, frame, usable, seed=1, splits=3, folds=5, min_photos_per_user=40) for name in SETTINGS
    ]
    settings[0] = make_setting("one_per_user", frame, usable, seed=1, splits=3, folds=5, max_photos_per_user=1)
    models = {
        setting.name: [
            *(("feature", model(setting, name, 2 + k / 10)) for k, name in enumerate(FEATURES)),
            ("fusion", model(setting, "content", 1, converged=False)),
            ("fusion", model(setting, "content_social", 0.5)),
            ("social", model(setting, "social", 3)),
        ]
        for setting in settings
    }
    return frame, settings, models


def tables(corpus, number: str):
    frame, settings, models = corpus
    kinds = {"table1": "feature", "table2": "social", "table3": "social"}
    own = {
        name: [(kind, one) for kind, one in pairs if kind in ("fusion", kinds[number])]
        for name, pairs in models.items()
    }
    cue = cues(frame) if number == "table2" else None
    scores, table = paper_table(number, settings, own, cue, resamples=0, seed=1)
    return scores, table.set_index("setting")


@pytest.mark.parametrize("number", ["table1", "table2", "table3"])
def test_a_setting_that_is_not_available_has_a_row_that_says_why(corpus, number):
    _, table = tables(corpus, number)
    row = table.loc["one_per_user"]
    assert row["note"] == "only 5 usable photos take part, and 40 are needed"
    assert set(row.drop(["photos", "users", "note"])) == {"n/a"} and row["photos"] == 0
    assert table.loc["user_mix", "note"] == ""


def test_users_who_cannot_be_ranked_do_not_count_and_are_mentioned(corpus):
    _, table = tables(corpus, "table1")
    assert table["users"].tolist() == [0, 5, 4]
    assert table.loc["user_specific", "note"].endswith("cannot be ranked: 1")


def test_a_number_is_the_mean_over_users_and_splits(corpus):
    _, settings, models = corpus
    scores, table = tables(corpus, "table1")
    for setting in settings[1:]:
        gist = models[setting.name][0][1]
        rho = [
            np.mean([spearman(gist.prediction[s, t], setting.target[t]) for t in tests])
            for s, tests in ((s, [r[setting.folds[s, r] == TEST] for r in setting.groups]) for s in range(3))
        ]
        row = table.loc[setting.name]
        assert float(row["gist"]) == pytest.approx(np.mean(rho), abs=5e-5)
        assert float(row["gist_sd"]) == pytest.approx(np.std(rho, ddof=1), abs=5e-5)
        for over in ("users", "photos"):
            assert float(row[f"gist_{over}_low"]) < np.mean(rho) < float(row[f"gist_{over}_high"])
    pearson = scores[(scores["name"] == "content") & (scores["setting"] == "user_mix")].set_index("split")["pearson"]
    setting, content = settings[1], models["user_mix"][len(FEATURES)][1]
    test = setting.folds[1] == TEST
    assert pearson[1] == pytest.approx(np.corrcoef(content.prediction[1, test], setting.target[test])[0, 1])


def test_differences_are_those_of_the_printed_numbers(corpus):
    _, table = tables(corpus, "table3")
    row = table.loc["user_mix"]
    printed = float(row["content_social"]) - float(row["social"])
    assert float(row["over_social"]) == pytest.approx(printed, abs=1.1e-4)
    assert float(row["over_social_users_low"]) < float(row["over_social"]) < float(row["over_social_users_high"])
    assert (row["over_social_photos_verdict"], table.loc["one_per_user", "over_social_verdict"]) == (
        "beyond noise",
        "n/a",
    )
    _, table = tables(corpus, "table1")
    row = table.loc["user_mix"]
    gain = float(row["combined"]) - float(row["best_single_feature"])
    assert float(row["over_best_feature"]) == pytest.approx(gain, abs=1.1e-4)


def test_models_that_did_not_converge_are_marked_in_the_details(corpus):
    scores, _ = tables(corpus, "table3")
    marked = scores[~scores["converged"].astype(bool)]
    assert set(marked["name"]) == {"content"} and len(marked) == 3 + 3 * 4


def test_every_mean_of_views_stands_in_table_2(corpus):
    frame, settings, _ = corpus
    scores, table = tables(corpus, "table2")
    for knows in MEAN_VIEWS:
        assert -1 < float(table.loc["user_mix", f"mean_views_{knows}"]) < 1
        assert table.loc["user_specific", f"mean_views_{knows}"] == "n/a"
    assert [column for column in table if column in CUES] == list(CUES)
    contacts = cues(frame).set_index("photo_id")["contacts"].loc[list(settings[1].photo_id)].to_numpy()
    first = scores[(scores["setting"] == "user_mix") & (scores["name"] == "contacts")].set_index("split")["rho"]
    test = settings[1].folds[0] == TEST
    assert first[0] == pytest.approx(spearman(contacts[test], settings[1].target[test]))


def test_protocols_have_every_mean_of_views_and_say_why_one_is_not_available(corpus):
    frame = corpus[0]
    settings = [make_protocol(name, frame, np.ones(len(frame), bool), seed=1, splits=2, folds=5) for name in PROTOCOLS]
    assert settings[1].unavailable
    models = {
        setting.name: [
            ("fusion", model(setting, "content", 1)),
            *(("social", model(setting, f"social_{knows}", 2)) for knows in MEAN_VIEWS),
            *(("fusion", model(setting, f"content_social_{knows}", 0.5)) for knows in MEAN_VIEWS),
        ]
        for setting in settings
    }
    table = protocol_table(settings, models, cues(frame), resamples=0, seed=1).set_index(["protocol", "mean_views"])
    assert len(table) == len(PROTOCOLS) * len(MEAN_VIEWS)
    assert set(table.loc["user_disjoint", "content"]) == {"n/a"}
    assert "only 5 users" in table.loc[("user_disjoint", "cross_fitted"), "note"]
    row = table.loc[("random_halves", "including_target")]
    assert float(row["mean_views_alone"]) > 0.3 and float(row["content_social"]) > float(row["social"]) > 0.2


def test_baselines_of_a_setting_that_is_not_available_have_a_row_that_says_why(corpus):
    frame, settings, models = corpus
    table = baselines(settings[:1], models, cues(frame), mean_views="cross_fitted")
    assert table.loc[0, ["setting", "model", "rho", "coverage80"]].tolist() == ["one_per_user", "n/a", "n/a", "n/a"]
    assert "only 5 usable" in table.loc[0, "note"]
