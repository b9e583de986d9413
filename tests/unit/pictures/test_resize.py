"""Reducing, against the definition of MATLAB's antialiased bicubic written as plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skimage import data

from viewcast.pictures import resize as module
from viewcast.pictures.resize import reduce, reduced_shape


def imresize_axis(values: np.ndarray, scale: float, size: int) -> np.ndarray:
    """One axis of MATLAB's imresize: uint8 (n, ...) to (size, ...), mirrored at the borders."""
    n = len(values)
    result = np.zeros((size, *values.shape[1:]))
    for out in range(size):
        centre = (out + 1) / scale + 0.5 * (1 - 1 / scale)  # 1-based
        first = math.floor(centre - 2 / scale)
        weights, total = {}, 0.0
        for place in range(first, first + math.ceil(4 / scale) + 2):
            x = abs(scale * (centre - place))
            weight = 0.0
            if x <= 1:
                weight = 1.5 * x**3 - 2.5 * x**2 + 1
            elif x <= 2:
                weight = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
            mirrored = (place - 1) % (2 * n)
            mirrored = mirrored if mirrored < n else 2 * n - 1 - mirrored
            weights[mirrored] = weights.get(mirrored, 0.0) + weight
            total += weight
        for place, weight in weights.items():
            result[out] += values[place] * (weight / total)
    return np.clip(np.round(result), 0, 255)


@pytest.mark.parametrize(("image", "side"), [(data.coffee(), 300), (data.chelsea(), 200)])
def test_close_to_matlab(image, side):
    height, width = reduced_shape(*image.shape[:2], side)
    scale = side / max(image.shape[:2])
    columns = imresize_axis(image.swapaxes(0, 1), scale, width).swapaxes(0, 1)
    difference = np.abs(reduce(image, side) - imresize_axis(columns, scale, height))
    assert difference.max() <= 1 and difference.mean() < 0.05


def test_strips_change_nothing(monkeypatch):
    whole = reduce(data.coffee(), 300)
    monkeypatch.setattr(module, "_STRIP_PIXELS", 600 * 7)
    np.testing.assert_array_equal(reduce(data.coffee(), 300), whole)


def test_shape_is_rounded_up_and_exact():
    assert reduced_shape(375, 500, 400) == (300, 400)
    assert reduced_shape(427, 640, 500) == (334, 500)  # 333.6
    assert reduced_shape(1001, 3000, 500) == (167, 500)  # 166.8
    assert reduced_shape(1, 9000, 500) == (1, 500)
    for longest in range(501, 3000):
        assert reduced_shape(longest, longest // 2, 500)[0] == 500
        exact = math.ceil(500 * (longest // 2) / longest - 1e-9)
        assert reduced_shape(longest, longest // 2, 500)[1] == exact


def test_never_enlarged():
    small = data.chelsea()[:100, :200]
    assert reduce(small, 500) is small
    assert reduce(small, 200) is small


def test_constant_stays_constant_and_stripes_do_not_alias():
    assert (reduce(np.full((333, 777, 3), 93, np.uint8), 500) == 93).all()
    stripes = np.zeros((400, 4000, 3), np.uint8)
    stripes[:, ::2] = 255
    middle = reduce(stripes, 500)[:, 5:-5]
    assert np.abs(middle.astype(int) - 127).max() <= 2
