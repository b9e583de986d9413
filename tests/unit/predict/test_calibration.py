"""Intervals of a saved model: what they hold, also where the model knows less."""

import numpy as np
import pytest

from viewcast.predict.calibration import (
    COVERAGE,
    DECILES,
    Calibration,
    calibrate,
    coverage_by_width,
    forecast_held_out,
    half_widths,
    held_out_inputs,
    rank_correlations,
)
from viewcast.predict.cues import inputs_of
from viewcast.predict.weights import CONTENT, SOCIAL, TOTAL, Fusion, combine

PARTS, FEATURES, CUES = 10, 3, 4


def a_world(rng: np.random.Generator, photos: int):
    """Photos whose noise grows with what makes them strange; the target hangs on three forecasts and four cues."""
    members = {f"f{k}": rng.standard_normal(photos) for k in range(FEATURES)}
    cues = rng.standard_normal((photos, CUES)) @ rng.standard_normal((CUES, CUES))
    strange = np.exp(0.3 * rng.standard_normal(photos))
    noise = 0.2 + 2 * (strange > np.quantile(strange, 0.7))
    target = sum(members.values()) + cues.sum(axis=1) + noise * rng.standard_normal(photos)
    part = rng.permutation(photos) % PARTS
    return Calibration(part, target, members, cues, {"f0": strange}, np.arange(len(part)))


def the_models():
    def fusion(*inputs: str) -> Fusion:
        edge = np.full(1 + PARTS, np.inf)
        return Fusion(inputs, np.ones((1 + PARTS, len(inputs))), np.zeros(1 + PARTS), -edge, edge)

    fusions = {CONTENT: fusion(*(f"f{k}" for k in range(FEATURES))), TOTAL: fusion(CONTENT, SOCIAL)}
    return fusions, (np.ones((1 + PARTS, CUES)), np.zeros(1 + PARTS))


@pytest.mark.parametrize("known", [(), ("c0",), ("c0", "c1", "c2", "c3")])
def test_four_of_five_new_photos_lie_in_their_intervals_whatever_is_known(known):
    fusions, social = the_models()
    held, hard = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        both = a_world(rng, 1600)
        cues = inputs_of(both.cues, [f"c{k}" for k in range(CUES)], [])
        old, new = (
            Calibration(
                both.part[rows], both.target[rows], {name: v[rows] for name, v in both.members.items()},
                both.cues[rows], {name: v[rows] for name, v in both.strangeness.items()},
                both.user[rows],
            )
            for rows in (slice(800), slice(800, None))
        )  # fmt: skip
        known_here = calibrate(old, forecast_held_out(old, fusions, social, cues, known))
        combined = forecast_held_out(new, fusions, social, cues, known)
        half = half_widths(old, known_here, held_out_inputs(new, combined))
        held.append(np.abs(new.target - combined.total[0]) <= half)
        hard.append(new.strangeness["f0"] > np.quantile(both.strangeness["f0"], 0.7))
    held, hard = np.concatenate(held), np.concatenate(hard)
    # 9,600 photos: three standard errors, and what one corpus's quantile varies by.
    assert held.mean() == pytest.approx(COVERAGE, abs=0.02)
    if len(known) == CUES:
        # An interval of one width would hold nearly all of the easy ones, and about half of the hard ones.
        assert held[hard].mean() > 0.7 and held[~hard].mean() < 0.9


def test_less_is_known_and_the_interval_is_wider():
    fusions, social = the_models()
    world = a_world(np.random.default_rng(1), 1500)
    cues = inputs_of(world.cues, [f"c{k}" for k in range(CUES)], [])
    widths = [
        calibrate(world, forecast_held_out(world, fusions, social, cues, [f"c{k}" for k in range(n)])).width
        for n in (1, CUES)
    ]
    assert widths[0] > 1.5 * widths[1]


def test_each_tenth_by_width_is_covered():
    fusions, social = the_models()
    world = a_world(np.random.default_rng(2), 4000)
    cues = inputs_of(world.cues, [f"c{k}" for k in range(CUES)], [])
    known = calibrate(world, forecast_held_out(world, fusions, social, cues, cues.cues))
    table = coverage_by_width(world, known)
    widths, coverage = np.array(table).T
    assert len(table) == DECILES and (np.diff(widths) >= 0).all()
    assert coverage.mean() == pytest.approx(COVERAGE, abs=0.02)
    # The ridge sees the jump in the noise as a slope: what is left of it stays within a tenth.
    assert np.abs(coverage - COVERAGE).max() < 0.15


def test_a_photo_is_forecast_by_the_model_that_has_not_seen_it():
    rng = np.random.default_rng(3)
    world = a_world(rng, 60)
    cues = inputs_of(world.cues, [f"c{k}" for k in range(CUES)], [])
    shape = (1 + PARTS, FEATURES)
    edges = np.full(1 + PARTS, -1.0), np.full(1 + PARTS, 1.0)
    fusions = {
        CONTENT: Fusion(("f0", "f1", "f2"), rng.random(shape), rng.random(1 + PARTS), *edges),
        TOTAL: Fusion((CONTENT, SOCIAL), rng.random((1 + PARTS, 2)), rng.random(1 + PARTS), *edges),
    }
    social = rng.random((1 + PARTS, CUES)), rng.random(1 + PARTS)
    combined = forecast_held_out(world, fusions, social, cues, cues.cues)
    for photo in range(60):
        # All models for this photo, of which its own is taken.
        members = {name: np.full((1 + PARTS, 1), values[photo]) for name, values in world.members.items()}
        of_cues = (social[0] @ world.cues[photo] + social[1])[:, None]
        every = combine(fusions, members, of_cues).total[:, 0]
        assert combined.total[0, photo] == pytest.approx(every[1 + world.part[photo]])
    found = rank_correlations(world, combined)
    assert set(found) == {"content", "social", "content_social"}
