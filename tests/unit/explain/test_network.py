"""Covering windows: the map is the fall of the forecast, window by window."""

from __future__ import annotations

import numpy as np
import pytest

from viewcast.explain.network import WINDOWS, covering_map


def windows(length: int) -> list[slice]:
    """At most six windows of one size, but for the last, along a side."""
    size = (length + WINDOWS - 1) // WINDOWS
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def forecast_of(shape: tuple[int, int]):
    """Neither linear nor additive in the pixels."""
    weights = np.random.default_rng(1).normal(size=(*shape, 3))

    def forecast(pictures) -> np.ndarray:
        assert all(picture.dtype == np.uint8 and picture.shape == (*shape, 3) for picture in pictures)
        sums = np.array([(weights * picture).sum() / 1000 for picture in pictures])
        return sums + np.tanh(sums) * np.array([picture[..., 0].std() for picture in pictures])

    return forecast


@pytest.mark.parametrize("shape", [(36, 48), (37, 53), (13, 29), (6, 6), (5, 20), (3, 2), (1, 7), (1, 1), (25, 11)])
def test_the_sum_over_a_window_is_the_fall_when_it_is_covered(shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    forecast = forecast_of(shape)
    found = covering_map(image, forecast)
    assert found.shape == shape and found.dtype == np.float64
    mean = image.reshape(-1, 3).astype(float).mean(axis=0).round().astype(np.uint8)
    whole = forecast([image])[0]
    rows, columns = windows(shape[0]), windows(shape[1])
    assert len(rows) <= WINDOWS and len(columns) <= WINDOWS
    for down in rows:
        for across in columns:
            covered = image.copy()
            covered[down, across] = mean
            fall = whole - forecast([covered])[0]
            part = found[down, across]
            assert part.sum() == pytest.approx(fall, rel=1e-6, abs=1e-6)  # Captum keeps float32
            np.testing.assert_allclose(part, part[0, 0], atol=1e-12)


def test_what_the_forecast_does_not_look_at_has_no_share():
    image = np.random.default_rng(2).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    found = covering_map(
        image, lambda pictures: np.array([picture[:10, 15:30].astype(float).mean() for picture in pictures])
    )
    assert (found[10:] == 0).all() and (found[:10, :15] == 0).all() and (found[:10, 30:] == 0).all()
    mean = image.reshape(-1, 3).mean(axis=0).round().mean()
    assert found[:10, 15:30].sum() == pytest.approx(image[:10, 15:30].mean() - mean)


def test_a_picture_of_one_colour_has_an_empty_map():
    found = covering_map(np.full((20, 30, 3), 77, np.uint8), forecast_of((20, 30)))
    np.testing.assert_array_equal(found, np.zeros((20, 30)))
