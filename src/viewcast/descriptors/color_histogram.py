"""Colour histogram of the whole picture over 50 colours (paper section 4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from viewcast.descriptors.colors import COLORS, label_pixels, read_palette
from viewcast.descriptors.extractor import Extractor, one_by_one


@dataclass(frozen=True)
class Parameters:
    """What may be chosen; the same in both presets.

    :ivar color_table: path of a published colour table (:func:`~viewcast.descriptors.colors.read_palette`); None: the
        shipped one.
    """

    color_table: str | None = None

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Parameters:
        """The constants of ``paper`` or ``toolbox`` (they agree), with some fields changed."""
        return cls(**changes)


def dimension(parameters: Parameters = Parameters()) -> int:
    """Length of the vector, 50: element i is the share of colour i."""
    return COLORS


def color_histogram(image: np.ndarray, parameters: Parameters = Parameters(), device: str = "cpu") -> np.ndarray:
    """Share of each of the 50 colours in the whole picture (paper section 4.1).

    Deviation: unless ``color_table`` says otherwise, the colours are Viewcast's own; see
    ``viewcast.descriptors.colors``.

    :param image: RGB uint8 (h, w, 3).
    :param device: torch's name of the device that computes.
    :returns: (50,) float32, shares that sum to 1.

    >>> grey = np.full((4, 6, 3), 128, np.uint8)
    >>> share = color_histogram(grey)
    >>> share.shape, float(share.max())
    ((50,), 1.0)
    """
    return extractor(parameters, {}, device)([image])[0]


def extractor(parameters: Parameters, dictionaries: dict[str, np.ndarray], device: str = "cpu") -> Extractor:
    """A function from n pictures to the :func:`color_histogram` of each.

    :param dictionaries: not used.
    :param device: torch's name of the device that computes.
    :returns: from n pictures, RGB uint8 of any sizes, to (n, 50) float32.
    :raises ViewcastError: the colour table is missing or is none.
    """
    table = torch.from_numpy(read_palette(parameters.color_table).labels).to(device)

    def histogram(picture: np.ndarray) -> np.ndarray:
        labels = label_pixels(torch.from_numpy(picture).to(device), table)
        counts = torch.bincount(labels.view(-1), minlength=COLORS)
        return (counts.double() / labels.numel()).float().cpu().numpy()

    return one_by_one(histogram, COLORS)
