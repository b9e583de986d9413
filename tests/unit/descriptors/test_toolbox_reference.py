"""Against outputs of the paper author's own toolbox, where they are at hand."""

from __future__ import annotations

import numpy as np
import pytest

from viewcast.coding.llc import llc_codes
from viewcast.descriptors import color_patches, colors, gist, gradient, hog, texture


@pytest.fixture(scope="module")
def golden(shared_data):
    path = shared_data / "toolbox_reference" / "golden_tiny.npz"
    if not path.is_file():
        pytest.skip("no toolbox reference")
    return np.load(path)


@pytest.fixture(scope="module")
def words(shared_data):
    return np.load(shared_data / "toolbox_reference" / "golden_dictionaries.npz")


@pytest.fixture(scope="module")
def published(shared_data):
    return str(shared_data / "dd50_w2c" / "DD50_w2c.mat")


def test_texture(golden, words):
    image, compat = golden["img"], texture.Parameters(toolbox_compat=True)
    np.testing.assert_array_equal(texture.grey(image), golden["lbp_gray"])
    np.testing.assert_array_equal(texture.lbp_labels(golden["lbp_gray"]), golden["lbp_label"])
    np.testing.assert_array_equal(texture.lbp_histogram(image), golden["lbp_hist"])
    np.testing.assert_allclose(texture.texture(image), golden["lbp_feat"], atol=1e-6)
    np.testing.assert_allclose(texture.texture(image, compat), golden["lbp_feat_rgbquirk"], atol=1e-6)
    np.testing.assert_array_equal(texture._label_table().numpy(), words["lbp_table"])


def test_colors(golden, published):
    image, palette = golden["img"], colors.read_palette(published)
    np.testing.assert_array_equal(colors.color_labels(image, palette) + 1, golden["color_label"])
    for preset, letter in (("paper", "p"), ("toolbox", "t")):
        parameters = color_patches.Parameters.preset(preset, color_table=published)
        found, xy = color_patches.local_descriptors(image, parameters)
        area = golden[f"color{letter}_patch"].astype(float)[:, None] ** 2
        np.testing.assert_array_equal(np.round(found * area), golden[f"color{letter}_counts"])
        np.testing.assert_array_equal(xy, golden[f"color{letter}_xy"])


@pytest.mark.parametrize("knn", [3, 5])
def test_color_patches(golden, words, published, knn):
    image, book = golden["img"], words["dict_colorkm"]
    parameters = color_patches.Parameters(color_table=published, knn=knn)
    found, _ = color_patches.local_descriptors(image, parameters)
    codes = llc_codes(found, book, knn)
    np.testing.assert_array_equal(codes.indices.numpy(), golden["colorkm_idx"][:, :knn])
    np.testing.assert_allclose(codes.weights.numpy(), golden[f"colorkm_w{knn}"], atol=2e-5)
    raw = color_patches.pooled_codes(image, book, parameters)
    np.testing.assert_allclose(raw, golden[f"colorkm_pool{knn}_raw"], atol=2e-5)
    pooled = color_patches.color_patches(image, book, parameters)
    np.testing.assert_allclose(pooled, golden[f"colorkm_pool{knn}"], atol=2e-6)


def test_hog(golden):
    image = golden["img"]
    np.testing.assert_allclose(hog.hog_map(image, 1), golden["hog3x3_map"], atol=1e-6)
    np.testing.assert_allclose(hog.hog_map(image, 1)[4:-4, 4:-4], golden["hog2x2_map"], atol=1e-6)
    for kind in gradient.KINDS:
        found, xy = gradient.local_descriptors(image, kind)
        np.testing.assert_allclose(found, golden[f"{kind}_feat"], atol=1e-6)
        np.testing.assert_array_equal(xy, golden[f"{kind}_xy"])


@pytest.mark.parametrize("kind", gradient.KINDS)
@pytest.mark.parametrize("knn", [3, 5])
def test_gradient_codes(golden, words, kind, knn):
    image, book = golden["img"], words[f"dict_{kind}"]
    codes = llc_codes(gradient.local_descriptors(image, kind)[0], book, knn)
    np.testing.assert_array_equal(codes.indices.numpy(), golden[f"{kind}_idx"][:, :knn])
    np.testing.assert_allclose(codes.weights.numpy(), golden[f"{kind}_w{knn}"], atol=2e-5)
    raw = gradient.pooled_codes(image, book, kind, gradient.Parameters(knn=knn))
    np.testing.assert_allclose(raw, golden[f"{kind}_pool{knn}_raw"], atol=2e-5)


@pytest.mark.parametrize("compat, suffix", [(False, ""), (True, "_bug")])
def test_gradient(golden, words, compat, suffix):
    books = {kind: words[f"dict_{kind}"] for kind in gradient.KINDS}
    found = gradient.gradient(golden["img"], books, gradient.Parameters(toolbox_compat=compat))
    expected = np.concatenate([golden[f"{kind}_pool3{suffix}"] for kind in gradient.KINDS])
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_gist(golden):
    np.testing.assert_allclose(gist.gist(golden["gist256_img"]), golden["gist256_np64"], atol=2e-6)
    np.testing.assert_allclose(gist.gist(golden["img"]), golden["gist_resized"], atol=1e-4)
