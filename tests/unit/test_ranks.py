"""Spearman against SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from viewcast.ranks import midranks, spearman


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=3, max_size=60))
def test_equals_scipy_with_ties(pairs):
    x, y = np.array(pairs, dtype=float).T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert spearman(x, y) == 0
    else:
        assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


def test_lengths():
    with pytest.raises(ValueError, match="one length"):
        spearman(np.ones(3), np.ones(4))
    with pytest.raises(ValueError, match="one length"):
        spearman(np.ones(0), np.ones(0))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_midranks_equal_scipys(values):
    np.testing.assert_array_equal(midranks(np.array(values)), rankdata(values))
