"""Local binary patterns against scikit-image, against loops, and at the ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.feature import local_binary_pattern

from viewcast.descriptors import texture


def plain_labels(grey: np.ndarray) -> np.ndarray:
    """One pixel after another, Python floats: no fused multiply-add."""
    uniform = [c for c in range(256) if sum((c >> i & 1) != (c >> (i + 1) % 8 & 1) for i in range(8)) <= 2]
    label = {code: number for number, code in enumerate(uniform)}
    height, width = grey.shape
    out = np.zeros((height - 2, width - 2), np.uint8)
    for cy in range(1, height - 1):
        for cx in range(1, width - 1):
            code = 0
            for i in range(8):
                y, x = -np.sin(i * 2 * np.pi / 8) + 2, np.cos(i * 2 * np.pi / 8) + 2
                if i % 2 == 0:
                    value = float(grey[cy + round(y) - 2, cx + round(x) - 2])
                else:
                    fy, fx = int(np.floor(y)), int(np.floor(x))
                    ty, tx = y - fy, x - fx
                    a, b, c, d = (float(grey[cy + fy - 2 + j, cx + fx - 2 + k]) for j in (0, 1) for k in (0, 1))
                    value = (((1 - tx) * (1 - ty) * a + tx * (1 - ty) * b) + (1 - tx) * ty * c) + tx * ty * d
                code |= (value >= grey[cy, cx]) << i
            out[cy - 1, cx - 1] = label.get(code, 58)
    return out


def plain_histogram(grey: np.ndarray) -> np.ndarray:
    """Each region cut out of the picture first."""
    height, width = grey.shape

    def cut(length, shares):
        return [0, *(int(np.floor(length * s + 0.5)) for s in shares), length]

    rows1, columns1 = cut(height, [0.5]), cut(width, [0.5])
    rows2, columns2 = cut(height, [0.25, 0.5, 0.75]), cut(width, [0.25, 0.5, 0.75])
    regions = [(0, height, 0, width)]
    regions += [(*rows1[y : y + 2], *columns1[x : x + 2]) for y, x in ((0, 0), (0, 1), (1, 1), (1, 0))]
    regions += [(*rows2[y : y + 2], *columns2[x : x + 2]) for y in range(4) for x in range(4)]
    return np.concatenate(
        [np.bincount(texture.lbp_labels(grey[t:b, lf:r]).ravel(), minlength=59) for t, b, lf, r in regions]
    )


@pytest.mark.parametrize("name", ["coffee", "chelsea", "china", "flower"])
def test_labels_match_scikit_image_off_the_ties(photos, name):
    grey = texture.grey(photos[name])
    found = texture.lbp_labels(grey)
    reference = local_binary_pattern(grey, 8, 1, "nri_uniform")[1:-1, 1:-1].astype(int)
    # A diagonal neighbour equals the centre where the far corner does and the near two cancel.
    wide, ties = grey.astype(int), np.zeros(found.shape, bool)
    centre = wide[1:-1, 1:-1]
    for dy in (0, 2):
        for dx in (0, 2):
            far = wide[dy : dy + found.shape[0], dx : dx + found.shape[1]]
            up = wide[dy : dy + found.shape[0], 1:-1]
            side = wide[1:-1, dx : dx + found.shape[1]]
            ties |= (far == centre) & (up + side == 2 * centre)
    pairs = set(zip(found[~ties].tolist(), reference[~ties].tolist(), strict=True))
    assert (~ties).sum() > 3000
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


@given(
    hnp.arrays(
        np.uint8,
        st.tuples(st.integers(3, 9), st.integers(3, 9)),
        elements=st.sampled_from([0, 7, 100, 101, 255]),
    )
)
@settings(max_examples=60, deadline=None)
def test_labels_match_the_definition_ties_included(grey):
    np.testing.assert_array_equal(texture.lbp_labels(grey), plain_labels(grey))


def test_labels_of_a_photograph_match_the_definition(photos, device):
    grey = texture.grey(photos["flower"])
    np.testing.assert_array_equal(texture.lbp_labels(grey), plain_labels(grey))
    np.testing.assert_array_equal(texture.lbp_histogram(grey, device=device), plain_histogram(grey))


@given(st.integers(1, 40), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_regions_lose_their_own_borders(height, width):
    grey = np.random.default_rng([height, width]).integers(0, 256, (height, width), dtype=np.uint8)
    np.testing.assert_array_equal(texture.lbp_histogram(grey), plain_histogram(grey))


def test_normalisation_and_order(photos, device):
    image = photos["coffee"]
    counts = texture.lbp_histogram(image, device=device)
    vector = texture.texture(image, device=device)
    assert vector.shape == (1239,) and vector.dtype == np.float32
    height, width = image.shape[:2]
    assert counts[:59].sum() == (height - 2) * (width - 2)
    np.testing.assert_allclose(vector[:59], counts[:59] / counts[:59].sum(), rtol=1e-6)
    np.testing.assert_allclose(vector[59:295], 4 * counts[59:295] / counts[59:295].sum(), rtol=1e-6)
    np.testing.assert_allclose(vector[295:], 32 * counts[295:] / counts[295:].sum(), rtol=1e-6)


def test_grey_is_the_rounded_luma():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (50, 60, 3), dtype=np.uint8)
    weights = (298936, 587043, 114021)
    exact = (sum(int(w) * image[..., c].astype(np.int64) for c, w in enumerate(weights)) + 500_000) // 1_000_000
    np.testing.assert_array_equal(texture.grey(image), exact)


def test_the_toolbox_reads_planes_side_by_side(photos, device):
    image = photos["flower"]
    compat = texture.Parameters(toolbox_compat=True)
    counts = texture.lbp_histogram(image, compat, device)
    wide = np.concatenate([image[..., c] for c in range(3)], axis=1)
    np.testing.assert_array_equal(counts[:59], np.bincount(plain_labels(wide).ravel(), minlength=59))
    height, width = image.shape[:2]
    right = wide[: int(np.floor(height / 2 + 0.5)), int(np.floor(width / 2 + 0.5)) :]
    np.testing.assert_array_equal(counts[118:177], np.bincount(plain_labels(right).ravel(), minlength=59))
    assert texture.texture(image, compat, device).shape == (1239,)


def test_odd_pictures_give_finite_vectors(odd_pictures, device):
    for compat in (False, True):
        extract = texture.extractor(texture.Parameters(toolbox_compat=compat), {}, device)
        rows = extract(list(odd_pictures.values()))
        assert rows.shape == (len(odd_pictures), 1239) and np.isfinite(rows).all()
    assert extract([]).shape == (0, 1239)
