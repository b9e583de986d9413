"""What each number of a descriptor contributes, given back to the pixels that the number was computed from.

Every function here is exact: the sum of its map is the sum of the contributions. Only where a contribution lies is a
choice, and the functions say which.
"""

from __future__ import annotations

import numpy as np

from viewcast.coding.pyramid import REGIONS, Placed, max_pool
from viewcast.descriptors import color_patches, gist, gradient, texture
from viewcast.descriptors.colors import color_labels, read_palette


def resample(given: np.ndarray, height: int, width: int) -> np.ndarray:
    """A map of a picture at another size; its sum stays.

    :param given: (h, w) float64.
    :returns: (height, width) float64: each pixel's value is shared by area among the new pixels that it covers.
    """
    rows, columns = (
        _overlaps(np.linspace(0, new, old + 1), new) for old, new in zip(given.shape, (height, width), strict=True)
    )
    return rows.T @ given @ columns


def gist_map(image: np.ndarray, contributions: np.ndarray) -> np.ndarray:
    """Gist: each block's contributions evenly over the block.

    :param image: RGB uint8 (h, w, 3).
    :param contributions: (512,) of the descriptor's numbers.
    :returns: (h, w) float64; what the central square leaves out is 0.
    """
    height, width = image.shape[:2]
    by_block = contributions.reshape(-1, 4, 4).sum(0).T
    rows, columns = gist.blocks(height, width)
    return _overlaps(rows, height).T @ by_block @ _overlaps(columns, width)


def color_histogram_map(image: np.ndarray, contributions: np.ndarray, color_table: str | None = None) -> np.ndarray:
    """Colour histogram: each colour's contribution evenly over its pixels; of a colour that is not there, evenly over
    the picture.

    :param image: RGB uint8 (h, w, 3).
    :param contributions: (50,).
    :returns: (h, w) float64.
    """
    labels = color_labels(image, read_palette(color_table))
    return _by_label(labels, contributions)


def texture_map(image: np.ndarray, contributions: np.ndarray, parameters: texture.Parameters) -> np.ndarray:
    """Texture: each pattern's contribution evenly over its pixels in its region; of a pattern that the region lacks,
    evenly over the region.

    :param image: RGB uint8 (h, w, 3).
    :param contributions: (1239,).
    :returns: (h, w) float64.
    """
    height, width = image.shape[:2]
    plane = texture.plane(image, parameters)
    labels = texture.lbp_labels(plane)
    found = np.zeros(plane.shape)
    by_region = contributions.reshape(REGIONS, texture.LABELS)
    for own, (top, bottom, left, right) in zip(by_region, texture.regions(height, width, parameters), strict=True):
        inner = labels[top : bottom - 2, left : right - 2]
        if min(bottom - top, right - left) > 2:
            found[top + 1 : bottom - 1, left + 1 : right - 1] += _by_label(inner, own)
        else:  # a region of a tiny picture has no pattern, and its share of the picture may be no pixel at all
            found += own.sum() / found.size
    return found.reshape(height, -1, width).sum(1)


def words_map(shape: tuple[int, int], placed: Placed | None, contributions: np.ndarray) -> np.ndarray:
    """Max-pooled visual words: what a word contributes in a region of the pyramid goes to the local descriptors that
    won the maximum there, to all alike where several did, and within each evenly over its pixels. Where the maximum is
    0, all descriptors that do not use the word have won: then it goes evenly over the region.

    :param shape: height and width of the picture.
    :param placed: its local descriptors; None: it has none.
    :param contributions: (21 k,) in the order of ``viewcast.coding.pyramid``.
    :returns: (h, w) float64.
    """
    height, width = shape
    by_word = contributions.reshape(REGIONS, -1)
    words = by_word.shape[1]
    if placed is None:
        return np.full(shape, contributions.sum() / (height * width))
    pooled = max_pool(placed.codes, placed.cells, words).view(REGIONS, words).cpu().numpy()
    word, weight = (part.cpu().numpy() for part in placed.codes)
    cell = placed.cells.cpu().numpy()
    inside = cell >= 0
    earned = np.zeros(len(cell))
    for region in _regions_of(np.maximum(cell, 0)):
        won = inside[:, None] & (weight == pooled[region[:, None], word]) & (weight != 0)
        slot = region[:, None] * words + word
        winners = np.bincount(slot[won], minlength=REGIONS * words)
        share = contributions / np.maximum(winners, 1)
        earned += np.where(won, share[slot], 0).sum(axis=1)
    found = _boxes(shape, placed.boxes, earned)
    evenly = np.where(pooled == 0, by_word, 0).sum(axis=1)
    # Blocks come column after column.
    found += _even(shape, evenly[:16].reshape(4, 4).T)
    found += _even(shape, evenly[16:20].reshape(2, 2).T)
    return found + evenly[20] / (height * width)


def color_patches_map(
    image: np.ndarray,
    contributions: np.ndarray,
    dictionary: np.ndarray,
    parameters: color_patches.Parameters,
) -> np.ndarray:
    """Colour patches, see :func:`words_map`.

    :param image: RGB uint8 (h, w, 3).
    :param contributions: (21 k,) for the k words of ``dictionary``.
    :returns: (h, w) float64.
    """
    return words_map(image.shape[:2], color_patches.placed_codes(image, dictionary, parameters), contributions)


def gradient_map(
    image: np.ndarray,
    contributions: np.ndarray,
    dictionaries: dict[str, np.ndarray],
    parameters: gradient.Parameters,
) -> np.ndarray:
    """Gradient, see :func:`words_map`: a local descriptor's pixels are those of its cells.

    :param image: RGB uint8 (h, w, 3), reduced as the descriptor's pictures are.
    :param contributions: (21 k2 + 21 k3,).
    :returns: (h, w) float64.
    """
    found = np.zeros(image.shape[:2])
    start = 0
    for kind in gradient.KINDS:
        words = dictionaries[kind]
        own = contributions[start : start + REGIONS * len(words)]
        found += words_map(image.shape[:2], gradient.placed_codes(image, words, kind, parameters), own)
        start += len(own)
    return found


def _regions_of(cell: np.ndarray) -> list[np.ndarray]:
    """The region of each level that holds a finest cell."""
    column, row = np.divmod(cell, 4)
    return [cell, 16 + 2 * (column // 2) + row // 2, np.full_like(cell, 20)]


def _by_label(labels: np.ndarray, contributions: np.ndarray) -> np.ndarray:
    counts = np.bincount(labels.ravel(), minlength=len(contributions))
    absent = np.where(counts == 0, contributions, 0).sum() / labels.size
    return (contributions / np.maximum(counts, 1))[labels] + absent


def _overlaps(edges: np.ndarray, length: int) -> np.ndarray:
    """(m, length): of each of m intervals, given by their m + 1 edges in pixels, the share that lies in each pixel."""
    pixel = np.arange(length)
    covered = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    covered = np.maximum(covered, 0)
    return covered / covered.sum(axis=1, keepdims=True)


def _even(shape: tuple[int, int], by_cell: np.ndarray) -> np.ndarray:
    """Cells of a grid over the whole picture, each evenly over its area."""
    rows, columns = (
        _overlaps(np.linspace(0, length, count + 1), length) for length, count in zip(shape, by_cell.shape, strict=True)
    )
    return rows.T @ by_cell @ columns


def _boxes(shape: tuple[int, int], boxes: np.ndarray, earned: np.ndarray) -> np.ndarray:
    """Each box's amount evenly over those of its pixels that lie in the picture."""
    height, width = shape
    top, left = (np.clip(boxes[:, i], 0, shape[i] - 1) for i in (0, 1))
    bottom, right = (np.clip(boxes[:, 2 + i], lower + 1, shape[i]) for i, lower in ((0, top), (1, left)))
    density = earned / ((bottom - top) * (right - left))
    # Differences of a sum over rows and columns: four corners say all of a box.
    steps = np.zeros((height + 1, width + 1))
    for y, x, sign in ((top, left, 1), (bottom, left, -1), (top, right, -1), (bottom, right, 1)):
        np.add.at(steps, (y, x), sign * density)
    return steps.cumsum(0).cumsum(1)[:-1, :-1]
