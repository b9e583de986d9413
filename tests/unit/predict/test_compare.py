"""Which photo to post: the chances hold what they say, and the order is that of the forecasts."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from plain_model import PlainModel, picture
from scipy.special import ndtr

from viewcast.errors import ViewcastError
from viewcast.predict.compare import (
    AMONG,
    WITHIN,
    Pairs,
    chance,
    compare,
    fit_scale,
    held_out_pairs,
    reliability,
)
from viewcast.predict.cues import Cues
from viewcast.predict.edits import brightness


def a_corpus(rng, users=60, each=12, noise=1.0, between=3.0):
    """Forecasts, targets and users; the forecast knows everything but the noise."""
    user = np.repeat(np.arange(users), each)
    own = between * rng.standard_normal(users)[user]
    content = rng.standard_normal(len(user))
    return own + content, own + content + noise * rng.standard_normal(len(user)), user


def test_pairs_by_a_loop_over_all():
    rng = np.random.default_rng(0)
    user = rng.integers(0, 25, 200)
    total, target = rng.standard_normal(200), rng.integers(0, 6, 200).astype(float)
    pairs = held_out_pairs(total, target, user)
    expected = set()
    for i in range(200):
        for j in range(i + 1, 200):
            if user[i] == user[j] and target[i] != target[j]:
                expected.add((round(total[i] - total[j], 9), target[i] > target[j], 1 / ((user == user[i]).sum() - 1)))
    found = zip(pairs.difference.round(9), pairs.right, pairs.weight, strict=True)
    # Of a pair either photo may be the first.
    both = {(abs(d), right == (d > 0), round(w, 12)) for d, right, w in found}
    assert both == {(abs(d), right == (d > 0), round(w, 12)) for d, right, w in expected}
    assert len(pairs.difference) == len(expected) and pairs.of == WITHIN


def test_pairs_are_of_any_users_where_single_ones_have_too_few():
    rng = np.random.default_rng(1)
    total, target = rng.standard_normal((2, 60))
    for user in (None, np.arange(60), np.arange(60) % 19):
        pairs = held_out_pairs(total, target, user)
        assert pairs.of == AMONG and len(pairs.difference) == 60 * 59 / 2 and (pairs.weight == 1).all()
    assert held_out_pairs(total, target, np.zeros(60)).of == WITHIN  # a model of one account
    total, target = rng.standard_normal((2, 3000))
    pairs = held_out_pairs(total, target)
    assert len(pairs.difference) == 200_000 and np.isin(pairs.difference, total[:, None] - total).all()


def test_the_scale_is_the_likeliest_of_a_grid():
    rng = np.random.default_rng(2)
    for noise in (0.3, 1.0, 5.0):
        pairs = held_out_pairs(*a_corpus(rng, noise=noise))
        assert pairs.of == WITHIN
        signed = np.where(pairs.right, pairs.difference, -pairs.difference)
        scale = fit_scale(pairs)
        surprise = [
            -pairs.weight @ np.log(np.maximum(ndtr(signed / s), 1e-300))
            for s in (scale, *np.geomspace(scale / 20, scale * 20, 400))
        ]
        assert surprise[0] <= min(surprise) + 1e-6
        # Two photos' errors make the difference's.
        assert scale == pytest.approx(noise * 2**0.5, rel=0.15)


def test_stated_chances_are_the_shares_that_come_true():
    rng = np.random.default_rng(3)
    old, new = (held_out_pairs(*a_corpus(rng, users=150)) for _ in range(2))
    told = reliability(new, fit_scale(old))
    assert len(told) == 5 and sum(count for *_, count in told) == len(new.difference)
    assert all(abs(said - so) < 0.03 for said, so, _ in told), told
    assert [said for said, *_ in told] == sorted(said for said, *_ in told)
    # Among photos of any users the same difference says another thing: the account is in it.
    total, target, user = a_corpus(rng, users=150, noise=0.5)
    target = target + 2 * rng.standard_normal(150)[user]
    assert fit_scale(held_out_pairs(total, target)) > 1.5 * fit_scale(held_out_pairs(total, target, user))


def test_a_forecast_that_tells_nothing_makes_every_order_even():
    rng = np.random.default_rng(4)
    pairs = Pairs(np.ones(10), np.arange(10) % 2 == 0, np.ones(10), AMONG)
    assert fit_scale(pairs) == np.inf and (chance(rng.standard_normal(5), np.inf) == 0.5).all()
    none = Pairs(np.zeros(0), np.zeros(0, bool), np.zeros(0), AMONG)
    assert fit_scale(none) == np.inf and reliability(none, 1.0) == []
    backwards = Pairs(np.ones(10), np.zeros(10, bool), np.ones(10), AMONG)
    assert fit_scale(backwards) == np.inf
    sure = Pairs(np.linspace(1, 2, 10), np.ones(10, bool), np.ones(10), AMONG)
    assert chance(np.array([1.0]), fit_scale(sure))[0] > 0.99


class Calibrated(PlainModel):
    """A stand-in with held-out photos."""

    def __init__(self):
        super().__init__([0, 4.0, 0, 0.5, 0, 0])
        total, target, user = a_corpus(np.random.default_rng(5))
        self.held_out = total
        self.saved = SimpleNamespace(calibration=SimpleNamespace(target=target, user=user))

    def calibrated(self, known):
        return SimpleNamespace(total=self.held_out)


def test_photos_are_ranked_with_chances_that_agree():
    model = Calibrated()
    photos = [brightness(picture(), stops) for stops in (0.0, 0.9, -0.9, 0.3)]
    found = compare(model, photos)
    assert found.order == (1, 3, 0, 2) and found.of == WITHIN and found.pairs == 60 * 66
    total = np.array([score.popularity for score in found.scores])
    assert np.allclose(found.chances + found.chances.T, 1)
    assert np.allclose(found.chances, ndtr((total[:, None] - total) / fit_scale(held_out_pairs(
        model.held_out, model.saved.calibration.target, model.saved.calibration.user
    ))))  # fmt: skip
    assert json.loads(json.dumps(found.to_dict()))["order"] == [1, 3, 0, 2]


def test_each_photo_may_have_its_own_text():
    model = Calibrated()
    found = compare(model, [picture()] * 2, [Cues(tags=()), Cues(tags=("a", "b", "c"))])
    assert found.order == (1, 0)
    with pytest.raises(ViewcastError, match="Of some photos more is known"):
        compare(model, [picture()] * 2, [Cues(), Cues(tags=("a",))])
    with pytest.raises(ViewcastError, match="two or more"):
        compare(model, [picture()])
    with pytest.raises(ViewcastError, match="3 photos, and 2"):
        compare(model, [picture()] * 2, [Cues()] * 3)
