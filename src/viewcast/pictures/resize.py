"""Reducing pictures to a longest side."""

from __future__ import annotations

import math

import cv2
import numpy as np
from PIL import Image

#: Pixels reduced at a time, so that a large picture is not copied as a whole.
_STRIP_PIXELS = 4_000_000


def reduced_shape(height: int, width: int, longest_side: int) -> tuple[int, int]:
    """(height, width) once the longest side is at most ``longest_side``; never larger than it was.

    The shorter side is rounded up, as by MATLAB's ``imresize(I, scale)``, which takes
    ``ceil(scale * size)``; here in whole numbers, so that no rounding of ``scale`` adds a pixel.
    """
    longest = max(height, width)
    if longest <= longest_side:
        return height, width
    return -(-height * longest_side // longest), -(-width * longest_side // longest)


def reduce(image: np.ndarray, longest_side: int) -> np.ndarray:
    """Reduce an RGB picture, uint8 (height, width, 3), to ``longest_side`` pixels; smaller ones stay.

    MATLAB's ``imresize(I, scale)``, which the first author's toolbox uses: antialiased bicubic with
    a = -0.5, borders mirrored, ``scale`` kept where the size is rounded up, 8 bits between the passes.
    Deviation: columns are reduced before rows, where MATLAB does rows first; with the coefficients' 8-bit
    precision that makes a grey level here and there. OpenCV's bicubic (a = -0.75, no antialiasing) differs.
    """
    height, width = reduced_shape(image.shape[0], image.shape[1], longest_side)
    if (height, width) == image.shape[:2]:
        return image
    scale = longest_side / max(image.shape[:2])
    # Wide enough for the kernel, and for the part of a pixel that rounding up adds at the end.
    border = math.ceil(3 / scale) + 1
    rows = max(1, _STRIP_PIXELS // image.shape[1])
    narrow = np.empty((image.shape[0], width, 3), np.uint8)
    for top in range(0, len(image), rows):
        strip = image[top : top + rows]
        mirrored = cv2.copyMakeBorder(strip, 0, 0, border, border, cv2.BORDER_REFLECT)
        resized = _resize(mirrored, len(strip), width, (border, 0), (width / scale, len(strip)))
        narrow[top : top + rows] = np.asarray(resized)
    mirrored = cv2.copyMakeBorder(narrow, border, border, 0, 0, cv2.BORDER_REFLECT)
    return np.array(_resize(mirrored, height, width, (0, border), (width, height / scale)))


def _resize(
    image: np.ndarray, height: int, width: int, corner: tuple[int, int], extent: tuple[float, float]
) -> Image.Image:
    """Resample the part of ``image`` that begins at ``corner`` (x, y) and has ``extent``, seeing all of it."""
    box = (*corner, corner[0] + extent[0], corner[1] + extent[1])
    return Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC, box=box)
