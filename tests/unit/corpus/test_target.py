"""Popularity against a loop written from the definition."""

import math

import numpy as np
import pytest

from viewcast.corpus.target import COUNTED, PRIOR_VIEWS, favour, popularity


@pytest.mark.parametrize(
    ("definition", "one"),
    [
        ("log2_rate_plus_one", lambda v, d: math.log2(v / d + 1)),
        ("log2_views_plus_one_rate", lambda v, d: math.log2((v + 1) / d)),
        ("log2_views_plus_one", lambda v, d: math.log2(v + 1)),
    ],
)
def test_definitions(definition, one):
    rng = np.random.default_rng(1)
    views, days = rng.integers(0, 10**6, 200), rng.uniform(0.001, 3000, 200)
    expected = [one(v, max(d, 1.0)) for v, d in zip(views.tolist(), days.tolist(), strict=True)]
    np.testing.assert_allclose(popularity(views, days, definition), expected, rtol=1e-13)


def test_floor_of_days():
    assert popularity(np.array([8]), np.array([0.25]), min_days=0.5)[0] == pytest.approx(math.log2(17))


def test_unknown_definition():
    with pytest.raises(ValueError, match="unknown definition"):
        popularity(np.ones(1), np.ones(1), "likes")


@pytest.mark.parametrize("name", COUNTED)
def test_what_people_did_beyond_looking(name):
    rng = np.random.default_rng(2)
    faves, comments, views = (rng.integers(0, most, 300).astype(float) for most in (40, 9, 60))
    for counts in (faves, comments, views):
        counts[rng.random(300) < 0.1] = np.nan
    views[:5] = -3
    for found, f, c, v in zip(favour(name, faves, comments, views), faves, comments, views, strict=True):
        if name == "log2_faves_plus_one":
            expected = math.nan if math.isnan(f) else math.log2(f + 1)
        elif name == "log2_comments_plus_one":
            expected = math.nan if math.isnan(c) else math.log2(c + 1)
        else:
            known = not math.isnan(f) and not math.isnan(v) and 0 <= f <= v
            expected = math.log2((f + 1) / (v + PRIOR_VIEWS)) if known else math.nan
        assert found == pytest.approx(expected, nan_ok=True, abs=1e-12)
