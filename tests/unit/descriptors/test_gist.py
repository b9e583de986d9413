"""Gist against full-size float64 transforms, and its resize against Pillow's."""

from __future__ import annotations

import numpy as np
import plain_descriptors as plain
import pytest
import torch
from PIL import Image

from viewcast.descriptors import gist


@pytest.mark.parametrize("name", ["coffee", "chelsea", "china", "flower"])
def test_gist_of_a_square(photos, device, name):
    grey = np.asarray(Image.fromarray(photos[name]).convert("L").resize((256, 256)))
    image = np.repeat(grey[:, :, None], 3, axis=2)
    found, expected = gist.gist(image, device), plain.gist(grey.astype(float))
    assert found.shape == (512,) and found.dtype == np.float32
    assert np.linalg.norm(found - expected) <= 1e-5 * np.linalg.norm(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("height, width", [(300, 400), (256, 256), (100, 71), (700, 300), (257, 1030)])
def test_resize_is_antialiased_bilinear(height, width):
    rng = np.random.default_rng(height)
    picture = rng.random((height, width)).astype(np.float32) * 255
    scale = max(256 / height, 256 / width)
    size = (int(width * scale + 0.5), int(height * scale + 0.5))
    resized = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))
    top, left = (resized.shape[0] - 256) // 2, (resized.shape[1] - 256) // 2
    expected = resized[top : top + 256, left : left + 256]
    found = gist._square(torch.from_numpy(picture)).numpy()
    # At the border Pillow cuts the filter off where MATLAB mirrors the picture.
    np.testing.assert_allclose(found[4:-4, 4:-4], expected[4:-4, 4:-4], atol=2e-3)


def test_order_is_filter_then_column_then_row(device):
    """Upright stripes in the lower right quarter: the first orientation answers, there and nowhere else."""
    image = np.full((256, 256, 3), 128, np.uint8)
    image[128:, 128:] = (128 + 100 * np.sign(np.sin(2 * np.pi * 0.16 * np.arange(128))))[None, :, None]
    blocks = gist.gist(image, device).reshape(4, 8, 4, 4)
    scale, orientation, column, row = np.unravel_index(blocks.argmax(), blocks.shape)
    assert (scale, orientation) == (1, 0) and column >= 2 and row >= 2
    assert blocks[1, 0, 3, 3] > 5 * blocks[1, 4, 3, 3]
    image = np.full((256, 256, 3), 128, np.uint8)
    image[:, :64] = np.random.default_rng(0).integers(0, 256, (256, 64, 1))
    by_column = gist.gist(image, device).reshape(32, 4, 4).mean((0, 2))
    assert by_column.argmax() == 0


def test_a_picture_without_contrast_gives_zeros(odd_pictures, device):
    for name in ("black", "white", "one pixel"):
        assert not gist.gist(odd_pictures[name], device).any()


def test_odd_pictures_give_finite_vectors(odd_pictures, device):
    extract = gist.extractor(gist.Parameters(), {}, device)
    rows = extract(list(odd_pictures.values()))
    assert rows.shape == (len(odd_pictures), 512) and np.isfinite(rows).all()
    assert extract([]).shape == (0, 512)
