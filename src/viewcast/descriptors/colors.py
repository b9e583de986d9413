"""The 50 colours: a table from RGB to one of fifty labels (paper section 4.1).

The paper takes its colours from Khan, van de Weijer et al., "Discriminative Color Descriptors" (CVPR 2013), a table in
the form of the colour names of van de Weijer et al. (2009, DOI 10.1109/TIP.2009.2019809). That table has no clear
licence, so Viewcast ships its own (``colors50.csv``, made by ``build_centres``); the published one can be used by path.
Either way a label depends on red, green and blue in 32 steps of 8 each.

How the own table is made. Every one of the 32 x 32 x 32 RGB cells is placed in OKLab, a space in which equal distances
look about equal, and weighted by how often photographs show it: a mixture of a density that falls with chroma
(photographs are mostly near grey, brown and dull blue or green) and a flat one (so that vivid colours, which are rare
but informative, keep labels of their own). Weighted k-means then places fifty centres so that the usual quantisation
error is smallest. It needs no photographs and no labels.
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from viewcast.errors import ViewcastError

if TYPE_CHECKING:
    import torch

COLORS = 50
STEPS = 32
SEED = 2014


@dataclass(frozen=True, eq=False)
class Palette:
    """A table of 50 colours.

    :ivar labels: (32768,) uint8 in 0..49, at ``r // 8 + 32 (g // 8) + 1024 (b // 8)`` for a pixel (r, g, b).
    :ivar rgb: (50, 3) uint8, the mean sRGB colour of each label's cells.
    """

    labels: np.ndarray
    rgb: np.ndarray


def color_labels(image: np.ndarray, palette: Palette | None = None) -> np.ndarray:
    """The colour label of every pixel.

    :param image: RGB uint8 (h, w, 3).
    :param palette: None: the shipped one.
    :returns: (h, w) uint8 in 0..49, where the toolbox counts from 1.
    """
    import torch  # seconds, which who asks for the palette alone is spared

    table = (palette or default_palette()).labels
    return label_pixels(torch.from_numpy(image), torch.from_numpy(table)).numpy()


def label_pixels(image: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """:func:`color_labels` on tensors of one device.

    :param image: RGB uint8 (h, w, 3).
    :param table: (32768,), the labels of a :class:`Palette`.
    :returns: (h, w) of the table's dtype.
    """
    red, green, blue = (image[..., channel].contiguous() for channel in range(3))
    cell = (red >> 3).int()
    cell += (green >> 3).int() << 5
    cell += (blue >> 3).int() << 10
    return table.index_select(0, cell.view(-1)).view(cell.shape)


def read_palette(path: str | None = None) -> Palette:
    """The shipped palette, or a published one by path.

    :param path: a MATLAB ``.mat`` with ``w2c`` (32768, 50), or an ``.npz`` with ``w2c`` likewise or ``labels`` (32768,)
        in 0..49. A row of ``w2c`` holds the weights of one RGB cell; the largest wins. None: the shipped palette.
    :raises ViewcastError: the file is missing or is no such table.
    """
    return default_palette() if path is None else _published(os.fspath(path))


@lru_cache(maxsize=1)
def default_palette() -> Palette:
    """The shipped palette: the nearest centre, in OKLab, of each RGB cell."""
    text = files("viewcast.descriptors").joinpath("colors50.csv").read_text(encoding="utf-8")
    centres = np.array([[float(row[c]) for c in ("L", "a", "b")] for row in csv.DictReader(io.StringIO(text))])
    return _palette(_nearest_centre(_cells_oklab(), centres))


@lru_cache(maxsize=4)
def _published(path: str) -> Palette:
    try:
        if path.endswith(".mat"):
            from scipy.io import loadmat

            held = loadmat(path)
        else:
            with np.load(path) as archive:
                held = dict(archive)
        labels = np.asarray(held["labels"]).ravel() if "labels" in held else np.argmax(held["w2c"], axis=1)
    except (OSError, KeyError, ValueError) as error:
        raise ViewcastError(f"color_table: {path} is no readable colour table ({error}).") from error
    if labels.shape != (STEPS**3,) or labels.min() < 0 or labels.max() >= COLORS:
        raise ViewcastError(f"color_table: {path} must give {STEPS**3} RGB cells one of {COLORS} labels each.")
    return _palette(labels)


def _palette(labels: np.ndarray) -> Palette:
    counts = np.bincount(labels, minlength=COLORS)
    rgb = np.stack([np.bincount(labels, _cells_rgb()[:, c], COLORS) for c in range(3)], 1)
    mean = rgb / np.maximum(counts, 1)[:, None] * 255
    return Palette(labels.astype(np.uint8), np.round(mean).astype(np.uint8))


def _cells_rgb() -> np.ndarray:
    """Centre of every RGB cell in 0..1, red fastest: (32768, 3)."""
    blue, green, red = np.meshgrid(*[(np.arange(STEPS) + 0.5) / STEPS] * 3, indexing="ij")
    return np.stack([red.ravel(), green.ravel(), blue.ravel()], 1)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Convert sRGB to OKLab (Ottosson 2020), a space in which equal distances look about equal.

    :param rgb: (n, 3) float sRGB in 0..1, gamma-encoded as in a picture file.
    :returns: (n, 3) float64: lightness L in 0..1, then a (from green to red) and b (from blue to yellow), 0 for greys.

    >>> white = np.array([[1.0, 1.0, 1.0]])
    >>> float(oklab(white)[0, 0].round(3))
    1.0
    """
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = linear @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(cones) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


def _cells_oklab() -> np.ndarray:
    return oklab(_cells_rgb())


def _nearest_centre(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    squared = ((points[:, None, :] - centres[None]) ** 2).sum(2)
    return squared.argmin(1)


def photograph_prior(lab: np.ndarray) -> np.ndarray:
    """How much it matters to tell each RGB cell apart; see the module's text.

    :param lab: (n, 3) OKLab.
    :returns: (n,) float64 weights that sum to 1.
    """
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    common = np.exp(-chroma / 0.04)
    weight = 0.7 * common / common.sum() + 0.3 / len(lab)
    return weight / weight.sum()


def build_centres(seed: int = SEED) -> np.ndarray:
    """The centres of the 50 shipped colours, by weighted k-means over all RGB cells; see the module's text.

    :param seed: of the k-means; the shipped table has the default.
    :returns: (50, 3) float64 OKLab, from dark to light, rounded to four decimals.
    """
    from sklearn.cluster import KMeans

    lab = _cells_oklab()
    model = KMeans(COLORS, n_init=4, max_iter=300, tol=0, random_state=seed)
    centres = model.fit(lab, sample_weight=photograph_prior(lab) * len(lab)).cluster_centers_
    return np.round(centres[np.argsort(centres[:, 0], kind="stable")], 4)


def centres_csv(centres: np.ndarray) -> str:
    """The text of ``colors50.csv``: number, OKLab centre, and the mean colour of its RGB cells as hex.

    :param centres: (50, 3) OKLab, as of :func:`build_centres`.
    """
    palette = _palette(_nearest_centre(_cells_oklab(), centres))
    lines = ["color,L,a,b,hex"]
    for number, (centre, rgb) in enumerate(zip(centres, palette.rgb, strict=True)):
        lines.append(",".join([str(number), *(f"{value:.4f}" for value in centre), "#" + bytes(rgb).hex()]))
    return "\n".join(lines) + "\n"
