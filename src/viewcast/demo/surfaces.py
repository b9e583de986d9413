"""Surfaces and backdrops of the demo pictures: skies, grounds, walls, cloth, water, blurred backgrounds."""

from __future__ import annotations

import cv2
import numpy as np

from viewcast.demo.draw import blur, ellipse, fractal, gradient, grid, paint, polygon, ramp, rgb
from viewcast.demo.look import Look


def _plaster(look: Look, angle: float, scale: float) -> np.ndarray:
    return 0.6 * fractal(look.rng, look.h, look.w, 1.1) + 0.3 * fractal(look.rng, look.h, look.w, 0.4)


def _wood(look: Look, angle: float, scale: float) -> np.ndarray:
    x, y = grid(look.h, look.w)
    across = y * np.cos(angle) - x * np.sin(angle)
    warp = fractal(look.rng, look.h, look.w, 2.2, 4, angle)
    rings = np.sin(across / scale * 1.6 + 2.5 * warp)
    boards = np.floor(across / (5 * scale) + 100).astype(int)
    tone = look.rng.normal(0, 0.5, boards.max() + 1)[boards]
    gap = np.abs((across / (5 * scale)) % 1 - 0.5) > 0.47
    return 0.45 * rings + 0.5 * fractal(look.rng, look.h, look.w, 0.7, 14, angle) + tone - 1.8 * gap


def _weave(look: Look, angle: float, scale: float) -> np.ndarray:
    x, y = grid(look.h, look.w)
    u = (x * np.cos(angle) + y * np.sin(angle)) / scale
    v = (y * np.cos(angle) - x * np.sin(angle)) / scale
    over = np.where((np.floor(u) + np.floor(v)) % 2 < 1, np.sin(np.pi * (u % 1)), 0.8 * np.sin(np.pi * (v % 1)))
    folds = fractal(look.rng, look.h, look.w, 2.2, 2, angle)
    return 1.6 * (over - 0.6) + 0.5 * folds + 0.2 * look.rng.standard_normal((look.h, look.w))


def _brick(look: Look, angle: float, scale: float) -> np.ndarray:
    x, y = grid(look.h, look.w)
    high, wide = 2.4 * scale, 5.4 * scale
    row = np.floor(y / high).astype(int)
    u = x / wide + 0.5 * (row % 2)
    column = np.floor(u).astype(int)
    tone = look.rng.normal(0, 0.55, (row.max() + 1, column.max() + 1))[row, column]
    joint = np.maximum(np.abs((y / high) % 1 - 0.5) * high, (np.abs(u % 1 - 0.5)) * wide - (wide - high) / 2)
    mortar = ramp(joint, 0.5 * high - 0.12 * high, 0.5 * high - 0.02 * high)
    return tone + 0.4 * fractal(look.rng, look.h, look.w, 0.8) - 1.7 * mortar


def _stripes(look: Look, angle: float, scale: float) -> np.ndarray:
    x, y = grid(look.h, look.w)
    across = (y * np.cos(angle) - x * np.sin(angle)) / (2.2 * scale)
    lit = np.sin(2 * np.pi * across)
    return 1.3 * np.tanh(2.5 * lit) + 0.3 * fractal(look.rng, look.h, look.w, 1.0, 8, angle)


def _cells(look: Look, angle: float, scale: float) -> np.ndarray:
    """Pebbles or cracked ground: the neighbourhoods of scattered points, each domed and of its own tone."""
    count = max(12, int(look.h * look.w / (2.2 * scale) ** 2))
    seeds = np.ones((look.h, look.w), np.uint8)
    seeds[look.rng.integers(0, look.h, count), look.rng.integers(0, look.w, count)] = 0
    distance, label = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    tone = look.rng.normal(0, 0.6, label.max() + 1)[label]
    return tone + 1.2 - 1.5 * distance / scale


def _strokes(look: Look, angle: float, scale: float) -> np.ndarray:
    return 0.8 * fractal(look.rng, look.h, look.w, 0.7, 9, angle) + 0.6 * fractal(
        look.rng, look.h, look.w, 1.5, 3, angle
    )


def _dunes(look: Look, angle: float, scale: float) -> np.ndarray:
    x, y = grid(look.h, look.w)
    across = y * np.cos(angle) - x * np.sin(angle)
    wave = np.sin(across / scale * 1.3 + 1.8 * fractal(look.rng, look.h, look.w, 2.4, 2, angle))
    return 1.1 * wave * np.abs(wave) + 0.25 * fractal(look.rng, look.h, look.w, 0.5)


FAMILIES = {
    "plaster": _plaster,
    "wood": _wood,
    "weave": _weave,
    "brick": _brick,
    "stripes": _stripes,
    "cells": _cells,
    "strokes": _strokes,
    "dunes": _dunes,
}


def surface(look: Look, color: np.ndarray, family: str | None = None, strength: float = 1.0) -> np.ndarray:
    """A flat textured surface (h, w, 3) of ``colour``: its strength by `texture`, its lines by `gradient`."""
    family = family or str(look.rng.choice(list(FAMILIES)))
    detail = look.detail()
    scale = look.unit * look.rng.uniform(0.022, 0.05) * (1.35 - 0.6 * detail)
    field = FAMILIES[family](look, look.angle(), max(scale, 2.0))
    amount = strength * (0.03 + 0.25 * detail)
    other = np.roll(color, 1) * 0.15 + color * 0.85
    tint = 0.5 + 0.5 * np.tanh(fractal(look.rng, look.h, look.w, 1.8))[..., None]
    base = color * tint + other * (1 - tint)
    return np.clip(base * np.exp(amount * field)[..., None], 0, 1.1).astype(np.float32)


def sky(look: Look, horizon: float) -> np.ndarray:
    """A sky over the whole picture, palest at the row ``horizon``, with clouds by `texture`."""
    if look.warm():
        low = rgb(look.rng.normal(0.08, 0.025), look.rng.uniform(0.35, 0.75), look.rng.uniform(0.9, 1.0))
        hue = look.rng.choice([0.6, 0.68, 0.8, 0.95, 0.02])
        top = rgb(hue, look.rng.uniform(0.2, 0.5), look.rng.uniform(0.45, 0.8))
    else:
        low = rgb(look.rng.uniform(0.5, 0.6), look.rng.uniform(0.06, 0.25), look.rng.uniform(0.8, 0.97))
        top = rgb(look.rng.uniform(0.54, 0.64), look.rng.uniform(0.3, 0.75), look.rng.uniform(0.45, 0.85))
    high = max(int(horizon), 4)
    image = np.empty((look.h, look.w, 3), np.float32)
    image[:high] = gradient([top, 0.5 * (top + low), low], high, look.w, look.rng.normal(0, 0.12))
    image[high:] = low
    detail = look.detail()
    clouds = fractal(look.rng, look.h, look.w, 1.75, look.rng.uniform(1.5, 4), 0.1 * look.rng.standard_normal())
    fine = fractal(look.rng, look.h, look.w, 1.1, 2.0)
    cover = ramp(clouds + 0.35 * detail * fine, 1.5 - 1.7 * detail, 2.6 - 1.2 * detail)
    lit = np.clip(low * 0.35 + 0.68, 0, 1)
    shadow = 0.5 * top + 0.32
    relief = ramp(clouds - np.roll(clouds, int(0.03 * look.unit) + 1, 0), -0.5, 0.6)[..., None]
    image += (lit * relief + shadow * (1 - relief) - image) * (0.85 * cover)[..., None]
    return image


def sun(look: Look, image: np.ndarray, x: float, y: float) -> None:
    """A low sun with its glow, in place."""
    gx, gy = grid(look.h, look.w)
    distance = np.hypot(gx - x, gy - y) / look.unit
    glow = np.exp(-distance / 0.22)[..., None]
    image += glow * 0.5 * np.array([1.0, 0.78, 0.45], np.float32)
    paint(image, ellipse(look.h, look.w, x, y, 0.04 * look.unit, 0.04 * look.unit), np.array([1.1, 1.05, 0.85]))


def receding(look: Look, horizon: float, slope: float, stretch: float = 1.0, angle: float = 0.0) -> np.ndarray:
    """A noise field lying on the ground below the row ``horizon``, finer towards it."""
    side = 256
    field = fractal(look.rng, side, side, slope, stretch, angle)
    x, y = grid(look.h, look.w)
    depth = 0.35 * look.h / np.maximum(y - horizon, 0.02 * look.h)
    u = ((x - look.w / 2) / look.w * depth * 1.2 + 0.5) * side
    v = depth * side * 0.9
    near = cv2.remap(field, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return near * ramp(y, horizon, horizon + 0.12 * look.h)


def ground(look: Look, image: np.ndarray, horizon: float, near: np.ndarray, far: np.ndarray) -> None:
    """Ground below ``horizon``, from colour ``far`` to ``near``, with detail by `texture`, in place."""
    detail = look.detail()
    plane = gradient([far, 0.6 * far + 0.4 * near, near], look.h, look.w)
    field = receding(look, horizon, 1.2) + detail * receding(look, horizon, 0.4, 5, look.angle())
    plane *= np.exp((0.04 + 0.2 * detail) * field)[..., None]
    top = max(int(horizon), 0)
    image[top:] = plane[top:]


def water(look: Look, image: np.ndarray, horizon: float, depth_color: np.ndarray) -> None:
    """Water below ``horizon`` that mirrors what stands above it, with waves by `texture`, in place."""
    top = int(np.clip(horizon, 2, look.h - 2))
    detail = look.detail()
    x, y = grid(look.h, look.w)
    waves = receding(look, horizon, 1.0, 7, 0.0)
    shift = (0.5 + 5 * detail) * waves * (1 + 3 * (y - horizon) / look.h)
    mirror_y = np.clip(2 * horizon - y - np.abs(shift) * 1.5, 0, look.h - 1)
    mirror = cv2.remap(
        image,
        (x + 0.6 * shift).astype(np.float32),
        mirror_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    share = (0.75 - 0.5 * (y - horizon) / max(look.h - horizon, 1))[..., None]
    tone = np.exp((0.03 + 0.22 * detail) * waves)[..., None]
    image[top:] = ((mirror * share + depth_color * (1 - share)) * tone)[top:]


def backdrop(look: Look) -> np.ndarray:
    """An out-of-focus background: large soft patches, light discs and blurred upright things by `texture`."""
    base, other = look.paint_color(0.55, 0.6), look.neutral(0.5)
    patches = ramp(fractal(look.rng, look.h, look.w, 2.0), -1.2, 1.2)[..., None]
    image = base * patches + other * (1 - patches)
    image = image * gradient([np.full(3, 1.25), np.full(3, 0.75)], look.h, look.w, look.rng.normal(0, 0.5))
    for _ in range(look.number(0, 26)):
        radius = look.unit * look.rng.uniform(0.015, 0.07)
        disc = ellipse(look.h, look.w, look.rng.uniform(0, look.w), look.rng.uniform(0, look.h), radius, radius)
        paint(image, 0.55 * disc, look.paint_color(1.0, 0.6))
    if look.lean(look.gradient) > 0.5:
        for _ in range(look.number(2, 9)):
            x, wide = look.rng.uniform(0, look.w), look.unit * look.rng.uniform(0.015, 0.06)
            bar = np.array([(x, -5), (x + wide, -5), (x + 1.3 * wide, look.h + 5), (x - 0.2 * wide, look.h + 5)])
            paint(image, 0.8 * polygon(look.h, look.w, bar), look.neutral(look.rng.uniform(0.15, 0.85)))
    else:
        for _ in range(look.number(1, 5)):
            y, high = look.rng.uniform(0, look.h), look.unit * look.rng.uniform(0.03, 0.12)
            bar = np.array([(-5, y), (look.w + 5, y + high * 0.3), (look.w + 5, y + high), (-5, y + high)])
            paint(image, 0.7 * polygon(look.h, look.w, bar), look.neutral(look.rng.uniform(0.3, 0.75)))
    return blur(image, look.unit * (0.012 + 0.03 * (1 - look.detail())))
