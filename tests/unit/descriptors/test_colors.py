"""The 50 colours, the histogram, the patches, and the simple features."""

from __future__ import annotations

import colorsys

import numpy as np
import plain_descriptors as plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat
from scipy.stats import skew

from viewcast.descriptors import color_histogram, color_patches, colors, simple
from viewcast.errors import ViewcastError


def test_the_shipped_table_is_what_its_procedure_makes():
    shipped = colors.default_palette()
    text = colors.centres_csv(colors.build_centres())
    rows = np.array([[float(v) for v in line.split(",")[1:4]] for line in text.splitlines()[1:]])
    rebuilt = colors._nearest_centre(colors._cells_oklab(), rows)
    # k-means may round differently on another processor: not by more than a shade at the borders.
    assert (rebuilt == shipped.labels).mean() > 0.99


def test_every_color_is_used_and_the_plain_ones_are_apart():
    palette = colors.default_palette()
    assert palette.labels.shape == (32768,) and set(palette.labels) == set(range(50))
    named = np.array(
        [[0, 0, 0], [255, 255, 255], [128, 128, 128], [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]],
        np.uint8,
    )
    assert len(set(colors.color_labels(named[None])[0].tolist())) == len(named)


def test_labels_depend_on_steps_of_eight_with_red_fastest():
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    r, g, b = (image[..., c].astype(int) // 8 for c in range(3))
    expected = colors.default_palette().labels[r + 32 * g + 1024 * b]
    np.testing.assert_array_equal(colors.color_labels(image), expected)
    np.testing.assert_array_equal(colors.color_labels(image // 8 * 8), expected)


def test_oklab_of_known_colors():
    lab = colors.oklab(np.array([[1.0, 1, 1], [1, 0, 0], [0, 0, 1]]))
    expected = [[1, 0, 0], [0.62796, 0.22486, 0.12585], [0.45201, -0.03246, -0.31153]]
    np.testing.assert_allclose(lab, expected, atol=2e-4)


def test_a_published_table_by_path(tmp_path):
    labels = np.random.default_rng(0).integers(0, 50, 32768)
    weights = np.full((32768, 50), 0.01)
    weights[np.arange(32768), labels] = 0.51
    savemat(tmp_path / "w2c.mat", {"w2c": weights})
    np.savez(tmp_path / "labels.npz", labels=labels)
    for name in ("w2c.mat", "labels.npz"):
        np.testing.assert_array_equal(colors.read_palette(str(tmp_path / name)).labels, labels)
    np.savez(tmp_path / "short.npz", labels=labels[:100])
    (tmp_path / "text.npz").write_text("no archive")
    for name in ("short.npz", "text.npz", "absent.mat"):
        with pytest.raises(ViewcastError, match="color_table"):
            colors.read_palette(str(tmp_path / name))


def test_histogram(photos, device):
    image = photos["coffee"]
    counts = np.bincount(colors.color_labels(image).ravel(), minlength=50)
    found = color_histogram.color_histogram(image, device=device)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, (counts / counts.sum()).astype(np.float32))


@pytest.mark.parametrize("preset", ["paper", "toolbox"])
@pytest.mark.parametrize("name", ["coffee", "flower"])
def test_patch_histograms_and_centres(photos, device, preset, name):
    parameters = color_patches.Parameters.preset(preset)
    found, xy = color_patches.local_descriptors(photos[name], parameters, device)
    labels = colors.color_labels(photos[name])
    expected, places = plain.color_histograms(labels, parameters.patch_sizes, parameters.spacing)
    np.testing.assert_array_equal(found, expected.astype(np.float32))
    np.testing.assert_array_equal(xy, places)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(1, 19))
@settings(max_examples=60, deadline=None)
def test_patch_histograms_of_any_size(height, width, spacing, patch):
    image = np.random.default_rng([height, width]).integers(0, 256, (height, width, 3), dtype=np.uint8)
    parameters = color_patches.Parameters(spacing=spacing, patch_sizes=(patch,))
    found, xy = color_patches.local_descriptors(image, parameters)
    expected, places = plain.color_histograms(colors.color_labels(image), (patch,), spacing)
    np.testing.assert_array_equal(found, expected.astype(np.float32))
    np.testing.assert_array_equal(xy, places)


@pytest.mark.parametrize("knn", [3, 5])
@pytest.mark.parametrize("name", ["coffee", "china"])
def test_pooled_vector(photos, device, name, knn):
    image = photos[name]
    parameters = color_patches.Parameters(knn=knn)
    x, xy = plain.color_histograms(colors.color_labels(image), parameters.patch_sizes, parameters.spacing)
    rng = np.random.default_rng(0)
    # Means of three: words between the data, as k-means makes them, some very near one another.
    words = np.mean([x[rng.permutation(len(x))[:80]] for _ in range(3)], axis=0).astype(np.float32)
    indices, weights = plain.llc(x, words.astype(float), knn)
    raw = plain.pyramid(indices, weights, xy, image.shape[:2], 80)
    np.testing.assert_allclose(color_patches.pooled_codes(image, words, parameters, device), raw, atol=5e-5)
    found = color_patches.color_patches(image, words, parameters, device)
    assert found.dtype == np.float32 and abs(np.linalg.norm(found) - 1) < 1e-6
    np.testing.assert_allclose(found, raw / np.linalg.norm(raw), atol=1e-5)


def test_dimensions_are_the_papers():
    assert color_histogram.dimension() == 50 and color_patches.dimension() == 4200 and simple.dimension() == 6


def test_odd_pictures_give_finite_vectors(odd_pictures, device):
    words = np.random.default_rng(0).dirichlet(np.ones(50), 20)
    for module, dictionaries in (
        (color_patches, {"color_patches": words}),
        (color_histogram, {}),
        (simple, {}),
    ):
        rows = module.extractor(module.Parameters(), dictionaries, device)(list(odd_pictures.values()))
        assert np.isfinite(rows).all() and rows.dtype == np.float32
    with pytest.raises(ViewcastError, match="50 columns"):
        color_patches.extractor(color_patches.Parameters(), {"color_patches": words[:, :9]}, device)


def test_simple_features(photos, device):
    image = photos["flower"]
    hsv = np.array([colorsys.rgb_to_hsv(*pixel) for pixel in image.reshape(-1, 3) / 255])
    intensity = image.reshape(-1, 3).mean(1) / 255
    expected = [*hsv.mean(0), intensity.mean(), intensity.var(), skew(intensity)]
    np.testing.assert_allclose(simple.simple(image, device), expected, rtol=1e-4, atol=1e-6)


def test_simple_features_without_color_or_contrast(odd_pictures, device):
    np.testing.assert_allclose(simple.simple(odd_pictures["white"], device), [0, 0, 1, 1, 0, 0], atol=1e-7)
    np.testing.assert_allclose(simple.simple(odd_pictures["black"], device), np.zeros(6), atol=1e-7)
