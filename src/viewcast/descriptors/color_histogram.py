"""Colour histogram of the whole picture over 50 colours (paper section 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from viewcast.descriptors.colors import COLORS, label_pixels, read_palette


@dataclass(frozen=True)
class Parameters:
    """``color_table``: path of a published colour table; None takes the shipped one. Same in both presets."""

    color_table: str | None = None

    @classmethod
    def preset(cls, name: str, **changes: object) -> Parameters:
        """The constants of ``paper`` or ``toolbox``, with some fields changed."""
        return cls(**changes)


def dimension(parameters: Parameters = Parameters()) -> int:
    """Length of the vector: element i is the share of colour i."""
    return COLORS


def color_histogram(image: np.ndarray, parameters: Parameters = Parameters(), device: str = "cpu") -> np.ndarray:
    """Share of each colour: RGB (h, w, 3) uint8 to (50,) float32 that sums to 1."""
    return extractor(parameters, {}, device)([image])[0]


def extractor(
    parameters: Parameters, dictionaries: dict[str, np.ndarray], device: str = "cpu"
) -> Callable[[Sequence[np.ndarray]], np.ndarray]:
    """A function from n pictures to (n, 50) float32."""
    table = torch.from_numpy(read_palette(parameters.color_table).labels).to(device)

    def extract(pictures: Sequence[np.ndarray]) -> np.ndarray:
        rows = np.zeros((len(pictures), COLORS), dtype=np.float32)
        for row, picture in zip(rows, pictures, strict=True):
            labels = label_pixels(torch.from_numpy(picture).to(device), table)
            counts = torch.bincount(labels.view(-1), minlength=COLORS)
            row[:] = (counts.double() / labels.numel()).float().cpu().numpy()
        return rows

    return extract
