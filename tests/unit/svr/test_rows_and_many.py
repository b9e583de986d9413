"""Reading in blocks, many problems at once, and fusion."""

from __future__ import annotations

import numpy as np
import pytest
from svr_problems import problem, random_folds

from viewcast.errors import ViewcastError
from viewcast.svr import RowBlocks, SVRParameters, fit_many, fit_protocol, fuse, matrix


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
    whole = fit_protocol(X, y, folds)
    monkeypatch.setattr(matrix, "BLOCK_BYTES", 1)
    reader = Recorder(X)
    assert isinstance(reader, RowBlocks)
    parts = fit_protocol(reader, y, folds, memory_budget=1000)
    assert reader.most == 256 < len(X)
    np.testing.assert_array_equal(parts.C, whole.C)
    np.testing.assert_allclose(parts.prediction, whole.prediction, atol=1e-3 * y.std())


def test_many_are_as_one_by_one():
    rng, problems = np.random.default_rng(0), []
    for user in range(6):
        n = int(rng.integers(30, 120))
        X = rng.standard_normal((n, 40)).astype(np.float32)
        y = X[:, 0] + rng.standard_normal(n) if user else np.ones(n)
        problems.append((X, y, random_folds(n, 3, seed=user)))
    for together, (X, y, folds) in zip(fit_many(problems), problems, strict=True):
        alone = fit_protocol(X, y, folds)
        np.testing.assert_array_equal(together.C, alone.C)
        np.testing.assert_allclose(together.prediction, alone.prediction, atol=1e-4 * max(y.std(), 1))
    cramped = fit_many(problems, memory_budget=1)
    np.testing.assert_allclose(cramped[3].prediction, fit_protocol(*problems[3]).prediction, atol=1e-4)


def test_fusion_weighs_what_generalises():
    """A feature of pure noise fits its training photos well; out of fold that earns it no weight."""
    rng = np.random.default_rng(0)
    n = 400
    signal, y = rng.standard_normal((n, 4)), None
    y = signal.sum(axis=1) + rng.standard_normal(n)
    folds = random_folds(n, 4)
    noise = rng.standard_normal((n, 300))
    fits = [fit_protocol(X, y, folds, SVRParameters(C=(10.0,))) for X in (signal, noise)]
    fused = fuse(np.stack([fit.prediction for fit in fits]), y, folds)
    assert fused.weights.shape == (4, 2) and fused.converged.all()
    assert (fused.weights[:, 0] > 5 * np.abs(fused.weights[:, 1])).all()
    again = fuse(fused.prediction[None], y, folds)
    assert np.abs(again.weights - 1).max() < 0.2 and np.corrcoef(again.prediction[0], fused.prediction[0])[0, 1] > 0.99


def test_fusion_names_what_does_not_fit():
    with pytest.raises(ViewcastError, match="splits, photos"):
        fuse(np.zeros((2, 3, 10)), np.zeros(10), random_folds(10, 2))
