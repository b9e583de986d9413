"""Photographs in figures."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from viewcast.report.style import GREY

NONE_SHOWN = "No photographs are shown: the configuration leaves them out, or no setting has enough of them."


def read_picture(content: bytes) -> np.ndarray:
    """A JPEG as RGB uint8 (h, w, 3)."""
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def row_heights(pictures: Sequence[np.ndarray], columns: int) -> list[float]:
    """Of rows of so many pictures, the height of the tallest in units of its width."""
    tall = [picture.shape[0] / picture.shape[1] for picture in pictures]
    return [max(tall[first : first + columns]) for first in range(0, len(tall), columns)]


def show(axes: Axes, picture: np.ndarray, label: str = "") -> None:
    """A picture without axes, at the bottom of its cell, with a line below it."""
    axes.imshow(picture, interpolation="antialiased")
    axes.set_anchor("S")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    if label:
        axes.set_xlabel("\n".join(textwrap.wrap(label, 24)), fontsize=7, color=GREY, labelpad=2)
