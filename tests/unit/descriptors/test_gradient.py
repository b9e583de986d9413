"""HOG and the gradient descriptor against loops written from the definition."""

from __future__ import annotations

import numpy as np
import plain_descriptors as plain
import pytest

from viewcast.descriptors import gradient, hog
from viewcast.errors import ViewcastError


def crop(photos, name, height, width):
    picture = photos[name]
    return np.ascontiguousarray(picture[20 : 20 + height, 30 : 30 + width])


def dictionary(descriptors: np.ndarray, words: int, seed: int) -> np.ndarray:
    """Words near the data, but at no descriptor exactly."""
    rng = np.random.default_rng(seed)
    picked = descriptors[rng.permutation(len(descriptors))[:words]]
    return (picked + rng.normal(0, 0.01, picked.shape)).astype(np.float32)


@pytest.mark.parametrize("name, height, width", [("coffee", 30, 41), ("china", 23, 18), ("chelsea", 17, 33)])
@pytest.mark.parametrize("step", [1, 2, 4, 8])
def test_hog_map(photos, device, name, height, width, step):
    image = crop(photos, name, height, width)
    expected = plain.hog(image, 24)[::step, ::step]
    found = hog.hog_map(image, step, device)
    assert found.shape == expected.shape and found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_hog_map_of_noise_and_flat_areas(odd_pictures, device):
    picture = odd_pictures["noise"][:30, :25].copy()
    picture[10:, :] = 77
    np.testing.assert_allclose(hog.hog_map(picture, 1, device), plain.hog(picture, 24), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", gradient.KINDS)
@pytest.mark.parametrize("spacing", [3, 4, 6])
def test_local_descriptors_and_coordinates(photos, device, kind, spacing):
    image = crop(photos, "coffee", 33, 26)
    found, xy = gradient.local_descriptors(image, kind, gradient.Parameters(spacing=spacing), device)
    expected, places = plain.hog_descriptors(image, gradient.KINDS[kind], spacing)
    np.testing.assert_array_equal(xy, places)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("preset, knn", [("paper", 3), ("paper", 5), ("toolbox", 3)])
def test_pooled_vectors(photos, device, preset, knn):
    image = crop(photos, "china", 60, 90)
    parameters = gradient.Parameters.preset(preset, knn=knn)
    halves, dictionaries = [], {}
    for kind, cells in gradient.KINDS.items():
        x, xy = plain.hog_descriptors(image, cells, parameters.spacing)
        words = dictionary(x, 64, 1)
        indices, weights = plain.llc(x, words.astype(float), knn)
        raw = plain.pyramid(indices, weights, xy, image.shape[:2], 64)
        found = gradient.pooled_codes(image, words, kind, parameters, device)
        assert np.linalg.norm(found - raw) <= 1e-5 * np.linalg.norm(raw)
        np.testing.assert_allclose(found, raw, atol=1e-4)
        halves.append(raw / np.linalg.norm(raw))
        dictionaries[kind] = words
    both = gradient.gradient(image, dictionaries, parameters, device)
    assert both.shape == (gradient.dimension(parameters, 64),) and both.dtype == np.float32
    np.testing.assert_allclose(both, np.concatenate(halves), atol=1e-5)


def test_dimensions_are_the_papers():
    assert gradient.dimension() == 10752


def test_the_toolbox_exchanges_coordinates_on_a_square_and_scrambles_others(photos):
    compat = gradient.Parameters(toolbox_compat=True)
    square, wide = crop(photos, "coffee", 40, 40), crop(photos, "coffee", 40, 60)
    _, right = gradient.local_descriptors(square, "hog2x2")
    _, wrong = gradient.local_descriptors(square, "hog2x2", compat)
    np.testing.assert_array_equal(wrong, right[:, ::-1])
    _, right = gradient.local_descriptors(wide, "hog2x2")
    _, wrong = gradient.local_descriptors(wide, "hog2x2", compat)
    assert (wrong == right).all(1).mean() < 0.1
    assert sorted(map(tuple, wrong)) == sorted(map(tuple, right))


def test_a_point_on_the_far_edge_belongs_to_no_cell(device):
    """A width of 1 mod 4 puts grid points at x == width: the picture's last column must not count."""
    rng = np.random.default_rng(0)
    image = np.full((32, 33, 3), 128, np.uint8)
    image[:, 30:] = rng.integers(0, 256, (32, 3, 3))
    x, xy = plain.hog_descriptors(image, 2, 4)
    words = dictionary(x, 20, 2)
    raw = plain.pyramid(*plain.llc(x, words.astype(float), 3), xy, (32, 33), 20)
    found = gradient.pooled_codes(image, words, "hog2x2", device=device)
    np.testing.assert_allclose(found, raw, atol=1e-4)


def test_odd_pictures_give_finite_vectors(odd_pictures, device):
    rng = np.random.default_rng(3)
    dictionaries = {kind: rng.random((16, n * n * 31), np.float32) for kind, n in gradient.KINDS.items()}
    extract = gradient.extractor(gradient.Parameters(), dictionaries, device)
    rows = extract(list(odd_pictures.values()))
    assert rows.shape == (len(odd_pictures), 2 * 21 * 16) and np.isfinite(rows).all()
    assert extract([]).shape == (0, 2 * 21 * 16)


def test_a_dictionary_of_another_width_is_refused():
    with pytest.raises(ViewcastError, match="hog3x3"):
        gradient.extractor(gradient.Parameters(), {"hog2x2": np.zeros((9, 124)), "hog3x3": np.zeros((9, 124))})


def test_samples_are_seeded_and_drawn_from_the_picture(photos):
    def draw(seed):
        return gradient.sample_descriptors(photos["flower"], 20, np.random.default_rng(seed), kind="hog3x3")

    everything, _ = gradient.local_descriptors(photos["flower"], "hog3x3")
    first = draw(1)
    assert first.shape == (20, 279)
    np.testing.assert_array_equal(first, draw(1))
    assert not np.array_equal(first, draw(2))
    held = {row.tobytes() for row in everything}
    assert all(row.tobytes() in held for row in first)
