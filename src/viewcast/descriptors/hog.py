"""Histograms of oriented gradients, densely (Dalal and Triggs, CVPR 2005, DOI 10.1109/CVPR.2005.177; in the form of
Felzenszwalb et al., PAMI 2010, DOI 10.1109/TPAMI.2009.167).

31 numbers per place: 18 signed orientations, 9 unsigned ones, 4 texture energies, each from a histogram over 8 x 8
pixel cells with linear falloff, normalised by the four 2 x 2 blocks of cells around it and clipped at 0.2.

How it is made fast. Only places ``step`` pixels apart are needed (4 for a grid of 4 and cells of 8). A linear falloff
over 8 pixels is a weighted sum of linear falloffs over ``step`` pixels at neighbouring places, so each pixel adds to
the 4 places around it instead of 225, and a small filter on the coarse grid does the rest: the same numbers, by the
refinement of the triangle function. The orientation of a whole-number gradient is looked up.
"""

from __future__ import annotations

import math
from functools import lru_cache, reduce

import numpy as np
import torch

CHANNELS = 31
CELL = 8
# Mirrored pixels around the picture; places then start 24 - 2 CELL = 8 pixels outside it.
PADDING = 24
_EPSILON = 1e-4
_CLIP = 0.2
_TEXTURE = 0.2357
# Directions of the nine unsigned orientations, in the four decimals of the published code.
_COSINES = (1.0, 0.9397, 0.7660, 0.500, 0.1736, -0.1736, -0.5000, -0.7660, -0.9397)
_SINES = (0.0, 0.3420, 0.6428, 0.8660, 0.9848, 0.9848, 0.8660, 0.6428, 0.3420)
_SPAN = 511


def hog_map(image: np.ndarray, step: int = 4, device: str = "cpu") -> np.ndarray:
    """HOG every ``step`` pixels.

    The picture is mirrored 24 pixels outwards. Row r, column c describes the 8 x 8 cell (with linear falloff over 15 x
    15 pixels) whose middle is pixel (r step - 8, c step - 8), counted from 0, of the picture itself.

    Per pixel the colour channel of largest gradient counts (the first of equals), and of equally near orientations the
    first. The paper names HOG alone; all constants are the toolbox's.

    :param image: RGB uint8 (h, w, 3).
    :param step: in pixels, a divisor of 8.
    :param device: torch's name of the device that computes.
    :returns: (ceil((h + 16) / step), ceil((w + 16) / step), 31) float32, without a unit. Channels: 18 signed
        orientations (20 degrees apart, anticlockwise in a frame whose y points down), 9 unsigned, 4 texture energies.

    >>> hog_map(np.zeros((16, 24, 3), np.uint8), step=4).shape
    (8, 10, 31)
    """
    return hog_planes(torch.from_numpy(image).to(device), step).permute(1, 2, 0).contiguous().cpu().numpy()


def hog_planes(image: torch.Tensor, step: int) -> torch.Tensor:
    """:func:`hog_map` on a tensor, channels first.

    :param image: RGB uint8 (h, w, 3).
    :param step: in pixels, a divisor of 8.
    :returns: (31, rows, columns) float32.
    """
    height, width = image.shape[:2]
    votes = _votes(_padded(image), step)
    histogram = _widen(votes, step)
    rows, columns = -(-(height + 16) // step), -(-(width + 16) // step)
    return _normalised(histogram, rows, columns, CELL // step)


def _padded(image: torch.Tensor) -> torch.Tensor:
    """The mirrored picture as planes (3, h + 48, w + 48) float32."""
    rows, columns = (
        torch.from_numpy(np.pad(np.arange(length), PADDING, mode="symmetric")).to(image.device)
        for length in image.shape[:2]
    )
    return image.permute(2, 0, 1).contiguous().index_select(1, rows).index_select(2, columns).float()


@lru_cache(maxsize=2)
def _orientations(device: str) -> torch.Tensor:
    """Orientation 0..17 of every gradient (dx, dy) in -255..255: (511 * 511,) int64, dx outermost."""
    difference = np.arange(-255, 256, dtype=np.float64)
    dx, dy = np.meshgrid(difference, difference, indexing="ij")
    best, found = np.zeros(dx.shape), np.zeros(dx.shape, dtype=np.int64)
    for orientation, (cosine, sine) in enumerate(zip(_COSINES, _SINES, strict=True)):
        dot = cosine * dx + sine * dy
        for sign, number in ((1, orientation), (-1, orientation + 9)):
            better = sign * dot > best
            best[better], found[better] = sign * dot[better], number
    return torch.from_numpy(found.ravel()).to(device)


def _votes(planes: torch.Tensor, step: int) -> torch.Tensor:
    """Gradient magnitudes by orientation, each shared linearly among the 4 nodes around its pixel.

    Node (i, j) lies on pixel (i step, j step) of the padded picture. Returns (18, rows, columns) float32.
    """
    dx = planes[:, 1:-1, 2:] - planes[:, 1:-1, :-2]
    dy = planes[:, 2:, 1:-1] - planes[:, :-2, 1:-1]
    # Whole numbers below 2^24: exact in float32.
    squared = dx * dx
    squared.addcmul_(dy, dy)
    code = dx.mul_(_SPAN).add_(dy)
    largest, chosen = squared[0], code[0]
    for channel in (1, 2):
        larger = squared[channel] > largest
        chosen = torch.where(larger, code[channel], chosen)
        largest = torch.maximum(largest, squared[channel])
    magnitude = largest.sqrt()
    lookup = (chosen + float(255 * _SPAN + 255)).int()
    orientation = _orientations(str(planes.device)).index_select(0, lookup.view(-1)).view(lookup.shape)

    height, width = planes.shape[1:]
    rows, columns = (height - 1) // step + 2, (width - 1) // step + 2
    row, row_share = _nodes(height, step, planes.device)
    column, column_share = _nodes(width, step, planes.device)
    place = orientation.mul_(rows * columns).add_(row[:, None] * columns).add_(column[None, :])
    votes = torch.zeros(18 * rows * columns, device=planes.device)
    for below in (0, 1):
        by_row = magnitude * row_share[below][:, None]
        for right in (0, 1):
            shifted = votes[below * columns + right :]
            shifted.scatter_add_(0, place.view(-1), (by_row * column_share[right]).view(-1))
    return votes.view(18, rows, columns)


def _nodes(length: int, step: int, device: torch.device) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    """For each inner pixel of a side: the node at or before it, and the shares of that node and of the next."""
    pixel = torch.arange(1, length - 1, device=device)
    after = (pixel % step).float() / step
    return pixel // step, (1 - after, after)


def _widen(votes: torch.Tensor, step: int) -> torch.Tensor:
    """From falloff over ``step`` pixels to falloff over 8: histograms at pixel 8 + i step of the padded picture."""
    reach = CELL // step - 1
    weights = [1 - abs(k) * step / CELL for k in range(-reach, reach + 1)]
    for axis in (1, 2):
        size = votes.shape[axis] - CELL // step - reach
        total: torch.Tensor | None = None
        for k, weight in zip(range(-reach, reach + 1), weights, strict=True):
            part = votes.narrow(axis, CELL // step + k, size)
            total = part * weight if total is None else total.add_(part, alpha=weight)
        assert total is not None  # reach is at least 0
        votes = total
    return votes


def _normalised(histogram: torch.Tensor, rows: int, columns: int, cell: int) -> torch.Tensor:
    """The 31 channels from the 18 histograms; ``cell`` is 8 pixels in places."""
    unsigned = histogram[:9] + histogram[9:]
    energy = unsigned.square().sum(0)

    def block(y: int, x: int) -> torch.Tensor:
        corners = (energy[y + i : y + i + rows, x + j : x + j + columns] for i in (0, cell) for j in (0, cell))
        return (reduce(torch.add, corners) + _EPSILON).rsqrt_()

    here = (slice(None), slice(cell, cell + rows), slice(cell, cell + columns))
    signed, unsigned = histogram[here].contiguous(), unsigned[here].contiguous()
    planes = torch.zeros((CHANNELS, rows, columns), device=histogram.device)
    for number, (y, x) in enumerate(((cell, cell), (0, cell), (cell, 0), (0, 0))):
        factor = block(y, x)
        clipped = (signed * factor).clamp_(max=_CLIP)
        planes[:18].add_(clipped, alpha=0.5)
        planes[27 + number] = clipped.sum(0) * _TEXTURE
        planes[18:27].add_((unsigned * factor).clamp_(max=_CLIP), alpha=0.5)
    return planes


def common_step(spacing: int) -> int:
    """The largest step that meets a grid of ``spacing`` and cells of 8 half a cell off it.

    :param spacing: in pixels.
    :returns: 1, 2 or 4 pixels.

    >>> common_step(6)
    2
    """
    return math.gcd(spacing, CELL // 2)
