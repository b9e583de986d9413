"""Gist: the spatial envelope of a scene (Oliva and Torralba, IJCV 2001, DOI 10.1023/A:1011139631724; paper section
4.2).

Grey picture, 256 x 256 (shorter side resized, centre cropped), stretched to 0..255, local contrast normalised, then the
mean magnitude of 32 Gabor filters (4 scales of 8 orientations) in 4 x 4 blocks.

Order of the 512 numbers: filter outermost (scale, then orientation, coarser scales later), then block column, then
block row. The paper gives their number alone; the constants are those of the LabelMe toolbox, which its author used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from viewcast.descriptors.extractor import Extractor, one_by_one

SIDE = 256
_BLOCKS = 4
_ORIENTATIONS = 8
_SCALES = 4
_BORDER = 32
_PREFILTER_BORDER = 5
_PREFILTER_CYCLES = 4
# A picture whose grey values span less than this (of 255) has no contrast to stretch.
_CONSTANT = 1e-3
# Transfer of a Gabor filter, whose peak is 1, that float32 would lose anyway.
_NEGLIGIBLE = 1e-7


@dataclass(frozen=True)
class Parameters:
    """Nothing to choose."""

    @classmethod
    def preset(cls, name: str, **changes: object) -> Parameters:
        """The same for ``paper`` and ``toolbox``."""
        return cls(**changes)


def dimension(parameters: Parameters = Parameters()) -> int:
    """Length of the vector, 512."""
    return _SCALES * _ORIENTATIONS * _BLOCKS * _BLOCKS


def gist(image: np.ndarray, device: str = "cpu") -> np.ndarray:
    """The gist of one picture: how much it responds to each Gabor filter in each block; see the module's text.

    Deviation: a picture without contrast, where the definition is 0/0 and the toolbox gives NaN, gives zeros.

    :param image: RGB uint8 (h, w, 3) of any size; the workflow reduces it to 500 pixels first.
    :param device: torch's name of the device that computes.
    :returns: (512,) float32, not negative, without a unit.
    """
    return _gist(torch.from_numpy(image).to(device)).cpu().numpy()


def blocks(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the 4 x 4 blocks lie in a picture: the edges (5,) float64 of their rows, and those of their columns, in
    pixels of the picture.
    """
    scale = max(SIDE / height, SIDE / width)
    edges = np.linspace(0, SIDE, _BLOCKS + 1)
    rows, columns = ((edges + (_covering(length, scale) - SIDE) // 2) / scale for length in (height, width))
    return np.clip(rows, 0, height), np.clip(columns, 0, width)


def extractor(parameters: Parameters, dictionaries: dict[str, np.ndarray], device: str = "cpu") -> Extractor:
    """A function from n pictures to the :func:`gist` of each.

    :param parameters: there is nothing in them.
    :param dictionaries: not used.
    :param device: torch's name of the device that computes.
    :returns: from n pictures, RGB uint8 of any sizes, to (n, 512) float32.
    """
    return one_by_one(lambda picture: gist(picture, device), dimension(parameters))


def _gist(image: torch.Tensor) -> torch.Tensor:
    planes = image.permute(2, 0, 1).float()
    grey = _square((planes[0] + planes[1] + planes[2]) / 3)
    low, high = grey.aminmax()
    if high - low < _CONSTANT:
        return torch.zeros(dimension(), device=image.device)
    normalised = _normalise_contrast((grey - low) * (255 / (high - low)))
    mirrored = _mirror(normalised, _BORDER)
    # Alternating signs put frequency zero in the middle of the spectrum, without moving it there afterwards.
    sign = _signs(len(mirrored), str(image.device))
    spectrum = torch.fft.fft2(mirrored * sign[:, None] * sign)
    spectra = (spectrum, spectrum.T.contiguous())
    return torch.cat([_block_means(spectra, gabor) for gabor in _gabor_bank(str(image.device))])


def _block_means(spectra: tuple[torch.Tensor, torch.Tensor], gabor: _Gabor) -> torch.Tensor:
    """Mean response magnitude of one filter in the 16 blocks, columns outermost.

    Only the box of frequencies that the filter passes is transformed back, as if it began at frequency zero:
    that multiplies the response by a phase, which the magnitude does not see.
    """
    size = SIDE + 2 * _BORDER
    inner = slice(_BORDER, _BORDER + SIDE)
    passed = spectra[gabor.transposed][gabor.box] * gabor.transfer
    across = torch.fft.ifft(passed, n=size, dim=1)[:, inner]
    response = torch.view_as_real(torch.fft.ifft(across.T.contiguous(), n=size, dim=1)[:, inner])
    squares = response.square()
    magnitude = (squares[..., 0] + squares[..., 1]).sqrt_()
    step = SIDE // _BLOCKS
    # Rows of ``magnitude`` are picture columns, unless the spectrum was transposed.
    blocks = magnitude.view(_BLOCKS, step, SIDE).sum(1).view(_BLOCKS, _BLOCKS, step).sum(2) / step**2
    return (blocks.T if gabor.transposed else blocks).reshape(-1)


def _square(grey: torch.Tensor) -> torch.Tensor:
    """Resize a grey picture so that it just covers 256 x 256, and cut out its centre."""
    height, width = grey.shape
    scale = max(SIDE / height, SIDE / width)
    new_height, new_width = _covering(height, scale), _covering(width, scale)
    down = _resize_bands(height, new_height, (new_height - SIDE) // 2, str(grey.device))
    across = _resize_bands(width, new_width, (new_width - SIDE) // 2, str(grey.device))
    lower = torch.cat([band @ grey[used] for used, band in down])
    return torch.cat([lower[:, used] @ band.T for used, band in across], 1)


def _covering(length: int, scale: float) -> int:
    # MATLAB rounds halves up.
    return math.floor(length * scale + 0.5)


@lru_cache(maxsize=32)
def _resize_bands(length: int, new_length: int, skip: int, device: str) -> list[tuple[slice, torch.Tensor]]:
    """MATLAB's antialiased bilinear resize of one side, 256 samples from ``skip`` on.

    A sample depends on a few pixels: for each eighth of the samples, in order, the pixels ``used`` by any of them
    and the weights (32, used).
    """
    scale = new_length / length
    shrink = min(scale, 1.0)
    reach = 2 / shrink
    place = (np.arange(SIDE) + skip + 1) / scale + 0.5 * (1 - 1 / scale)
    left = np.floor(place - reach / 2)
    source = left[:, None] + np.arange(math.ceil(reach) + 2)
    weights = np.maximum(1 - np.abs(place[:, None] - source) * shrink, 0)
    weights /= weights.sum(1, keepdims=True)
    # Beyond the border the picture is mirrored.
    mirrored = np.concatenate([np.arange(length), np.arange(length)[::-1]])
    source = mirrored[(source.astype(np.int64) - 1) % (2 * length)]
    matrix = np.zeros((SIDE, length))
    np.add.at(matrix, (np.arange(SIDE)[:, None], source), weights)
    bands = [(_extent(np.asarray(rows.any(0))), rows) for rows in np.split(matrix, 8)]
    return [(used, torch.from_numpy(rows[:, used]).float().to(device)) for used, rows in bands]


def _mirror(picture: torch.Tensor, border: int) -> torch.Tensor:
    """Pad a square picture by its mirror image, the edge pixel repeated."""
    inside = np.arange(len(picture))
    index = torch.from_numpy(np.pad(inside, border, mode="symmetric")).to(picture.device)
    return picture.index_select(0, index).index_select(1, index)


@lru_cache(maxsize=2)
def _signs(length: int, device: str) -> torch.Tensor:
    return 1.0 - torch.arange(length, device=device) % 2 * 2


def _normalise_contrast(picture: torch.Tensor) -> torch.Tensor:
    """Log, less its low frequencies, over the local standard deviation: (256, 256) float32."""
    border = _PREFILTER_BORDER
    padded = _mirror(torch.log1p(picture), border)
    basis = _low_pass_basis(len(padded), str(picture.device))
    detail = padded - _low_pass(padded, basis)
    deviation = _low_pass(detail.square(), basis).abs_().sqrt_()
    return (detail / (0.2 + deviation))[border:-border, border:-border]


def _low_pass(picture: torch.Tensor, basis: torch.Tensor) -> torch.Tensor:
    return basis @ (basis.T @ picture @ basis) @ basis.T


@lru_cache(maxsize=2)
def _low_pass_basis(length: int, device: str) -> torch.Tensor:
    """A (length, m) matrix B such that B B' is the circular Gaussian low-pass of the contrast normalisation.

    The filter keeps so few frequencies that a handful of cosines and sines give it to 1e-12, without any
    Fourier transform.
    """
    sigma = _PREFILTER_CYCLES / math.sqrt(math.log(2))
    frequency = np.arange(1, math.ceil(sigma * math.sqrt(-math.log(1e-12))))
    gain = np.sqrt(np.exp(-((frequency / sigma) ** 2)) * 2 / length)
    angle = 2 * np.pi * np.outer(np.arange(length), frequency) / length
    constant = np.full((length, 1), 1 / math.sqrt(length))
    basis = np.concatenate([constant, np.cos(angle) * gain, np.sin(angle) * gain], 1)
    return torch.from_numpy(basis).float().to(device)


class _Gabor(NamedTuple):
    """A filter's transfer function inside ``box`` of the centred spectrum, or of its transpose."""

    transfer: torch.Tensor
    box: tuple[slice, slice]
    transposed: bool


@lru_cache(maxsize=2)
def _gabor_bank(device: str) -> tuple[_Gabor, ...]:
    """The 32 filters; transfer below ``_NEGLIGIBLE`` is left out, and the box lies on its longer side."""
    size = SIDE + 2 * _BORDER
    frequency = np.arange(-size // 2, size // 2)
    fx, fy = np.meshgrid(frequency, frequency)
    radius, angle = np.hypot(fx, fy) / size, np.arctan2(fy, fx)
    bank = []
    for scale in range(_SCALES):
        centre = 0.3 / 1.85**scale
        for orientation in range(_ORIENTATIONS):
            turned = angle + np.pi / _ORIENTATIONS * orientation
            turned = np.where(turned > np.pi, turned - 2 * np.pi, turned)
            width = 16 * _ORIENTATIONS**2 / 32**2
            transfer = np.exp(-3.5 * (radius / centre - 1) ** 2 - 2 * width * np.pi * turned**2)
            passing = transfer > _NEGLIGIBLE
            box = _extent(np.asarray(passing.any(axis=1))), _extent(np.asarray(passing.any(axis=0)))
            transposed = box[0].stop - box[0].start > box[1].stop - box[1].start
            if transposed:
                transfer, box = transfer.T, (box[1], box[0])
            passed = torch.from_numpy(np.ascontiguousarray(transfer[box])).float().to(device)
            bank.append(_Gabor(passed, box, transposed))
    return tuple(bank)


def _extent(used: np.ndarray) -> slice:
    places = np.flatnonzero(used)
    return slice(int(places[0]), int(places[-1]) + 1)
