"""Reducing pictures to a longest side."""

from __future__ import annotations

import math

import cv2
import numpy as np
from PIL import Image

#: Pixels reduced at a time, so that a large picture is not copied as a whole.
_STRIP_PIXELS = 4_000_000


def reduced_shape(height: int, width: int, longest_side: int) -> tuple[int, int]:
    """The size of a picture once its longest side is at most ``longest_side``; it is never enlarged.

    The shorter side is rounded up, as by MATLAB's ``imresize(I, scale)``, which takes ``ceil(scale * size)``; here in
    whole numbers, so that no rounding of ``scale`` adds a pixel.

    :param height, width, longest_side: in pixels.
    :returns: (height, width) in pixels.

    >>> reduced_shape(3000, 4000, 500)
    (375, 500)
    """
    longest = max(height, width)
    if longest <= longest_side:
        return height, width
    return -(-height * longest_side // longest), -(-width * longest_side // longest)


def reduce(image: np.ndarray, longest_side: int) -> np.ndarray:
    """Reduce a picture so that its longest side has ``longest_side`` pixels; a smaller one stays as it is.

    The paper says nothing of the pictures' size. This is MATLAB's ``imresize(I, scale)``, which the first author's
    toolbox uses: antialiased bicubic (Keys 1981, DOI 10.1109/TASSP.1981.1163711) with a = -0.5, borders mirrored,
    ``scale`` kept where the size is rounded up, 8 bits between the passes. OpenCV's bicubic is another one (a = -0.75,
    no antialiasing).

    Deviation: columns are reduced before rows, where MATLAB does rows first; with the coefficients' 8-bit precision
    some pixels then differ by one grey level.

    :param image: RGB uint8 (height, width, 3).
    :param longest_side: in pixels.
    :returns: RGB uint8, of the size that :func:`reduced_shape` gives; ``image`` itself where that is its own size.
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
