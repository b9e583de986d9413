"""Nearest neighbours: scikit-learn's, split by split and fold by fold, and no photo's target in its own forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsRegressor

from viewcast.corpus.settings import Setting, random_halves
from viewcast.evaluation import neighbours
from viewcast.evaluation.neighbours import WEIGHTS, Choice, nearest_neighbours, weighted_mean
from viewcast.folds import TEST, UNUSED
from viewcast.ranks import spearman


class Matrix:
    """A feature matrix in memory, whose storage order is not that of the photos."""

    descriptor = "deep"

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.shape = values.astype(np.float32), values.shape
        self.stored = np.random.default_rng(0).permutation(len(values))

    def rows(self, photo_id) -> np.ndarray:
        return self.values[[int(name) for name in photo_id]]

    def aligned(self, photo_id) -> np.ndarray:
        return np.argsort(self.stored[[int(name) for name in photo_id]])

    def blocks(self, photo_id, rows):
        for start in range(0, len(photo_id), rows):
            yield slice(start, start + rows), self.rows(photo_id[start : start + rows])


def problem(n: int, name: str = "one_per_user", groups: int = 1, seed: int = 0) -> tuple[Setting, Matrix]:
    rng = np.random.default_rng(seed)
    values = np.abs(rng.normal(size=(n, 12))) * rng.uniform(1, 30, 12)
    target = np.sin(values[:, 0] / 8) + values[:, 1] / 20 + 0.3 * rng.normal(size=n)
    group = rng.integers(0, groups, n)
    folds = np.full((3, n), TEST, np.int8)
    for number in range(groups):
        rows = np.flatnonzero(group == number)
        folds[:, rows] = random_halves(len(rows), 3, 5, [seed, number])
    ids = np.array([str(i) for i in range(n)], dtype=object)
    return Setting(name, ids, group.astype(str).astype(object), target, folds, group), Matrix(values)


def tricube(distance: np.ndarray) -> np.ndarray:
    return (1 - (distance / distance[:, -1:]) ** 3) ** 3


def expected(setting: Setting, matrix: Matrix, bank: np.ndarray | None = None) -> np.ndarray:
    """The definition, with scikit-learn's search: of every group and split, all choices, and the best of them."""
    prediction = np.full(setting.folds.shape, np.nan)
    for rows in setting.groups:
        inside = rows if bank is None else bank
        x = matrix.values.astype(float) - matrix.values[inside].astype(float).mean(axis=0)
        for split, folds in enumerate(setting.folds):
            kinds = [kind for kind in np.unique(folds[rows]) if kind != UNUSED]

            def training(kind: int, folds: np.ndarray = folds, inside: np.ndarray = inside) -> np.ndarray:
                train = (folds[inside] >= 0) & (folds[inside] != kind)
                if setting.forward and kind != TEST:
                    train &= folds[inside] < kind
                return inside[train]

            few = min(len(training(kind)) for kind in kinds if len(training(kind)))
            found = {}
            for k in [k for k in neighbours.NEIGHBOURS if k <= few] or [few]:
                for weights in ("uniform", tricube):
                    forecast = np.full(len(folds), np.nan)
                    for kind in kinds:
                        asked, train = rows[folds[rows] == kind], training(kind)
                        if len(train):
                            model = KNeighborsRegressor(k, weights=weights, metric="cosine", algorithm="brute")
                            forecast[asked] = model.fit(x[train], setting.target[train]).predict(x[asked])
                    out = inside[(folds[inside] >= 0) & np.isfinite(forecast[inside])]
                    found[k, str(weights)] = ((forecast[out] - setting.target[out]) ** 2).sum(), forecast[rows]
            prediction[split, rows] = min(found.values(), key=lambda pair: pair[0])[1]
    return prediction


@pytest.mark.parametrize(
    ("n", "name", "groups"),
    [(160, "one_per_user", 1), (900, "user_mix", 1), (200, "user_specific", 4), (12, "one_per_user", 1)],
)
def test_it_is_scikit_learns_with_the_choice_made_out_of_fold(n, name, groups):
    setting, matrix = problem(n, name, groups)
    model = nearest_neighbours(setting, matrix, seed=1)
    np.testing.assert_allclose(model.prediction, expected(setting, matrix), atol=1e-5)
    assert model.name == "knn_deep" and model.C.shape == (groups, 3) and not model.weights
    if n == 900:
        scores = [spearman(p[f == TEST], setting.target[f == TEST])
                  for p, f in zip(model.prediction, setting.folds, strict=True)]  # fmt: skip
        assert min(scores) > 0.4


def test_folds_that_follow_each_other_in_time_and_photos_that_take_no_part():
    setting, matrix = problem(300, "time_forward")
    setting = replace(setting, folds=setting.folds[:1].copy())
    setting.folds[0, ::7] = UNUSED
    model = nearest_neighbours(setting, matrix, seed=1)
    np.testing.assert_allclose(model.prediction, expected(setting, matrix), atol=1e-5)
    without = np.isin(setting.folds, (UNUSED, 0))
    assert np.isnan(model.prediction[without]).all() and np.isfinite(model.prediction[~without]).all()


def test_in_a_large_setting_neighbours_are_sought_in_a_sample(monkeypatch):
    setting, matrix = problem(400)
    found = {seed: nearest_neighbours(setting, matrix, seed=seed, bank_numbers=12 * 150).prediction for seed in (3, 4)}
    stored = matrix.aligned(setting.photo_id)
    bank = stored[np.sort(np.random.default_rng([3, 40, 0]).permutation(400)[:150])]
    np.testing.assert_allclose(found[3], expected(setting, matrix, bank), atol=1e-5)
    assert np.isfinite(found[4]).all() and not np.array_equal(found[3], found[4])
    # The size of the blocks changes no number beyond float32.
    monkeypatch.setattr(neighbours, "BLOCK_NUMBERS", 7 * 150)
    again = nearest_neighbours(setting, matrix, seed=3, bank_numbers=12 * 150).prediction
    np.testing.assert_allclose(again, found[3], atol=1e-5)


def test_where_the_nearest_of_the_list_do_not_train_the_whole_row_is_searched(monkeypatch):
    """Half of the photos are apart from the others, and none of that half trains."""
    monkeypatch.setattr(neighbours, "NEIGHBOURS", (5, 20))
    setting, matrix = problem(1600)
    far = np.arange(1600) % 2 == 0
    matrix.values[far, 2:] += 60
    folds = setting.folds[:1].copy()
    folds[0, far] = TEST
    setting = replace(setting, folds=folds)
    model = nearest_neighbours(setting, matrix, seed=1)
    np.testing.assert_allclose(model.prediction, expected(setting, matrix), atol=1e-5)


def test_no_target_of_a_test_photo_nor_of_the_forecast_fold_is_used():
    setting, matrix = problem(300)
    before = nearest_neighbours(setting, matrix, seed=1)
    for split, kind in ((0, TEST), (1, TEST)):
        hidden = setting.folds[split] == kind
        other = replace(setting, target=np.where(hidden, 1e6, setting.target))
        after = nearest_neighbours(other, matrix, seed=1).prediction
        np.testing.assert_array_equal(after[split], before.prediction[split])
    noise = replace(setting, target=np.random.default_rng(5).normal(size=300))
    out = nearest_neighbours(noise, matrix, seed=1).prediction
    train = noise.folds >= 0
    scores = [spearman(p[t], noise.target[t]) for p, t in zip(out, train, strict=True)]
    assert max(map(abs, scores)) < 0.3


def test_equal_pictures_and_one_that_is_the_mean():
    setting, matrix = problem(80)
    matrix.values[:] = np.random.default_rng(2).integers(0, 2, (80, 12))
    matrix.values[:40] = 0.5
    assert np.isfinite(nearest_neighbours(setting, matrix, seed=1).prediction).all()
    target, ones = np.arange(6.0)[None], np.ones((1, 6))
    for weights in WEIGHTS:
        assert weighted_mean(target, ones, Choice(5, weights)) == pytest.approx(2)
        assert weighted_mean(target, 0 * ones, Choice(5, weights)) == pytest.approx(2)
    got = weighted_mean(target, np.array([[0, 0, 1, 1, 2, 9.0]]), Choice(5, "tricube"))
    assert got == pytest.approx((1 + 5 * (7 / 8) ** 3) / (2 + 2 * (7 / 8) ** 3))
