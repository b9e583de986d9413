"""Influence functions against derivatives, intervals against resampling done the plain way."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from viewcast.corpus.settings import Setting, random_halves
from viewcast.evaluation.best_single import best_single
from viewcast.evaluation.influence import spearman_influence, spearman_without_each
from viewcast.evaluation.intervals import estimate, estimate_all
from viewcast.evaluation.resampling import resample, weighted_spearman
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts


def pair(n: int = 200, seed: int = 0, ties: bool = True) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 9, n).astype(float) if ties else rng.normal(size=n)
    return x, x + rng.normal(size=n).round() * 3 if ties else x + rng.normal(size=n)


@pytest.mark.parametrize("ties", [True, False])
def test_the_influence_is_the_derivative_by_each_pair(ties):
    x, y = pair(ties=ties)
    n, step = len(x), 1e-5
    rho, influence = spearman_influence(x, y)
    assert rho == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)
    for i in range(0, n, 17):
        here = np.eye(n)[i]
        weights = np.stack([np.full(n, 1 / n) * (1 - sign * step) + sign * step * here for sign in (1, -1)])
        up, down = weighted_spearman(x, y, weights)
        assert influence[i] == pytest.approx((up - down) / (2 * step), abs=1e-4)


def test_each_cluster_is_left_out_as_in_a_loop():
    x, y = pair()
    cluster = np.random.default_rng(1).integers(0, 6, len(x))
    found = spearman_without_each(x, y, cluster, 7)
    expected = [spearmanr(x[cluster != k], y[cluster != k]).statistic for k in range(7)]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_no_spread_is_zero_and_has_no_influence():
    rho, influence = spearman_influence(np.ones(9), np.arange(9.0))
    assert rho == 0 and not influence.any()
    assert spearman_without_each(np.ones(9), np.arange(9.0), np.arange(9) % 3, 3).tolist() == [0, 0, 0]
    assert weighted_spearman(np.ones(9), np.arange(9.0), np.ones((2, 9))).tolist() == [0, 0]


def test_weighted_equals_plain_resampling():
    x, y = pair(80)
    counts = np.random.default_rng(0).multinomial(80, np.full(80, 1 / 80), size=25)
    expected = [spearmanr(np.repeat(x, row), np.repeat(y, row)).statistic for row in counts]
    np.testing.assert_allclose(weighted_spearman(x, y, counts.astype(float)), expected, atol=1e-12)


def setting(users: int, photos: int, name: str = "user_mix", seed: int = 3) -> tuple[Setting, np.ndarray]:
    """A setting, and forecasts (3, n): two as good as each other, and a better one; users' levels are shared."""
    rng = np.random.default_rng(seed)
    user = np.repeat(np.arange(users), photos)
    n = len(user)
    level = rng.normal(size=(4, users))[:, user]
    target = level[0] + rng.normal(size=n)
    forecasts = np.stack([target + 1.5 * level[k] + 1.5 * rng.normal(size=n) for k in (1, 2)])
    better = target + 0.3 * rng.normal(size=n)
    ids = np.array([f"{i:05d}" for i in range(n)], dtype=object)
    group = user if name == "user_specific" else np.zeros(n, int)
    folds = random_halves(n, 10, 5, [seed])
    for rows in [np.flatnonzero(group == g) for g in np.unique(group)]:
        folds[:, rows] = random_halves(len(rows), 10, 5, [seed, int(rows[0])])
    names = np.array([f"u{k:03d}" for k in user], dtype=object)
    return Setting(name, ids, names, target, folds, group), np.stack([*forecasts, better])


@pytest.mark.parametrize(("users", "photos", "name"), [(900, 1, "one_per_user"), (120, 6, "user_mix")])
def test_the_closed_form_is_as_wide_as_resampling(users, photos, name):
    made, (forecast, *_) = setting(users, photos, name)
    closed = estimate(made, forecast)
    user = np.unique(made.user.astype(str), return_inverse=True)[1]
    whole = np.broadcast_to(forecast, made.folds.shape)
    over_users, over_photos = resample(made, whole, user, 4000, [1], photos=photos > 1)
    assert np.sqrt((closed.users**2).sum() / (over_users**2).sum()) == pytest.approx(1, abs=0.05)
    if photos > 1:
        assert np.sqrt((closed.photos**2).sum() / (over_photos**2).sum()) == pytest.approx(1, abs=0.05)
    else:
        assert closed.photos is None


def test_many_users_and_few_take_different_roads_to_the_same_width(monkeypatch):
    made, (forecast, *_) = setting(60, 12)
    widths = []
    for limit in (200, 0):
        monkeypatch.setattr("viewcast.evaluation.intervals.JACKKNIFE_USERS", limit)
        low, high = estimate(made, forecast).interval()
        widths.append(high - low)
    assert widths[0] == pytest.approx(widths[1], rel=0.05)


def test_the_value_is_what_was_observed_and_the_interval_lies_about_it():
    for name in ("user_mix", "user_specific"):
        made, forecasts = setting(8, 60, name)
        found = estimate(made, forecasts[0])
        rho = [
            np.mean([spearmanr(forecasts[0][t], made.target[t]).statistic for t in tests])
            for tests in ([rows[made.folds[s, rows] == TEST] for rows in made.groups] for s in range(10))
        ]
        assert found.value == pytest.approx(np.mean(rho), abs=1e-12)
        for over in ("users", "photos"):
            low, high = found.interval(over)
            assert (low + high) / 2 == pytest.approx(found.value) and high - low > 0.01
        difference = found - estimate(made, forecasts[1])
        assert difference.value == pytest.approx(found.value - estimate(made, forecasts[1]).value, abs=1e-12)


def test_photos_of_a_user_that_move_together_widen_the_interval_over_users_alone():
    made, forecasts = setting(20, 50)
    found = estimate(made, forecasts[0])
    users, photos = (np.diff(found.interval(over))[0] for over in ("users", "photos"))
    assert users > 2 * photos
    alone = estimate(replace(made, user=made.photo_id), forecasts[0])
    assert np.diff(alone.interval())[0] < users / 2


def test_differences_are_paired_photo_by_photo():
    """Unpaired, the two would overlap by far."""
    made, _ = setting(900, 1, "one_per_user")
    rng = np.random.default_rng(4)
    shared, noise = rng.normal(size=900), rng.normal(size=900)
    good, better, nothing = (estimate(made, x) for x in (made.target + 2 * shared, made.target + 1.85 * shared, noise))
    assert good.interval()[1] > better.interval()[0]
    verdicts = [(a - b).verdict() for a, b in ((better, good), (good, better), (nothing, nothing))]
    assert verdicts == ["beyond noise", "worse beyond noise", "within noise"]
    assert nothing.interval()[0] < 0 < nothing.interval()[1]


def test_missing_cues_and_users_without_them_are_left_out():
    made, _ = setting(6, 40, "user_specific")
    cue = made.target.copy()
    cue[::3] = np.nan
    cue[made.group == 2] = np.nan
    cue[made.group == 4] = 1.0
    assert estimate(made, cue, cue=True).value == pytest.approx(1)
    assert estimate(made, np.full(len(cue), np.nan), cue=True) is None
    # A model that forecasts a constant has learned nothing, which is a result; a constant cue is no cue.
    assert estimate(made, cue * 0 + 1, cue=True) is None
    assert estimate(made, np.ones(len(cue))).value == 0


def test_one_user_alone_has_no_interval_over_users():
    made, forecasts = setting(1, 60, "user_specific")
    found = estimate(made, forecasts[0])
    assert np.isnan(found.interval()).all() and (found - found).verdict() == "n/a"
    assert found.interval("photos")[0] < found.value < found.interval("photos")[1]


def test_resamples_are_drawn_alike_for_all_columns_and_settings_keep_their_seeds():
    made, forecasts = setting(80, 6)
    model = [("feature", as_model(made, str(k), forecasts[k])) for k in range(2)]
    found = estimate_all([made], {"user_mix": model}, None, resamples=200, seed=1)["user_mix"]
    again = estimate(made, forecasts[1], resamples=200, seed=[1, 30, 0])
    np.testing.assert_array_equal(found["feature", "1"].users, again.users)
    assert len(again.users) == len(again.photos) == 200


def as_model(made: Setting, name: str, prediction: np.ndarray) -> Forecasts:
    shape = (len(made.groups), len(made.folds))
    whole = np.broadcast_to(prediction, made.folds.shape)
    return Forecasts(made.name, name, made.photo_id, whole, np.ones(shape), np.zeros(shape), np.ones(shape, bool))


def test_the_best_feature_is_chosen_without_its_test_scores():
    made, forecasts = setting(100, 6)
    by_training, by_test = forecasts[2].copy(), forecasts[2].copy()
    first, second = (np.tile(x, (10, 1)) for x in (by_training, by_test))
    for split, folds in enumerate(made.folds):
        first[split, folds == TEST] = 0
        second[split, folds != TEST] = 0
    models = [as_model(made, name, x) for name, x in (("training", first), ("test", second))]
    np.testing.assert_array_equal(best_single(made, models).prediction, first)
