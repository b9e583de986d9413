"""Deep features: the layer before the classifier of a network trained on ImageNet (paper section 4.2).

The paper takes layer fc7, 4096 numbers, of DeCAF (Donahue et al., ICML 2014), a reimplementation of AlexNet; it does
not say whether before or after the rectifier, nor from one crop or ten. Here it is torchvision's AlexNet after the
rectifier (``alexnet``: ``classifier[:6]``), on the centre crop or, with ten, the mean over corners, centre and their
mirror images (DeCAF's corners are of the middle square, these of the picture), upright (DeCAF turned pictures upside
down). The default is EfficientNet-Lite0, 1280 numbers, because its weights come with a package.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from viewcast.descriptors.architectures import EMBEDDED, architecture
from viewcast.descriptors.backbones import Backbone, load_backbone


@dataclass(frozen=True)
class Parameters:
    """What may be chosen.

    :ivar backbone: see :func:`viewcast.descriptors.architectures.architecture`; ``alexnet`` is the paper's.
    :ivar crops: 1 or 10 of each picture.
    """

    backbone: str = EMBEDDED
    crops: int = 1


def dimension(parameters: Parameters = Parameters()) -> int:
    """Length of the vector: 1280 for the default, 4096 for ``alexnet``.

    :raises ViewcastError: the backbone is not known.
    """
    return architecture(parameters.backbone).dimension


def feature_names(parameters: Parameters = Parameters()) -> list[str]:
    """One name per number; the units of a hidden layer have none of their own."""
    return [f"{parameters.backbone}_{unit}" for unit in range(dimension(parameters))]


def extractor(
    parameters: Parameters,
    dictionaries: Mapping[str, np.ndarray] | None = None,
    device: str | torch.device = "cpu",
    *,
    weights: str | os.PathLike[str] | None = None,
    threads: int = 1,
) -> Callable[[Sequence[np.ndarray]], np.ndarray]:
    """A function that describes pictures by the layer before the classifier.

    :param dictionaries: not used.
    :param device: of torch.
    :param weights: the folder that ``fetch_weights`` filled; None: the embedded ones.
    :param threads: threads that prepare pictures; how many compute on a CPU is torch's own setting.
    :returns: from n pictures, RGB uint8 of any sizes, to (n, d) float32.
    :raises ViewcastError: as :func:`~viewcast.descriptors.backbones.load_backbone`.
    """
    return load_backbone(parameters.backbone, weights, device, threads=threads, crops=parameters.crops)


def deep(
    image: np.ndarray,
    parameters: Parameters = Parameters(),
    *,
    weights: str | os.PathLike[str] | None = None,
    device: str = "cpu",
) -> np.ndarray:
    """The descriptor of one picture; see the module's text.

    :param image: RGB uint8 (h, w, 3) of any size.
    :param weights, device: as for :func:`extractor`.
    :returns: (d,) float32.
    :raises ViewcastError: as :func:`extractor`.
    """
    return _loaded(parameters, None if weights is None else os.fspath(weights), device)([image])[0]


@lru_cache(maxsize=1)
def _loaded(parameters: Parameters, weights: str | os.PathLike[str] | None, device: str) -> Backbone:
    return load_backbone(parameters.backbone, weights, device, crops=parameters.crops)
