"""Objects: the probabilities of ImageNet's 1000 classes (paper section 4.3).

The last layer of the network, with softmax, on the deep features of the centre crop: a picture goes through the network
once for both. The paper has the classifier of its AlexNet (``backbone="alexnet"``) and does not say whether it takes
probabilities; the default is EfficientNet-Lite0, see the module ``deep``. Where features are stored as float16, the
probabilities are those of the rounded features.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from viewcast.descriptors import deep
from viewcast.descriptors.architectures import CLASSES, EMBEDDED
from viewcast.descriptors.backbones import load_classifier
from viewcast.descriptors.imagenet import class_names


@dataclass(frozen=True)
class Parameters:
    """What may be chosen.

    :ivar backbone: see :func:`viewcast.descriptors.architectures.architecture`; it needs a classifier.
    """

    backbone: str = EMBEDDED


def dimension(parameters: Parameters = Parameters()) -> int:
    """Length of the vector, 1000."""
    return CLASSES


def feature_names(parameters: Parameters = Parameters()) -> list[str]:
    """The classes in ImageNet's order, in English; a name that occurs twice carries the class's number."""
    return list(class_names())


def extractor(
    parameters: Parameters,
    dictionaries: Mapping[str, np.ndarray] | None = None,
    device: str | torch.device = "cpu",
    *,
    weights: str | os.PathLike[str] | None = None,
) -> Callable[[Sequence[np.ndarray]], np.ndarray]:
    """A function from deep features to the probabilities of objects.

    :param dictionaries: not used.
    :param device, weights: as for :func:`viewcast.descriptors.deep.extractor`.
    :returns: from n deep features (d,) float32 to (n, 1000) float32, rows summing to 1.
    :raises ViewcastError: as :func:`viewcast.descriptors.deep.extractor`, and for a backbone without ImageNet's
        classes.
    """
    classify = load_classifier(parameters.backbone, weights, device)
    return lambda features: classify(np.stack(features))


def objects(
    image: np.ndarray,
    parameters: Parameters = Parameters(),
    *,
    weights: str | os.PathLike[str] | None = None,
    device: str = "cpu",
) -> np.ndarray:
    """The descriptor of one picture; see the module's text.

    :param image: RGB uint8 (h, w, 3) of any size.
    :param weights, device: as for :func:`viewcast.descriptors.deep.extractor`.
    :returns: (1000,) float32 that sum to 1.
    :raises ViewcastError: as :func:`extractor`.
    """
    features = deep.deep(image, deep.Parameters(parameters.backbone), weights=weights, device=device)
    return extractor(parameters, None, device, weights=weights)([features])[0]
