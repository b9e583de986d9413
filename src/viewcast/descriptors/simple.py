"""The simple image features of the paper's section 4.1: HSV means and intensity statistics.

The paper names them without formulas; the definitions are in ``simple``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from viewcast.descriptors.extractor import Extractor, one_by_one

NAMES = (
    "hue_mean",
    "saturation_mean",
    "value_mean",
    "intensity_mean",
    "intensity_variance",
    "intensity_skewness",
)


@dataclass(frozen=True)
class Parameters:
    """Nothing to choose."""

    @classmethod
    def preset(cls, name: str, **changes: object) -> Parameters:
        """The same for ``paper`` and ``toolbox``."""
        return cls(**changes)


def dimension(parameters: Parameters = Parameters()) -> int:
    """Length of the vector, 6."""
    return len(NAMES)


def simple(image: np.ndarray, device: str = "cpu") -> np.ndarray:
    """Means of hue, saturation and value, and mean, variance and skewness of the intensity (paper section 4.1).

    Hue (0..1, red at 0; 0 where there is none), saturation (max - min)/max (0 for black) and value max are averaged
    arithmetically. Intensity is (R + G + B)/3; its variance is the population's, its skewness the third central moment
    over the variance to the power 3/2, and 0 for a constant picture.

    :param image: RGB uint8 (h, w, 3), taken as 0..1.
    :param device: torch's name of the device that computes.
    :returns: (6,) float32, in the order of ``NAMES``, without a unit.

    >>> red = np.full((2, 2, 3), (255, 0, 0), np.uint8)
    >>> simple(red).round(3).tolist()[:3]
    [0.0, 1.0, 1.0]
    """
    import torch  # three seconds, which who asks for the names is spared

    planes = torch.from_numpy(image).to(device).permute(2, 0, 1).float().contiguous().view(3, -1)
    red, green, blue = planes
    high, low = planes.amax(0), planes.amin(0)
    chroma = high - low
    safe = chroma.clamp(min=1)
    hue = torch.where(
        high == red,
        (green - blue) / safe,
        torch.where(high == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    hue = torch.where(hue < 0, hue + 6, hue) / 6
    saturation = chroma / high.clamp(min=1)
    # Whole numbers 0..765: their float64 moments about the mean are exact enough for any picture size.
    levels = torch.bincount((red + green + blue).int(), minlength=766).double()
    share = levels / levels.sum()
    intensity = torch.arange(766, dtype=torch.float64, device=share.device) / 765
    mean = (share * intensity).sum()
    centred = intensity - mean
    variance = (share * centred**2).sum()
    constant = (levels > 0).sum() == 1
    skewness = (share * centred**3).sum() / variance.clamp(min=1e-12) ** 1.5
    numbers = [
        hue.mean(dtype=torch.float64),
        saturation.mean(dtype=torch.float64),
        high.mean(dtype=torch.float64) / 255,
        mean,
        torch.where(constant, 0.0, variance),
        torch.where(constant, 0.0, skewness),
    ]
    return torch.stack(numbers).float().cpu().numpy()


def extractor(parameters: Parameters, dictionaries: dict[str, np.ndarray], device: str = "cpu") -> Extractor:
    """A function from n pictures to the :func:`simple` of each.

    :param parameters: there is nothing in them.
    :param dictionaries: not used.
    :param device: torch's name of the device that computes.
    :returns: from n pictures, RGB uint8 of any sizes, to (n, 6) float32.
    """
    return one_by_one(lambda picture: simple(picture, device), len(NAMES))
