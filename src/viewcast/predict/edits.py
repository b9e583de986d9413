"""What can be tried on a picture and on the text beside it: data, and pure functions that do it.

Every edit of a picture takes an RGB uint8 picture (h, w, 3) of any size and returns another one; with a strength of 0
it returns the same pixels. Lengths are shares of the picture's sides, so that a small picture and a large one come out
alike. The ranges are such as a photographer uses without a second thought: nothing here makes another photograph.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from viewcast.descriptors.photographic import linear_light, measure, subject_weights
from viewcast.pictures.resize import reduce
from viewcast.predict.cues import Cues

#: Longest side in pixels of the pictures that the model looks at.
SEEN = 500
#: Longest side in pixels from which crops are made for scoring: half of it is still what the model looks at.
WORKING = 1000

#: A crop keeps the subject where it holds so much of its weight.
KEEPS = 0.9
#: Steps of the grid of crops, in shares of the sides.
_STEP = 0.05
#: Shares of the sides that crops keep.
_SHARES = (0.9, 0.8, 0.7)
#: Where in a crop the subject may stand: in the middle, or on a crossing of the thirds.
_MIDDLE = ((0.5, 0.5),)
_THIRDS = tuple((x, y) for x in (1 / 3, 2 / 3) for y in (1 / 3, 2 / 3))
#: A horizon is straightened if it is tilted by so many degrees, at least and at most, and so certain.
_TILTS, _CERTAIN = (0.5, 8.0), 0.5

#: Red, green and blue in the brightness of a grey level (Rec. 601), and in that of linear light (Rec. 709).
_LUMA = np.array([0.299, 0.587, 0.114])
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True)
class Edit:
    """An edit of the picture.

    :ivar kind: a key of :data:`FUNCTIONS`.
    :ivar values: what its function takes after the picture.
    :ivar sentence: what a photographer would do.
    """

    kind: str
    values: tuple[float, ...]
    sentence: str

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """The edited picture."""
        return FUNCTIONS[self.kind](picture, *self.values)


@dataclass(frozen=True)
class CueEdit:
    """An edit of the text beside the picture.

    :ivar kind: ``tags``, ``title`` or ``description``.
    :ivar length: tags, or characters, to come to.
    """

    kind: str
    length: int
    sentence: str

    def __call__(self, cues: Cues) -> Cues:
        """The cues with this text at its new length; what is added stands for words that the photographer will write,
        and has no meaning of its own.
        """
        if self.kind == "tags":
            return cues.model_copy(update={"tags": _tags_of(cues.tags or (), self.length)})
        text = getattr(cues, self.kind) or ""
        return cues.model_copy(update={self.kind: text[: self.length].ljust(self.length, "…")})


def _tags_of(tags: tuple[str, ...], count: int) -> tuple[str, ...]:
    return tags[:count] + ("…",) * (count - len(tags))


def crop(picture: np.ndarray, left: float, top: float, width: float, height: float) -> np.ndarray:
    """The part of a picture that begins at (left, top), all in shares of its sides.

    A part that is smaller than what a model looks at (:data:`SEEN`) is enlarged to the size that the whole picture has
    there, so that a small picture is judged by what it shows and not by having fewer pixels.
    """
    tall, wide = picture.shape[:2]
    right, bottom = max(round((left + width) * wide), 1), max(round((top + height) * tall), 1)
    part = picture[min(round(top * tall), bottom - 1) : bottom, min(round(left * wide), right - 1) : right]
    if part.shape == picture.shape:
        return picture.copy()
    return _enlarged(part, min(max(tall, wide), SEEN))


def _enlarged(part: np.ndarray, longest: int) -> np.ndarray:
    tall, wide = part.shape[:2]
    if max(tall, wide) >= longest:
        return np.ascontiguousarray(part)
    scale = longest / max(tall, wide)
    size = max(round(wide * scale), 1), max(round(tall * scale), 1)
    return cv2.resize(np.ascontiguousarray(part), size, interpolation=cv2.INTER_CUBIC)


def inner_rectangle(width: float, height: float, degrees: float) -> tuple[float, float]:
    """Width and height of the largest upright rectangle within one that is turned by so many degrees.

    >>> inner_rectangle(4.0, 3.0, 0)
    (4.0, 3.0)
    """
    sine, cosine = abs(math.sin(math.radians(degrees))), abs(math.cos(math.radians(degrees)))
    long, short = max(width, height), min(width, height)
    if short <= 2 * sine * cosine * long or abs(sine - cosine) < 1e-10:
        # Two corners touch the longer side, the others lie on its middle line.
        half = short / 2
        return (half / sine, half / cosine) if width >= height else (half / cosine, half / sine)
    turned = cosine**2 - sine**2
    return (width * cosine - height * sine) / turned, (height * cosine - width * sine) / turned


def straighten(picture: np.ndarray, degrees: float) -> np.ndarray:
    """The picture turned counterclockwise about its middle, and the largest upright rectangle of it that has no empty
    corner; enlarged as by :func:`crop`.
    """
    if degrees == 0:
        return picture.copy()
    tall, wide = picture.shape[:2]
    turn = cv2.getRotationMatrix2D(((wide - 1) / 2, (tall - 1) / 2), degrees, 1)
    turned = cv2.warpAffine(picture, turn, (wide, tall), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inner_wide, inner_tall = inner_rectangle(wide, tall, degrees)
    keep_wide, keep_tall = max(int(inner_wide), 1), max(int(inner_tall), 1)
    left, top = (wide - keep_wide) // 2, (tall - keep_tall) // 2
    part = turned[max(top, 0) : top + keep_tall, max(left, 0) : left + keep_wide]
    return _enlarged(part, min(max(tall, wide), SEEN))


def brightness(picture: np.ndarray, stops: float) -> np.ndarray:
    """So many stops more light: linear light times a power of two; what is beyond white is white."""
    return _through(picture, _gains([2.0**stops] * 3))


def temperature(picture: np.ndarray, stops: float) -> np.ndarray:
    """Warmer: in linear light so many stops more of red against blue; grey keeps its luminance."""
    return _through(picture, _gains([2 ** (stops / 2), 1.0, 2 ** (-stops / 2)], keep=True))


def tint(picture: np.ndarray, stops: float) -> np.ndarray:
    """Towards magenta: in linear light so many stops less of green; grey keeps its luminance."""
    return _through(picture, _gains([1.0, 2.0**-stops, 1.0], keep=True))


def _gains(gains: Sequence[float], keep: bool = False) -> np.ndarray:
    """What becomes of 256 levels of sRGB in each channel, (256, 3), where their linear light is multiplied."""
    factors = np.array(gains)
    if keep:
        factors = factors / (_LUMINANCE @ factors)
    linear = np.clip(linear_light()[:, None] * factors, 0, 1)
    level = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(255 * level).astype(np.uint8)


def contrast(picture: np.ndarray, amount: float) -> np.ndarray:
    """Tones so much farther from their mean: 0.2 is a fifth farther."""
    mean = float(_LUMA @ cv2.mean(picture)[:3])
    levels = np.clip(np.round(mean + (1 + amount) * (np.arange(256) - mean)), 0, 255).astype(np.uint8)
    return _through(picture, np.repeat(levels[:, None], 3, axis=1))


def _through(picture: np.ndarray, levels: np.ndarray) -> np.ndarray:
    return cv2.LUT(picture, levels[None])


def saturation(picture: np.ndarray, amount: float) -> np.ndarray:
    """Colours so much farther from the grey of their brightness: 0.2 is a fifth farther, -1 is black and white."""
    mix = (1 + amount) * np.eye(3) - amount * _LUMA
    return cv2.transform(picture, mix)


def sharpen(picture: np.ndarray, amount: float) -> np.ndarray:
    """An unsharp mask whose radius is a 600th of the longest side."""
    soft = cv2.GaussianBlur(picture, (0, 0), max(max(picture.shape[:2]) / 600, 0.5), borderType=cv2.BORDER_REFLECT)
    return cv2.addWeighted(picture, 1 + amount, soft, -amount, 0)


def soften_background(picture: np.ndarray, share: float) -> np.ndarray:
    """What is not the subject, out of focus: a Gaussian blur whose deviation is so large a share of the longest side.

    The subject is where the photographic measurements see it (colours unlike those of the border); it passes into the
    background over a fiftieth of the longest side.
    """
    if share == 0:
        return picture.copy()
    tall, wide = picture.shape[:2]
    longest = max(tall, wide)
    weights = subject_weights(picture)
    kept = np.sort(weights.ravel())[::-1]
    least = kept[np.searchsorted(np.cumsum(kept), KEEPS * kept.sum()).clip(max=kept.size - 1)]
    mask = (weights >= least).astype(np.float32)
    mask = cv2.GaussianBlur(mask, (0, 0), max(max(mask.shape) / 50, 0.3), borderType=cv2.BORDER_REFLECT)
    mask = cv2.resize(mask, (wide, tall), interpolation=cv2.INTER_LINEAR)
    # A wide blur is made of a small picture: as good, and quick at any size.
    soft = reduce(picture, SEEN)
    soft = cv2.GaussianBlur(soft, (0, 0), share * min(longest, SEEN), borderType=cv2.BORDER_REFLECT)
    soft = cv2.resize(soft, (wide, tall), interpolation=cv2.INTER_LINEAR)
    return cv2.blendLinear(picture, soft, mask, 1 - mask)


#: In the order in which they are done, whatever the order in which they were chosen.
FUNCTIONS = {
    "straighten": straighten,
    "crop": crop,
    "brightness": brightness,
    "temperature": temperature,
    "tint": tint,
    "contrast": contrast,
    "saturation": saturation,
    "background": soften_background,
    "sharpen": sharpen,
}
#: Those that change what is in the picture, and hence its size.
_GEOMETRY = ("straighten", "crop")


def render(picture: np.ndarray, edits: Sequence[Edit]) -> np.ndarray:
    """All edits done to a picture, at its own size."""
    for edit in _in_order(edits):
        picture = edit(picture)
    return picture


def render_seen(working: np.ndarray, edits: Sequence[Edit]) -> np.ndarray:
    """All edits done, at the size that the model sees: what is cut off is cut off first.

    :param working: the picture, its longest side at most :data:`WORKING` pixels.
    """
    for edit in _in_order([edit for edit in edits if edit.kind in _GEOMETRY]):
        working = edit(working)
    return render(reduce(working, SEEN), [edit for edit in edits if edit.kind not in _GEOMETRY])


def _in_order(edits: Sequence[Edit]) -> list[Edit]:
    order = list(FUNCTIONS)
    return sorted(edits, key=lambda edit: order.index(edit.kind))


def picture_edits(picture: np.ndarray) -> list[Edit]:
    """The edits to try on this picture.

    :param picture: RGB uint8, of any size; a small one will do.
    """
    return [*_straightenings(picture), *_crops(picture), *_tones()]


@lru_cache(maxsize=1)
def _tones() -> tuple[Edit, ...]:
    thirds = {1: "One third of a stop", 2: "Two thirds of a stop"}
    found = [
        Edit("brightness", (sign * third / 3,), f"{words} {'brighter' if sign > 0 else 'darker'}.")
        for sign in (1, -1)
        for third, words in thirds.items()
    ]
    for kind, more, less, amounts in (
        ("contrast", "More contrast", "Less contrast", (0.15, 0.3, -0.15)),
        ("saturation", "More saturated colours", "Less saturated colours", (0.15, 0.3, -0.15, -0.3)),
    ):
        found += [Edit(kind, (a,), f"{more if a > 0 else less}, by {abs(a):.0%}.") for a in amounts]
    found += [
        Edit("temperature", (stops,), f"A {'little ' if abs(stops) < 0.3 else ''}{word} white balance.")
        for word, all_stops in (("warmer", (0.2, 0.4)), ("cooler", (-0.2, -0.4)))
        for stops in all_stops
    ]
    found += [
        Edit("tint", (0.1,), "White balance a little towards magenta."),
        Edit("tint", (-0.1,), "White balance a little towards green."),
        Edit("sharpen", (0.5,), "Sharpened a little."),
        Edit("sharpen", (1.0,), "Sharpened."),
        Edit("background", (0.006,), "The background behind the subject softer."),
        Edit("background", (0.015,), "The background behind the subject out of focus."),
    ]
    return tuple(found)


def _straightenings(picture: np.ndarray) -> list[Edit]:
    found = measure(reduce(picture, SEEN))
    tilt = found["horizon_tilt"]
    if not _TILTS[0] <= abs(tilt) <= _TILTS[1] or found["horizon_certainty"] < _CERTAIN:
        return []
    side = "right" if tilt > 0 else "left"
    return [Edit("straighten", (tilt,), f"Straightened by {abs(tilt):.1f} degrees: the horizon falls to the {side}.")]


def _crops(picture: np.ndarray) -> Iterator[Edit]:
    """Of all crops on the grid that keep the subject, by size those that bring it nearest to the middle, and nearest to
    a crossing of the thirds; and the square about it.
    """
    weights = subject_weights(picture)
    tall, wide = picture.shape[:2]
    rows, columns = weights.sum(axis=1), weights.sum(axis=0)
    x = float(columns @ (np.arange(len(columns)) + 0.5)) / len(columns)
    y = float(rows @ (np.arange(len(rows)) + 0.5)) / len(rows)
    seen: set[tuple[float, ...]] = set()
    for share in _SHARES:
        said = f"{share:.0%} of each side"
        for aims, words in (
            ([(0.5, 0.5)], f"Crop to the subject in the middle, {said}."),
            (
                [(u, v) for u in (1 / 3, 2 / 3) for v in (1 / 3, 2 / 3)],
                f"Crop with the subject off the middle, {said}.",
            ),
        ):
            best = _nearest(weights, (x, y), (share, share), aims)
            if best and best not in seen:
                seen.add(best)
                yield Edit("crop", best, words)
    short = min(tall, wide)
    if short / max(tall, wide) < 0.95:
        best = _nearest(weights, (x, y), (short / wide, short / tall), _MIDDLE)
        if best:
            yield Edit("crop", best, "Crop to a square around the subject.")


def _nearest(
    weights: np.ndarray, subject: tuple[float, float], size: tuple[float, float], aims: Sequence[tuple[float, float]]
) -> tuple[float, float, float, float] | None:
    """The crop of this size on the grid that keeps the subject and has its middle nearest to one of the aims."""
    best, least = None, math.inf
    for left in np.arange(0, 1 - size[0] + 1e-9, _STEP):
        for top in np.arange(0, 1 - size[1] + 1e-9, _STEP):
            window = float(left), float(top), *size
            if _held(weights, window) < KEEPS:
                continue
            at = (subject[0] - left) / size[0], (subject[1] - top) / size[1]
            away = min(math.hypot(at[0] - aim[0], at[1] - aim[1]) for aim in aims)
            if away < least - 1e-9:
                best, least = window, away
    return best


def _held(weights: np.ndarray, window: tuple[float, float, float, float]) -> float:
    """Share of the subject's weight within a crop."""
    tall, wide = weights.shape
    left, top, width, height = window
    rows = slice(round(top * tall), round((top + height) * tall))
    columns = slice(round(left * wide), round((left + width) * wide))
    return float(weights[rows, columns].sum())


#: Counts of tags, and characters of titles and descriptions, to come to.
_LENGTHS = {"tags": (5, 10, 20, 30), "title": (15, 30, 60), "description": (50, 150, 400, 1000)}
_WORDS = {
    "tags": "{} tags in all (now {}).",
    "title": "A title of about {} characters (now {}).",
    "description": "A description of about {} characters (now {}).",
}


def cue_edits(cues: Cues, learned: Sequence[str]) -> list[CueEdit]:
    """The edits of the texts that are known.

    :param learned: names of the cues that the model learned from; there is no use in changing others.
    """
    found = []
    for kind, lengths in _LENGTHS.items():
        text = getattr(cues, kind)
        if text is None or (kind if kind == "tags" else f"{kind}_length") not in learned:
            continue
        now = len(text)
        found += [
            CueEdit(kind, length, _WORDS[kind].format(length, now)) for length in lengths if abs(length - now) > now / 5
        ]
    return found
