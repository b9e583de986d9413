"""Gradient: HOG in 2 x 2 and 3 x 3 cells, coded and max-pooled in a spatial pyramid (paper section 4.2).

The paper's 10,752 numbers are 2 x 256 x 21, so it is taken to pool the two kinds of descriptors of its author's
toolbox, hog2x2 (2 x 2 cells of 8 pixels, 124 numbers) and hog3x3 (3 x 3 cells, 279), over dictionaries of 256 words
each. The vector holds hog2x2's 5376 first, then hog3x3's; each half is divided by its own norm, as the toolbox does for
each kind, so that both weigh the same and the whole has norm sqrt(2). (How the paper joined them is not written; see
docs/descriptors.md.)

Order of local descriptors: columns of the grid outermost. Within a descriptor: cells, columns outermost, then the 31
channels of ``viewcast.descriptors.hog``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import numpy as np
import torch

from viewcast.coding.llc import Codebook, encode
from viewcast.coding.pyramid import REGIONS, Placed, finest_cells, l2_normalise, max_pool
from viewcast.descriptors.extractor import Extractor, one_by_one
from viewcast.descriptors.hog import CELL, CHANNELS, common_step, hog_planes
from viewcast.errors import ViewcastError

KINDS = {"hog2x2": 2, "hog3x3": 3}


@dataclass(frozen=True)
class Parameters:
    """Constants of the descriptor; the defaults are the paper's, and the toolbox's where the paper gives none.

    :ivar spacing: pixels from one local descriptor to the next (paper: 4).
    :ivar knn: nearest words of a code (toolbox).
    :ivar beta: regularisation of a code, see ``viewcast.coding.llc`` (toolbox).
    :ivar toolbox_compat: give local descriptors the coordinates that the toolbox gives them by mistake: x and y
        exchanged in a square picture, mixed up in any other.
    """

    spacing: int = 4
    knn: int = 3
    beta: float = 0.03
    toolbox_compat: bool = False

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Parameters:
        """The constants of ``paper`` or ``toolbox`` (spacing 6), with some fields changed."""
        return cls(**(({"spacing": 6} if name == "toolbox" else {}) | changes))


def dimension(parameters: Parameters = Parameters(), words: int = 256) -> int:
    """Length of the vector, 42 times the words of each dictionary: 10,752 for the paper's 256."""
    return len(KINDS) * REGIONS * words


def local_descriptors(
    image: np.ndarray, kind: str, parameters: Parameters = Parameters(), device: str = "cpu"
) -> tuple[np.ndarray, np.ndarray]:
    """All local descriptors of one kind.

    :param image: RGB uint8 (h, w, 3).
    :param kind: ``hog2x2`` or ``hog3x3``.
    :param device: torch's name of the device that computes.
    :returns: descriptors (n, 124 or 279) float32, and their centres (n, 2) int64 as (x, y) in pixels counted from 1:
        every ``spacing`` pixels from 1 on, in any picture.
    """
    planes = hog_planes(torch.from_numpy(image).to(device), common_step(parameters.spacing))
    grid = _Grid.of(image.shape[0], image.shape[1], parameters.spacing)
    rows = torch.arange(len(grid.rows) * len(grid.columns), device=planes.device)
    return _gather(planes, KINDS[kind], grid, rows).cpu().numpy(), grid.centres(parameters.toolbox_compat)


def sample_descriptors(
    image: np.ndarray,
    count: int,
    rng: np.random.Generator,
    parameters: Parameters = Parameters(),
    kind: str = "hog2x2",
) -> np.ndarray:
    """Some of a picture's local descriptors of one kind, drawn without replacement, for the dictionary.

    :param image: RGB uint8 (h, w, 3).
    :param count: how many at most.
    :param rng: makes the draw.
    :param kind: ``hog2x2`` or ``hog3x3``.
    :returns: (m, 124 or 279) float32, m at most ``count``.
    """
    planes = hog_planes(torch.from_numpy(image), common_step(parameters.spacing))
    grid = _Grid.of(image.shape[0], image.shape[1], parameters.spacing)
    drawn = rng.permutation(len(grid.rows) * len(grid.columns))[:count]
    return _gather(planes, KINDS[kind], grid, torch.from_numpy(drawn)).numpy()


def gradient(
    image: np.ndarray,
    dictionaries: dict[str, np.ndarray],
    parameters: Parameters = Parameters(),
    device: str = "cpu",
) -> np.ndarray:
    """The descriptor of one picture; see the module's text.

    :param image: RGB uint8 (h, w, 3); the workflow reduces it to 400 pixels first.
    :param dictionaries: the words ``hog2x2`` (k2, 124) and ``hog3x3`` (k3, 279), float; in the paper 256 each.
    :param device: torch's name of the device that computes.
    :returns: (21 k2 + 21 k3,) float32, each half of norm 1.
    :raises ViewcastError: a dictionary has another number of columns, or fewer words than ``parameters.knn``.
    """
    return extractor(parameters, dictionaries, device)([image])[0]


def pooled_codes(
    image: np.ndarray,
    dictionary: np.ndarray,
    kind: str,
    parameters: Parameters = Parameters(),
    device: str = "cpu",
) -> np.ndarray:
    """One half of :func:`gradient` before its division by the norm.

    :param image: RGB uint8 (h, w, 3).
    :param dictionary: the words (k, 124 or 279) of this kind.
    :param kind: ``hog2x2`` or ``hog3x3``.
    :param device: torch's name of the device that computes.
    :returns: (21 k,) float32.
    :raises ViewcastError: as :func:`gradient`.
    """
    placed = placed_codes(image, dictionary, kind, parameters, device)
    return max_pool(placed.codes, placed.cells, len(dictionary)).cpu().numpy()


def placed_codes(
    image: np.ndarray,
    dictionary: np.ndarray,
    kind: str,
    parameters: Parameters = Parameters(),
    device: str = "cpu",
) -> Placed:
    """The codes that :func:`pooled_codes` takes the maxima of, and where their cells lie; parameters and errors are the
    same. With ``toolbox_compat`` the places are still the true ones.
    """
    planes = hog_planes(torch.from_numpy(image).to(device), common_step(parameters.spacing))
    return _placed(planes, image.shape[:2], _Words(dictionary, kind, device), parameters)


def extractor(parameters: Parameters, dictionaries: dict[str, np.ndarray], device: str = "cpu") -> Extractor:
    """A function from n pictures to the :func:`gradient` of each.

    :param dictionaries: as for :func:`gradient`.
    :param device: torch's name of the device that computes.
    :returns: from n pictures, RGB uint8 of any sizes, to (n, 21 k2 + 21 k3) float32.
    :raises ViewcastError: a dictionary has another number of columns.
    """
    words = [_Words(dictionaries[kind], kind, device) for kind in KINDS]
    step = common_step(parameters.spacing)
    width = REGIONS * sum(len(word.book) for word in words)

    def describe(picture: np.ndarray) -> np.ndarray:
        planes = hog_planes(torch.from_numpy(picture).to(device), step)
        halves = [l2_normalise(_pooled(planes, picture.shape[:2], word, parameters)) for word in words]
        return torch.cat(halves).cpu().numpy()

    return one_by_one(describe, width)


@dataclass(frozen=True)
class _Grid:
    """Places of a picture's descriptors: rows and columns in steps of the HOG map, and in pixels from 1."""

    spacing: int
    rows: np.ndarray
    columns: np.ndarray

    @staticmethod
    @lru_cache(maxsize=64)
    def of(height: int, width: int, spacing: int) -> _Grid:
        return _Grid(spacing, np.arange(1, height + 1, spacing), np.arange(1, width + 1, spacing))

    def centres(self, toolbox_compat: bool) -> np.ndarray:
        """(x, y) of every descriptor."""
        n_rows, n_columns = len(self.rows), len(self.columns)
        number = np.arange(n_rows * n_columns)
        if toolbox_compat:
            return np.stack([self.columns[number % n_columns], self.rows[number // n_columns]], 1)
        return np.stack([self.columns[number // n_rows], self.rows[number % n_rows]], 1)


class _Words:
    """A dictionary as a convolution over the HOG map: the products with all words, no descriptor written out."""

    def __init__(self, dictionary: np.ndarray, kind: str, device: str):
        self.cells = KINDS[kind]
        self.book = Codebook(dictionary, device)
        count, width = self.book.words.shape
        if width != self.cells**2 * CHANNELS:
            raise ViewcastError(f"The {kind} dictionary must have {self.cells**2 * CHANNELS} columns, not {width}.")
        by_cell = self.book.words.view(count, self.cells, self.cells, CHANNELS)
        # Columns first, like the map that they are applied to.
        self.filters = (-2 * by_cell.permute(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)


def _first_cell(cells: int, step: int) -> int:
    """Where the first cell of the descriptor centred on the first pixel lies in the HOG map, in steps.

    The map starts 8 pixels outside the picture; a descriptor of m cells starts 4 (m - 1) pixels before its centre.
    """
    return (8 - 4 * (cells - 1)) // step


def _gather(planes: torch.Tensor, cells: int, grid: _Grid, numbers: torch.Tensor) -> torch.Tensor:
    """Chosen descriptors, by number, written out: (m, cells^2 * 31) float32."""
    step = common_step(grid.spacing)
    stride, apart, first = grid.spacing // step, CELL // step, _first_cell(cells, step)
    row = numbers % len(grid.rows) * stride + first
    column = numbers // len(grid.rows) * stride + first
    offsets = torch.arange(cells, device=planes.device) * apart
    y = row[:, None, None] + offsets[None, None, :]
    x = column[:, None, None] + offsets[None, :, None]
    found = planes.view(CHANNELS, -1)[:, (y * planes.shape[2] + x).view(-1)]
    return found.T.reshape(len(numbers), -1)


def _pooled(planes: torch.Tensor, size: tuple[int, int], words: _Words, parameters: Parameters) -> torch.Tensor:
    placed = _placed(planes, size, words, parameters)
    return max_pool(placed.codes, placed.cells, len(words.book))


def _placed(planes: torch.Tensor, size: tuple[int, int], words: _Words, parameters: Parameters) -> Placed:
    grid = _Grid.of(size[0], size[1], parameters.spacing)
    step = common_step(parameters.spacing)
    stride, apart, first = parameters.spacing // step, CELL // step, _first_cell(words.cells, step)
    reach = (words.cells - 1) * apart
    height = (len(grid.rows) - 1) * stride + reach + 1
    width = (len(grid.columns) - 1) * stride + reach + 1
    # Columns first, so that the convolution's rows come in the order of the descriptors.
    part = planes[None, :, first : first + height, first : first + width]
    part = part.transpose(2, 3).contiguous(memory_format=torch.channels_last)
    with torch.backends.cudnn.flags(allow_tf32=False):
        products = torch.nn.functional.conv2d(part, words.filters, words.book.norms, stride=stride, dilation=apart)
    distances = products.permute(0, 2, 3, 1).reshape(-1, len(words.book))
    energy = part.square().sum(1)[0]
    shifted = (
        energy[i * apart :: stride, j * apart :: stride][: len(grid.columns), : len(grid.rows)]
        for i in range(words.cells)
        for j in range(words.cells)
    )
    norms = reduce(torch.add, shifted).reshape(-1)
    distances.add_(norms[:, None])
    codes = encode(
        distances,
        norms,
        words.book,
        lambda rows: _gather(planes, words.cells, grid, rows).double(),
        parameters.knn,
        parameters.beta,
    )
    centres = grid.centres(parameters.toolbox_compat)
    cells = torch.from_numpy(finest_cells(centres, size[1], size[0])).to(planes.device)
    middle, reach = grid.centres(False)[:, ::-1] - 1, CELL * words.cells // 2
    return Placed(codes, cells, np.concatenate([middle - reach, middle + reach], axis=1))
