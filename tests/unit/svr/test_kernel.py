"""A regression with a Gaussian kernel: the kernel and its machine beside scikit-learn's, and what it may know."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import rbf_kernel
from svr_problems import random_folds

from viewcast.svr import Preparation, SVRParameters, choice, fit_chosen, kernel
from viewcast.svr.kernel import NystromRows
from viewcast.svr.rows import ArrayRows, read_all

PARAMETERS = SVRParameters(C=(0.1, 1.0, 10.0))
LINEAR, GAUSSIAN = Preparation(), Preparation(kernel="gaussian")
BOTH = [LINEAR, GAUSSIAN]


class Blocks:
    """Rows that are read a few at a time, never more than asked for."""

    def __init__(self, array: np.ndarray, most: int) -> None:
        self.array, self.most, self.shape, self.dtype = array, most, array.shape, array.dtype
        self.largest = 0

    def blocks(self, rows: int) -> Iterator[tuple[slice, np.ndarray]]:
        for start in range(0, len(self.array), min(rows, self.most)):
            part = slice(start, min(start + min(rows, self.most), len(self.array)))
            self.largest = max(self.largest, part.stop - part.start)
            yield part, self.array[part]


def photos(n: int = 200, d: int = 8, *, seed: int = 0, curved: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of different deviations, and a target that is a product of two of them, or a sum."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, d))
    signal = z[:, 0] * z[:, 1] if curved else z[:, 0] + z[:, 1]
    return (3 + z * np.logspace(0, 1, d)).astype(np.float32), signal + 0.3 * rng.standard_normal(n)


def median_gamma(x: np.ndarray) -> float:
    """One over the median squared distance, by a plain loop."""
    return 1 / float(np.median([((a - b) ** 2).sum() for i, a in enumerate(x) for b in x[:i]]))


@pytest.mark.parametrize("scaling", ["standard", "global"])
@pytest.mark.parametrize("landmarks", [30, 1024])
def test_the_numbers_are_scikit_learn_s(scaling, landmarks, monkeypatch):
    monkeypatch.setattr(kernel, "LANDMARKS", landmarks)
    X, _ = photos(120)
    train = np.arange(120) % 2 == 0
    rows = NystromRows(ArrayRows(X), train, scaling)
    own = rows.learned
    assert len(own.landmark) == min(landmarks, 60) and train[own.landmark].all()
    assert (np.diff(own.landmark) > 0).all()
    x = X.astype(np.float64)
    if scaling == "standard":
        x = x / x[own.landmark].std(axis=0)
    gamma = median_gamma(x[own.landmark])
    assert own.width == pytest.approx(1 / gamma)
    given = read_all(rows).astype(np.float64)
    theirs = Nystroem(gamma=gamma, n_components=len(own.landmark)).fit(x[own.landmark]).transform(x)
    np.testing.assert_allclose(given @ given.T, theirs @ theirs.T, atol=2e-6)
    if landmarks > 60:  # all photos that train: the kernel itself
        np.testing.assert_allclose((given @ given.T)[train], rbf_kernel(x, gamma=gamma)[train], atol=2e-6)


def test_more_landmarks_come_closer_to_the_kernel(monkeypatch):
    X, _ = photos(400, 3)
    train = np.arange(400) < 300
    errors = []
    for count in (10, 40, 160):
        monkeypatch.setattr(kernel, "LANDMARKS", count)
        rows = NystromRows(ArrayRows(X), train, "standard")
        given = read_all(rows).astype(np.float64)
        exact = rbf_kernel(X * rows.learned.scale, gamma=1 / rows.learned.width)
        errors.append(np.abs(given @ given.T - exact).mean())
    assert errors[0] > 2 * errors[1] > 4 * errors[2] and errors[2] < 0.02


def test_the_regression_is_the_kernel_machine():
    """Without a tube it is kernel ridge regression on the centred kernel; C counts in rows of unit norm."""
    X, y = photos(160)
    folds = random_folds(160, 3)
    C = 2.0
    ((fit, _),) = fit_chosen([(X, y, folds)], SVRParameters(C=(C,), epsilon=0), [GAUSSIAN])
    for s, row in enumerate(folds):
        train, test = row >= 0, row == -1
        x = X / X[train].astype(np.float64).std(axis=0)
        exact = rbf_kernel(x, gamma=median_gamma(x[train]))
        inner = exact[np.ix_(train, train)]
        centred = inner - inner.mean(0) - inner.mean(1)[:, None] + inner.mean()
        across = exact[np.ix_(test, train)]
        across = across - across.mean(1)[:, None] - inner.mean(0) + inner.mean()
        unit = np.trace(centred) / train.sum()
        ridge = KernelRidge(alpha=1 / (2 * C), kernel="precomputed").fit(centred / unit, y[train] - y[train].mean())
        expected = ridge.predict(across / unit) + y[train].mean()
        np.testing.assert_allclose(fit.prediction[s, test], expected, atol=1e-3)


@pytest.mark.parametrize("scaling", ["standard", "global"])
def test_a_machine_gives_the_forecasts(scaling):
    X, y = photos(150)
    folds = random_folds(150, 3)
    ((fit, _),) = fit_chosen([(np.abs(X), y, folds)], PARAMETERS, [Preparation("root", scaling, "gaussian")])
    linked = np.sqrt(np.abs(X)).astype(np.float64)
    for s, machine in enumerate(fit.machine):
        test = folds[s] == -1
        forecast = machine.forecast(linked[test], linked[machine.landmark]) + fit.intercept[s]
        np.testing.assert_allclose(forecast, fit.prediction[s, test], atol=1e-4)
    assert np.isnan(fit.weights).all() and fit.weights.shape == (3, 8) and fit.converged.all()


def test_photos_that_do_not_train_change_no_model():
    X, y = photos(160)
    folds = random_folds(160, 1)
    folds[0, ::9] = -2
    out = folds[0] < 0
    other, target = X.copy(), y.copy()
    other[out], target[out] = photos(out.sum(), seed=5)[0] * 7 + 100, 1e3
    ((fit, chosen),) = fit_chosen([(X, y, folds)], PARAMETERS, BOTH)
    ((again, same),) = fit_chosen([(other, target, folds)], PARAMETERS, BOTH)
    assert chosen[0] == same[0] == 1
    a, b = fit.machine[0], again.machine[0]
    np.testing.assert_array_equal(a.landmark, b.landmark)
    assert not out[a.landmark].any() and a.width == b.width
    np.testing.assert_array_equal(a.scale, b.scale)
    np.testing.assert_allclose(fit.prediction[0, ~out], again.prediction[0, ~out], atol=1e-4)
    np.testing.assert_allclose(fit.cv_score, again.cv_score, atol=1e-4)


def test_each_split_takes_a_kernel_where_it_forecasts_better():
    curved, straight = photos(300), photos(300, curved=False)
    folds = random_folds(300, 4)
    ((fit, chosen),) = fit_chosen([(*curved, folds)], PARAMETERS, BOTH)
    assert (chosen == 1).all() and all(machine is not None for machine in fit.machine)
    test = folds[0] == -1
    assert spearmanr(fit.prediction[0, test], curved[1][test])[0] > 0.5
    ((fit, chosen),) = fit_chosen([(*straight, folds)], PARAMETERS, BOTH)
    assert (chosen == 0).all() and all(machine is None for machine in fit.machine) and np.isfinite(fit.weights).all()


def test_many_problems_are_those_one_by_one():
    problems = [
        (*photos(80 + 20 * user, seed=user, curved=user != 1), random_folds(80 + 20 * user, 2)) for user in range(3)
    ]
    together = fit_chosen(problems, PARAMETERS, BOTH)
    for problem, (fit, chosen) in zip(problems, together, strict=True):
        ((alone, own),) = fit_chosen([problem], PARAMETERS, BOTH)
        np.testing.assert_array_equal(chosen, own)
        np.testing.assert_allclose(fit.prediction, alone.prediction, atol=2e-3)
        for one, other in zip(fit.machine, alone.machine, strict=True):
            assert (one is None) == (other is None)
            if one is not None:
                np.testing.assert_array_equal(one.landmark, other.landmark)
    assert {int(number) for _, chosen in together for number in chosen} == {0, 1}


def test_a_large_half_on_disk_is_read_in_blocks(monkeypatch):
    monkeypatch.setattr(choice, "SELECTION_PHOTOS", 200)
    monkeypatch.setattr(kernel, "LANDMARKS", 100)
    X, y = photos(1000)
    folds = random_folds(1000, 2)
    ((fit, chosen),) = fit_chosen([(Blocks(X, 90), y, folds)], PARAMETERS, BOTH, memory_budget=1)
    ((whole, same),) = fit_chosen([(X, y, folds)], PARAMETERS, BOTH)
    assert (chosen == 1).all() and (same == 1).all()
    np.testing.assert_allclose(fit.prediction, whole.prediction, atol=1e-3)
    for s, machine in enumerate(fit.machine):
        assert len(machine.landmark) == 100 and (folds[s, machine.landmark] >= 0).all()


def test_a_kernel_must_be_better_on_all_photos_of_a_large_half_too(monkeypatch):
    """Here it is worse there in the second split, whatever it did on a part of the photos."""
    monkeypatch.setattr(choice, "SELECTION_PHOTOS", 200)
    X, y = photos(1000)
    folds = random_folds(1000, 3)
    real = choice._fit_gaussian

    def worse(some, *rest):
        fits = real(some, *rest)
        if some[0][2].shape[1] == 1000:
            fits[0].cv_score[1] = -1
        return fits

    monkeypatch.setattr(choice, "_fit_gaussian", worse)
    options = [Preparation(), Preparation(scaling="global"), GAUSSIAN]
    ((fit, chosen),) = fit_chosen([(X, y, folds)], PARAMETERS, options)
    assert chosen[0] == chosen[2] == 2 and chosen[1] in (0, 1)
    assert [machine is None for machine in fit.machine] == [False, True, False]
    ((alone, _),) = fit_chosen([(X, y, folds[1:2])], PARAMETERS, [options[chosen[1]]])
    np.testing.assert_allclose(fit.prediction[1], alone.prediction[0], atol=1e-3)
    np.testing.assert_allclose(fit.weights[1], alone.weights[0], atol=1e-3)


def test_a_wide_feature_is_read_in_smaller_blocks():
    """So many rows as the kernel's numbers ask for would not fit where the feature has more numbers than landmarks."""
    X = np.random.default_rng(0).standard_normal((600, 50)).astype(np.float32)
    reader = Blocks(X, 10_000)
    rows = NystromRows(reader, np.arange(600) < 10, "global")
    reader.largest = 0
    assert sum(len(block) for _, block in rows.blocks(500)) == 600
    assert reader.largest == 500 * rows.shape[1] // 50


def test_photos_that_are_all_alike_forecast_their_mean():
    y = np.random.default_rng(0).standard_normal(60)
    folds = random_folds(60, 2)
    ((fit, _),) = fit_chosen([(np.ones((60, 4), np.float32), y, folds)], PARAMETERS, [GAUSSIAN])
    for s, row in enumerate(folds):
        np.testing.assert_allclose(fit.prediction[s, row == -1], y[row >= 0].mean(), atol=0.1)
        assert np.ptp(fit.prediction[s, row == -1]) == 0
