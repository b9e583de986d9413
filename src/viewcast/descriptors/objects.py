"""Objects: the probabilities of ImageNet's 1000 classes (paper section 4.2).

The softmax of the network behind the deep features, on the centre crop. The paper has the classifier of
its AlexNet (``backbone="alexnet"``); the default is EfficientNet-Lite0, see the module ``deep``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from viewcast.descriptors.architectures import CLASSES, EMBEDDED, class_names
from viewcast.descriptors.backbones import Backbone, load_backbone


@dataclass(frozen=True)
class Parameters:
    """``backbone``: see :func:`viewcast.descriptors.architectures.architecture`; it needs a classifier."""

    backbone: str = EMBEDDED


def dimension(parameters: Parameters = Parameters()) -> int:
    """Length of the vector, 1000."""
    return CLASSES


def feature_names(parameters: Parameters = Parameters()) -> list[str]:
    """The classes in ImageNet's order, in English; the two or three names borne twice carry their number."""
    return list(class_names())


def extractor(
    parameters: Parameters,
    dictionaries: Mapping[str, np.ndarray] | None = None,
    device: str | torch.device = "cpu",
    *,
    weights: str | os.PathLike[str] | None = None,
    threads: int = 1,
) -> Callable[[Sequence[np.ndarray]], np.ndarray]:
    """A function from n pictures (RGB uint8, any sizes) to (n, 1000) float32, rows summing to 1.

    Arguments and errors as of :func:`viewcast.descriptors.deep.extractor`; a backbone without ImageNet's
    classes raises :class:`ViewcastError`.
    """
    return load_backbone(parameters.backbone, weights, device, output="classes", threads=threads)


def objects(
    image: np.ndarray,
    parameters: Parameters = Parameters(),
    *,
    weights: str | os.PathLike[str] | None = None,
    device: str = "cpu",
) -> np.ndarray:
    """The descriptor of one picture: RGB uint8 (h, w, 3) of any size to (1000,) float32 that sum to 1."""
    return _loaded(parameters.backbone, weights, device)([image])[0]


@lru_cache(maxsize=1)
def _loaded(backbone: str, weights: str | os.PathLike[str] | None, device: str) -> Backbone:
    return load_backbone(backbone, weights, device, output="classes")
