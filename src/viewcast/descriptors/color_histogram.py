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
    """``color_table``: path of a published colour table; None takes the shipped one. Same in both presets."""

    color_table: str | None = None

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Parameters:
        """The constants of ``paper`` or ``toolbox``, with some fields changed."""
        return cls(**changes)


def dimension(parameters: Parameters = Parameters()) -> int:
    """Length of the vector: element i is the share of colour i."""
    return COLORS


def color_histogram(image: np.ndarray, parameters: Parameters = Parameters(), device: str = "cpu") -> np.ndarray:
    """Share of each colour: RGB (h, w, 3) uint8 to (50,) float32 that sums to 1."""
    return extractor(parameters, {}, device)([image])[0]


def extractor(parameters: Parameters, dictionaries: dict[str, np.ndarray], device: str = "cpu") -> Extractor:
    """A function from n pictures to (n, 50) float32."""
    table = torch.from_numpy(read_palette(parameters.color_table).labels).to(device)

    def histogram(picture: np.ndarray) -> np.ndarray:
        labels = label_pixels(torch.from_numpy(picture).to(device), table)
        counts = torch.bincount(labels.view(-1), minlength=COLORS)
        return (counts.double() / labels.numel()).float().cpu().numpy()

    return one_by_one(histogram, COLORS)
