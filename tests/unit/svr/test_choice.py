"""The choice of link and scaling: by cross-validation, split by split, and never by a test photo."""

from __future__ import annotations

import numpy as np
import pytest
from svr_problems import random_folds

from viewcast.svr import LINKS, Preparation, SVRParameters, choice, cross_validate, fit_chosen, fit_many
from viewcast.svr.rows import ArrayRows
from viewcast.svr.selection import choose

PARAMETERS = SVRParameters(C=(0.1, 1.0, 10.0))
EVERY = [Preparation(link, scaling) for link in LINKS for scaling in ("standard", "global")]


def shares(n, d=30, seed=0, link="root"):
    """Shares, and a target that is linear in their roots or logarithms."""
    rng = np.random.default_rng(seed)
    X = rng.dirichlet(np.full(d, 0.2), n).astype(np.float32)
    signal = LINKS[link](X)[:, :5].sum(axis=1)
    return X, (signal - signal.mean()) / signal.std() + rng.standard_normal(n)


def plain_choice(X, y, folds, s):
    """The preparation with the best score in split s, by fits of one after the other, and its fit."""
    best = None
    for number, how in enumerate(EVERY):
        parameters = SVRParameters(C=PARAMETERS.C, scaling=how.scaling)
        fit = cross_validate(LINKS[how.link](X), y, folds[s : s + 1], parameters)
        if best is None or fit.cv_score.max() > best[1].cv_score.max() + 1e-6:
            best = number, fit
    return best


def test_each_split_keeps_the_fit_with_the_best_score():
    X, y = shares(300)
    folds = random_folds(300, 6)
    ((fit, chosen),) = fit_chosen([(X, y, folds)], PARAMETERS, EVERY)
    assert len(set(chosen)) > 1, "this seed's splits choose differently, or the test shows little"
    for s in range(6):
        number, alone = plain_choice(X, y, folds, s)
        assert chosen[s] == number and fit.C[s] == alone.C[0] and fit.converged[s]
        np.testing.assert_allclose(fit.prediction[s], alone.prediction[0], atol=2e-3 * y.std())
        test = folds[s] == -1
        own = LINKS[EVERY[number].link](X[test]) @ fit.weights[s] + fit.intercept[s]
        np.testing.assert_allclose(own, fit.prediction[s, test], atol=1e-3 * y.std())


@pytest.mark.parametrize("users", [1, 3])
def test_columns_that_are_the_same_for_all_photos_change_nothing(users):
    rng = np.random.default_rng(5)
    how = [Preparation("identity", "standard"), Preparation("identity", "global")]
    problems, narrow, seen = [], [], []
    for user in range(users):
        n = 150 + 20 * user
        seen.append(rng.random(400) < 0.2)
        X = np.full((n, 400), 0.5, np.float32)
        X[:, seen[-1]] = rng.normal(size=(n, seen[-1].sum()))
        y = X @ rng.normal(size=400) * 0.1 + rng.normal(size=n)
        folds = random_folds(n, 3, seed=user)
        problems.append((X, y, folds))
        narrow.append((X[:, seen[-1]], y, folds))
    for part, (fit, chosen) in enumerate(fit_chosen(problems, PARAMETERS, how)):
        ((few, expected),) = fit_chosen([narrow[part]], PARAMETERS, how)
        X, _, folds = problems[part]
        assert fit.weights.shape == (3, 400) and (fit.weights[:, ~seen[part]] == 0).all()
        np.testing.assert_array_equal(chosen, expected)
        np.testing.assert_array_equal(fit.C, few.C)
        np.testing.assert_allclose(fit.prediction, few.prediction, atol=1e-4)
        # The whole matrix, as the solver takes it by itself.
        for s in range(3):
            parameters = SVRParameters(C=PARAMETERS.C, scaling=how[chosen[s]].scaling)
            whole = cross_validate(X, problems[part][1], folds[s : s + 1], parameters)
            np.testing.assert_allclose(fit.weights[s], whole.weights[0], atol=1e-4)
            np.testing.assert_allclose(fit.prediction[s], whole.prediction[0], atol=1e-3)


def test_users_choose_each_for_themselves():
    problems = []
    for user, link in enumerate(("root", "log", "root")):
        X, y = shares(120 + 40 * user, seed=user, link=link)
        problems.append((X, y, random_folds(len(y), 3, seed=user)))
    for (fit, chosen), (X, y, folds) in zip(fit_chosen(problems, PARAMETERS, EVERY), problems, strict=True):
        for s in range(3):
            number, alone = plain_choice(X, y, folds, s)
            assert chosen[s] == number
            np.testing.assert_allclose(fit.prediction[s], alone.prediction[0], atol=2e-3 * y.std())


def test_no_test_photo_and_no_unused_photo_has_a_say():
    X, y = shares(300)
    folds = random_folds(300, 4)
    for size in (choice.SELECTION_PHOTOS, 60):
        for s in range(4):
            other, target, row = X.copy(), y.copy(), folds[s : s + 1].copy()
            outside = row[0] == -1
            other[outside], target[outside] = shares(outside.sum(), seed=9)[0], 100.0
            ((_, again),) = choose_with(size, other, target, row)
            assert again[0] == choose_with(size, X, y, row)[0][1][0]


def choose_with(size, X, y, folds):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choice, "SELECTION_PHOTOS", size)
        return fit_chosen([(X, y, folds)], PARAMETERS, EVERY)


@pytest.mark.parametrize("reader", [np.asarray, ArrayRows])
def test_a_large_half_chooses_on_a_part_and_fits_on_all(reader, monkeypatch):
    X, y = shares(2000, seed=3, link="log")
    folds = random_folds(2000, 4)
    folds[:, ::7] = -2
    monkeypatch.setattr(choice, "SELECTION_PHOTOS", 300)
    ((fit, chosen),) = fit_chosen([(reader(X), y, folds)], PARAMETERS, EVERY)
    assert {EVERY[number].link for number in chosen} == {"log"}
    for s, number in enumerate(chosen):
        parameters = SVRParameters(C=PARAMETERS.C, scaling=EVERY[number].scaling)
        alone = cross_validate(LINKS[EVERY[number].link](X), y, folds[s : s + 1], parameters)
        np.testing.assert_allclose(fit.prediction[s], alone.prediction[0], atol=2e-3 * y.std())
    sizes = []
    monkeypatch.setattr(choice, "cross_validate", lambda X, y, folds, *a, **k: sizes.append((X.shape, folds)) or fit)
    fit_chosen([(reader(X), y, folds)], PARAMETERS, EVERY)
    for shape, few in sizes[: len(EVERY)]:
        assert shape[0] < 800 and not (few == -1).any()
        assert (np.abs((few >= 0).sum(axis=1) - 300) <= 5).all()
        for row, whole in zip(few, folds, strict=True):
            for k in range(5):
                assert 0 <= (row == k).sum() - (whole == k).sum() * 300 / (whole >= 0).sum() < 1


def test_equal_scores_take_the_first_and_a_diverged_one_loses():
    """One column: both scalings are the same regression."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 1))
    y, folds = X[:, 0] + rng.standard_normal(200), random_folds(200, 5)
    for first, second in (("standard", "global"), ("global", "standard")):
        ((_, chosen),) = fit_chosen([(X, y, folds)], PARAMETERS, [Preparation("identity", s) for s in (first, second)])
        assert (chosen == 0).all()
    assert choose(np.array([np.nan, -3.0, -2.0])) == 2 and choose(np.array([np.nan, np.nan])) == 0


def test_one_preparation_is_the_plain_protocol():
    X, y = shares(200)
    folds = random_folds(200, 2)
    ((fit, chosen),) = fit_chosen([(X, y, folds)], PARAMETERS, [Preparation("root", "global")])
    expected = cross_validate(np.sqrt(X), y, folds, SVRParameters(C=PARAMETERS.C, scaling="global"))
    np.testing.assert_array_equal(fit.prediction, expected.prediction)
    assert (chosen == 0).all()
    (many,) = fit_many([(np.sqrt(X), y, folds)], SVRParameters(C=PARAMETERS.C, scaling="global"))
    np.testing.assert_allclose(many.prediction, fit.prediction, atol=1e-3)
