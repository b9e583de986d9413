"""Reducing pictures to a longest side."""

from __future__ import annotations

import numpy as np
from PIL import Image


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

    Antialiased bicubic with a = -0.5: the kernel of MATLAB's ``imresize``, which the first author's toolbox
    uses. Two deviations, both within a grey level or two on photographs: the picture is stretched to the
    rounded-up size exactly, where MATLAB keeps the scale; and at the borders the kernel is cut and
    normalised, where MATLAB mirrors the picture. OpenCV's bicubic (a = -0.75, not antialiased) is another.
    """
    height, width = reduced_shape(*image.shape[:2], longest_side)
    if (height, width) == image.shape[:2]:
        return image
    return np.array(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))
