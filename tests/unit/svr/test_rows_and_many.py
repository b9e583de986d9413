"""Reading in blocks, many problems at once, and fusion."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from svr_problems import problem, random_folds

from viewcast.errors import ViewcastError
from viewcast.svr import RowBlocks, SVRParameters, cross_validate, fit_many, fuse, matrix


class Recorder:
    """A reader that notes how much it was asked for at a time."""

    def __init__(self, X):
        self.X, self.shape, self.dtype, self.most = X, X.shape, X.dtype, 0

    def blocks(self, rows):
        for start in range(0, len(self.X), rows):
            part = slice(start, min(start + rows, len(self.X)))
            self.most = max(self.most, part.stop - part.start)
            yield part, self.X[part].copy()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_blocks_give_what_an_array_gives(dtype, form, monkeypatch):
    X, y = problem("plain")
    X, folds = np.repeat(X, 5, axis=0).astype(dtype), random_folds(5 * len(y), 2)
    y = np.repeat(y, 5) + np.random.default_rng(0).standard_normal(5 * len(y))
    whole = cross_validate(X, y, folds)
    monkeypatch.setattr(matrix, "BLOCK_BYTES", 1)
    reader = Recorder(X)
    assert isinstance(reader, RowBlocks)
    parts = cross_validate(reader, y, folds, memory_budget=1000)
    assert reader.most == 256 < len(X)
    np.testing.assert_array_equal(parts.C, whole.C)
    np.testing.assert_allclose(parts.prediction, whole.prediction, atol=1e-3 * y.std())


def test_half_precision_is_widened_exactly(backend):
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = every[np.isfinite(every)].reshape(-1, 16)
    out = backend.array(np.empty(finite.shape, np.float32))
    backend.widen(backend.array(finite), out)
    np.testing.assert_array_equal(backend.numpy(out).view(np.uint32), finite.astype(np.float32).view(np.uint32))


def test_many_are_as_one_by_one():
    rng, problems = np.random.default_rng(0), []
    for user in range(6):
        n = int(rng.integers(30, 120))
        X = rng.standard_normal((n, 40)).astype(np.float32)
        y = X[:, 0] + rng.standard_normal(n) if user else np.ones(n)
        problems.append((X, y, random_folds(n, 3, seed=user)))
    for together, (X, y, folds) in zip(fit_many(problems), problems, strict=True):
        alone = cross_validate(X, y, folds)
        np.testing.assert_array_equal(together.C, alone.C)
        np.testing.assert_allclose(together.prediction, alone.prediction, atol=1e-4 * max(y.std(), 1))
    cramped = fit_many(problems, memory_budget=1)
    np.testing.assert_allclose(cramped[3].prediction, cross_validate(*problems[3]).prediction, atol=1e-4)


def test_every_split_may_have_targets_of_its_own(form):
    X, y = problem("plain")
    folds, targets = random_folds(len(y), 2), np.stack([y, np.roll(y, 3) + X[:, 0]])
    targets[1, folds[1] < 0] = 0
    together = cross_validate(X, targets, folds)
    (many,) = fit_many([(X, targets, folds)])
    for s in range(2):
        alone = cross_validate(X, targets[s], folds[s : s + 1])
        for fit in (together, many):
            assert fit.C[s] == alone.C[0]
            np.testing.assert_allclose(fit.prediction[s], alone.prediction[0], atol=1e-3 * y.std())


def test_fusion_weighs_what_generalises():
    """A feature of pure noise fits its training photos well; out of fold that earns it no weight."""
    rng = np.random.default_rng(0)
    n = 400
    signal, y = rng.standard_normal((n, 4)), None
    y = signal.sum(axis=1) + rng.standard_normal(n)
    folds = random_folds(n, 4)
    noise = rng.standard_normal((n, 300))
    fits = [cross_validate(X, y, folds, SVRParameters(C=(10.0,))) for X in (signal, noise)]
    fused = fuse(np.stack([fit.prediction for fit in fits]), y, folds)
    assert fused.weights.shape == (4, 2) and fused.converged.all()
    assert (fused.weights[:, 0] > 5 * np.abs(fused.weights[:, 1])).all()
    again = fuse(fused.prediction[None], y, folds)
    assert np.abs(again.weights - 1).max() < 0.2 and np.corrcoef(again.prediction[0], fused.prediction[0])[0, 1] > 0.99


def test_fusion_names_what_does_not_fit():
    with pytest.raises(ViewcastError, match="splits, photos"):
        fuse(np.zeros((2, 3, 10)), np.zeros(10), random_folds(10, 2))


def test_a_fusion_turns_no_input_round():
    """Inputs that go against the target get no weight; where none does, the fusion is the plain regression."""
    rng = np.random.default_rng(12)
    n, splits = 300, 3
    folds, y = random_folds(n, splits), rng.normal(size=n)
    good = y + rng.normal(size=(2, splits, n))
    against = -y + 2 * rng.normal(size=(3, splits, n))
    plain, mixed = fuse(good, y, folds), fuse(np.concatenate([good, against]), y, folds)
    one_by_one = fit_many([(good[:, s].T, y, folds[s][None]) for s in range(splits)])
    for s, fit in enumerate(one_by_one):
        np.testing.assert_array_equal(plain.weights[s], fit.weights[0])
        np.testing.assert_allclose(mixed.weights[s, :2], fit.weights[0], rtol=0.02)
    assert (mixed.weights >= 0).all() and (mixed.weights[:, 2:] == 0).all() and mixed.converged.all()
    np.testing.assert_allclose(mixed.prediction, plain.prediction, atol=0.02)

    nothing = fuse(against, y, folds)
    assert (nothing.weights == 0).all()
    for s in range(splits):
        np.testing.assert_allclose(nothing.prediction[s, folds[s] == -1], y[folds[s] >= 0].mean(), atol=5e-3)


def test_a_fusion_is_the_best_one_without_negative_weights():
    rng = np.random.default_rng(5)
    n, k = 400, 6
    y = rng.normal(size=n)
    inputs = (rng.uniform(-0.3, 0.6, size=(k, 1)) * y + rng.normal(size=(k, n)))[:, None]
    folds = random_folds(n, 1)
    fit = fuse(inputs, y, folds)
    train = folds[0] >= 0
    Z, target = inputs[:, 0, train].T, (y[train] - y[train].mean()) / y[train].std()
    deviation = Z.std(axis=0) * np.sqrt((fit.weights[0] > 0).sum())
    Z = (Z - Z.mean(axis=0)) / deviation

    def objective(v):
        outside = np.maximum(np.abs(target - Z @ v[:k] - v[k]) - 0.1, 0)
        return v[:k] @ v[:k] / 2 + fit.C[0] * (outside @ outside)

    best = minimize(objective, np.zeros(k + 1), bounds=[(0, None)] * k + [(None, None)], method="L-BFGS-B")
    own = fit.weights[0] * deviation / y[train].std()
    assert (best.x[:k] < 1e-6).sum() == (own == 0).sum() > 0
    np.testing.assert_allclose(own, best.x[:k], atol=2e-3 * np.abs(own).max())
