"""Ranking measures against loops."""

import numpy as np
import pytest

from viewcast.evaluation.ranking import pairwise_accuracy, precision_at_top


def test_pairwise_accuracy_against_a_loop():
    rng = np.random.default_rng(1)
    forecast, target = rng.integers(0, 8, 60).astype(float), rng.integers(0, 20, 60).astype(float)
    score = total = 0.0
    for i in range(60):
        for j in range(i):
            if target[i] != target[j]:
                total += 1
                agree = (forecast[i] - forecast[j]) * (target[i] - target[j])
                score += 1 if agree > 0 else 0.5 if agree == 0 else 0
    assert pairwise_accuracy(forecast, target) == pytest.approx(score / total, abs=1e-12)
    assert pairwise_accuracy(np.ones(5), np.arange(5.0)) == 0.5


def test_precision_at_top():
    target = np.arange(100.0)
    assert precision_at_top(target, target) == 1 and precision_at_top(-target, target) == 0
    half = target.copy()
    half[95:] = -1
    assert precision_at_top(half, target) == 0.5
