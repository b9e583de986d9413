"""EfficientNet-Lite in torch alone: timm, which has it too, takes longer to import than a photo to describe.

Tan and Le, ICML 2019 (arXiv:1905.11946), in Google's variant for small devices: no squeeze and excitation, ReLU6, and
stem and head of one width whatever the size. Layers bear timm's names, so that the same files of weights fit.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional

#: Kernel, stride, expansion, channels and blocks of each stage of EfficientNet-B0.
_STAGES = (
    (3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)  # fmt: skip
_STEM, HEAD, CLASSES = 32, 1280, 1000

#: Network -> how much wider and deeper than B0 it is.
SCALES = {"efficientnet_lite0": (1.0, 1.0), "efficientnet_lite2": (1.1, 1.2)}


class SameConv(nn.Conv2d):
    """A convolution that pads as TensorFlow's ``SAME``: to ceil(size / stride), the odd pixel behind."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The convolution of (n, c, h, w)."""
        sizes = zip(x.shape[2:], self.kernel_size, self.stride, strict=True)
        rows, columns = (max((math.ceil(n / s) - 1) * s + k - n, 0) for n, k, s in sizes)
        padded = functional.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
        return functional.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)  # Google's, of TensorFlow


def _conv(given: int, made: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    if stride > 1:
        return SameConv(given, made, kernel, stride, groups=groups, bias=False)
    return nn.Conv2d(given, made, kernel, padding=kernel // 2, groups=groups, bias=False)


class Block(nn.Module):
    """Expand, filter each channel by itself, reduce; what comes in is added where the shape allows it."""

    def __init__(self, given: int, made: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = given * expansion
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        if expansion > 1:
            layers |= {"conv_pw": _conv(given, wide, 1), "bn1": _norm(wide)}
        names = ("bn2", "conv_pwl", "bn3") if expansion > 1 else ("bn1", "conv_pw", "bn2")
        layers["conv_dw"] = _conv(wide, wide, kernel, stride, groups=wide)
        layers |= dict(zip(names, (_norm(wide), _conv(wide, made, 1), _norm(made)), strict=True))
        for name, layer in layers.items():
            self.add_module(name, layer)
        self._order = list(layers)
        self._adds = stride == 1 and given == made

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, given, h, w) to (n, made, h', w')."""
        y = x
        for place, name in enumerate(self._order):
            y = self.get_submodule(name)(y)
            # After each normalisation but the last, which stays linear.
            if name.startswith("bn") and place < len(self._order) - 1:
                y = functional.relu6(y)
        return x + y if self._adds else y


class EfficientNetLite(nn.Module):
    """The network, up to its logits; :meth:`features` ends before the classifier.

    :param name: one of :data:`SCALES`.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        width, depth = SCALES[name]
        self.conv_stem, self.bn1 = _conv(3, _STEM, 3, 2), _norm(_STEM)
        given, stages = _STEM, []
        for number, (kernel, stride, expansion, channels, blocks) in enumerate(_STAGES):
            made = _rounded(channels * width)
            # The first and the last stage are of one block at any depth.
            count = blocks if number in (0, len(_STAGES) - 1) else math.ceil(blocks * depth)
            stage = [
                Block(given if b == 0 else made, made, kernel, stride if b == 0 else 1, expansion) for b in range(count)
            ]
            stages.append(nn.Sequential(*stage))
            given = made
        self.blocks = nn.Sequential(*stages)
        self.conv_head, self.bn2 = _conv(given, HEAD, 1), _norm(HEAD)
        self.classifier = nn.Linear(HEAD, CLASSES)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """(n, 3, h, w) float32 to (n, 1280)."""
        x = self.blocks(functional.relu6(self.bn1(self.conv_stem(x))))
        return functional.adaptive_avg_pool2d(functional.relu6(self.bn2(self.conv_head(x))), 1).flatten(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits (n, 1000) of ImageNet's classes."""
        return torch.as_tensor(self.classifier(self.features(x)))


def _rounded(channels: float) -> int:
    """To a multiple of 8, and never by more than a tenth down."""
    found = max(8, int(channels + 4) // 8 * 8)
    return found if found >= 0.9 * channels else found + 8
