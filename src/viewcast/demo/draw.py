"""Drawing tools of the demo pictures: noise fields, soft masks, shading, compositing.

Pictures are float32 (h, w, 3) RGB in 0..1; masks and fields are float32 (h, w). Coordinates are pixels, x to
the right and y down, and may lie outside the picture.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Sequence

import cv2
import numpy as np
from scipy import fft

_SHIFT = 4  # fractional bits of polygon corners


def rgb(hue: float, saturation: float, value: float) -> np.ndarray:
    """An RGB colour (3,) from hue (turns), saturation and value."""
    return np.array(colorsys.hsv_to_rgb(hue % 1.0, np.clip(saturation, 0, 1), np.clip(value, 0, 1)), np.float32)


def fractal(
    rng: np.random.Generator, h: int, w: int, slope: float = 1.5, stretch: float = 1.0, angle: float = 0.0
) -> np.ndarray:
    """Gaussian field of zero mean and unit deviation whose amplitude spectrum falls as 1/f**slope.

    ``stretch`` > 1 draws the structures out along ``angle`` (radians, 0 is level, positive is clockwise).
    """
    # Sides that the transform is fast at; what is beyond the picture is cut off.
    tall, wide = fft.next_fast_len(h, real=True), fft.next_fast_len(w, real=True)
    fy, fx = fft.fftfreq(tall).astype(np.float32)[:, None], fft.rfftfreq(wide).astype(np.float32)
    c, s = math.cos(angle), math.sin(angle)
    radius = np.hypot((fx * c + fy * s) * stretch, fy * c - fx * s)
    radius[0, 0] = np.inf
    gain = np.maximum(radius, 0.5 / max(h, w)) ** -slope
    field = fft.irfft2(fft.rfft2(rng.standard_normal((tall, wide), dtype=np.float32)) * gain, s=(tall, wide))[:h, :w]
    return (field - field.mean()) / (field.std() + 1e-9)


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur; ``sigma`` in pixels, below 0.2 the image itself."""
    return cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT) if sigma >= 0.2 else image


def ramp(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """Smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def grid(h: int, w: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixel coordinates (x, y), each float32 (h, w)."""
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    return x, y


def gradient(colors: list[np.ndarray], h: int, w: int, angle: float = 0.0) -> np.ndarray:
    """A smooth blend of ``colours`` from top to bottom, turned by ``angle`` (radians)."""
    x, y = grid(h, w)
    t = (y / max(h - 1, 1) - 0.5) * np.cos(angle) + (x / max(w - 1, 1) - 0.5) * np.sin(angle) + 0.5
    stops = np.linspace(0, 1, len(colors))
    return np.stack([np.interp(t, stops, [c[k] for c in colors]) for k in range(3)], -1).astype(np.float32)


def polygon(h: int, w: int, points: np.ndarray) -> np.ndarray:
    """Antialiased mask of a filled polygon with corners ``points`` (n, 2) as (x, y)."""
    mask = np.zeros((h, w), np.uint8)
    corners = np.clip(np.asarray(points, float), -4 * max(h, w), 5 * max(h, w))
    cv2.fillPoly(mask, [np.round(corners * 2**_SHIFT).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
    return mask.astype(np.float32) / 255


def circle_points(x: float, y: float, rx: float, ry: float, turn: float = 0.0, count: int = 48) -> np.ndarray:
    """Corners (count, 2) of an ellipse turned by ``turn`` radians."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    px, py = rx * np.cos(t), ry * np.sin(t)
    return np.stack([x + px * np.cos(turn) - py * np.sin(turn), y + px * np.sin(turn) + py * np.cos(turn)], 1)


def ellipse(h: int, w: int, x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> np.ndarray:
    """Antialiased mask of an ellipse."""
    return polygon(h, w, circle_points(x, y, rx, ry, turn))


def limb(h: int, w: int, points: list[tuple[float, float]], radii: Sequence[float] | np.ndarray) -> np.ndarray:
    """Mask of a chain of tapering rounded segments through ``points`` with ``radii`` at each."""
    mask = np.zeros((h, w), np.float32)
    for k in range(len(points) - 1):
        both = np.concatenate([circle_points(*points[j], radii[j], radii[j], count=20) for j in (k, k + 1)]).astype(
            np.float32
        )
        mask = np.maximum(mask, polygon(h, w, cv2.convexHull(both)[:, 0]))
    return mask


def smooth_outline(points: list[tuple[float, float]], count: int = 80) -> np.ndarray:
    """A closed smooth curve (count, 2) through ``points`` (Catmull-Rom)."""
    p = np.asarray(points, float)
    t = np.linspace(0, len(p), count, endpoint=False)
    k, f = t.astype(int), (t % 1)[:, None]
    a, b, c, d = (p[(k + j) % len(p)] for j in (-1, 0, 1, 2))
    return 0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - a - 3 * c + d) * f**3)


def inflate(mask: np.ndarray, light: tuple[float, float], roundness: float = 1.0) -> np.ndarray:
    """Shading (h, w), about 0.45 to 1.2, of ``mask`` taken as the outline of a rounded body.

    Height grows from the outline as a circle's does up to ``roundness`` times the widest distance.
    ``light`` points towards the light in the picture plane, x right and y down.
    """
    box = cv2.boundingRect((mask > 0.3).astype(np.uint8))
    shade = np.ones_like(mask)
    if box[2] < 2 or box[3] < 2:
        return shade
    window = (slice(box[1], box[1] + box[3]), slice(box[0], box[0] + box[2]))
    inside = np.pad((mask[window] > 0.3).astype(np.uint8), 1)
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    deepest = max(float(distance.max()) * roundness, 1.0)
    t = np.clip(distance / deepest, 0, 1)
    height = blur(np.sqrt(np.maximum(1 - (1 - t) ** 2, 0)) * deepest, 0.12 * deepest)
    gy, gx = np.gradient(height)
    facing = (1.0 - gx * light[0] - gy * light[1]) / np.sqrt(1 + gx**2 + gy**2)
    shade[window] = np.clip(0.42 + 0.52 * np.clip(facing, 0, 1.25), 0.4, 1.2)[1:-1, 1:-1]
    return shade


def paint(image: np.ndarray, mask: np.ndarray, color: np.ndarray, shade: np.ndarray | float = 1.0) -> None:
    """Lay ``colour`` (3,) or (h, w, 3), times ``shade``, over ``image`` where ``mask`` is set, in place."""
    box = cv2.boundingRect((mask > 0.003).astype(np.uint8))
    if box[2] == 0:
        return
    window = (slice(box[1], box[1] + box[3]), slice(box[0], box[0] + box[2]))
    color = np.asarray(color, np.float32)
    color = color[window] if color.ndim == 3 else color
    shade = shade[window][..., None] if isinstance(shade, np.ndarray) else shade
    cover = mask[window][..., None]
    image[window] += (np.clip(color * shade, 0, 1.15) - image[window]) * cover


def darken(image: np.ndarray, mask: np.ndarray, amount: float) -> None:
    """Multiply ``image`` by 1 - amount * mask, in place."""
    image *= 1 - amount * mask[..., None]
