"""Models of a setting: nothing leaks, what is planted is found, and what was written is read."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.cues import CUES, PHOTO_CUES
from viewcast.corpus.protocols import make_protocol
from viewcast.corpus.settings import make_setting
from viewcast.corpus.user_means import MEAN_CUES, MEAN_VIEWS, SUMS
from viewcast.evaluation.baselines import baselines, boosting, ridge, stacked
from viewcast.evaluation.scores import score_setting
from viewcast.evaluation.tables import paper_table
from viewcast.features.files import FeatureAttributes, feature_writer
from viewcast.features.matrix import FeatureMatrix
from viewcast.forecasts import NO_CUE, load_forecasts, load_models, save_forecasts, tells_nothing
from viewcast.svr import SVRParameters, cross_validate
from viewcast.training import SocialInputs, social_cues, train_feature, train_fusion, train_social

PARAMETERS = SVRParameters()
N = 600


class Matrix:
    """A feature matrix in memory, with the methods that training calls."""

    def __init__(self, photo_ids, values) -> None:
        self.position = {name: row for row, name in enumerate(photo_ids)}
        self.values, self.shape, self.dtype = values, values.shape, values.dtype

    def rows(self, photo_ids):
        return self.values[[self.position[name] for name in photo_ids]]

    def aligned(self, photo_ids):
        return np.argsort([self.position[name] for name in photo_ids])

    def blocks(self, photo_ids, rows):
        for start in range(0, len(photo_ids), rows):
            part = slice(start, min(start + rows, len(photo_ids)))
            yield part, self.rows(photo_ids[part])


def photos(users: int = N) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    return pd.DataFrame(
        {
            "photo_id": [f"{i:04d}" for i in range(N)],
            "user_id": [f"u{k}" for k in (np.arange(N) if users == N else rng.integers(0, users, N))],
            "popularity": rng.normal(size=N),
            "uploaded_at": pd.date_range("2014-01-01", periods=N, freq="h", tz="UTC"),
        }
    )


def cue_table(frame: pd.DataFrame, **columns) -> pd.DataFrame:
    nothing = dict.fromkeys((*SUMS, *(name for name in CUES if name not in MEAN_CUES)), np.nan)
    return pd.DataFrame({"photo_id": frame["photo_id"]} | nothing | {"mean_views_unit": "popularity"} | columns)


def setting(frame: pd.DataFrame, name: str = "one_per_user", **changes):
    return make_setting(name, frame, np.ones(N, bool), **({"seed": 4, "splits": 10, "folds": 5} | changes))


def rho(made, model) -> float:
    return score_setting(made, [("any", model)], None)["rho"].mean()


@pytest.mark.parametrize("name", ["one_per_user", "user_specific"])
def test_content_may_learn_what_social_cues_leave_over(name):
    """Contents that go with the cues hide what they add: a model of the rest finds it, and noise adds nothing."""
    rng = np.random.default_rng(11)
    frame = photos(2 if name == "user_specific" else N)
    tags, own = rng.poisson(30, N).astype(float), rng.normal(size=(N, 4))
    frame["popularity"] = 3 * np.log2(1 + tags) + own @ [0.5, 0.3, 0, 0] + rng.normal(size=N)
    made, noise = setting(frame, name), rng.normal(size=(N, 40))
    content = np.concatenate([own, np.log2(1 + tags)[:, None] + 0.3 * rng.normal(size=(N, 1)), noise], axis=1)
    base = train_social(made, cue_table(frame, tags=tags), PARAMETERS, mean_views="leave_one_out")
    gains = {}
    for label, x in (("content", content), ("noise", noise)):
        beyond = train_feature(made, "gist", Matrix(frame["photo_id"], x), PARAMETERS, base=base)
        fused = train_fusion(made, "content_social", [beyond], PARAMETERS, base=base)
        assert np.isfinite(fused.prediction).all() and fused.labels == ["gist"]
        gains[label] = rho(made, fused) - rho(made, base)
    assert gains["content"] > 0.02 and abs(gains["noise"]) < 0.01


@pytest.mark.parametrize("name", ["one_per_user", "user_specific"])
def test_a_link_is_what_training_on_its_values_gives(name):
    frame = photos(3 if name == "user_specific" else N)
    made = setting(frame, name)
    shares = np.random.default_rng(2).dirichlet(np.full(20, 0.3), N).astype(np.float32)
    for link, values in (("root", shares**0.5), ("log", np.log(shares + 1e-5))):
        linked = train_feature(
            made, "objects", Matrix(frame["photo_id"], shares), PARAMETERS, preparations=[(link, "standard")]
        )
        plain = train_feature(made, "objects", Matrix(frame["photo_id"], values), PARAMETERS)
        np.testing.assert_allclose(linked.prediction, plain.prediction, atol=1e-4)
        assert (linked.link == link).all() and (plain.link == "identity").all() and plain.link.shape == plain.C.shape


@pytest.mark.parametrize("width", [3, 900])
def test_noise_stays_within_chance_in_every_model(width):
    """Were any target of the test half to leak, or the fusion to learn from in-sample outputs, this would show."""
    frame = photos()
    made = setting(frame)
    rng = np.random.default_rng(width)
    features = [
        train_feature(made, name, Matrix(frame["photo_id"], rng.normal(size=(N, width))), PARAMETERS)
        for name in ("gist", "texture", "deep")
    ]
    cues = cue_table(frame, tags=rng.poisson(4, N).astype(float), contacts=rng.poisson(40, N).astype(float))
    social = train_social(made, cues, PARAMETERS, mean_views="leave_one_out")
    fused = train_fusion(made, "content_social", [*features, social], PARAMETERS)
    # The mean over ten overlapping halves of one sample varies about as one half of all photos does.
    chance = 3 / np.sqrt(N)
    for model in (*features, social, fused):
        assert abs(rho(made, model)) < chance, model.name


def test_the_fusion_of_overfitting_and_honest_features_keeps_the_honest_one():
    frame = photos()
    made = setting(frame)
    rng = np.random.default_rng(1)
    good = frame["popularity"].to_numpy()[:, None] + rng.normal(size=(N, 4))
    honest = train_feature(made, "gist", Matrix(frame["photo_id"], good), PARAMETERS)
    noise = train_feature(made, "deep", Matrix(frame["photo_id"], rng.normal(size=(N, 2000))), PARAMETERS)
    fused = train_fusion(made, "content", [honest, noise], PARAMETERS)
    assert rho(made, honest) > 0.8 and rho(made, fused) > rho(made, honest) - 0.01
    for learner in (ridge, boosting):
        assert rho(made, stacked(made, "stacked", learner, [honest, noise], None)) > 0.75


def test_users_alone():
    frame = photos(users=5)
    made = setting(frame, "user_specific", min_photos_per_user=100)
    tags = np.exp(frame["popularity"].to_numpy() + np.random.default_rng(0).normal(0, 0.2, N))
    model = train_social(made, cue_table(frame, tags=tags), PARAMETERS, mean_views="leave_one_out")
    assert len(made.groups) >= 4 and model.C.shape == (len(made.groups), 10)
    assert rho(made, model) > 0.8


def test_training_half_mean_is_worth_nothing_for_new_users():
    frame = photos(users=60)
    effect = dict(zip(sorted(frame["user_id"].unique()), np.random.default_rng(5).normal(0, 3, 60), strict=False))
    frame["popularity"] += frame["user_id"].map(effect)
    cues = cue_table(frame, tags=np.random.default_rng(6).poisson(4, N).astype(float))
    scores = {}
    for name in ("random_halves", "user_disjoint"):
        made = make_protocol(name, frame, np.ones(N, bool), seed=1, splits=4, folds=5)
        scores[name] = rho(made, train_social(made, cues, PARAMETERS, mean_views="training_half"))
    assert scores["random_halves"] > 0.8 and abs(scores["user_disjoint"]) < 0.2


def test_forward_in_time_no_cue_of_a_fold_knows_what_is_later():
    """Whatever the later folds and the test half hold, the inputs of a fold's model stay as they are."""
    frame = photos(users=12)
    made = make_protocol("time_forward", frame, np.ones(N, bool), seed=1, splits=1, folds=5)
    later = replace(made, target=np.where((made.folds[0] > 2) | (made.folds[0] < 0), made.target + 9, made.target))
    rows = np.arange(N)
    before, after = (
        SocialInputs(one, cue_table(frame), "training_half").design(0, rows, held=2) for one in (made, later)
    )
    np.testing.assert_allclose(before, after, atol=1e-9)
    whole = [SocialInputs(one, cue_table(frame), "training_half").design(0, rows) for one in (made, later)]
    assert np.abs(whole[0] - whole[1]).max() > 1


def test_social_cues_of_a_setting():
    assert social_cues("user_specific", "leave_one_out") == PHOTO_CUES
    for knows in MEAN_VIEWS:
        means = [name for name in social_cues("user_mix", knows) if name in MEAN_CUES]
        assert means == [f"mean_views_{knows}"]


def test_an_unavailable_setting_has_empty_models():
    made = setting(photos(), "user_mix")
    assert made.unavailable
    model = train_feature(made, "gist", Matrix([], np.empty((0, 3))), PARAMETERS)
    assert model.prediction.shape == (10, 0)
    assert score_setting(made, [("feature", model)], cue_table(photos())).empty


def test_round_trip(tmp_path):
    frame = photos()
    made = setting(frame)
    values = np.random.default_rng(2).normal(size=(N, 7))
    model = train_feature(made, "gist", Matrix(frame["photo_id"], values), PARAMETERS)
    save_forecasts(model, tmp_path / "m.h5")
    read = load_forecasts(tmp_path / "m.h5")
    np.testing.assert_array_equal(read.prediction, model.prediction)
    np.testing.assert_allclose(read.weights[0], model.weights[0], rtol=1e-6)
    assert (read.setting, read.name) == ("one_per_user", "gist")
    assert load_models({"feature": [tmp_path / "m.h5"]})["one_per_user"][0][0] == "feature"
    # The weights are in the features' own units: they give back the test forecasts.
    test = made.folds[0] == -1
    forecast = values @ model.weights[0][0] + model.intercept[0][0]
    order = [frame["photo_id"].tolist().index(name) for name in made.photo_id]
    np.testing.assert_allclose(forecast[order][test], model.prediction[0, test], atol=1e-5)


@pytest.mark.parametrize("name", [pytest.param("one_per_user", marks=pytest.mark.slow), "user_specific"])
def test_a_matrix_that_stays_in_its_files_gives_the_same_models(tmp_path, name):
    """Photos lie in the files in another order than in the setting; the budget takes all, one user, or no user."""
    users = N if name == "one_per_user" else 4
    frame = photos(users)
    made = setting(frame, name, min_photos_per_user=60)
    rng = np.random.default_rng(3)
    order = rng.permutation(N)
    values = frame["popularity"].to_numpy()[:, None] * (rng.random(350) < 0.1) + rng.normal(size=(N, 350))
    values = values.astype(np.float32)
    paths = []
    for number, part in enumerate(np.array_split(order, 3)):
        paths.append(tmp_path / f"{number}.h5")
        with feature_writer(paths[-1], 350, FeatureAttributes("gist", "1")) as writer:
            writer.append(values[part], frame["photo_id"].iloc[part].tolist(), ["ok"] * len(part))
    matrix = FeatureMatrix(paths)
    trained = [
        train_feature(made, "gist", matrix, PARAMETERS, memory_budget=budget) for budget in (1 << 30, 1 << 19, 1 << 17)
    ]
    for number, rows in enumerate(made.groups):
        expected = cross_validate(values[rows], made.target[rows], made.folds[:, rows], PARAMETERS)
        for model in trained:
            np.testing.assert_array_equal(model.C[number], expected.C)
            np.testing.assert_allclose(model.prediction[:, rows], expected.prediction, atol=2e-3)
            np.testing.assert_allclose(model.weights[number], expected.weights, atol=2e-3 * expected.weights.max())


@pytest.mark.parametrize("name", ["one_per_user", "user_specific"])
def test_a_corpus_without_cues_has_tables_of_content_alone(tmp_path, name):
    """A model of no cue is no finding: neither it nor a fusion with it stands in a table."""
    frame = photos(2 if name == "user_specific" else N)
    own = frame["popularity"]
    # Where every photo is its own user's, the mean over all photos of a user is the target itself, and no cue.
    means = {"user_total": own, "user_photos": 1.0, "own_views": own} if name == "one_per_user" else {}
    made, cues = setting(frame, name), cue_table(frame, **means)
    values = np.random.default_rng(3).normal(size=(N, 4)) + frame["popularity"].to_numpy()[:, None]
    content = train_feature(made, "gist", Matrix(frame["photo_id"], values), PARAMETERS)
    social = train_social(made, cues, PARAMETERS, mean_views="leave_one_out")
    assert social.labels == [] and np.isfinite(social.prediction).all()
    assert all(np.ptp(social.prediction[:, rows][made.folds[:, rows] < 0]) < 1 for rows in made.groups)
    fused = {"content": [content], "content_social": [content, social]}
    models = [content, social, *(train_fusion(made, fusion, parts, PARAMETERS) for fusion, parts in fused.items())]
    for model in models:
        save_forecasts(model, tmp_path / f"{model.name}.h5")
    kinds = {"feature": ["gist"], "social": ["social"], "fusion": ["content", "content_social"]}
    found = load_models({kind: [tmp_path / f"{model}.h5" for model in names] for kind, names in kinds.items()})
    assert [model.name for _, model in found[name]] == ["gist", "content"]

    tables = {
        number: paper_table(number, [made], found, cues, resamples=0, seed=1)[1].iloc[0]
        for number in ("table1", "table2", "table3")
    }
    assert tables["table1"]["note"] == "" and float(tables["table1"]["combined"]) > 0.5
    assert tables["table3"]["content"] == tables["table1"]["combined"]
    lacking = [("table2", "all"), ("table2", "tags"), ("table2", "mean_views_including_target"), ("table3", "social")]
    for number, column in [*lacking, ("table3", "content_social")]:
        assert tables[number][column] == "n/a" and NO_CUE in tables[number]["note"]
    assert tables["table3"]["over_content_verdict"] == tables["table3"]["over_social_verdict"] == "n/a"

    rows = baselines([made], found, cues, mean_views="leave_one_out")
    assert not rows["model"].str.contains("social").any() and {"ridge_content", "content"} < set(rows["model"])


def test_words_of_a_corpus_without_texts_stand_in_no_table(tmp_path):
    frame = photos(N)
    made = setting(frame, "one_per_user")
    rng = np.random.default_rng(3)
    models = {
        ("feature", "gist"): rng.normal(size=(N, 4)),
        ("beyond", "words"): np.zeros((N, 600)),
        ("beyond", "my_words"): rng.normal(size=(N, 4)),
    }
    trained = {key: train_feature(made, key[1], Matrix(frame["photo_id"], x), PARAMETERS) for key, x in models.items()}
    assert [tells_nothing(model) for model in trained.values()] == [False, True, False]
    kinds: dict[str, list] = {}
    for (kind, name), model in trained.items():
        parts = [trained["feature", "gist"], model]
        for one, each in ((kind, model), ("fusion", train_fusion(made, f"content_{name}_social", parts, PARAMETERS))):
            save_forecasts(each, tmp_path / f"{each.name}.h5")
            kinds.setdefault(one, []).append(tmp_path / f"{each.name}.h5")
    found = {model.name for _, model in load_models(kinds)["one_per_user"]}
    assert found == {"gist", "content_gist_social", "my_words", "content_my_words_social"}


def test_a_user_whose_photos_have_no_cue_gets_a_constant_beside_others_who_have():
    frame = photos(2)
    tags = np.where(frame["user_id"] == "u0", np.random.default_rng(1).poisson(20, N), 3).astype(float)
    frame["popularity"] += np.where(frame["user_id"] == "u0", np.log2(1 + tags), 0)
    made, cues = setting(frame, "user_specific"), cue_table(frame, tags=tags)
    social = train_social(made, cues, PARAMETERS, mean_views="leave_one_out")
    assert social.labels == ["tags"]
    scores = score_setting(made, [("social", social)], None).groupby("user")["rho"].mean()
    assert scores["u0"] > 0.2 and abs(scores["u1"]) < 1e-9
    trees = stacked(made, "boosting_social", boosting, [], SocialInputs(made, cues, "leave_one_out"))
    assert np.isfinite(trees.prediction).all()
