"""The photographic measurements again, plainly: loops, SciPy and scikit-image in float64."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from skimage import color, measure


def overlaps(length: int, places: int) -> np.ndarray:
    """What each of ``length`` pixels gives to each of ``places`` equal places, (places, length); rows sum to 1."""
    wide, pixel, place = length / places, np.arange(length), np.arange(places)[:, None]
    return np.maximum(np.minimum(pixel + 1, (place + 1) * wide) - np.maximum(pixel, place * wide), 0) / wide


def averaged(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """Means over the areas of (height, width) places, of one plane or of several."""
    rows, columns = overlaps(plane.shape[0], height), overlaps(plane.shape[1], width)
    return np.tensordot(columns, np.tensordot(rows, plane.astype(float), (1, 0)), (1, 1)).swapaxes(0, 1)


def measurements(image: np.ndarray, grey: np.ndarray) -> dict[str, float]:
    """Every number but those of the horizon.

    :param grey: (h, w), the rounded luma of ``image``; OpenCV rounds some to the other side.
    """
    height, width = image.shape[:2]
    scale = min(128 / max(height, width), 1)
    h, w = max(round(height * scale), 1), max(round(width * scale), 1)
    grey = grey.astype(float)
    small = np.rint(averaged(image, h, w)) / 255
    lab, hsv = color.rgb2lab(small), color.rgb2hsv(small)
    found = tones(image, grey) | colors(image, lab, hsv) | bands(lab)
    x = np.broadcast_to((np.arange(w) + 0.5) / w, (h, w))
    y = np.broadcast_to((np.arange(h)[:, None] + 0.5) / h, (h, w))
    border = (np.minimum(x, 1 - x) < 1 / 8) | (np.minimum(y, 1 - y) < 1 / 8)
    border = border if border.any() else np.ones((h, w), bool)
    lightness = lab[..., 0]
    central = np.exp(-((x - 0.5) ** 2 + (y - 0.5) ** 2) / 0.05)
    found["light_centre"] = np.average(lightness, weights=central) - lightness.mean()

    away = np.stack([ndimage.gaussian_filter(plane, 2, truncate=4) for plane in np.moveaxis(lab, 2, 0)], axis=2)
    away = away - lab[border].mean(0)
    inverse = np.linalg.inv(np.cov(lab[border].T, bias=True) + 10 * np.eye(3))
    squares = np.array([[place @ inverse @ place for place in row] for row in away])
    subject = squares / squares.sum() if squares.sum() > 1e-6 else np.full((h, w), 1 / (h * w))
    centre = (subject * x).sum(), (subject * y).sum()
    powers = [(u, v) for u in (1 / 3, 2 / 3) for v in (1 / 3, 2 / 3)]
    found |= {
        "subject_contrast": np.log2(1 + np.sqrt(squares.max())),
        "subject_size": 1 / (h * w * (subject**2).sum()),
        "subject_off_centre": abs(centre[0] - 0.5),
        "subject_height": centre[1],
        "thirds_distance": min(np.hypot(centre[0] - u, centre[1] - v) for u, v in powers),
        "aspect": np.log2(width / height),
    }

    slopes = [ndimage.sobel(grey, axis, mode="reflect") for axis in (1, 0)]
    blurred = [ndimage.sobel(ndimage.uniform_filter1d(grey, 11, axis, mode="reflect"), axis) for axis in (1, 0)]
    steep = sum(np.abs(slope) for slope in slopes)
    fine = sum(np.maximum(np.abs(s) - np.abs(b), 0) for s, b in zip(slopes, blurred, strict=True))
    across, down = ((slope**2).sum() for slope in slopes)
    found["edge_density"] = (steep >= 4 * 25.5).mean()
    found["upright_lines"] = (across - down) / (across + down) if across + down else 0.0
    steep, fine = averaged(steep, h, w) / 8, averaged(fine, h, w) / 8
    found["sharpness_subject"], found["sharpness_border"] = (
        (weight * fine).sum() / (weight * steep).sum() if (weight * steep).sum() > 1e-6 else 0.0
        for weight in (subject, border / border.sum())
    )
    found["depth_of_field"] = np.log2((found["sharpness_subject"] + 0.01) / (found["sharpness_border"] + 0.01))
    labels, count = ndimage.label(ndimage.uniform_filter(steep, 9, mode="reflect") < 3)
    found["empty_space"] = max((np.mean(labels == label) for label in range(1, count + 1)), default=0.0)
    return found


def tones(image: np.ndarray, grey: np.ndarray) -> dict[str, float]:
    """Exposure, clipping, contrast and entropy."""
    level = grey / 255
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    low, high = np.percentile(grey, [10, 90], method="inverted_cdf")
    lightest = image.max(axis=2)
    return {
        "exposure": np.log2(max(light.mean(), 0.18 / 256) / 0.18),
        "shadows_clipped": (lightest <= 5).mean(),
        "highlights_clipped": (lightest >= 250).mean(),
        "contrast_rms": level.std(),
        "contrast_interdecile": (high - low) / 255,
        "entropy": measure.shannon_entropy(grey),
    }


def colors(image: np.ndarray, lab: np.ndarray, hsv: np.ndarray) -> dict[str, float]:
    """All that is of colour alone."""
    red, green, blue = np.moveaxis(image.astype(float), 2, 0)
    first, second = red - green, (red + green) / 2 - blue
    hues, saturation, value = np.moveaxis(hsv, 2, 0)
    a, b = lab[..., 1], lab[..., 2]
    # The nudges put what lies on the border of a range where its rule says, whatever the rounding.
    neutral = (saturation < 0.2 - 1e-9) & (value > 0.2) & (value < 0.95)
    chroma = np.hypot(a, b)
    seen = chroma >= 5
    direction = np.arctan2(b[seen], a[seen])
    weight = chroma[seen]
    clear = (saturation > 0.2 + 1e-9) & (value > 0.15) & (value < 0.95)
    counts = np.histogram((hues[clear] + 1e-9) % 1, bins=20, range=(0, 1))[0]
    return {
        "colorfulness": np.sqrt(first.var() + second.var()) + 0.3 * np.sqrt(first.mean() ** 2 + second.mean() ** 2),
        "saturation": saturation.mean(),
        "saturation_spread": saturation.std(),
        "neutral_a": a[neutral].mean() if neutral.any() else 0.0,
        "neutral_b": b[neutral].mean() if neutral.any() else 0.0,
        "color_cast": np.hypot(a.mean(), b.mean()),
        "warmth": np.average(np.cos(direction - np.pi / 3), weights=weight) if seen.any() else 0.0,
        "hue_concentration": abs(np.average(np.exp(1j * direction), weights=weight)) if seen.any() else 0.0,
        "hues": (counts > 0.05 * counts.max()).sum(),
    }


def bands(lab: np.ndarray) -> dict[str, float]:
    """Level and upright bands, and symmetry."""
    whole, lightness = lab.var(axis=(0, 1)).sum(), lab[..., 0]
    some = whole > 1e-4

    def likeness(other: np.ndarray) -> float:
        return np.corrcoef(lightness.ravel(), other.ravel())[0, 1] if lightness.var() > 1e-4 else 1.0

    return {
        "layers": lab.mean(axis=1).var(axis=0).sum() / whole if some else 0.0,
        "columns": lab.mean(axis=0).var(axis=0).sum() / whole if some else 0.0,
        "symmetry_left_right": likeness(lightness[:, ::-1]),
        "symmetry_top_bottom": likeness(lightness[::-1]),
    }


def horizon(lightness: np.ndarray) -> dict[str, float]:
    """Tilt and certainty, from the lightness (h, w) of the small picture."""
    height, width = lightness.shape
    slopes = [ndimage.sobel(lightness, axis, mode="reflect") / 8 for axis in (0, 1)]
    down, across = np.abs(slopes)
    crests = []
    for row in range(height):
        for column in range(width):
            middle = down[row, column]
            above = down[row - 1, column] if row else -np.inf
            below = down[row + 1, column] if row + 1 < height else -np.inf
            level = across[row, column] <= middle * np.tan(np.pi / 6)
            if middle >= 2 and level and middle >= above and middle >= below:
                above, below = max(above, middle * (row == 0)), max(below, middle * (row + 1 == height))
                bend = 2 * middle - above - below
                place = row + ((below - above) / (2 * bend) if bend > 1e-6 else 0)
                crests.append((column - (width - 1) / 2, place - (height - 1) / 2, middle))
    best = {}
    for tilt in range(-20, 21, 2):
        votes: dict[int, float] = {}
        for x, y, weight in crests:
            line = int(np.floor((y * np.cos(np.deg2rad(tilt)) - x * np.sin(np.deg2rad(tilt))) / 2))
            votes[line] = votes.get(line, 0) + weight
        line = max(sorted(votes), key=lambda one: votes[one])
        best[tilt] = votes[line], 2 * line + 1
    first = max(best, key=lambda tilt: best[tilt][0])
    rival = max(votes for tilt, (votes, _) in best.items() if abs(tilt - first) >= 5)
    slope = np.tan(np.deg2rad(first))
    middle = best[first][1] / np.cos(np.deg2rad(first))
    for _ in range(3):
        near = [one for one in crests if abs(one[1] - slope * one[0] - middle) * np.cos(np.arctan(slope)) <= 2]
        x, y, weight = np.array(near).T
        slope, middle = np.polyfit(x, y, 1, w=np.sqrt(weight))
    return {"horizon_tilt": np.rad2deg(np.arctan(slope)), "horizon_certainty": 1 - rival / best[first][0]}
