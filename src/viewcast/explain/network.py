"""What a network's features contribute, region by region: approximate, by covering parts of the picture (Zeiler and
Fergus, ECCV 2014, DOI 10.1007/978-3-319-10590-1_53), with Captum.

Any network can be asked so, and what is made of its features behind a link as well. But a covered part is itself
something to see, and two parts may stand for each other: the sum of the map is not the whole contribution, and whoever
adds maps up states the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from captum.attr import Occlusion

#: Windows along each side of the picture.
WINDOWS = 6
_BATCH = 16


def covering_map(image: np.ndarray, forecast: Callable[[Sequence[np.ndarray]], np.ndarray]) -> np.ndarray:
    """How much the forecast falls when a window of the picture takes the picture's mean colour.

    :param image: RGB uint8 (h, w, 3).
    :param forecast: from n pictures of one size to (n,) float64.
    :returns: (h, w) float64, whose sum over a window is that fall. 6 x 6 windows, fewer where a side has fewer pixels.
    """
    height, width = image.shape[:2]
    window = (-(-height // WINDOWS), -(-width // WINDOWS))

    def of_tensors(pixels: torch.Tensor) -> torch.Tensor:
        pictures = pixels.permute(0, 2, 3, 1).to(torch.uint8).numpy()
        return torch.from_numpy(np.ascontiguousarray(forecast(list(pictures)), dtype=np.float64))

    pixels = torch.from_numpy(image).permute(2, 0, 1)[None].double()
    mean = pixels.mean(dim=(2, 3), keepdim=True).round().expand_as(pixels)
    with torch.no_grad():
        found = Occlusion(of_tensors).attribute(
            pixels, (3, *window), strides=(3, *window), baselines=mean, perturbations_per_eval=_BATCH
        )
    # Each pixel, in each channel, bears its window's whole fall; the last windows may be smaller.
    fall = found[0, 0].numpy()
    rows, columns = (np.arange(length) // step for length, step in zip((height, width), window, strict=True))
    area = np.bincount(rows)[rows][:, None] * np.bincount(columns)[columns][None, :]
    return np.asarray(fall / area)
