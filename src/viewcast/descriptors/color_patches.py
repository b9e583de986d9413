"""Colour patches: local colour histograms, coded and max-pooled in a spatial pyramid (paper section 4.2).

Patches of several sizes on a regular grid; each is described by the shares of the 50 colours in it (sums to 1), coded
by LLC over one dictionary for all sizes, pooled over 21 regions, and the whole divided by its norm. The paper does not
mention that last division, which is the toolbox's.

Order of the patches: sizes one after another; within a size the columns of the grid outermost, as the toolbox stacks
them. Order of the vector: see ``viewcast.coding.pyramid``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from viewcast.coding.llc import Codebook, Codes, encode
from viewcast.coding.pyramid import REGIONS, Placed, finest_cells, l2_normalise, max_pool
from viewcast.descriptors.colors import COLORS, label_pixels, read_palette
from viewcast.descriptors.extractor import Extractor, one_by_one
from viewcast.errors import ViewcastError


@dataclass(frozen=True)
class Parameters:
    """Constants of the descriptor; the defaults are the paper's, and the toolbox's where the paper gives none.

    :ivar spacing: pixels from one patch to the next (paper: 6).
    :ivar patch_sizes: sides of the square patches in pixels (paper: 6, 10 and 16).
    :ivar knn: nearest words of a code (toolbox).
    :ivar beta: regularisation of a code, see ``viewcast.coding.llc`` (toolbox).
    :ivar color_table: path of a published colour table; None: the shipped one.
    """

    spacing: int = 6
    patch_sizes: tuple[int, ...] = (6, 10, 16)
    knn: int = 3
    beta: float = 0.03
    color_table: str | None = None

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Parameters:
        """The constants of ``paper`` or ``toolbox`` (spacing 4, patches 8, 12, 16; its dictionary has 256 words).

        :param changes: fields to set to other values.
        """
        constants: dict[str, Any] = {"spacing": 4, "patch_sizes": (8, 12, 16)} if name == "toolbox" else {}
        return cls(**(constants | changes))


def dimension(parameters: Parameters = Parameters(), words: int = 200) -> int:
    """Length of the vector, 21 times the dictionary's words: 4200 for the paper's 200."""
    return REGIONS * words


def patch_starts(length: int, patch: int, spacing: int) -> np.ndarray:
    """First pixels of the patches along one side, on a grid that is centred on it.

    :param length, patch, spacing: in pixels.
    :returns: (m,) int64, counted from 0; empty where no patch fits.

    >>> patch_starts(20, 6, 6).tolist()
    [1, 7, 13]
    """
    return np.arange((length - patch) % spacing // 2, length - patch + 1, spacing)


def local_descriptors(
    image: np.ndarray, parameters: Parameters = Parameters(), device: str = "cpu"
) -> tuple[np.ndarray, np.ndarray]:
    """Colour histograms of all patches.

    :param image: RGB uint8 (h, w, 3).
    :param device: torch's name of the device that computes.
    :returns: histograms (n, 50) float32, each summing to 1, and patch centres (n, 2) float64 as (x, y) in pixels,
        counted from 1. A picture smaller than every patch gives n = 0.
    """
    counts, sizes, centres = _counted(image, parameters, device)
    return (counts / sizes[:, None]).cpu().numpy(), centres


def sample_descriptors(
    image: np.ndarray,
    count: int,
    rng: np.random.Generator,
    parameters: Parameters = Parameters(),
    kind: str = "color_patches",
) -> np.ndarray:
    """Some of a picture's local descriptors, drawn without replacement, for the dictionary.

    :param image: RGB uint8 (h, w, 3).
    :param count: how many at most.
    :param rng: makes the draw.
    :param kind: not used; there is one kind.
    :returns: (m, 50) float32, m at most ``count``.
    """
    histograms, _ = local_descriptors(image, parameters)
    return histograms[rng.permutation(len(histograms))[:count]]


def color_patches(
    image: np.ndarray, dictionary: np.ndarray, parameters: Parameters = Parameters(), device: str = "cpu"
) -> np.ndarray:
    """The descriptor of one picture; see the module's text.

    Deviation: unless ``parameters.color_table`` says otherwise, the colours are Viewcast's own.

    :param image: RGB uint8 (h, w, 3); the workflow reduces it to 500 pixels first.
    :param dictionary: the words (k, 50), float; the paper's k is 200.
    :param device: torch's name of the device that computes.
    :returns: (21 k,) float32 of norm 1; zeros for a picture smaller than every patch.
    :raises ViewcastError: the dictionary has other than 50 columns, or fewer words than ``parameters.knn``.
    """
    return extractor(parameters, {"color_patches": dictionary}, device)([image])[0]


def pooled_codes(
    image: np.ndarray, dictionary: np.ndarray, parameters: Parameters = Parameters(), device: str = "cpu"
) -> np.ndarray:
    """:func:`color_patches` before the final division by the norm; parameters and errors are the same.

    :returns: (21 k,) float32.
    """
    book = _codebook(dictionary, device)
    return _pooled(image, book, parameters, device).cpu().numpy()


def extractor(parameters: Parameters, dictionaries: dict[str, np.ndarray], device: str = "cpu") -> Extractor:
    """A function from n pictures to the :func:`color_patches` of each.

    :param dictionaries: ``color_patches``: the words (k, 50).
    :param device: torch's name of the device that computes.
    :returns: from n pictures, RGB uint8 of any sizes, to (n, 21 k) float32.
    :raises ViewcastError: the dictionary has other than 50 columns.
    """
    book = _codebook(dictionaries["color_patches"], device)

    def describe(picture: np.ndarray) -> np.ndarray:
        return l2_normalise(_pooled(picture, book, parameters, device)).cpu().numpy()

    return one_by_one(describe, REGIONS * len(book))


def _codebook(dictionary: np.ndarray, device: str) -> Codebook:
    book = Codebook(dictionary, device)
    if book.words.shape[1] != COLORS:
        raise ViewcastError(f"The color_patches dictionary must have {COLORS} columns, not {book.words.shape[1]}.")
    return book


def placed_codes(
    image: np.ndarray, dictionary: np.ndarray, parameters: Parameters = Parameters(), device: str = "cpu"
) -> Placed | None:
    """The codes that :func:`pooled_codes` takes the maxima of, and where their patches lie.

    :returns: None for a picture smaller than every patch.
    """
    return _placed(image, _codebook(dictionary, device), parameters, device)


def _pooled(image: np.ndarray, book: Codebook, parameters: Parameters, device: str) -> torch.Tensor:
    placed = _placed(image, book, parameters, device)
    if placed is None:
        return torch.zeros(REGIONS * len(book), device=device)
    return max_pool(placed.codes, placed.cells, len(book))


def _placed(image: np.ndarray, book: Codebook, parameters: Parameters, device: str) -> Placed | None:
    counts, sizes, centres = _counted(image, parameters, device)
    if not len(counts):
        return None
    x = counts / sizes[:, None]
    # A quarter of a photograph's patches show one colour (the squares of its shares add up to 1 then and only then):
    # each such histogram is coded once.
    squares = x.square().sum(1)
    plain = squares == 1
    mixed = (~plain).nonzero().squeeze(1)
    numbers = torch.arange(COLORS, dtype=x.dtype, device=x.device)
    coded_at = (x @ numbers).long()
    coded_at[mixed] = torch.arange(COLORS, COLORS + len(mixed), device=x.device)
    distinct = torch.cat([torch.eye(COLORS, device=x.device), x.index_select(0, mixed)])
    areas = torch.cat([torch.ones(COLORS, device=x.device), sizes[mixed]])
    norms = torch.cat([torch.ones(COLORS, device=x.device), squares[mixed]])
    distances = torch.nn.functional.linear(distinct, -2 * book.words, book.norms).add_(norms[:, None])

    def exact_rows(rows: torch.Tensor) -> torch.Tensor:
        # Shares of whole counts, rounded once: float32 shares would carry their own rounding along.
        area = areas[rows, None].double()
        return (distinct[rows].double() * area).round() / area

    codes = encode(distances, norms, book, exact_rows, parameters.knn, parameters.beta)
    codes = Codes(codes.indices.index_select(0, coded_at), codes.weights.index_select(0, coded_at))
    cells = torch.from_numpy(finest_cells(centres, image.shape[1], image.shape[0])).to(device)
    sides = sizes.sqrt().cpu().numpy().astype(np.int64)[:, None]
    first = (centres[:, ::-1] - sides / 2 - 0.5).astype(np.int64)
    return Placed(codes, cells, np.concatenate([first, first + sides], axis=1))


def _counted(image: np.ndarray, parameters: Parameters, device: str) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Colour counts (n, 50) float32, pixels per patch (n,) and centres (n, 2)."""
    table = torch.from_numpy(read_palette(parameters.color_table).labels).to(device)
    labels = label_pixels(torch.from_numpy(image).to(device), table)
    height, width = labels.shape
    counts, sizes, centres = [], [], []
    for patch in parameters.patch_sizes:
        rows = patch_starts(height, patch, parameters.spacing)
        columns = patch_starts(width, patch, parameters.spacing)
        if not len(rows) or not len(columns):
            continue
        grid = _patch_counts(labels, patch, parameters.spacing)
        counts.append(grid.view(-1, COLORS))
        sizes.append(torch.full((len(rows) * len(columns),), float(patch * patch), device=device))
        middle = patch / 2 + 0.5
        centres.append(np.stack([np.repeat(columns, len(rows)), np.tile(rows, len(columns))], 1) + middle)
    if not counts:
        empty = torch.zeros((0, COLORS), device=device)
        return empty, empty[:, 0], np.zeros((0, 2))
    return torch.cat(counts), torch.cat(sizes), np.concatenate(centres)


@lru_cache(maxsize=64)
def _segments(length: int, patch: int, spacing: int) -> tuple[np.ndarray, int, int, int]:
    """Cut one side wherever a patch of the unbounded grid starts or ends: each patch is a run of segments.

    Returns the segment of every pixel (outside the patches: the last, unused one), the number of used segments,
    how many segments one patch spans, and how many lie between the starts of two patches.
    """
    starts = patch_starts(length, patch, spacing)
    places = np.arange(starts[0], starts[-1] + patch + 1)
    phase = (places - starts[0]) % spacing
    edges = places[(phase == 0) | (phase == patch % spacing)]
    segment = np.searchsorted(edges, np.arange(length), side="right") - 1
    used = len(edges) - 1
    segment[(segment < 0) | (segment >= used)] = used
    span = int(np.searchsorted(edges, starts[0] + patch))
    return segment, used, span, 2 if patch % spacing else 1


def _patch_counts(labels: torch.Tensor, patch: int, spacing: int) -> torch.Tensor:
    """Colour counts of every patch of one size: (columns, rows, 50) float32, exact integers."""
    height, width = labels.shape
    row_of, rows, row_span, row_step = _segments(height, patch, spacing)
    column_of, columns, column_span, column_step = _segments(width, patch, spacing)
    device = labels.device
    across = torch.from_numpy(column_of).to(device) * ((rows + 1) * COLORS)
    down = torch.from_numpy(row_of).to(device) * COLORS
    bins = (down[:, None] + across[None, :]).add_(labels)
    counts = torch.zeros((columns + 1) * (rows + 1) * COLORS, device=device)
    counts.scatter_add_(0, bins.view(-1), torch.ones(1, device=device).expand(bins.numel()))
    counts = counts.view(columns + 1, rows + 1, COLORS)
    n_columns = (columns - column_span) // column_step + 1
    n_rows = (rows - row_span) // row_step + 1
    counts = _runs(counts, 0, n_columns, column_span, column_step)
    return _runs(counts, 1, n_rows, row_span, row_step).contiguous()


def _runs(counts: torch.Tensor, axis: int, number: int, span: int, step: int) -> torch.Tensor:
    """Sums of ``number`` runs of ``span`` segments, ``step`` apart, along one axis."""
    index = [slice(None)] * counts.ndim
    index[axis] = slice(0, (number - 1) * step + 1, step)
    total = counts[tuple(index)].clone()
    for offset in range(1, span):
        index[axis] = slice(offset, offset + (number - 1) * step + 1, step)
        total.add_(counts[tuple(index)])
    return total
