"""Weights and how sure they are: coverage and false alarms by simulation, and every number against a loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_settings import Matrix, small_setting

from viewcast.corpus.cues import CUES
from viewcast.corpus.user_means import MEAN_CUES, SUMS
from viewcast.explain.importance import (
    COLUMNS,
    LEAST_PHOTOS,
    NOISE,
    Errors,
    collected,
    feature_importance,
    importance,
    social_importance,
    weight_errors,
)
from viewcast.folds import UNUSED
from viewcast.svr import SVRParameters, cross_validate
from viewcast.svr.many import fit_many
from viewcast.training import train_feature, train_social

SQUARED, PLAIN = "squared_epsilon_insensitive", "epsilon_insensitive"


# Simulations. What they assert has been measured on four times as many corpora of other seeds.


def told_apart(n: int, d: int, planted: int, rare: int, corpora: int, loss: str, splits: int) -> dict[str, np.ndarray]:
    """Corpora of n photos: the first ``planted`` of d numbers raise the target by half a unit per deviation, the last
    ``rare`` are 0 but in one photo of a hundred; noise has heavy tails. Column -> (corpora, d).
    """
    tables = []
    for corpus in range(corpora):
        rng = np.random.default_rng([corpus, n])
        x = rng.normal(size=(n, d))
        x[:, d - rare :] = np.where(rng.random((n, rare)) < 0.01, rng.exponential(size=(n, rare)), 0)
        target = 0.5 * x[:, :planted].sum(axis=1) + 1.5 * rng.standard_t(5, size=n)
        setting = small_setting(target, splits=splits, seed=corpus)
        parameters = SVRParameters(loss=loss)
        model = train_feature(setting, "objects", Matrix(setting.photo_id, x), parameters)
        rows = np.arange(n)
        tables.append(
            feature_importance(
                setting, model, rows, x.astype(np.float32), epsilon=parameters.epsilon, plain=loss == PLAIN
            )
        )
    return {name: np.array([table[name] for table in tables]) for name in tables[0].columns}


@pytest.mark.parametrize(
    ("loss", "n", "d", "rare", "corpora", "splits", "power"),
    [(SQUARED, 300, 50, 20, 40, 6, 0.4), pytest.param(PLAIN, 250, 12, 3, 10, 4, 0.4, marks=pytest.mark.slow)],
)
def test_intervals_cover_and_few_names_are_listed_in_error(loss, n, d, rare, corpora, splits, power):
    planted = 5 if d == 50 else 3
    found = told_apart(n, d, planted, rare, corpora, loss, splits)
    told = found["band"] != NOISE
    # What the interval is to cover: the mean weight of models that are trained on so many photos.
    truth = found["weight"].mean(axis=0)
    covered = (found["low"] <= truth) & (truth <= found["high"])
    assert covered[:, :planted].mean() > 0.85
    assert covered[:, :planted][told[:, :planted]].mean() >= 0.9
    assert covered[:, planted : d - rare].mean() > 0.9
    false = told[:, planted:].sum(axis=1) / np.maximum(told.sum(axis=1), 1)
    # The share that is allowed. Measured: none in 150 corpora, .006 with the plain loss; the t distribution is cautious
    # where inputs have no long tails.
    assert false.mean() <= 0.05
    assert told[:, :planted].mean() > power


@pytest.mark.parametrize(
    ("loss", "n", "d", "rare", "corpora", "splits"),
    [(SQUARED, 300, 50, 20, 40, 6), pytest.param(PLAIN, 250, 12, 3, 10, 4, marks=pytest.mark.slow)],
)
def test_where_nothing_has_an_effect_few_corpora_list_any_name(loss, n, d, rare, corpora, splits):
    found = told_apart(n, d, 0, rare, corpora, loss, splits)
    listed = (found["band"] != NOISE).any(axis=1).sum()
    # In one corpus of twenty at most, says the false discovery rate where all is false; more than this would be listed
    # with less than one chance in a hundred. Measured: in one of 150, and none of 40 with the plain loss.
    assert listed <= stats.binom.ppf(0.99, corpora, 0.05)
    # The residuals of the only photos with a colour may be 0 by chance, so that others seem to have all the influence:
    # judged by influence alone and by the normal distribution, a sixth of such corpora of 200 photos listed a rare
    # name.
    assert (found["band"][:, d - rare :] == NOISE).all()


def test_as_many_photos_tell_something_as_show_it():
    """Errors.photos of an input that m photos of many have: about m."""
    n = 2000
    rng = np.random.default_rng(4)
    for shown in (5, 20, 80):
        x = rng.normal(size=(n, 3)).astype(np.float32)
        x[:, 2] = 0
        x[rng.permutation(n)[:shown], 2] = 1
        setting = small_setting(x[:, 0] + rng.normal(size=n), splits=8)
        parameters = SVRParameters(C=(10.0,))
        model = model_of(setting, cross_validate(x, setting.target, setting.folds, parameters), parameters)
        args = setting, np.arange(n), model, ["standard"] * 8
        photos = weight_errors(lambda split: x, *args, epsilon=0.1, plain=False).photos  # noqa: B023
        assert 0.15 * shown < photos[2] < 1.2 * shown
        assert photos[:2].min() > 40  # a product of two normal numbers, in a random number of halves, is uneven too


# The errors, against refits.


def errors_of_refits(
    x: np.ndarray, target: np.ndarray, folds: np.ndarray, parameters: SVRParameters
) -> tuple[np.ndarray, np.ndarray]:
    """Every photo is left out in turn, and all is fitted again: by how much that moves the weights, summed over splits
    and per deviation of each input (n, d), and each photo's forecast by the models that have not seen it (S, n).
    """
    n = len(x)
    fits = cross_validate(x, target, folds, parameters)
    left_out = [np.where(np.arange(n) == i, np.where(folds >= 0, UNUSED, folds), folds) for i in range(n)]
    refits = fit_many([(x, target, one) for one in left_out], parameters)
    deviation = np.stack([x[row >= 0].std(axis=0) for row in folds])
    moved, unseen = np.zeros((n, x.shape[1])), np.empty(folds.shape)
    for i, refit in enumerate(refits):
        moved[i] = ((fits.weights - refit.weights) * deviation).sum(axis=0)
        unseen[:, i] = refit.weights @ x[i] + refit.intercept
    return moved, unseen


def model_of(setting, fit, parameters, prediction=None):
    """A trained model whose forecasts are given."""
    model = train_feature(setting, "objects", Matrix(setting.photo_id, np.ones((len(setting.target), 1))), parameters)
    prediction = fit.prediction if prediction is None else prediction
    return replace(model, prediction=prediction, C=fit.C[None], weights=[fit.weights], intercept=[fit.intercept])


def ridge_like(n: int, d: int, splits: int):
    rng = np.random.default_rng(n)
    x = (rng.normal(size=(n, d)) * [1, 2, 0.5, 1.5][:d] + rng.normal(size=d)).astype(np.float32)
    x[:, 1] += 0.6 * x[:, 0]
    target = x @ [1, 0.5, 0, -1][:d] + rng.standard_t(5, size=n)
    return x, small_setting(target, splits=splits)


def test_with_forecasts_of_unseen_photos_the_influence_is_that_of_leaving_them_out():
    """Without a tube the regression is a ridge, for which the formula is exact."""
    x, setting = ridge_like(60, 4, 3)
    parameters = SVRParameters(C=(0.02,), epsilon=0.0, scaling="none")
    fit = cross_validate(x, setting.target, setting.folds, parameters)
    moved, unseen = errors_of_refits(x, setting.target, setting.folds, parameters)
    model = model_of(setting, fit, parameters, unseen)
    found = weight_errors(lambda split: x, setting, np.arange(60), model, ["none"] * 3, epsilon=0.0, plain=False)
    squares = (moved**2).sum(axis=0)
    np.testing.assert_allclose(found.error, np.sqrt(squares) / 3, rtol=2e-3)
    np.testing.assert_allclose(found.photos, squares**2 / (moved**4).sum(axis=0), rtol=5e-3)
    # It shrinks: the penalty is felt.
    assert np.linalg.norm(fit.weights[0]) < 0.95 * np.linalg.norm([1, 0.5, 0, -1])


@pytest.mark.parametrize("scaling", ["standard", "global"])
def test_with_out_of_fold_forecasts_the_errors_are_nearly_those_of_refits(scaling):
    x, setting = ridge_like(150, 4, 3)
    parameters = SVRParameters(C=(1.0,), scaling=scaling)
    fit = cross_validate(x, setting.target, setting.folds, parameters)
    moved, _ = errors_of_refits(x, setting.target, setting.folds, parameters)
    model = model_of(setting, fit, parameters)
    found = weight_errors(lambda split: x, setting, np.arange(150), model, [scaling] * 3, epsilon=0.1, plain=False)
    np.testing.assert_allclose(found.error, np.sqrt((moved**2).sum(axis=0)) / 3, rtol=0.1)


def test_errors_of_a_random_part_of_the_photos_are_nearly_those_of_all():
    x, setting = ridge_like(3000, 4, 4)
    parameters = SVRParameters(C=(1.0,))
    model = model_of(setting, cross_validate(x, setting.target, setting.folds, parameters), parameters)
    args = model, ["standard"] * 4
    whole = weight_errors(lambda split: x, setting, np.arange(3000), *args, epsilon=0.1, plain=False)
    squares = []
    for seed in range(8):
        rows = np.sort(np.random.default_rng(seed).permutation(3000)[:1000])
        few = weight_errors(lambda split: x[rows], setting, rows, *args, epsilon=0.1, plain=False)  # noqa: B023
        squares.append(few.error**2)
    # About forty photos' worth of squares each: eight such means vary by about a fifteenth.
    np.testing.assert_allclose(np.sqrt(np.mean(squares, axis=0)), whole.error, rtol=0.1)


@pytest.mark.slow
def test_the_plain_loss_has_nearly_the_errors_of_many_corpora():
    """Its curvature is an estimate: the mean error of a weight against its spread over corpora."""
    parameters = SVRParameters(C=(3.0,), loss=PLAIN, folds=2)
    weights, errors = [], []
    for corpus in range(40):
        rng = np.random.default_rng(corpus)
        x = rng.normal(size=(300, 3)).astype(np.float32)
        setting = replace(small_setting(x @ [0.5, 0.5, 0] + rng.normal(size=300), splits=2, seed=corpus))
        folds = np.where(setting.folds >= 0, setting.folds % 2, setting.folds).astype(np.int8)
        setting = replace(setting, folds=folds)
        fit = cross_validate(x, setting.target, folds, parameters)
        model = model_of(setting, fit, parameters)
        weights.append(fit.weights.mean(axis=0))
        args = setting, np.arange(300), model, ["standard"] * 2
        errors.append(weight_errors(lambda split: x, *args, epsilon=0.1, plain=True).error)  # noqa: B023
    spread = np.std(weights, axis=0, ddof=1)
    # 120 weights tell a deviation to within a fifteenth.
    ratio = np.sqrt(np.mean(np.square(errors)) / np.mean(spread**2))
    assert 0.8 < ratio < 1.25


def test_a_column_that_never_varies_has_no_error_and_changes_no_other():
    x, setting = ridge_like(80, 3, 3)
    parameters = SVRParameters(C=(1.0,))
    model = model_of(setting, cross_validate(x, setting.target, setting.folds, parameters), parameters)
    args = setting, np.arange(80), model, ["standard"] * 3
    plain = weight_errors(lambda split: x, *args, epsilon=0.1, plain=False)
    more = np.concatenate([x, np.full((80, 1), 3.0)], axis=1)
    found = weight_errors(lambda split: more, *args, epsilon=0.1, plain=False)
    np.testing.assert_allclose(found.error, [*plain.error, 0], rtol=1e-12)
    nothing = weight_errors(lambda split: np.ones((80, 2)), *args, epsilon=0.1, plain=False)
    np.testing.assert_array_equal(nothing.error, 0)


# The table.


def table_of_weights(seed: int, splits: int = 6, d: int = 30) -> tuple[np.ndarray, Errors]:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=d) * rng.choice([0, 2, 6], d) + 0.3 * rng.normal(size=(splits, d))
    return weights, Errors(rng.uniform(0.2, 0.6, d), rng.uniform(5, 60, d))


@pytest.mark.parametrize("seed", range(5))
def test_the_table_is_that_of_a_loop(seed):
    weights, errors = table_of_weights(seed)
    weights[:3, 4] = np.nan
    weights[:, 6] = np.nan
    weights[:, 7] = 0
    found = importance(weights, errors)
    p = []
    for j in range(30):
        own = [w for w in weights[:, j] if not np.isnan(w)]
        mean = sum(own) / len(own) if own else 0.0
        assert found["weight"][j] == pytest.approx(mean, rel=1e-12, abs=1e-15)
        assert found["splits"][j] == len(own)
        agree = sum(np.sign(w) == np.sign(mean) for w in own) / len(own) if own else 0
        assert found["agree"][j] == pytest.approx(agree)
        sure = errors.photos[j] >= LEAST_PHOTOS
        p.append(2 * stats.t.sf(abs(mean) / errors.error[j], errors.photos[j]) if sure else 1.0)
    # Benjamini and Hochberg by hand: the least of n p / rank over this and all larger p values.
    order = np.argsort(p)
    for place, j in enumerate(order):
        q = min(min(1.0, 30 * p[i] / (rank + 1)) for rank, i in enumerate(order) if rank >= place)
        assert found["q"][j] == pytest.approx(q, rel=1e-9)
    np.testing.assert_allclose(found["q"], stats.false_discovery_control(p), rtol=1e-12)
    told = found["q"].to_numpy() <= 0.05
    assert 2 < told.sum() < 28
    largest = found["weight"][told].max()
    for value, sure, band in zip(found["weight"], told, found["band"], strict=True):
        if not sure:
            expected = "not distinguishable"
        elif value <= 0:
            expected = "negative"
        elif value < largest / 3:
            expected = "low positive"
        elif value < largest * 2 / 3:
            expected = "medium positive"
        else:
            expected = "strong positive"
        assert band == expected
    assert set(found["band"]) >= {"not distinguishable", "negative", "strong positive"}


@pytest.mark.parametrize("seed", range(5))
def test_intervals_hold_the_weight_and_leave_0_out_exactly_where_it_is_told_apart(seed):
    weights, errors = table_of_weights(seed)
    found = importance(weights, errors)
    told = (found["band"] != NOISE).to_numpy()
    low, high, mean = (found[name].to_numpy() for name in ("low", "high", "weight"))
    assert ((low < mean) & (mean < high)).all()
    assert (low[told] * high[told] > 0).all()
    sizes = np.linalg.norm(weights, axis=1)
    size = np.std(np.log(sizes), ddof=1) * np.sqrt(1 + 1 / len(sizes))
    z = stats.norm.ppf(0.975)
    for j in range(30):
        if told[j]:
            factor = np.exp(z * np.sqrt(size**2 + (errors.error[j] / mean[j]) ** 2))
            ends = sorted([mean[j] / factor, mean[j] * factor])
        else:
            half = z * np.sqrt(errors.error[j] ** 2 + (size * mean[j]) ** 2)
            ends = [mean[j] - half, mean[j] + half]
        np.testing.assert_allclose([low[j], high[j]], ends, rtol=1e-9)


def test_what_few_photos_show_is_not_told_apart_however_large():
    errors = Errors(np.array([0.01, 0.01]), np.array([LEAST_PHOTOS - 0.1, LEAST_PHOTOS + 0.1]))
    assert importance(np.full((4, 2), 5.0), errors)["band"].tolist() == [NOISE, "strong positive"]


def test_weights_that_are_0_everywhere_show_nothing():
    found = importance(np.zeros((5, 3)), Errors(np.zeros(3), np.zeros(3)))
    assert (found["band"] == NOISE).all() and (found["q"] == 1).all()
    assert (found[["weight", "low", "high"]] == 0).all(axis=None)
    assert importance(np.empty((5, 0)), Errors(np.empty(0), np.empty(0))).empty


def test_one_split_has_a_table_too():
    found = importance(np.array([[2.0, -3.0]]), Errors(np.array([0.1, 0.1]), np.array([50.0, 50.0])))
    assert found["band"].tolist() == ["strong positive", "negative"] and (found["splits"] == 1).all()
    assert np.isfinite(found[["low", "high"]]).all(axis=None)


def test_the_parts_are_collected_in_one_table():
    table = importance(*table_of_weights(0)).assign(name=[f"n{j}" for j in range(30)])
    colors = table.assign(rgb="#000000")
    found = collected([("user_mix", "object", table), ("one_per_user", "color", colors)])
    assert tuple(found.columns) == COLUMNS and len(found) == 60
    assert found["number"].tolist() == [*range(30), *range(30)]
    assert found["rgb"].isna().tolist() == [True] * 30 + [False] * 30
    np.testing.assert_array_equal(found["weight"][30:], table["weight"])
    assert tuple(collected([]).columns) == COLUMNS


# Features and cues.


def test_a_features_weights_are_those_of_a_deviation_of_what_each_split_takes():
    rng = np.random.default_rng(1)
    x = rng.dirichlet(np.full(6, 0.5), 200).astype(np.float32)
    setting = small_setting(10 * np.sqrt(x[:, 0]) + 5 * x[:, 1] + rng.normal(size=200), splits=6)
    options = [("identity", "standard"), ("root", "standard"), ("log", "standard")]
    model = train_feature(setting, "objects", Matrix(setting.photo_id, x), SVRParameters(), preparations=options)
    found = feature_importance(setting, model, np.arange(200), x, epsilon=0.1, plain=False)
    made = {"identity": x, "root": np.sqrt(x), "log": np.log(x + np.float32(1e-5))}
    weights = [model.weights[0][s] * made[link].std(axis=0, dtype=float) for s, link in enumerate(model.link[0])]
    np.testing.assert_allclose(found["weight"], np.mean(weights, axis=0), rtol=1e-5)
    assert found["band"][0] == "strong positive"


def cue_table(setting, **columns) -> pd.DataFrame:
    nothing = dict.fromkeys((*SUMS, *(name for name in CUES if name not in MEAN_CUES)), np.nan)
    return pd.DataFrame({"photo_id": setting.photo_id} | nothing | {"mean_views_unit": "popularity"} | columns)


def test_a_cue_that_moves_the_target_is_told_from_one_that_does_not():
    rng = np.random.default_rng(2)
    tags, contacts = rng.poisson(10, 400).astype(float), rng.poisson(30, 400).astype(float)
    setting = small_setting(2 * np.log2(1 + tags) + rng.normal(size=400), splits=5)
    cues = cue_table(setting, tags=tags, contacts=contacts)
    model = train_social(setting, cues, SVRParameters(), mean_views="leave_one_out")
    found = social_importance(
        setting, model, cues, "leave_one_out", rows=np.arange(len(setting.photo_id)), epsilon=0.1, plain=False
    ).set_index("name")
    assert set(found.index) >= {"tags", "contacts"}
    assert found.loc["tags", "band"] == "strong positive" and found.loc["contacts", "band"] == NOISE
    expected = np.std(2 * np.log2(1 + tags))
    assert found.loc["tags", "low"] < expected < found.loc["tags", "high"]


def test_a_cue_that_some_halves_lack_is_judged_by_those_that_have_it():
    """Pro accounts so rare that some halves have none: the mean and its error are over the others."""
    rng = np.random.default_rng(3)
    tags, pro = rng.poisson(10, 120).astype(float), np.zeros(120)
    setting = small_setting(np.log2(1 + tags) + rng.normal(size=120), splits=8, seed=5)
    trained = setting.folds >= 0
    # A photo that trains in some halves and not in others.
    few = int(np.flatnonzero(trained.sum(axis=0) == 4)[0])
    pro[few] = 1
    cues = cue_table(setting, tags=tags, is_pro=pro)
    model = train_social(setting, cues, SVRParameters(), mean_views="leave_one_out")
    found = social_importance(
        setting, model, cues, "leave_one_out", rows=np.arange(len(setting.photo_id)), epsilon=0.1, plain=False
    ).set_index("name")
    has = trained[:, few]
    assert found.loc["is_pro", "splits"] == 4 and found.loc["tags", "splits"] == 8
    column = model.labels.index("is_pro")
    np.testing.assert_array_equal(np.isnan(model.weights[0][:, column]), ~has)
    deviation = np.array([pro[row].std() for row in trained[has]])
    own = model.weights[0][has, column] * deviation
    assert found.loc["is_pro", "weight"] == pytest.approx(own.mean(), rel=1e-6)
    # In the halves that have it the errors are as if there were no others.
    part = replace(setting, folds=setting.folds[has])
    alone = train_social(part, cues, SVRParameters(), mean_views="leave_one_out")
    expected = social_importance(
        part, alone, cues, "leave_one_out", rows=np.arange(len(setting.photo_id)), epsilon=0.1, plain=False
    ).set_index("name")
    assert expected.loc["is_pro", "weight"] == pytest.approx(own.mean(), rel=1e-6)
    # But for the spread of the weights' common size, which is that of other halves.
    widths = [table.loc["is_pro", "high"] - table.loc["is_pro", "low"] for table in (found, expected)]
    assert widths[0] == pytest.approx(widths[1], rel=0.1)
