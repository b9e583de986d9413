"""Figure 7: what each region of a photograph adds to its forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

from viewcast.explain.region_files import Regions, load_regions
from viewcast.report.drawing import Drawing, Look
from viewcast.report.pictures import read_picture, show
from viewcast.report.style import DIVERGING, WIDTH, style
from viewcast.report.words import decimals, number

LEVELS = ("high", "medium", "low")
#: The map is shown in so many cells along the longer side, so that a cell's number has a meaning for the eye.
_CELLS = 12
#: Share of the map's colour over the grey picture where the map is strongest, and where it is 0.
_STRONG, _WEAK = 0.75, 0.1
_LOGARITHMIC = "log2("


def draw(inputs: Mapping[str, Sequence[str | Path]], look: Look) -> Drawing:
    """Photographs of high, medium and low forecast with their maps laid over.

    :param inputs: ``regions``: regions.h5.
    """
    regions, note = load_regions(inputs["regions"][0])
    if not regions:
        return Drawing(None, note, note)
    cells = {id(one): cell_sums(one.map) for one in regions}
    most = max(float(np.quantile(np.abs(own), 0.95)) for own in cells.values()) or 1.0
    scale = Normalize(-most, most)
    shown = [[one for one in regions if one.panel == level] for level in LEVELS]
    width, digits = max(map(len, shown)), _digits(regions)
    heights = [max((one.map.shape[0] / one.map.shape[1] for one in own), default=0.1) for own in shown]
    with style():
        figure = Figure(figsize=(WIDTH, WIDTH / (2 * width) * sum(heights) + 0.15 * len(LEVELS) + 0.9))
        grid = figure.subplots(len(LEVELS), 2 * width, squeeze=False, gridspec_kw={"height_ratios": heights})
        for axes in grid.ravel():
            axes.set_axis_off()
        for level, own, line in zip(LEVELS, shown, grid, strict=True):
            for place, one in enumerate(own):
                picture = read_picture(one.picture)
                left, right = line[2 * place], line[2 * place + 1]
                left.set_axis_on()
                right.set_axis_on()
                show(left, picture, f"{level}: {number(one.explained.forecast, digits)}")
                show(right, overlay(picture, cells[id(one)] / most), f"regions: {_signed(one.map.sum(), digits)}")
        bar = figure.colorbar(
            ScalarMappable(scale, DIVERGING), ax=grid, location="bottom", shrink=0.6, aspect=40, pad=0.02
        )
        bar.ax.locator_params(nbins=6)  # room for long numbers
        bar.set_label(f"what a cell of the map adds to the forecast, {look.unit}")
    return Drawing(figure, _alt(regions, look), _note(regions, look, most))


def cell_sums(given: np.ndarray) -> np.ndarray:
    """A map (h, w) in about square cells, the sum of each."""
    height, width = given.shape
    size = max(height, width) / _CELLS
    rows = np.minimum(np.arange(height) / size, max(round(height / size), 1) - 1).astype(int)
    columns = np.minimum(np.arange(width) / size, max(round(width / size), 1) - 1).astype(int)
    sums = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(sums, (rows[:, None], columns[None, :]), given)
    return sums


def overlay(picture: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """A picture in grey under the colours of a map in cells, (h, w, 3) uint8.

    :param strength: -1..1, and beyond, where colours do not grow any more.
    """
    height, width = picture.shape[:2]
    smooth = cv2.resize(strength.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    smooth = np.clip(gaussian_filter(smooth, max(height, width) / _CELLS / 4), -1, 1)
    color = DIVERGING((smooth + 1) / 2)[..., :3]
    grey = np.repeat((picture @ np.array([0.299, 0.587, 0.114]) / 255)[..., None], 3, axis=2)
    share = (_WEAK + (_STRONG - _WEAK) * np.abs(smooth))[..., None]
    return np.round(255 * (share * color + (1 - share) * grey)).astype(np.uint8)


def _note(regions: Sequence[Regions], look: Look, most: float) -> str:
    said = (
        "Orange raises the forecast, blue lowers it. The number below a map is the sum of its regions: what tells this "
        "photograph from the average one. Maps of gist, colours, texture, colour patches and gradient are exact; that "
        "of the network is approximate, by covering parts of the picture, and exact in its sum alone."
    )
    if look.unit.startswith(_LOGARITHMIC) and "views" in look.unit:
        said += f" A cell of the strongest orange adds {most:.2f}, about {2**most:.2f} times the views."
    return said


def _alt(regions: Sequence[Regions], look: Look) -> str:
    said, digits = [], _digits(regions)
    for one in regions:
        cells = cell_sums(one.map)
        row, column = np.unravel_index(np.argmax(cells), cells.shape)
        said.append(
            f"{one.panel}: forecast {number(one.explained.forecast, digits)}, regions "
            f"{_signed(one.map.sum(), digits)}, most in the {place_words(row / len(cells), column / cells.shape[1])}"
        )
    return f"Photographs and maps of what their regions add ({look.unit}). " + "; ".join(said) + "."


def _signed(value: float, digits: int) -> str:
    return f"{'+' if value >= 0 else ''}{number(value, digits)}"


def _digits(regions: Sequence[Regions]) -> int:
    return decimals(np.array([[one.explained.forecast, one.map.sum()] for one in regions]))


def place_words(down: float, across: float) -> str:
    """Where in a picture something is, by its shares of the height and of the width."""
    vertical = ("upper", "middle", "lower")[min(int(3 * down), 2)]
    horizontal = ("left", "middle", "right")[min(int(3 * across), 2)]
    return "middle" if vertical == horizontal == "middle" else f"{vertical} {horizontal}"
