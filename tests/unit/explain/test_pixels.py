"""Contributions given back to pixels: nothing is lost, and everything lies where loops over the definitions put it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from plain_descriptors import color_histograms, hog_descriptors, llc

from viewcast.coding.llc import Codes
from viewcast.coding.pyramid import Placed
from viewcast.descriptors import color_patches, gist, gradient, texture
from viewcast.descriptors.colors import color_labels
from viewcast.explain.pixels import (
    color_histogram_map,
    color_patches_map,
    gist_map,
    gradient_map,
    resample,
    texture_map,
    words_map,
)

#: Sums of so many numbers, in float64 and by differences of sums, agree to this share of their sizes.
EXACT = 1e-9
COMPAT = texture.Parameters(toolbox_compat=True)
_rng = np.random.default_rng(3)
COLOR_WORDS = _rng.dirichlet(np.full(50, 0.05), 7)
GRADIENT_WORDS = {"hog2x2": 0.2 * _rng.random((5, 124)), "hog3x3": 0.2 * _rng.random((6, 279))}

MAPS: dict[str, tuple[int, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = {
    "gist": (512, gist_map),
    "color_histogram": (50, color_histogram_map),
    "texture": (1239, lambda image, own: texture_map(image, own, texture.Parameters())),
    "texture, toolbox_compat": (1239, lambda image, own: texture_map(image, own, COMPAT)),
    "color_patches": (
        21 * 7,
        lambda image, own: color_patches_map(image, own, COLOR_WORDS, color_patches.Parameters()),
    ),
    "gradient": (21 * 11, lambda image, own: gradient_map(image, own, GRADIENT_WORDS, gradient.Parameters())),
    "gradient, toolbox_compat": (
        21 * 11,
        lambda image, own: gradient_map(image, own, GRADIENT_WORDS, gradient.Parameters(toolbox_compat=True)),
    ),
}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    torch.set_num_threads(1)


def pictures() -> dict[str, np.ndarray]:
    """Random pictures of odd sizes; smooth ones, too, for noise alone has every pattern everywhere."""
    rng = np.random.default_rng(7)

    def noise(height, width):
        return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)

    def smooth(height, width):
        return cv2.resize(noise(5, 6), (width, height), interpolation=cv2.INTER_CUBIC)

    return {
        "one pixel": noise(1, 1),
        "a row": noise(1, 31),
        "a column": noise(31, 1),
        "five by seven": noise(5, 7),
        "17 x 23": noise(17, 23),
        "narrow": noise(101, 18),
        "square": smooth(64, 64),
        "wide": smooth(333, 499),
        "high": smooth(500, 375),
        "grey": np.full((90, 60, 3), 128, np.uint8),
    }


def is_the_whole(found: np.ndarray, image: np.ndarray, contributions: np.ndarray) -> None:
    assert found.shape == image.shape[:2] and found.dtype == np.float64 and np.isfinite(found).all()
    assert abs(found.sum() - contributions.sum()) <= EXACT * np.abs(contributions).sum()


@pytest.mark.parametrize("feature", MAPS)
@pytest.mark.parametrize("name", pictures())
def test_the_map_sums_to_the_contributions(feature, name):
    image = pictures()[name]
    size, make = MAPS[feature]
    contributions = np.random.default_rng(len(name)).normal(size=size)
    is_the_whole(make(image, contributions), image, contributions)
    # One number alone, which a lost share could not hide among others.
    for j in np.random.default_rng(len(name)).integers(size, size=3):
        is_the_whole(make(image, np.eye(size)[j]), image, np.eye(size)[j])


@pytest.mark.parametrize("folder", ["covers", "memorability"])
def test_the_maps_of_real_photographs_sum_to_the_contributions(folder):
    root = Path(os.environ.get("VIEWCAST_SHARED", Path(__file__).parents[4] / "shared"))
    paths = sorted((root / "data" / folder / "images").rglob("*.jpg"))[:3]
    if not paths:
        pytest.skip("the real photographs for checking are not here")
    rng = np.random.default_rng(1)
    for path in paths:
        with Image.open(path) as held:
            held.thumbnail((500, 500))
            image = np.array(held.convert("RGB"))
        for size, make in MAPS.values():
            contributions = rng.normal(size=size)
            is_the_whole(make(image, contributions), image, contributions)


# Where things lie.


@pytest.mark.parametrize(("old", "new"), [((3, 5), (7, 4)), ((8, 6), (3, 6)), ((5, 5), (5, 5)), ((1, 2), (4, 9))])
def test_resampling_shares_each_pixel_by_area(old, new):
    given = np.random.default_rng(0).normal(size=old)
    expected = np.zeros(new)
    high, wide = new[0] / old[0], new[1] / old[1]
    for y in range(old[0]):
        for x in range(old[1]):
            for v in range(new[0]):
                for u in range(new[1]):
                    down = max(0.0, min((y + 1) * high, v + 1) - max(y * high, v))
                    across = max(0.0, min((x + 1) * wide, u + 1) - max(x * wide, u))
                    expected[v, u] += given[y, x] * down * across / (high * wide)
    np.testing.assert_allclose(resample(given, *new), expected, atol=1e-12)


@pytest.mark.parametrize("name", ["17 x 23", "square", "grey"])
def test_a_colour_lies_on_its_pixels(name):
    image = pictures()[name]
    contributions = np.random.default_rng(1).normal(size=50)
    labels = color_labels(image)
    expected = np.zeros(labels.shape)
    for color in range(50):
        count = sum(int(label == color) for label in labels.ravel())
        for y in range(len(labels)):
            for x in range(labels.shape[1]):
                if count == 0:
                    expected[y, x] += contributions[color] / labels.size
                elif labels[y, x] == color:
                    expected[y, x] += contributions[color] / count
    np.testing.assert_allclose(color_histogram_map(image, contributions), expected, atol=1e-12)


def plain_texture(image: np.ndarray, contributions: np.ndarray, compat: bool) -> np.ndarray:
    """Each region is cut out of the picture before its patterns are taken, one after another."""
    height, width = image.shape[:2]
    grey = np.concatenate([image[..., c] for c in range(3)], axis=1) if compat else texture.grey(image)

    def cut(length, parts, end):
        return [*(int(np.floor(length * i / parts + 0.5)) for i in range(parts)), end]

    end = grey.shape[1]
    regions = [(0, height, 0, end)]
    for parts, order in ((2, [(0, 0), (0, 1), (1, 1), (1, 0)]), (4, [(y, x) for y in range(4) for x in range(4)])):
        rows, columns = cut(height, parts, height), cut(width, parts, end)
        regions += [(rows[y], rows[y + 1], columns[x], columns[x + 1]) for y, x in order]
    found = np.zeros(grey.shape)
    for number, (top, bottom, left, right) in enumerate(regions):
        own = contributions[59 * number : 59 * number + 59]
        labels = texture.lbp_labels(np.ascontiguousarray(grey[top:bottom, left:right]))
        if labels.size == 0:
            found += own.sum() / found.size
            continue
        for label in range(59):
            places = [(y, x) for y, x in np.ndindex(labels.shape) if labels[y, x] == label]
            places = places or list(np.ndindex(labels.shape))
            for y, x in places:
                found[top + 1 + y, left + 1 + x] += own[label] / len(places)
    if compat:
        found = found[:, :width] + found[:, width : 2 * width] + found[:, 2 * width :]
    return found


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize("shape", [(17, 23), (30, 21), (5, 7), (9, 40), (2, 8)])
def test_a_pattern_lies_on_its_pixels_in_its_region(shape, compat):
    # Few greys, so that patterns repeat, and some are missing.
    image = np.random.default_rng(2).integers(0, 3, (*shape, 3)).astype(np.uint8) * 90
    contributions = np.random.default_rng(3).normal(size=1239)
    found = texture_map(image, contributions, texture.Parameters(toolbox_compat=compat))
    np.testing.assert_allclose(found, plain_texture(image, contributions, compat), atol=1e-12)


@pytest.mark.parametrize("shape", [(256, 256), (40, 60), (61, 37), (500, 333), (7, 5)])
def test_gist_lies_on_the_blocks_of_the_central_square(shape):
    height, width = shape
    contributions = np.random.default_rng(4).normal(size=512)
    expected = np.zeros(shape)
    # The picture at the scale at which its shorter side is 256, and the first pixel of the square there.
    scale = 256 / min(shape)
    new = [int(np.floor(side * scale + 0.5)) for side in shape]
    first = [(side - 256) // 2 for side in new]
    for filter_ in range(32):
        for column in range(4):
            for row in range(4):
                amount = contributions[16 * filter_ + 4 * column + row]
                top, left = (first[0] + 64 * row) / scale, (first[1] + 64 * column) / scale
                bottom, right = (min(edge + 64 / scale, end) for edge, end in ((top, height), (left, width)))
                share = np.zeros(shape)
                for y in range(int(top), min(int(np.ceil(bottom)), height)):
                    down = min(bottom, y + 1) - max(top, y)
                    for x in range(int(left), min(int(np.ceil(right)), width)):
                        share[y, x] = down * (min(right, x + 1) - max(left, x))
                expected += amount * share / share.sum()
    image = np.zeros((*shape, 3), np.uint8)
    np.testing.assert_allclose(gist_map(image, contributions), expected, atol=1e-9)


def test_a_response_of_gist_is_mapped_to_where_it_comes_from():
    """One busy sixteenth of a flat picture: the blocks that respond most are those whose map covers it."""
    image = np.full((256, 384, 3), 100, np.uint8)
    image[64:128, 64 + 128 : 64 + 192] = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    vector = gist.gist(image).astype(float)
    found = gist_map(image, vector)
    inside = found[64:128, 192:256].mean()
    assert found.max() == pytest.approx(inside, rel=1e-6) and inside > 1.5 * np.median(found[:, 64:320])
    assert (found[:, :64] == 0).all() and (found[:, 320:] == 0).all()


# Words: a slow loop over regions and words, from dense codes.


def plain_words(
    shape: tuple[int, int], dense: np.ndarray, cells: np.ndarray, boxes: np.ndarray, contributions: np.ndarray
) -> np.ndarray:
    """:func:`words_map` from the definition.

    :param dense: (n, k) codes written out; :param cells: (n,); :param boxes: (n, 4).
    """
    height, width = shape
    words = dense.shape[1]
    by_region = contributions.reshape(21, words)
    cells_of = [[4 * x + y] for x in range(4) for y in range(4)]
    cells_of += [[4 * (2 * x + a) + 2 * y + b for a in (0, 1) for b in (0, 1)] for x in (0, 1) for y in (0, 1)]
    cells_of += [list(range(16))]
    areas = [(y / 4, x / 4, 1 / 4) for x in range(4) for y in range(4)]
    areas += [(y / 2, x / 2, 1 / 2) for x in (0, 1) for y in (0, 1)]
    areas += [(0.0, 0.0, 1.0)]
    found = np.zeros(shape)
    for region, (own_cells, (top, left, side)) in enumerate(zip(cells_of, areas, strict=True)):
        even = np.zeros(shape)
        for y in range(height):
            for x in range(width):
                down = min(y + 1, (top + side) * height) - max(y, top * height)
                across = min(x + 1, (left + side) * width) - max(x, left * width)
                even[y, x] = max(down, 0) * max(across, 0)
        even /= even.sum()
        empty = any(not (cells == cell).any() for cell in own_cells)
        members = [i for i in range(len(cells)) if cells[i] in own_cells]
        for word in range(words):
            # What no descriptor of a cell is there to say counts as 0.
            values = [dense[i, word] for i in members] + [0.0] * empty
            largest = max(values)
            if largest == 0:
                found += by_region[region, word] * even
                continue
            winners = [i for i in members if dense[i, word] == largest]
            for i in winners:
                first_row, first_column, last_row, last_column = boxes[i]
                inside = [
                    (y, x)
                    for y in range(first_row, last_row)
                    for x in range(first_column, last_column)
                    if 0 <= y < height and 0 <= x < width
                ]
                for y, x in inside:
                    found[y, x] += by_region[region, word] / len(winners) / len(inside)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_words_go_to_the_winners_of_every_region(seed):
    """Ties, negative maxima, words that nobody uses, empty cells, descriptors in no cell, boxes across the border."""
    rng = np.random.default_rng(seed)
    shape, words, n = (13, 18), 6, 40
    # Words of few neighbours and few values: ties in plenty. Word 5 is used by nobody.
    indices = np.array([rng.permutation(5)[:3] for _ in range(n)])
    weights = rng.choice([-0.5, -0.25, 0.0, 0.25, 0.5, 0.75], (n, 3)).astype(np.float32)
    used = 12 if seed % 2 else 16  # the last cells are empty, or none is
    cells = np.concatenate([np.arange(-1, used), rng.integers(-1, used, n - used - 1)])
    # In one cell all use word 0 with negative weights, and in a quarter of the picture all use word 1 so.
    low = cells == 2
    indices[low], weights[low, 0] = [0, 1, 2], -rng.choice([0.25, 0.5], low.sum())
    quarter = np.isin(cells, [0, 1, 4, 5])
    indices[quarter], weights[quarter, 0] = [1, 3, 4], -rng.choice([0.25, 0.5], quarter.sum())
    top, left = rng.integers(-3, 12, n), rng.integers(-3, 17, n)
    boxes = np.stack([top, left, top + rng.integers(4, 8, n), left + rng.integers(4, 8, n)], 1)
    dense = np.zeros((n, words))
    np.put_along_axis(dense, indices, weights, 1)
    assert (dense[low, 0] < 0).all() and (dense[quarter, 1] < 0).all()
    contributions = rng.normal(size=21 * words)
    placed = Placed(Codes(torch.from_numpy(indices), torch.from_numpy(weights)), torch.from_numpy(cells), boxes)
    expected = plain_words(shape, dense, cells, boxes, contributions)
    np.testing.assert_allclose(words_map(shape, placed, contributions), expected, atol=1e-12)


def test_a_winner_has_all_and_those_who_tie_share_alike():
    boxes = np.array([[0, 0, 2, 2], [0, 2, 2, 4], [6, 6, 9, 9], [2, 0, 4, 2]])
    cells = np.array([0, 0, 15, -1])
    codes = Codes(torch.tensor([[0], [0], [0], [0]]), torch.tensor([[0.5], [0.5], [0.25], [0.75]]))
    placed = Placed(codes, torch.from_numpy(cells), boxes)
    contributions = np.zeros((21, 1))
    contributions[20] = 8  # of the whole picture, where the first two tie and the last lies in no cell
    expected = np.zeros((8, 8))
    expected[:2, :4] = 1
    np.testing.assert_allclose(words_map((8, 8), placed, contributions.ravel()), expected, atol=1e-12)
    contributions = np.zeros((21, 1))
    contributions[15] = 8  # of the last cell, whose winner's box ends outside the picture
    expected = np.zeros((8, 8))
    expected[6:, 6:] = 2
    np.testing.assert_allclose(words_map((8, 8), placed, contributions.ravel()), expected, atol=1e-12)
    contributions = np.zeros((21, 1))
    contributions[1] = 8  # of the cell below the first, which is empty
    expected = np.zeros((8, 8))
    expected[2:4, :2] = 2
    np.testing.assert_allclose(words_map((8, 8), placed, contributions.ravel()), expected, atol=1e-12)


def test_without_local_descriptors_all_is_spread_evenly():
    np.testing.assert_allclose(words_map((3, 5), None, np.arange(42.0)), np.full((3, 5), np.arange(42).sum() / 15))
    found = color_patches_map(np.zeros((4, 5, 3), np.uint8), np.arange(147.0), COLOR_WORDS, color_patches.Parameters())
    np.testing.assert_allclose(found, np.full((4, 5), np.arange(147).sum() / 20))


def cells_of(places: np.ndarray, height: int, width: int) -> np.ndarray:
    """The finest cells of places (x, y) from 1."""
    found = np.full(len(places), -1)
    for i, (x, y) in enumerate(places):
        if x < width and y < height:
            found[i] = 4 * int(4 * x / width) + int(4 * y / height)
    return found


def rounded_codes(indices: np.ndarray, weights: np.ndarray, placed: Placed) -> np.ndarray:
    """The descriptor's own codes, dense, where they are those of the definition: float32 decides who ties."""
    n, words = len(indices), 1 + max(int(indices.max()), int(placed.codes.indices.max()))
    plain, own = np.zeros((n, words)), np.zeros((n, words))
    np.put_along_axis(plain, indices, weights, 1)
    np.put_along_axis(own, placed.codes.indices.numpy(), placed.codes.weights.numpy().astype(float), 1)
    np.testing.assert_allclose(own, plain, atol=1e-4)
    return own


def test_colour_patches_lie_where_loops_put_them():
    rng = np.random.default_rng(5)
    image = cv2.resize(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8), (41, 33), interpolation=cv2.INTER_NEAREST)
    parameters = color_patches.Parameters()
    histograms, places = color_histograms(color_labels(image), (6, 10, 16), 6)
    placed = color_patches.placed_codes(image, COLOR_WORDS, parameters)
    dense = rounded_codes(*llc(histograms, COLOR_WORDS, 3), placed)
    boxes = []
    for patch in (6, 10, 16):
        first_x, first_y = (41 - patch) % 6 // 2, (33 - patch) % 6 // 2
        for x in range(first_x, 41 - patch + 1, 6):
            for y in range(first_y, 33 - patch + 1, 6):
                boxes.append((y, x, y + patch, x + patch))
    contributions = rng.normal(size=21 * dense.shape[1])
    expected = plain_words((33, 41), dense, cells_of(places, 33, 41), np.array(boxes), contributions)
    found = color_patches_map(image, contributions, COLOR_WORDS, parameters)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_gradients_lie_where_loops_put_them():
    rng = np.random.default_rng(6)
    image = cv2.resize(rng.integers(0, 256, (7, 7, 3), dtype=np.uint8), (39, 26), interpolation=cv2.INTER_CUBIC)
    parameters = gradient.Parameters()
    contributions = rng.normal(size=21 * 11)
    expected, start = np.zeros((26, 39)), 0
    for kind, cells in (("hog2x2", 2), ("hog3x3", 3)):
        words = GRADIENT_WORDS[kind]
        described, places = hog_descriptors(image, cells, 4)
        placed = gradient.placed_codes(image, words, kind, parameters)
        dense = rounded_codes(*llc(described, words, 3), placed)
        # m cells of 8 pixels around the pixel of the centre.
        first, reach = places[:, ::-1] - 1 - 4 * cells, 8 * cells
        boxes = np.concatenate([first, first + reach], axis=1)
        own = contributions[start : start + 21 * len(words)]
        expected += plain_words((26, 39), dense, cells_of(places, 26, 39), boxes, own)
        start += len(own)
    np.testing.assert_allclose(gradient_map(image, contributions, GRADIENT_WORDS, parameters), expected, atol=1e-9)


@pytest.mark.parametrize("kind", ["hog2x2", "hog3x3", "color_patches"])
def test_a_local_descriptor_sees_its_box_and_nothing_else(kind):
    """Pixels changed outside the box leave it as it is; the place is thus that of the descriptor's own pixels."""
    rng = np.random.default_rng(8)
    image = rng.integers(0, 256, (72, 88, 3), dtype=np.uint8)
    if kind == "color_patches":
        boxes = color_patches.placed_codes(image, COLOR_WORDS, color_patches.Parameters()).boxes
        describe = lambda picture: color_patches.local_descriptors(picture)[0]  # noqa: E731
        border = 0
    else:
        boxes = gradient.placed_codes(image, GRADIENT_WORDS[kind], kind, gradient.Parameters()).boxes
        describe = lambda picture: gradient.local_descriptors(picture, kind)[0]  # noqa: E731
        # Votes are spread over neighbouring cells, and cells are normalised by their neighbours.
        border = 13
    plain = describe(image)
    inside = (boxes[:, :2] >= border) & (boxes[:, 2:] <= np.array([72, 88]) - border)
    for i in rng.permutation(np.flatnonzero(inside.all(axis=1)))[:5]:
        top, left, bottom, right = boxes[i]
        kept = np.zeros((72, 88), bool)
        kept[top - border : bottom + border, left - border : right + border] = True
        other = np.where(kept[..., None], image, rng.integers(0, 256, image.shape, dtype=np.uint8))
        np.testing.assert_allclose(describe(other)[i], plain[i], atol=1e-6)
        within = image.copy()
        within[top:bottom, left:right] = rng.integers(0, 256, (bottom - top, right - left, 3))
        assert np.abs(describe(within)[i] - plain[i]).max() > 0.01
