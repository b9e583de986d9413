"""Photographic measurements: numbers of a picture that a photographer can name, from focus to composition.

They are no part of the paper. What is measured follows Datta et al. (ECCV 2006, DOI 10.1007/11744078_23), Ke et al.
(CVPR 2006, DOI 10.1109/CVPR.2006.303) and Hasler and Suesstrunk (SPIE 2003, DOI 10.1117/12.477378); ``MEASUREMENTS``
says each in words, with its unit and range, and docs/descriptors.md how it is made.

Focus, clipping, tones and edges are measured on the picture as it comes. What concerns colour and layout is measured
on the *small picture*, whose longest side is reduced to 128 pixels by averaging areas: so grain and the noise of JPEG
colours do not count, and the time hardly grows. The *subject* is where colours differ from those of the border: the
squared Mahalanobis distance from them (the background of Zhang et al., ICCV 2015, DOI 10.1109/ICCV.2015.165) is the
weight of each place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from viewcast.descriptors.extractor import Extractor, one_by_one
from viewcast.descriptors.measurement import Measurement

#: Longest side in pixels of the small picture.
SMALL = 128
#: Share of each side that is border.
BORDER = 1 / 8
#: Width in pixels of the blur that sharpness is compared with.
BLUR = 11
#: Grey levels of a step that is an edge, a tenth of the range.
EDGE_STEP = 25.5
#: Grey levels per pixel, on average over 9 x 9 places of the small picture, below which a place is empty.
EMPTY_SLOPE = 3.0
#: At most so many degrees a horizon is tilted.
MOST_TILT = 20
#: The horizon is as certain as no line is as good that is tilted by so many degrees more or less.
OTHER_TILT = 5
#: Of least squares, each over the crests within two places of the line of the last.
ROUNDS = 3
#: Least chroma (CIELAB) of a place whose hue counts.
LEAST_CHROMA = 5.0
#: From linear sRGB to XYZ over those of D65's white.
_TO_XYZ = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
) / np.array([[0.95047], [1.0], [1.08883]])
_NOTHING = 1e-6
_LEAST_VARIANCE = 1e-4
_REFLECT = cv2.BORDER_REFLECT

#: Name -> what it is, in the order of the vector.
MEASUREMENTS: dict[str, Measurement] = {
    one.name: one
    for one in (
        Measurement("sharpness_subject", "sharpness of the subject", "", 0, 1),
        Measurement("sharpness_border", "sharpness of the border", "", 0, 1),
        Measurement("depth_of_field", "sharpness of the subject over that of the border", "log2", -6.7, 6.7),
        Measurement("exposure", "mean light against middle grey", "EV", -8, 2.48),
        Measurement("shadows_clipped", "share of the picture that is black", "", 0, 1),
        Measurement("highlights_clipped", "share of the picture with a burnt-out colour channel", "", 0, 1),
        Measurement("contrast_rms", "standard deviation of the tones", "", 0, 0.5),
        Measurement("contrast_interdecile", "distance of the darkest and the lightest tenth of the tones", "", 0, 1),
        Measurement("entropy", "entropy of the tones", "bit", 0, 8),
        Measurement("light_centre", "how much lighter the centre is than the picture", "L*", -100, 100),
        Measurement("colorfulness", "colourfulness", "", 0, 298),
        Measurement("saturation", "mean saturation", "", 0, 1),
        Measurement("saturation_spread", "spread of the saturation", "", 0, 0.5),
        Measurement("neutral_a", "white balance of what is nearly grey: green to magenta", "a*", -30, 30),
        Measurement("neutral_b", "white balance of what is nearly grey: blue to amber", "b*", -30, 30),
        Measurement("color_cast", "colour of the mean of the picture", "C*", 0, 134),
        Measurement("warmth", "warm colours against cold ones", "", -1, 1),
        Measurement("hue_concentration", "how far all colours have one hue", "", 0, 1),
        Measurement("hues", "number of distinct hues", "", 0, 20),
        Measurement("edge_density", "share of the picture that is edges", "", 0, 1),
        Measurement("upright_lines", "upright edges against level ones", "", -1, 1),
        Measurement("empty_space", "share of the largest empty area", "", 0, 1),
        Measurement("layers", "how far the picture consists of level bands", "", 0, 1),
        Measurement("columns", "how far the picture consists of upright bands", "", 0, 1),
        Measurement("symmetry_left_right", "likeness of the left and the right half", "", -1, 1),
        Measurement("symmetry_top_bottom", "likeness of the upper and the lower half", "", -1, 1),
        Measurement("horizon_tilt", "tilt of the horizon, clockwise", "degrees", -30, 30),
        Measurement("horizon_certainty", "how far the horizon stands out from lines of another tilt", "", 0, 1),
        Measurement("subject_contrast", "how far the subject's colours are from the border's", "log2", 0, 6.5),
        Measurement("subject_size", "share of the picture that the subject takes", "", 0, 1),
        Measurement("subject_off_centre", "how far left or right of the middle the subject is", "widths", 0, 0.5),
        Measurement("subject_height", "how far below the upper edge the subject is", "heights", 0, 1),
        Measurement("thirds_distance", "how far the subject is from a crossing of the thirds", "sides", 0, 0.48),
        Measurement("aspect", "width over height", "log2", -9, 9),
    )
}
NAMES = tuple(MEASUREMENTS)


@dataclass(frozen=True)
class Parameters:
    """Nothing to choose."""

    @classmethod
    def preset(cls, name: str, **changes: object) -> Parameters:
        """The same for ``paper`` and ``toolbox``."""
        return cls(**changes)


def dimension(parameters: Parameters = Parameters()) -> int:
    """Length of the vector, 34."""
    return len(NAMES)


def feature_names(parameters: Parameters = Parameters()) -> list[str]:
    """The names of the numbers, in their order; ``MEASUREMENTS`` has the words and units for each."""
    return list(NAMES)


def measure(image: np.ndarray) -> dict[str, float]:
    """Every measurement of a picture by its name.

    :param image: RGB uint8 (h, w, 3), of any size from one pixel on.
    :returns: name -> number, all finite, in the order of ``NAMES`` and the units of ``MEASUREMENTS``.

    >>> grey = np.full((30, 40, 3), 128, np.uint8)
    >>> found = measure(grey)
    >>> found["saturation"], found["shadows_clipped"], round(found["exposure"], 2)
    (0.0, 0.0, 0.26)
    """
    height, width = image.shape[:2]
    picture = np.ascontiguousarray(image)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    size = small_size(height, width)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    lab = cielab(small)
    places = _places(*lab.shape[1:])
    subject, contrast = _subject(lab, places)
    steep, fine, edges = _slopes(grey, size)
    found = (
        _focus(steep, fine, subject, places)
        | _tones(grey, picture)
        | {"light_centre": _light_centre(lab[0], places), "colorfulness": _colorfulness(picture)}
        | _colors(small, lab)
        | edges
        | _layout(lab)
        | _horizon(lab[0])
        | _position(subject, places)
        | {"empty_space": _empty_space(steep), "subject_contrast": contrast, "aspect": np.log2(width / height)}
    )
    return {name: float(found[name]) for name in NAMES}


def photographic(image: np.ndarray, device: str = "cpu") -> np.ndarray:
    """The measurements of one picture as a vector.

    :param image: RGB uint8 (h, w, 3); the workflow reduces it to 500 pixels first.
    :param device: not used: OpenCV computes on the CPU.
    :returns: (34,) float32, in the order of ``NAMES`` and the units of ``MEASUREMENTS``.
    """
    return np.array(list(measure(image).values()), dtype=np.float32)


def extractor(parameters: Parameters, dictionaries: dict[str, np.ndarray], device: str = "cpu") -> Extractor:
    """A function from n pictures to the :func:`photographic` of each.

    :param parameters: there is nothing in them.
    :param dictionaries: not used.
    :param device: not used: OpenCV computes on the CPU.
    :returns: from n pictures, RGB uint8 of any sizes, to (n, 34) float32.
    """
    return one_by_one(photographic, len(NAMES))


def subject_weights(image: np.ndarray) -> np.ndarray:
    """Where the subject is: the weight of each place of the small picture, float64 (h, w), which sum to 1.

    :param image: RGB uint8 (h, w, 3), of any size.

    >>> subject_weights(np.full((30, 40, 3), 128, np.uint8)).shape
    (30, 40)
    """
    size = small_size(*image.shape[:2])
    lab = cielab(cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_AREA))
    places = _places(*lab.shape[1:])
    return _subject(lab, places)[0].reshape(places.border.shape)


def small_size(height: int, width: int) -> tuple[int, int]:
    """Width and height in pixels of the small picture.

    >>> small_size(375, 500), small_size(3, 1000), small_size(90, 100)
    ((128, 96), (128, 1), (100, 90))
    """
    longest = max(height, width)
    if longest <= SMALL:
        return width, height
    return max(round(width * SMALL / longest), 1), max(round(height * SMALL / longest), 1)


def cielab(image: np.ndarray) -> np.ndarray:
    """A picture in CIELAB, by the white of D65 (IEC 61966-2-1, CIE 15).

    OpenCV's own conversion is off by up to 0.2 in a* and b*.

    :param image: sRGB uint8 (h, w, 3).
    :returns: the planes of L* (0..100), a* and b*, float64 (3, h, w).

    >>> cielab(np.array([[[255, 255, 255], [255, 0, 0]]], np.uint8))[:, 0].round(1).T.tolist()
    [[100.0, -0.0, 0.0], [53.2, 80.1, 67.2]]
    """
    linear = cv2.LUT(image, linear_light()).reshape(-1, 3).T
    xyz = _TO_XYZ @ np.ascontiguousarray(linear)
    root = np.cbrt(xyz)
    dark = xyz <= 0.008856
    root[dark] = 7.787 * xyz[dark] + 16 / 116
    x, y, z = root
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)]).reshape(3, *image.shape[:2])


@lru_cache(maxsize=1)
def linear_light() -> np.ndarray:
    """Of each of 256 levels of sRGB, 0..1."""
    level = np.arange(256) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


class _Places(NamedTuple):
    """Of the places of a small picture: shares of the width and the height of their centres, and what is border."""

    x: np.ndarray
    y: np.ndarray
    border: np.ndarray


@lru_cache(maxsize=64)
def _places(height: int, width: int) -> _Places:
    x = np.broadcast_to((np.arange(width) + 0.5) / width, (height, width))
    y = np.broadcast_to((np.arange(height)[:, None] + 0.5) / height, (height, width))
    border = np.maximum(np.abs(x - 0.5), np.abs(y - 0.5)) > 0.5 - BORDER
    return _Places(x, y, border if border.any() else np.ones_like(border))


def _slopes(grey: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, dict[str, float]]:
    """How steep the tones of each place of the small picture are, and how much of it a blur would take away (Crete et
    al., SPIE 2007, DOI 10.1117/12.702790), both summed over the two axes, in grey levels a pixel; and what the edges
    say.
    """
    # Whole numbers: 8 BLUR times grey levels a pixel, at most 22,440 over both axes.
    steep, fine = np.zeros((2, *grey.shape), np.int16)
    energy = []
    for dx, dy in ((1, 0), (0, 1)):
        slope = cv2.Sobel(grey, cv2.CV_16S, dx, dy, borderType=_REFLECT)
        energy.append(cv2.norm(slope, cv2.NORM_L2SQR))
        np.abs(slope, out=slope)
        slope *= BLUR
        steep += slope
        width = (BLUR if dx else 1, BLUR if dy else 1)
        blurred = cv2.boxFilter(grey, cv2.CV_16S, width, normalize=False, borderType=_REFLECT)
        blurred = cv2.Sobel(blurred, cv2.CV_16S, dx, dy, borderType=_REFLECT)
        np.abs(blurred, out=blurred)
        np.subtract(slope, blurred, out=slope)
        np.maximum(slope, 0, out=slope)
        fine += slope
    across, down = energy
    edges = {
        "edge_density": np.count_nonzero(steep >= 4 * BLUR * EDGE_STEP) / grey.size,
        "upright_lines": (across - down) / (across + down) if across + down else 0.0,
    }
    places = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (steep, fine))
    steep, fine = (place.astype(np.float64) / (8 * BLUR) for place in places)
    return steep, fine, edges


def _focus(steep: np.ndarray, fine: np.ndarray, subject: np.ndarray, places: _Places) -> dict[str, float]:
    def sharpness(weight: np.ndarray) -> float:
        whole = (weight * steep).sum()
        return (weight * fine).sum() / whole if whole > _NOTHING else 0.0

    own, border = sharpness(subject), sharpness(places.border / places.border.sum())
    return {
        "sharpness_subject": own,
        "sharpness_border": border,
        "depth_of_field": np.log2((own + 0.01) / (border + 0.01)),
    }


def _tones(grey: np.ndarray, picture: np.ndarray) -> dict[str, float]:
    counts = _histogram(grey)
    count, level = counts.sum(), np.arange(256) / 255
    share = counts / count
    mean = share @ level
    up_to = np.cumsum(counts)
    first, last = (int(np.searchsorted(up_to, -(-tenths * count // 10))) for tenths in (1, 9))
    seen = share[share > 0]
    red, green, blue = cv2.split(picture)
    lightest = _histogram(cv2.max(cv2.max(red, green), blue)) / count
    return {
        "exposure": np.log2(max(share @ linear_light(), 0.18 / 256) / 0.18),
        "shadows_clipped": lightest[:6].sum(),
        "highlights_clipped": lightest[250:].sum(),
        "contrast_rms": np.sqrt(share @ (level - mean) ** 2),
        "contrast_interdecile": (last - first) / 255,
        "entropy": max(-(seen @ np.log2(seen)), 0.0),
    }


def _histogram(plane: np.ndarray) -> np.ndarray:
    return cv2.calcHist([plane], [0], None, [256], [0, 256]).ravel().astype(np.int64)


def _light_centre(lightness: np.ndarray, places: _Places) -> float:
    centre = np.exp(-((places.x - 0.5) ** 2 + (places.y - 0.5) ** 2) / 0.05)
    return float((centre * lightness).sum() / centre.sum() - lightness.mean())


def _colorfulness(picture: np.ndarray) -> float:
    """Hasler and Suesstrunk's measure, of levels 0..255."""
    red, green, blue = cv2.split(picture)
    red_green = cv2.subtract(red, green, dtype=cv2.CV_16S)
    # Twice yellow less blue, so that it is whole.
    yellow_blue = cv2.add(red, green, dtype=cv2.CV_16S)
    for _ in range(2):
        np.subtract(yellow_blue, blue, out=yellow_blue)
    count = red.size
    mean1, mean2 = cv2.sumElems(red_green)[0] / count, cv2.sumElems(yellow_blue)[0] / (2 * count)
    square1, square2 = (cv2.norm(one, cv2.NORM_L2SQR) / count for one in (red_green, yellow_blue))
    variance = square1 - mean1**2 + square2 / 4 - mean2**2
    return float(np.sqrt(max(variance, 0)) + 0.3 * np.hypot(mean1, mean2))


def _colors(small: np.ndarray, lab: np.ndarray) -> dict[str, float]:
    red, green, blue = (plane.astype(np.int32) for plane in cv2.split(small))
    value = np.maximum(np.maximum(red, green), blue)
    spread = value - np.minimum(np.minimum(red, green), blue)
    saturation = spread / np.maximum(value, 1)
    a, b = lab[1], lab[2]
    # In whole numbers, as saturations and hues often lie on the very border: saturation 1/5, values 1/5 and 19/20.
    neutral = (5 * spread < value) & (5 * value > 255) & (20 * value < 19 * 255)
    chroma = np.sqrt(a * a + b * b)
    colored = chroma >= LEAST_CHROMA
    total = chroma[colored].sum()
    sum_a, sum_b = a[colored].sum(), b[colored].sum()
    clear = (5 * spread > value) & (20 * value > 3 * 255) & (20 * value < 19 * 255)
    counts = _hues(red[clear], green[clear], blue[clear], spread[clear])
    return {
        "saturation": saturation.mean(),
        "saturation_spread": saturation.std(),
        "neutral_a": a[neutral].mean() if neutral.any() else 0.0,
        "neutral_b": b[neutral].mean() if neutral.any() else 0.0,
        "color_cast": np.hypot(a.mean(), b.mean()),
        "warmth": (sum_a * 0.5 + sum_b * np.sqrt(0.75)) / total if total else 0.0,
        "hue_concentration": np.hypot(sum_a, sum_b) / total if total else 0.0,
        "hues": np.count_nonzero(20 * counts > counts.max()),
    }


def _empty_space(steep: np.ndarray) -> float:
    empty = cv2.blur(steep, (9, 9), borderType=_REFLECT) < EMPTY_SLOPE
    _, _, areas, _ = cv2.connectedComponentsWithStats(empty.astype(np.uint8), connectivity=4)
    return areas[1:, cv2.CC_STAT_AREA].max(initial=0) / empty.size


def _hues(red: np.ndarray, green: np.ndarray, blue: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """How many of n coloured pixels have each of twenty hues: (20,).

    :param spread: the largest of their three levels less the least.
    """
    of_red, of_green, of_blue = green - blue, blue - red + 2 * spread, red - green + 4 * spread
    of_red = np.where(of_red < 0, of_red + 6 * spread, of_red)
    of_others = np.where(green >= blue, of_green, of_blue)
    sixths = np.where((red >= green) & (red >= blue), of_red, of_others)
    return np.bincount(10 * sixths // (3 * spread), minlength=20)


def _layout(lab: np.ndarray) -> dict[str, float]:
    centred = lab - lab.mean(axis=(1, 2), keepdims=True)
    variance = np.vdot(centred, centred) / lab[0].size
    some = variance > _LEAST_VARIANCE
    lightness = centred[0]
    return {
        "layers": (centred.mean(axis=2) ** 2).mean(axis=1).sum() / variance if some else 0.0,
        "columns": (centred.mean(axis=1) ** 2).mean(axis=1).sum() / variance if some else 0.0,
        "symmetry_left_right": _likeness(lightness, lightness[:, ::-1]),
        "symmetry_top_bottom": _likeness(lightness, lightness[::-1]),
    }


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of two centred planes of one deviation; 1 where both are constant."""
    variance = (one**2).mean()
    return float((one * other).mean() / variance) if variance > _LEAST_VARIANCE else 1.0


def _horizon(lightness: np.ndarray) -> dict[str, float]:
    """The line along which most level edges lie: a Hough transform in steps of two degrees, then least
    squares.
    """
    nothing = {"horizon_tilt": 0.0, "horizon_certainty": 0.0}
    height, width = lightness.shape
    if height < 3 or width < 3:
        return nothing
    down = cv2.Sobel(lightness, cv2.CV_64F, 0, 1, scale=1 / 8, borderType=_REFLECT)
    across = cv2.Sobel(lightness, cv2.CV_64F, 1, 0, scale=1 / 8, borderType=_REFLECT)
    steep = np.abs(down)
    # The crests alone: of a soft edge, its middle.
    crest = steep >= 2
    crest[1:] &= steep[1:] >= steep[:-1]
    crest[:-1] &= steep[:-1] >= steep[1:]
    rows, columns = np.nonzero(crest & (np.abs(across) <= steep * np.tan(np.deg2rad(30))))
    if not len(rows):
        return nothing
    weight = steep[rows, columns]
    above, below = steep[np.maximum(rows - 1, 0), columns], steep[np.minimum(rows + 1, height - 1), columns]
    # Between the rows: the top of the parabola through three of them.
    bend = 2 * weight - above - below
    shift = np.where(bend > _NOTHING, (below - above) / np.maximum(2 * bend, _NOTHING), 0)
    x, y = columns - (width - 1) / 2, rows + shift - (height - 1) / 2
    reach = int(np.hypot(height, width)) + 2
    tilts = np.arange(-MOST_TILT, MOST_TILT + 1, 2)
    votes, places = np.zeros(len(tilts)), np.zeros(len(tilts), int)
    for number, angle in enumerate(np.deg2rad(tilts)):
        line = np.floor((y * np.cos(angle) - x * np.sin(angle)) / 2 + reach).astype(int)
        counted = np.bincount(line, weights=weight)
        places[number] = counted.argmax()
        votes[number] = counted[places[number]]
    best = int(votes.argmax())
    # Of a picture that is its own mirror image two lines are best, and none is the horizon.
    certainty = 1 - votes[np.abs(tilts - tilts[best]) >= OTHER_TILT].max() / votes[best]
    if certainty <= _NOTHING:
        return nothing
    slope = float(np.tan(np.deg2rad(tilts[best])))
    height_at_middle = ((places[best] - reach) * 2 + 1) * np.hypot(1, slope)
    for _ in range(ROUNDS):
        near = np.abs(y - x * slope - height_at_middle) <= 2 * np.hypot(1, slope)
        if not near.any():
            break
        own = weight[near] / weight[near].sum()
        x_mean, y_mean = own @ x[near], own @ y[near]
        spread = own @ (x[near] - x_mean) ** 2
        if spread > 1:
            slope = float(own @ ((x[near] - x_mean) * y[near]) / spread)
        height_at_middle = y_mean - slope * x_mean
    tilt = np.clip(np.rad2deg(np.arctan(slope)), -30, 30)
    return {"horizon_tilt": float(tilt), "horizon_certainty": float(certainty)}


def _subject(lab: np.ndarray, places: _Places) -> tuple[np.ndarray, float]:
    """The weight of each place in the subject, which sum to 1, and how much it stands out."""
    smooth = np.stack([cv2.GaussianBlur(plane, (0, 0), 2, borderType=_REFLECT) for plane in lab])
    border = lab[:, places.border]
    mean = border.mean(axis=1, keepdims=True)
    away = border - mean
    spread = away @ away.T / away.shape[1] + 10 * np.eye(3)
    distance = smooth.reshape(3, -1) - mean
    squares = (distance * (np.linalg.inv(spread) @ distance)).sum(axis=0).reshape(places.border.shape)
    total = squares.sum()
    weight = squares / total if total > _NOTHING else np.full_like(squares, 1 / squares.size)
    return weight, float(np.log2(1 + np.sqrt(squares.max())))


def _position(subject: np.ndarray, places: _Places) -> dict[str, float]:
    x, y = float((subject * places.x).sum()), float((subject * places.y).sum())
    off_x, off_y = abs(x - 0.5), abs(y - 0.5)
    return {
        "subject_size": 1 / (subject**2).sum() / subject.size,
        "subject_off_centre": off_x,
        "subject_height": y,
        "thirds_distance": np.hypot(off_x - 1 / 6, off_y - 1 / 6),
    }
