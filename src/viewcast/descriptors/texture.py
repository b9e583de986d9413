"""Texture: local binary patterns in a spatial pyramid (paper section 4.2; Ojala et al., PAMI 2002, DOI
10.1109/TPAMI.2002.1017623).

Eight neighbours at radius 1, uniform patterns kept apart by direction (58) and all others together (label 58). The
paper's words "non-uniform LBP" and its 1239 = 59 x 21 numbers fit this and nothing else.

The vector: level 0 (59), level 1 (4 x 59: top left, top right, bottom right, bottom left) and level 2 (16 x 59, row by
row), each level divided by its sum, then times 1, 4 and 32, as the toolbox does. Patterns are computed inside each
region, so each loses a border of one pixel.

Exactness: diagonal neighbours are bilinear, and in a tenth to a third of a photograph's pixels such a neighbour equals
the centre exactly but for rounding. The toolbox's bit then depends on float64 weights and on the order of the sum, ((w1
a + w2 b) + w3 c) + w4 d without fused operations; both are kept here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from viewcast.descriptors.extractor import Extractor, one_by_one

LABELS = 59
_REGIONS = 21
_LEVEL_WEIGHTS = (1.0, 4.0, 32.0)
# Quadrants clockwise from the top left.
_LEVEL1 = ((0, 0), (0, 1), (1, 1), (1, 0))
# Rows in float64 that, with their temporaries, stay in a core's cache.
_CHUNK_PIXELS = 16384


@dataclass(frozen=True)
class Parameters:
    """What may be chosen.

    :ivar toolbox_compat: read the colour planes side by side as one grey picture, as the toolbox does by mistake. By
        default the picture is converted to grey.
    """

    toolbox_compat: bool = False

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Parameters:
        """The constants of ``paper`` or ``toolbox`` (they agree), with some fields changed."""
        return cls(**changes)


def dimension(parameters: Parameters = Parameters()) -> int:
    """Length of the vector, 1239."""
    return LABELS * _REGIONS


def grey(image: np.ndarray) -> np.ndarray:
    """The rounded luma of a picture, by MATLAB's ``rgb2gray``.

    :param image: RGB uint8 (h, w, 3).
    :returns: (h, w) uint8.

    >>> grey(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)).tolist()
    [[76, 150, 29]]
    """
    return _grey(torch.from_numpy(image)).numpy()


def lbp_labels(picture: np.ndarray) -> np.ndarray:
    """The pattern of every inner pixel.

    Labels 0..57 are the uniform patterns by increasing code, 58 all others. Bit i of the code is the neighbour at 45 i
    degrees, counter-clockwise from the right, and set where it is at least the centre.

    :param picture: grey (h, w) uint8.
    :returns: (h - 2, w - 2) uint8 in 0..58; empty where a side is under 3 pixels.

    >>> lbp_labels(np.zeros((3, 4), np.uint8)).tolist()
    [[57, 57]]
    """
    return _labels(torch.from_numpy(np.ascontiguousarray(picture))).numpy()


def lbp_histogram(image: np.ndarray, parameters: Parameters = Parameters(), device: str = "cpu") -> np.ndarray:
    """How often each pattern occurs in each region.

    :param image: RGB (h, w, 3) or grey (h, w), uint8.
    :param device: torch's name of the device that computes.
    :returns: (1239,) int64 counts of pixels, in the vector's order.
    """
    tensor = torch.from_numpy(image).to(device)
    if parameters.toolbox_compat and image.ndim == 3:
        return _side_by_side(tensor)
    return _pyramid(_labels(_grey(tensor) if image.ndim == 3 else tensor))


def regions(height: int, width: int, parameters: Parameters = Parameters()) -> list[tuple[int, int, int, int]]:
    """The 21 regions of a colour picture, in the vector's order: first row, row after the last, first column, column
    after the last. With ``toolbox_compat`` columns are those of the three planes side by side. A region's patterns are
    those of its pixels but the outermost ones.
    """
    end = 3 * width if parameters.toolbox_compat else width
    (rows1, rows2), (columns1, columns2) = _cuts(height), _cuts(width)
    columns1, columns2 = [*columns1[:-1], end], [*columns2[:-1], end]
    places = [(rows1, columns1, y, x) for y, x in _LEVEL1]
    places += [(rows2, columns2, y, x) for y in range(4) for x in range(4)]
    parts = [(rows[y], rows[y + 1], columns[x], columns[x + 1]) for rows, columns, y, x in places]
    return [(0, height, 0, end), *parts]


def plane(image: np.ndarray, parameters: Parameters = Parameters()) -> np.ndarray:
    """The one plane that the patterns of a colour picture are read in.

    :param image: RGB uint8 (h, w, 3).
    :returns: uint8, (h, w) of greys, or (h, 3 w) with ``toolbox_compat``.
    """
    if parameters.toolbox_compat:
        return np.ascontiguousarray(image.transpose(0, 2, 1)).reshape(len(image), -1)
    return grey(image)


def texture(image: np.ndarray, parameters: Parameters = Parameters(), device: str = "cpu") -> np.ndarray:
    """The descriptor of one picture; see the module's text.

    Deviation from the toolbox, on which the paper is silent: the picture is converted to grey first, unless
    ``parameters.toolbox_compat``.

    :param image: RGB (h, w, 3) or grey (h, w), uint8; the workflow reduces it to 500 pixels first.
    :param device: torch's name of the device that computes.
    :returns: (1239,) float32, levels that sum to 1, 4 and 32. A level without any pattern (of a picture of a few
        pixels) is zeros.
    """
    counts = lbp_histogram(image, parameters, device).astype(np.float64)
    levels = np.split(counts, [LABELS, 5 * LABELS])
    return np.concatenate(
        [weight * level / max(level.sum(), 1.0) for weight, level in zip(_LEVEL_WEIGHTS, levels, strict=True)]
    ).astype(np.float32)


def extractor(parameters: Parameters, dictionaries: dict[str, np.ndarray], device: str = "cpu") -> Extractor:
    """A function from n pictures to the :func:`texture` of each.

    :param dictionaries: not used.
    :param device: torch's name of the device that computes.
    :returns: from n pictures, RGB uint8 of any sizes, to (n, 1239) float32.
    """
    return one_by_one(lambda picture: texture(picture, parameters, device), dimension(parameters))


def _grey(image: torch.Tensor) -> torch.Tensor:
    # float64: the exact sum is a multiple of 1e-6, and float32 would round some pixels to the other side.
    planes = image.double()
    luma = planes[..., 0] * 0.298936 + planes[..., 1] * 0.587043 + planes[..., 2] * 0.114021
    return (luma + 0.5).to(torch.uint8)


@lru_cache(maxsize=1)
def _label_table() -> torch.Tensor:
    """Label of each of the 256 codes."""
    codes = np.arange(256)
    bits = (codes[:, None] >> np.arange(8)) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(1)
    uniform = changes <= 2
    return torch.from_numpy(np.where(uniform, np.cumsum(uniform) - 1, LABELS - 1).astype(np.uint8))


@lru_cache(maxsize=1)
def _neighbours() -> list[tuple[int, int, tuple[float, float, float, float] | None]]:
    """For each bit: row and column (0..2) of the upper left pixel to read, and its four weights, or None."""
    found: list[tuple[int, int, tuple[float, float, float, float] | None]] = []
    for i in range(8):
        angle = i * (2 * np.pi / 8)
        # Coordinates from 1 with the centre at 2, as the toolbox has them: the fractions agree to the last bit.
        y, x = -np.sin(angle) + 2, np.cos(angle) + 2
        if abs(y - round(y)) < 1e-6 and abs(x - round(x)) < 1e-6:
            found.append((round(y) - 1, round(x) - 1, None))
            continue
        ty, tx = float(y - np.floor(y)), float(x - np.floor(x))
        weights = ((1 - tx) * (1 - ty), tx * (1 - ty), (1 - tx) * ty, tx * ty)
        found.append((int(np.floor(y)) - 1, int(np.floor(x)) - 1, weights))
    return found


def _labels(picture: torch.Tensor) -> torch.Tensor:
    height, width = picture.shape
    if height < 3 or width < 3:
        return torch.zeros((max(height - 2, 0), max(width - 2, 0)), dtype=torch.uint8, device=picture.device)
    table = _label_table().to(picture.device)
    chunk = max(_CHUNK_PIXELS // width, 1)
    parts = [_codes(picture[start : start + chunk + 2]) for start in range(0, height - 2, chunk)]
    codes = torch.cat(parts)
    return table.index_select(0, codes.view(-1).int()).view(codes.shape)


def _codes(picture: torch.Tensor) -> torch.Tensor:
    """Codes of the inner pixels of a few rows (h, w) uint8: (h - 2, w - 2) uint8."""
    height, width = picture.shape[0] - 2, picture.shape[1] - 2
    exact = picture.double()
    codes = torch.zeros((height, width), dtype=torch.uint8, device=picture.device)
    products: dict[float, torch.Tensor] = {}
    for bit, (top, left, weights) in enumerate(_neighbours()):
        if weights is None:
            neighbour, centre = picture[top : top + height, left : left + width], picture[1:-1, 1:-1]
        else:
            corners = ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1))
            parts = []
            for weight, (y, x) in zip(weights, corners, strict=True):
                if weight not in products:
                    products[weight] = exact * weight
                parts.append(products[weight][y : y + height, x : x + width])
            neighbour, centre = ((parts[0] + parts[1]).add_(parts[2])).add_(parts[3]), exact[1:-1, 1:-1]
        codes.add_((neighbour >= centre).view(torch.uint8), alpha=1 << bit)
    return codes


def _cuts(length: int) -> tuple[list[int], list[int]]:
    """Where level 1 and level 2 cut a side: MATLAB's rounding, halves away from zero."""
    quarter, half, three = (int(np.floor(length * share + 0.5)) for share in (0.25, 0.5, 0.75))
    return [0, half, length], [0, quarter, half, three, length]


@lru_cache(maxsize=64)
def _bands(length: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut the inner pixels of a side into bands that lie wholly in or out of each region's own inner pixels.

    Returns the band of each of the ``length - 2`` inner pixels and a 0/1 table (7, bands): the whole side, its two
    halves, its four quarters.
    """
    level1, level2 = _cuts(length)
    regions = [
        (0, length),
        *zip(level1[:-1], level1[1:], strict=True),
        *zip(level2[:-1], level2[1:], strict=True),
    ]
    pixels = np.arange(1, length - 1)
    member = np.array([(pixels > start) & (pixels < end - 1) for start, end in regions])
    distinct, band = np.unique(member, axis=1, return_inverse=True)
    return band.ravel(), distinct.astype(np.int64)


def _pyramid(labels: torch.Tensor) -> np.ndarray:
    """Counts (1239,) int64 from the labels (h - 2, w - 2) of a whole grey picture."""
    counts = np.zeros((_REGIONS, LABELS), dtype=np.int64)
    if labels.numel() == 0:
        return counts.ravel()
    (band_y, rows), (band_x, columns) = _bands(labels.shape[0] + 2), _bands(labels.shape[1] + 2)
    n_y, n_x = rows.shape[1], columns.shape[1]
    down = torch.from_numpy(band_y * (n_x * LABELS)).to(labels.device)
    across = torch.from_numpy(band_x * LABELS).to(labels.device)
    bins = (down[:, None] + across[None, :]).add_(labels)
    held = torch.bincount(bins.view(-1), minlength=n_y * n_x * LABELS).cpu().numpy().reshape(n_y, n_x * LABELS)
    by_region = (rows @ held).reshape(7, n_x, LABELS)
    by_region = np.einsum("rx,yxl->yrl", columns, by_region)
    counts[0] = by_region[0, 0]
    for place, (y, x) in enumerate(_LEVEL1):
        counts[1 + place] = by_region[1 + y, 1 + x]
    counts[5:] = by_region[3:, 3:].reshape(16, LABELS)
    return counts.ravel()


def _side_by_side(image: torch.Tensor) -> np.ndarray:
    """The toolbox's counts on a colour picture.

    Its code takes (h, w, 3) for a grey picture (h, 3 w): red, green and blue side by side. The whole picture's
    patterns are those of all three planes in a row; regions are cut by the width of one plane, so that all lie in
    red, but the last in each row runs on through green and blue.
    """
    height, width = image.shape[:2]
    wide = image.permute(0, 2, 1).reshape(height, 3 * width)
    counts = []
    for top, bottom, left, right in regions(height, width, Parameters(toolbox_compat=True)):
        labels = _labels(wide[top:bottom, left:right])
        counts.append(torch.bincount(labels.reshape(-1).int(), minlength=LABELS).cpu().numpy())
    return np.concatenate(counts)
