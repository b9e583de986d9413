"""The scenes of the demo corpus: what a picture shows, and what showing it is worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from viewcast.demo.draw import (
    blur,
    darken,
    ellipse,
    fractal,
    gradient,
    limb,
    paint,
    polygon,
    ramp,
    rgb,
)
from viewcast.demo.figures import animal, bird, person, portrait, solid
from viewcast.demo.look import Look
from viewcast.demo.surfaces import backdrop, ground, receding, sky, sun, surface, water
from viewcast.demo.things import car, cup, flower, fruit, house, laptop, road, tree, utensils


class Scene(NamedTuple):
    """How a scene is drawn, and its value in the `objects` property (a normal score)."""

    draw: Callable[[Look], np.ndarray]
    value: float


def _horizon(look: Look) -> float:
    """Row of the horizon: low in the picture when there is no large subject."""
    return look.h * float(np.clip(0.55 - 0.08 * look.layout + 0.06 * look.rng.standard_normal(), 0.25, 0.78))


def _grass(look: Look) -> np.ndarray:
    hue = look.rng.normal(0.11, 0.02) if look.warm() else look.rng.normal(0.26, 0.03)
    return rgb(hue, look.rng.uniform(0.35, 0.7), look.rng.uniform(0.4, 0.7))


def _blades(look: Look, image: np.ndarray, top: float) -> None:
    """Grass blades or reeds in front: many with `texture`, upright with `gradient`, in place."""
    tone = _grass(look) * 0.7
    lean = look.angle() * look.rng.choice([-1, 1])
    for _ in range(look.number(0, 90)):
        x, foot = look.rng.uniform(-0.1, 1.1) * look.w, look.h + 3
        tall = (look.h - top) * look.rng.uniform(0.15, 0.65)
        slant = np.clip(np.cos(lean) * np.sign(lean), -0.8, 0.8) + 0.12 * look.rng.standard_normal()
        bow = [(x, foot), (x + 0.25 * tall * slant, foot - 0.6 * tall), (x + tall * slant, foot - tall)]
        radii = [0.007 * look.unit, 0.005 * look.unit, 0.002 * look.unit]
        paint(image, limb(look.h, look.w, bow, radii), tone * look.rng.uniform(0.6, 1.4))


def _sea(look: Look) -> np.ndarray:
    horizon = _horizon(look)
    image = sky(look, horizon)
    if look.warm():
        sun(look, image, look.w * look.rng.uniform(0.2, 0.8), horizon * look.rng.uniform(0.6, 0.97))
    if look.rng.random() < 0.4:
        _ridge(look, image, horizon, 0.1, look.neutral(0.45))
    water(look, image, horizon, rgb(look.rng.uniform(0.5, 0.6), 0.6, look.rng.uniform(0.25, 0.5)))
    x, size = look.place()
    if look.rng.random() < 0.6:
        long, foot = 0.4 * size * look.unit, horizon + 0.1 * look.h
        hull = np.array(
            [
                (x - long, foot - 0.2 * long),
                (x + long, foot - 0.24 * long),
                (x + 0.7 * long, foot),
                (x - 0.75 * long, foot),
            ]
        )
        darken(image, blur(ellipse(look.h, look.w, x, foot + 0.06 * long, long, 0.12 * long), 2), 0.5)
        solid(look, image, polygon(look.h, look.w, hull), look.paint_color(0.7, 0.8), 0.6)
        for side, wide in ((1, 0.7), (-1, 0.5)):
            sail = np.array(
                [(x, foot - 0.3 * long), (x, foot - 1.9 * long), (x + side * wide * long, foot - 0.35 * long)]
            )
            solid(look, image, polygon(look.h, look.w, sail), look.neutral(0.92), 0.5)
    if look.rng.random() < 0.5:
        shore = look.h * look.rng.uniform(0.8, 0.93)
        line = shore + 0.03 * look.h * blur(fractal(look.rng, 1, look.w, 1.5)[0][None], 3)[0]
        beach = ramp(np.mgrid[0 : look.h, 0 : look.w][0] - line[None], 0, 3)
        paint(image, beach, surface(look, rgb(0.1, 0.3, 0.8), "dunes", 0.6))
    return image


def _ridge(look: Look, image: np.ndarray, base: float, high: float, color: np.ndarray, rough: float = 1.9) -> None:
    """A mountain ridge standing on row ``base``, about ``high`` of the picture tall, in place."""
    line = fractal(look.rng, 64, look.w, rough)[0]
    line = line - np.linspace(line[0], line[-1], look.w) * 0.5
    top = base - look.h * high * (0.55 + 0.45 * line / (np.abs(line).max() + 1e-6))
    rows = np.mgrid[0 : look.h, 0 : look.w][0]
    mask = ramp(rows - top[None], -0.5, 1.0) * (rows < base + 2)
    slope = fractal(look.rng, look.h, look.w, 1.4, 4, look.angle())
    paint(
        image,
        mask.astype(np.float32),
        color,
        np.exp((0.06 + 0.24 * look.detail()) * slope).astype(np.float32),
    )


def _mountains(look: Look) -> np.ndarray:
    horizon = look.h * look.rng.uniform(0.6, 0.78)
    image = sky(look, horizon)
    far, near = 0.5 * image[int(horizon) - 2].mean(0) + 0.3, rgb(look.hue(), 0.3, 0.28)
    layers = int(look.rng.integers(2, 5))
    for k in range(layers):
        t = (k + 1) / layers
        _ridge(look, image, horizon, (0.5 + 0.07 * look.layout) * (1 - 0.55 * t) + 0.1, far * (1 - t) + near * t)
    if look.rng.random() < 0.5:
        water(look, image, horizon, rgb(0.55, 0.45, 0.3))
        return image
    ground(look, image, horizon, _grass(look), 0.5 * far + 0.5 * _grass(look))
    for y in np.sort(look.rng.uniform(horizon, look.h, look.number(0, 9))):
        tree(look, image, look.rng.uniform(0, look.w), y, look.unit * (0.08 + 0.45 * (y - horizon) / look.h), 0.2)
    return image


def _meadow(look: Look) -> np.ndarray:
    horizon = _horizon(look)
    image = sky(look, horizon)
    for _ in range(look.number(1, 7)):
        far_foot = horizon + 0.01 * look.h
        tree(look, image, look.rng.uniform(0, look.w), far_foot, look.unit * look.rng.uniform(0.06, 0.14), 0.35)
    near = _grass(look)
    ground(look, image, horizon, near, 0.6 * near + 0.25)
    x, size = look.place()
    tree(look, image, x, horizon + 0.25 * (look.h - horizon), 0.75 * size * look.unit)
    for _ in range(look.number(0, 60)):
        y = horizon + (look.h - horizon) * look.rng.beta(1.5, 1)
        radius = look.unit * 0.016 * (y - horizon) / (look.h - horizon) + 0.6
        dot = ellipse(look.h, look.w, look.rng.uniform(0, look.w), y, radius, 0.8 * radius)
        paint(image, dot, look.paint_color(0.95, 0.9))
    _blades(look, image, horizon)
    return image


def _forest(look: Look) -> np.ndarray:
    mist = rgb(look.hue(), 0.25, look.rng.uniform(0.5, 0.9))
    image = gradient([mist, mist * 0.8, _grass(look) * 0.6], look.h, look.w)
    foliage = _grass(look) * 0.8
    for depth in np.linspace(0.2, 1.0, 4):
        leaves = ramp(fractal(look.rng, look.h, look.w, 1.1) + np.linspace(0.9, -1.5, look.h)[:, None], 0.4, 1.0)
        leaves *= 0.35 + 0.65 * look.detail()
        paint(
            image,
            leaves,
            foliage * depth * 0.6 + mist * (1 - depth),
            np.exp(0.3 * fractal(look.rng, look.h, look.w, 0.7)),
        )
        lean = 0.25 * (1 - look.lean(look.gradient))
        for _ in range(look.number(1, 5)):
            x, wide = look.rng.uniform(0, look.w), look.unit * depth * look.rng.uniform(0.02, 0.06)
            tilt = lean * look.h * look.rng.standard_normal()
            trunk = limb(look.h, look.w, [(x + tilt, -5), (x, look.h * (0.6 + 0.35 * depth))], [0.7 * wide, wide])
            bark = rgb(0.07, 0.3, 0.25) * depth + mist * (1 - depth)
            solid(look, image, trunk, bark, 1.0, 0.5)
    floor = np.exp(0.3 * receding(look, 0.6 * look.h, 0.8))
    paint(image, ramp(np.mgrid[0 : look.h, 0 : look.w][0], 0.8 * look.h, 0.98 * look.h), foliage * 0.6, floor)
    return image


def _city(look: Look) -> np.ndarray:
    foot = look.h * look.rng.uniform(0.72, 0.85)
    image = sky(look, foot)
    for depth in (0.4, 1.0):
        left = -0.1 * look.w
        while left < look.w:
            wide = look.unit * look.rng.uniform(0.16, 0.36) * (0.7 + 0.4 * depth)
            tall = look.h * look.rng.uniform(0.18, 0.6) * (1.25 - 0.4 * depth) * (1 + 0.1 * look.gradient)
            house(look, image, left, foot, wide, tall, 0.0)
            left += wide * (look.rng.uniform(1.0, 1.2) if depth < 1 else look.rng.uniform(1.0, 2.2))
        if depth < 1:
            image = 0.72 * image + 0.28 * image[2].mean(0)
    ground(look, image, foot, look.neutral(0.3), look.neutral(0.45))
    road(look, image, foot)
    for _ in range(look.number(0, 4)):
        car(look, image, look.rng.uniform(0, look.w), foot + 0.6 * (look.h - foot), 0.3 * look.unit)
    return image


def _night(look: Look) -> np.ndarray:
    foot = look.h * look.rng.uniform(0.65, 0.85)
    image = gradient([rgb(0.65, 0.7, 0.06), rgb(look.hue(), 0.6, 0.28)], look.h, look.w)
    left = -0.05 * look.w
    while left < look.w:
        wide = look.unit * look.rng.uniform(0.14, 0.3)
        house(look, image, left, foot, wide, look.h * look.rng.uniform(0.2, 0.6), 0.15 + 0.5 * look.detail())
        left += wide * look.rng.uniform(1.0, 1.6)
    water(look, image, foot, np.array([0.03, 0.04, 0.07]))
    glow = np.zeros_like(image)
    for _ in range(look.number(4, 45)):
        radius = look.unit * look.rng.uniform(0.008, 0.03 + 0.012 * abs(look.layout))
        at = look.rng.uniform(0, look.w), foot - look.h * 0.3 * abs(look.rng.standard_normal())
        paint(glow, ellipse(look.h, look.w, *at, radius, radius), look.paint_color(1.0, 1.0))
    return image + 0.8 * glow + 0.8 * blur(glow, 0.04 * look.unit)


def _portrait(look: Look) -> np.ndarray:
    image = backdrop(look) if look.rng.random() < 0.7 else surface(look, look.paint_color(0.6, 0.5))
    x, size = look.place()
    portrait(look, image, x, look.h * look.rng.uniform(0.4, 0.48), 0.75 * size * look.unit)
    return image


def _people(look: Look) -> np.ndarray:
    horizon = _horizon(look)
    image = sky(look, horizon)
    place = look.rng.integers(3)
    if place == 0:
        water(look, image, horizon, rgb(0.54, 0.55, 0.4))
        ground(look, image, horizon + 0.35 * (look.h - horizon), rgb(0.1, 0.35, 0.82), rgb(0.1, 0.25, 0.7))
    elif place == 1:
        for k in range(4):
            house(
                look,
                image,
                (k - 0.3) * 0.3 * look.w,
                horizon,
                0.32 * look.w,
                look.h * look.rng.uniform(0.2, 0.5),
                0,
            )
        ground(look, image, horizon, look.neutral(0.6), look.neutral(0.5))
    else:
        ground(look, image, horizon, _grass(look), _grass(look) * 0.6 + 0.2)
    image = blur(image, look.unit * 0.012 * (1 - look.detail()))
    x, size = look.place()
    count = 1 + int(look.rng.binomial(3, 0.35))
    for k in range(count):
        tall = size * look.h * look.rng.uniform(0.82, 1.0) * (0.95 if look.h < look.w else 0.8)
        at = x + (k - (count - 1) / 2) * 0.36 * tall
        person(look, image, at, min(look.h * 0.97, horizon + 0.6 * (look.h - horizon) + 0.25 * tall), tall)
    return image


def _animal(look: Look) -> np.ndarray:
    horizon = _horizon(look)
    image = sky(look, horizon) if look.rng.random() < 0.6 else backdrop(look)
    near = _grass(look)
    ground(look, image, horizon, near, 0.6 * near + 0.2)
    image = blur(image, look.unit * 0.015 * (1 - look.detail()))
    x, size = look.place()
    animal(
        look,
        image,
        x,
        min(horizon + 0.35 * look.unit * size + 0.05 * look.h, 0.93 * look.h),
        0.85 * size * look.unit,
    )
    _blades(look, image, look.h * 0.75)
    return image


def _bird(look: Look) -> np.ndarray:
    flying = look.rng.random() < 0.5
    image = sky(look, look.h) if flying else backdrop(look)
    x, size = look.place()
    y = look.h * look.rng.uniform(0.45, 0.6)
    if not flying:
        long = 0.3 * 0.9 * size * look.unit
        perch = limb(
            look.h,
            look.w,
            [(-5, y + long + 4), (look.w + 5, y + long - 0.1 * look.h * look.gradient)],
            [0.03 * look.unit, 0.02 * look.unit],
        )
        solid(look, image, perch, np.array([0.35, 0.26, 0.18]), 1.0, 0.5)
    bird(look, image, x, y, 0.9 * size * look.unit, flying)
    if flying:
        for _ in range(look.number(0, 7)):
            at = look.rng.uniform(0, look.w), look.rng.uniform(0, 0.8 * look.h)
            bird(look, image, *at, look.unit * look.rng.uniform(0.08, 0.16), True)
    return image


def _flower(look: Look) -> np.ndarray:
    image = backdrop(look)
    x, size = look.place()
    for _ in range(look.number(0, 5)):
        at = look.rng.uniform(0, look.w), look.h * look.rng.uniform(0.3, 0.9)
        flower(look, image, *at, 0.35 * look.unit * size, look.h)
    image = blur(image, 0.012 * look.unit)
    flower(look, image, x, look.h * look.rng.uniform(0.4, 0.5), 0.85 * size * look.unit, 0.8 * look.h)
    return image


def _table(look: Look) -> tuple[np.ndarray, float]:
    """A table before a background; returns the picture and the row of the table's far edge."""
    image = backdrop(look)
    edge = look.h * look.rng.uniform(0.42, 0.6)
    family = str(look.rng.choice(["wood", "weave", "plaster", "stripes"]))
    top = surface(look, look.paint_color(0.65, 0.55), family, 0.7)
    rows = ramp(np.mgrid[0 : look.h, 0 : look.w][0], edge - 1, edge + 1)
    paint(image, rows, top * gradient([np.full(3, 1.1), np.full(3, 0.8)], look.h, look.w))
    return image, edge


def _cup(look: Look) -> np.ndarray:
    image, edge = _table(look)
    x, size = look.place()
    cup(
        look,
        image,
        x,
        min(edge + 0.3 * look.unit * size + 0.12 * look.h, 0.9 * look.h),
        0.6 * size * look.unit,
    )
    return image


def _fruit(look: Look) -> np.ndarray:
    image, edge = _table(look)
    x, size = look.place()
    fruit(
        look,
        image,
        x,
        min(edge + 0.3 * look.unit * size + 0.1 * look.h, 0.9 * look.h),
        0.85 * size * look.unit,
    )
    return image


def _car(look: Look) -> np.ndarray:
    horizon = _horizon(look)
    image = sky(look, horizon)
    if look.rng.random() < 0.5:
        _ridge(look, image, horizon, 0.2, look.neutral(0.4))
    else:
        for k in range(5):
            house(
                look,
                image,
                k * 0.22 * look.w,
                horizon,
                0.2 * look.w,
                look.h * look.rng.uniform(0.15, 0.45),
                0,
            )
    ground(look, image, horizon, look.neutral(0.38), look.neutral(0.5))
    road(look, image, horizon)
    image = blur(image, look.unit * 0.012 * (1 - look.detail()))
    x, size = look.place()
    car(
        look,
        image,
        x,
        min(horizon + 0.25 * (look.h - horizon) + 0.12 * look.unit, 0.92 * look.h),
        size * look.unit,
    )
    return image


def _surface(look: Look) -> np.ndarray:
    image = surface(look, look.paint_color(0.65, 0.6), strength=1.3)
    lit = fractal(look.rng, look.h, look.w, 2.4)
    return image * np.exp(0.18 * lit)[..., None]


def _desk(look: Look) -> np.ndarray:
    image, edge = _table(look)
    x, size = look.place()
    foot = min(edge + 0.35 * look.unit * size + 0.1 * look.h, 0.95 * look.h)
    if look.rng.random() < 0.6:
        laptop(look, image, x, foot, 0.95 * size * look.unit)
        return image
    utensils(look, image, x, foot, size * look.unit)
    return image


SCENES = {
    "people": Scene(_people, 1.5),
    "portrait": Scene(_portrait, 1.2),
    "animal": Scene(_animal, 0.9),
    "cup": Scene(_cup, 0.65),
    "flower": Scene(_flower, 0.5),
    "bird": Scene(_bird, 0.3),
    "fruit": Scene(_fruit, 0.1),
    "sea": Scene(_sea, 0.0),
    "car": Scene(_car, -0.25),
    "night": Scene(_night, -0.4),
    "mountains": Scene(_mountains, -0.5),
    "meadow": Scene(_meadow, -0.65),
    "forest": Scene(_forest, -0.8),
    "city": Scene(_city, -1.0),
    "surface": Scene(_surface, -1.3),
    "desk": Scene(_desk, -1.6),
}
