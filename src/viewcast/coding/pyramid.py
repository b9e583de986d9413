"""Spatial pyramid of max-pooled codes (Lazebnik et al., CVPR 2006, DOI 10.1109/CVPR.2006.68; paper section 4.2: two
levels below the whole picture, 21 regions).

Layout of the pooled vector, for a dictionary of k words: 21 blocks of k. Blocks 0..15 are the 4 x 4 cells with the
column outermost (block 4 ix + iy), blocks 16..19 the 2 x 2 cells (16 + 2 ix + iy), block 20 the picture. Deviation from
Lazebnik et al.: maxima in place of histograms, as the paper says, and no weights of the levels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from viewcast.coding.llc import Codes

REGIONS = 21


class Placed(NamedTuple):
    """Coded local descriptors of one picture, and where they lie.

    :ivar codes: sparse codes of n descriptors.
    :ivar cells: (n,) int64 of :func:`finest_cells`, on the codes' device.
    :ivar boxes: (n, 4) int64, the pixels that each describes: first row, first column, and the row and column after the
        last ones, counted from 0; they may lie partly outside the picture.
    """

    codes: Codes
    cells: torch.Tensor
    boxes: np.ndarray


def finest_cells(xy: np.ndarray, width: int, height: int) -> np.ndarray:
    """The cell, of 4 x 4, that each point lies in.

    Cell ix holds width ix/4 <= x < width (ix + 1)/4; points at x == width or y == height therefore lie in no cell and
    are pooled nowhere, as in the toolbox that the paper's author published.

    :param xy: (n, 2), points as (x, y) in pixels counted from 1.
    :param width, height: of the picture in pixels.
    :returns: (n,) int64, the block 0..15, or -1 for a point in no cell.

    >>> finest_cells(np.array([[1, 1], [7, 1], [8, 1]]), width=8, height=8).tolist()
    [0, 12, -1]
    """
    xy = np.asarray(xy, dtype=np.float64)
    columns = np.searchsorted(np.arange(1, 5) * width / 4, xy[:, 0], side="right")
    rows = np.searchsorted(np.arange(1, 5) * height / 4, xy[:, 1], side="right")
    inside = (columns < 4) & (rows < 4)
    return np.where(inside, 4 * columns + rows, -1)


def max_pool(codes: Codes, cells: torch.Tensor, words: int) -> torch.Tensor:
    """The largest weight of each word in each region; see the module's text for the layout.

    The maximum runs over the whole signed code of every descriptor in a cell: a descriptor that does not use a word
    contributes 0 there. A cell's value is hence negative only where all its descriptors use that word with negative
    weights. An empty cell is 0. Coarser cells are the maximum of their four parts.

    :param codes: sparse codes of n descriptors.
    :param cells: (n,) int64 from ``finest_cells``, on the same device; -1 is left out.
    :param words: the dictionary's size.
    :returns: (21 * words,) float32, not yet normalised.
    """
    device = codes.weights.device
    # Row 16 collects what lies in no cell.
    cell = torch.where(cells < 0, 16, cells)
    slots = (cell[:, None] * words + codes.indices).view(-1)
    best = torch.full((17 * words,), float("-inf"), device=device)
    best.scatter_reduce_(0, slots, codes.weights.reshape(-1), "amax")
    users = torch.bincount(slots, minlength=17 * words).view(17, words)
    present = torch.bincount(cell, minlength=17)[:, None]
    best = best.view(17, words)
    everywhere = (users == present) & (present > 0)
    fine = torch.where(everywhere, best, best.clamp(min=0))[:16].view(4, 4, words)
    half = fine.view(2, 2, 2, 2, words).amax((1, 3))
    whole = half.amax((0, 1))
    return torch.cat([fine.reshape(-1), half.reshape(-1), whole])


def l2_normalise(vector: torch.Tensor) -> torch.Tensor:
    """A vector divided by its Euclidean norm; a zero vector stays zero.

    :param vector: (n,) float; the result has its dtype.
    """
    norm = torch.linalg.vector_norm(vector.double())
    return vector if norm == 0 else (vector.double() / norm).to(vector.dtype)
