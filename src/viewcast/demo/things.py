"""Plants and made things of the demo pictures: trees, flowers, cups, fruit, cars, houses, desks."""

from __future__ import annotations

import numpy as np

from viewcast.demo.draw import (
    blur,
    circle_points,
    darken,
    ellipse,
    fractal,
    limb,
    paint,
    polygon,
    ramp,
    rgb,
    smooth_outline,
)
from viewcast.demo.figures import cast_shadow, solid
from viewcast.demo.look import Look


def tree(look: Look, image: np.ndarray, x: float, foot: float, tall: float, haze: float = 0.0) -> None:
    """A leafy tree or a conifer at (x, foot); ``haze`` 0..1 fades it into the distance."""
    h, w, rng = look.h, look.w, look.rng
    leaf = rgb(rng.normal(0.07, 0.03) if look.warm() else rng.normal(0.27, 0.03), rng.uniform(0.4, 0.75), 0.5)
    leaf, bark = leaf * (1 - haze) + 0.6 * haze, np.array([0.3, 0.22, 0.16]) * (1 - haze) + 0.5 * haze
    lean = 0.05 * tall * rng.standard_normal()
    solid(look, image, limb(h, w, [(x, foot), (x + lean, foot - 0.6 * tall)], [0.05 * tall, 0.025 * tall]), bark)
    crown = np.zeros((h, w), np.float32)
    if rng.random() < 0.35:
        for k in range(4):
            y, half = foot - (0.2 + 0.2 * k) * tall, (0.26 - 0.055 * k) * tall
            crown = np.maximum(crown, polygon(h, w, np.array([(x - half, y), (x, y - 0.36 * tall), (x + half, y)])))
    else:
        for _ in range(9):
            at = (x + lean + 0.17 * tall * rng.standard_normal(), foot - tall * rng.uniform(0.5, 0.88))
            size = tall * rng.uniform(0.1, 0.19)
            crown = np.maximum(crown, ellipse(h, w, *at, size, 0.8 * size))
    ragged = np.clip(crown * 1.0 + 0.22 * fractal(rng, h, w, 0.6) * (blur(crown, 0.02 * tall + 0.3)), 0, 1)
    solid(look, image, ramp(ragged, 0.35, 0.8), leaf, 0.9, 0.5)


def flower(look: Look, image: np.ndarray, x: float, y: float, size: float, stem: float) -> None:
    """A flower of diameter ``size`` at (x, y) with a stem of ``stem`` pixels."""
    h, w, rng = look.h, look.w, look.rng
    hue = rng.choice([0.97, 0.0, 0.05, 0.13]) if look.warm() else rng.choice([0.6, 0.7, 0.77, 0.15])
    petal = rgb(hue, rng.uniform(0.35, 0.5) + 0.4 * look.lean(look.color), 0.92)
    green = rgb(rng.normal(0.27, 0.02), 0.6, 0.42)
    bend = (x + 0.15 * stem * rng.standard_normal(), y + stem)
    solid(look, image, limb(h, w, [(x, y), bend], [0.03 * size, 0.035 * size]), green)
    for side in (-1, 1):
        lx, ly = 0.5 * (x + bend[0]), y + 0.6 * stem
        leaf = smooth_outline(
            [
                (lx, ly),
                (lx + side * 0.22 * size, ly - 0.2 * size),
                (lx + side * 0.5 * size, ly - 0.2 * size),
                (lx + side * 0.25 * size, ly - 0.02 * size),
            ]
        )
        solid(look, image, polygon(h, w, leaf), green, 0.8, 0.3)
    count, tilt = int(rng.integers(5, 15)), rng.uniform(0.65, 1.0)
    turn = rng.uniform(0, 2 * np.pi)
    for layer, reach in ((0, 0.5), (1, 0.34)):
        for k in range(count):
            a = turn + 2 * np.pi * (k + 0.5 * layer) / count
            far = (x + np.cos(a) * reach * size * 0.55, y + np.sin(a) * reach * size * 0.55 * tilt)
            shape = circle_points(
                *far,
                reach * size * 0.5,
                1.5 * reach * size / count + 0.02 * size,
                np.arctan2(np.sin(a) * tilt, np.cos(a)),
                24,
            )
            solid(look, image, polygon(h, w, shape), petal * (0.86 + 0.14 * layer + 0.05 * (k % 2)), 0.9, 0.15)
    heart = ellipse(h, w, x, y, 0.12 * size, 0.12 * size * tilt)
    dots = 1 + 0.25 * look.detail() * fractal(rng, h, w, 0.2)[..., None]
    solid(look, image, heart, np.clip(rgb(0.12, 0.8, 0.75) * dots, 0, 1))


def cup(look: Look, image: np.ndarray, x: float, foot: float, size: float) -> None:
    """A cup with a saucer and a hot drink, ``size`` pixels wide, standing at (x, foot)."""
    h, w = look.h, look.w
    glaze = look.paint_color(0.9, 0.8) if look.rng.random() < 0.7 else rgb(0.1, 0.05, 0.93)
    tall, half = 0.75 * size, 0.4 * size
    cast_shadow(look, image, x, foot, 0.75 * size)
    solid(look, image, ellipse(h, w, x, foot, 0.72 * size, 0.17 * size), glaze * 0.95, 0.25)
    darken(image, blur(ellipse(h, w, x, foot - 0.02 * size, 0.4 * size, 0.1 * size), 0.03 * size), 0.45)
    side = look.rng.choice([-1, 1])
    ring = ellipse(h, w, x + side * 0.45 * size, foot - 0.42 * size, 0.2 * size, 0.22 * size)
    hole = ellipse(h, w, x + side * 0.45 * size, foot - 0.42 * size, 0.12 * size, 0.14 * size)
    solid(look, image, np.clip(ring - hole, 0, 1), glaze)
    body = smooth_outline(
        [
            (x - half, foot - tall),
            (x - 0.92 * half, foot - 0.4 * tall),
            (x - 0.55 * half, foot - 0.02 * tall),
            (x, foot + 0.02 * tall),
            (x + 0.55 * half, foot - 0.02 * tall),
            (x + 0.92 * half, foot - 0.4 * tall),
            (x + half, foot - tall),
            (x, foot - tall),
        ]
    )
    solid(look, image, polygon(h, w, body), glaze, 1.1)
    solid(look, image, ellipse(h, w, x, foot - tall, half, 0.26 * half), glaze * 1.05, 0.2)
    paint(image, ellipse(h, w, x, foot - tall + 0.02 * size, 0.88 * half, 0.2 * half), rgb(0.06, 0.7, 0.27))
    paint(
        image,
        0.7 * ellipse(h, w, x - 0.2 * half, foot - tall + 0.02 * size, 0.4 * half, 0.09 * half),
        rgb(0.08, 0.4, 0.72),
    )
    gleam = limb(h, w, [(x - 0.6 * half, foot - 0.75 * tall), (x - 0.52 * half, foot - 0.35 * tall)], [0.03 * size] * 2)
    paint(image, 0.55 * blur(gleam, 0.015 * size), np.ones(3))
    steam = fractal(look.rng, h, w, 1.8, 3, np.pi / 2)
    rise = blur(ellipse(h, w, x, foot - 1.45 * tall, 0.3 * half, 0.5 * tall), 0.1 * size)
    paint(image, 0.4 * rise * ramp(steam, -0.2, 1.5), np.full(3, 0.95))


def fruit(look: Look, image: np.ndarray, x: float, foot: float, size: float) -> None:
    """A bowl's worth of round fruit about (x, foot), ``size`` pixels across in all."""
    h, w, rng = look.h, look.w, look.rng
    count = look.number(2, 8)
    radius = 0.5 * size / np.sqrt(count)
    cast_shadow(look, image, x, foot, 0.55 * size)
    for k in range(count):
        row = k % 2 if count > 2 else 0
        fx = x + (k - (count - 1) / 2) * 1.15 * size / (count + 0.6) + rng.normal(0, 0.08 * radius)
        fy = foot - radius * (0.8 + 1.1 * row)
        hue = rng.choice([0.0, 0.03, 0.08, 0.12]) if look.warm() else rng.choice([0.2, 0.25, 0.3, 0.72])
        skin = rgb(hue, rng.uniform(0.6, 0.9), rng.uniform(0.65, 0.95))
        solid(look, image, ellipse(h, w, fx, fy, radius, radius * rng.uniform(0.88, 1.05)), skin, 1.15, 0.1)
        shine = ellipse(
            h,
            w,
            fx + 0.4 * radius * look.light[0],
            fy + 0.45 * radius * look.light[1],
            0.16 * radius,
            0.12 * radius,
        )
        paint(image, 0.75 * blur(shine, 0.06 * radius), np.ones(3))
        stalk = [(fx, fy - 0.9 * radius), (fx + 0.1 * radius, fy - 1.2 * radius)]
        paint(image, limb(h, w, stalk, [0.05 * radius] * 2), np.array([0.3, 0.2, 0.1]))


def car(look: Look, image: np.ndarray, x: float, foot: float, size: float) -> None:
    """A car from the side, ``size`` pixels long, wheels at ``foot``."""
    h, w, rng = look.h, look.w, look.rng
    body, way = look.paint_color(0.75, 0.9), rng.choice([-1, 1])

    def at(points: list[tuple[float, float]]) -> np.ndarray:
        return np.array([(x + way * px * size, foot - py * size) for px, py in points])

    def spot(px: float, py: float, radius: float) -> np.ndarray:
        ((cx, cy),) = at([(px, py)])
        return ellipse(h, w, cx, cy, radius * size, 0.02 * size)

    darken(image, blur(ellipse(h, w, x, foot, 0.52 * size, 0.05 * size), 0.015 * size), 0.65)
    shell = smooth_outline(
        [
            *map(
                tuple,
                at(
                    [
                        (-0.5, 0.08),
                        (-0.5, 0.2),
                        (-0.4, 0.235),
                        (-0.24, 0.37),
                        (0.06, 0.37),
                        (0.2, 0.25),
                        (0.42, 0.21),
                        (0.5, 0.14),
                        (0.49, 0.07),
                        (0, 0.06),
                    ]
                ),
            )
        ],
        120,
    )
    solid(look, image, polygon(h, w, shell), body, 0.7, 0.08)
    glass = gradient_glass = np.array([0.25, 0.32, 0.38])
    for pane in (
        [(-0.31, 0.25), (-0.22, 0.34), (-0.1, 0.34), (-0.1, 0.25)],
        [(-0.07, 0.25), (-0.07, 0.34), (0.05, 0.34), (0.14, 0.25)],
    ):
        paint(image, polygon(h, w, at(pane)), glass)
        paint(image, 0.35 * polygon(h, w, at([pane[0], pane[1], (pane[1][0] + 0.04, 0.34)])), gradient_glass * 3)
    for px in (-0.085, 0.17):
        paint(
            image,
            0.5 * polygon(h, w, at([(px, 0.09), (px, 0.25), (px + 0.006, 0.25), (px + 0.006, 0.09)])),
            body * 0.3,
        )
    paint(image, spot(0.465, 0.17, 0.025), np.array([1.0, 0.97, 0.8]))
    paint(image, spot(-0.485, 0.18, 0.012), np.array([0.85, 0.1, 0.08]))
    for px in (-0.31, 0.31):
        wx, wy = at([(px, 0.075)])[0]
        paint(image, ellipse(h, w, wx, wy, 0.09 * size, 0.09 * size), np.full(3, 0.04))
        solid(look, image, ellipse(h, w, wx, wy, 0.075 * size, 0.075 * size), np.full(3, 0.13))
        solid(look, image, ellipse(h, w, wx, wy, 0.045 * size, 0.045 * size), np.full(3, 0.75))
        for a in np.linspace(0, 2 * np.pi, 5, endpoint=False):
            hole = (wx + 0.027 * size * np.cos(a), wy + 0.027 * size * np.sin(a))
            paint(image, ellipse(h, w, *hole, 0.009 * size, 0.009 * size), np.full(3, 0.15))


def house(look: Look, image: np.ndarray, left: float, foot: float, wide: float, tall: float, lit: float) -> None:
    """A block with windows; ``lit`` is the share of lighted ones. Its windows grow finer with `texture`."""
    h, w, rng = look.h, look.w, look.rng
    wall = look.paint_color(0.6, 0.45) if rng.random() < 0.6 else look.neutral(0.6)
    if lit > 0:
        wall = wall * 0.25
    front = polygon(
        h, w, np.array([(left, foot), (left, foot - tall), (left + wide, foot - tall), (left + wide, foot)])
    )
    tone = 1 + 0.08 * fractal(rng, h, w, 1.2)
    tone = tone * np.linspace(1.08, 0.85, h, dtype=np.float32)[:, None]
    paint(image, front, wall, tone.astype(np.float32))
    if look.light[0] < 0.5:
        edge = [
            (left + 0.82 * wide, foot),
            (left + 0.82 * wide, foot - tall),
            (left + wide, foot - tall),
            (left + wide, foot),
        ]
        darken(image, polygon(h, w, np.array(edge)), 0.35)
    columns = max(2, int(look.number(2, 5) * wide / (0.2 * look.unit)))
    rows = max(2, int(columns * tall / wide * rng.uniform(0.6, 1.0)))
    if look.rng.random() < 0.25:
        roof = [
            (left - 0.04 * wide, foot - tall),
            (left + 0.5 * wide, foot - tall - 0.3 * wide),
            (left + 1.04 * wide, foot - tall),
        ]
        paint(image, polygon(h, w, np.array(roof)), wall * 0.55)
    panes = np.zeros((h, w), np.float32)
    bright = np.zeros((h, w), np.float32)
    for r in range(min(rows, 16)):
        for c in range(min(columns, 9)):
            px = left + wide * (c + 0.5) / min(columns, 9)
            py = foot - tall * (1 - (r + 0.6) / (min(rows, 16) + 0.4))
            dx, dy = 0.28 * wide / min(columns, 9), 0.32 * tall / min(rows, 16)
            box = (
                slice(max(int(py - dy), 0), max(int(py + dy) + 1, 0)),
                slice(max(int(px - dx), 0), max(int(px + dx) + 1, 0)),
            )
            (bright if rng.random() < lit else panes)[box] = 1.0
    paint(image, 0.85 * panes, rgb(0.58, 0.3, 0.12 if lit > 0 else rng.uniform(0.15, 0.5)))
    paint(image, bright, rgb(rng.uniform(0.08, 0.14), 0.45, 1.0))


def laptop(look: Look, image: np.ndarray, x: float, foot: float, size: float) -> None:
    """An open laptop, ``size`` pixels wide, its front edge at ``foot``."""
    h, w, rng = look.h, look.w, look.rng
    case = look.neutral(rng.choice([0.25, 0.7]))
    half, deep, tall = 0.5 * size, 0.26 * size, 0.58 * size
    darken(
        image,
        blur(
            polygon(
                h,
                w,
                np.array(
                    [
                        (x - 1.1 * half, foot + 4),
                        (x - half, foot - deep),
                        (x + 1.1 * half, foot - deep),
                        (x + 1.15 * half, foot + 4),
                    ]
                ),
            ),
            0.03 * size,
        ),
        0.5,
    )
    hinge = foot - deep
    lid = [
        (x - 0.88 * half, hinge),
        (x - 0.9 * half, hinge - tall),
        (x + 0.9 * half, hinge - tall),
        (x + 0.88 * half, hinge),
    ]
    paint(image, polygon(h, w, np.array(lid)), case * 0.6)
    pane = [
        (x - 0.82 * half, hinge - 0.04 * size),
        (x - 0.84 * half, hinge - 0.95 * tall),
        (x + 0.84 * half, hinge - 0.95 * tall),
        (x + 0.82 * half, hinge - 0.04 * size),
    ]
    paint(
        image,
        polygon(h, w, np.array(pane)),
        rgb(rng.uniform(0.5, 0.66), rng.uniform(0.1, 0.7), rng.uniform(0.3, 0.95)),
    )
    for k in range(look.number(2, 9)):
        y = hinge - tall * (0.86 - 0.09 * k)
        end = x + half * rng.uniform(-0.3, 0.75)
        paint(
            image,
            0.7 * limb(h, w, [(x - 0.72 * half, y), (end, y)], [0.008 * size] * 2),
            np.full(3, rng.choice([0.1, 0.95])),
        )
    deck = [(x - 0.88 * half, hinge), (x + 0.88 * half, hinge), (x + half, foot), (x - half, foot)]
    paint(image, polygon(h, w, np.array(deck)), case)
    for r in range(4):
        t0, t1 = (r + 0.3) / 6, (r + 1.0) / 6
        for c in range(11):
            s0, s1 = (c + 0.12) / 11 * 2 - 1, (c + 0.88) / 11 * 2 - 1
            spread = (0.82 + 0.1 * t0) * half, (0.82 + 0.1 * t1) * half
            key = [
                (x + s0 * spread[0], hinge + t0 * deep),
                (x + s1 * spread[0], hinge + t0 * deep),
                (x + s1 * spread[1], hinge + t1 * deep),
                (x + s0 * spread[1], hinge + t1 * deep),
            ]
            paint(image, polygon(h, w, np.array(key)), case * 0.35)
    pad = [
        (x - 0.2 * half, foot - 0.25 * deep),
        (x + 0.2 * half, foot - 0.25 * deep),
        (x + 0.22 * half, foot - 0.04 * deep),
        (x - 0.22 * half, foot - 0.04 * deep),
    ]
    paint(image, polygon(h, w, np.array(pad)), case * 0.8)


def utensils(look: Look, image: np.ndarray, x: float, foot: float, size: float) -> None:
    """A jar with kitchen tools, ``size`` pixels high in all, standing at (x, foot)."""
    h, w, rng = look.h, look.w, look.rng
    cast_shadow(look, image, x, foot, 0.28 * size)
    count = look.number(2, 6)
    for k in range(count):
        root = (x + 0.2 * size * ((k + 0.5) / count - 0.5), foot - 0.35 * size)
        tip = (x + 0.55 * size * ((k + 0.5) / count - 0.5), foot - size * rng.uniform(0.65, 0.85))
        tone = rgb(0.08, 0.5, 0.55) if rng.random() < 0.5 else look.neutral(0.35)
        solid(look, image, limb(h, w, [root, tip], [0.018 * size] * 2), tone)
        if rng.random() < 0.5:
            solid(look, image, ellipse(h, w, tip[0], tip[1], 0.055 * size, 0.09 * size), tone)
        else:
            turn = np.arctan2(tip[0] - root[0], root[1] - tip[1])
            corners = np.array([(-0.05, 0.06), (-0.065, -0.12), (0.065, -0.12), (0.05, 0.06)]) * size
            across, along = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
            solid(look, image, polygon(h, w, corners[:, :1] * across + corners[:, 1:] * along + tip), tone, 0.4)
    wide = 0.19 * size
    jar = smooth_outline(
        [
            (x - wide, foot - 0.45 * size), (x, foot - 0.44 * size), (x + wide, foot - 0.45 * size),
            (x + 1.1 * wide, foot - 0.2 * size), (x + 0.85 * wide, foot), (x, foot + 0.025 * size),
            (x - 0.85 * wide, foot), (x - 1.1 * wide, foot - 0.2 * size),
        ]
    )  # fmt: skip
    solid(look, image, polygon(h, w, jar), look.neutral(0.7), 1.1, 0.1)


def road(look: Look, image: np.ndarray, horizon: float) -> None:
    """Kerb and dashes of a street that runs across below the row ``horizon``, in place."""
    h, w = look.h, look.w
    kerb = horizon + 0.08 * (h - horizon)
    edge = np.array([(-5, kerb), (w + 5, kerb), (w + 5, kerb + 0.018 * h), (-5, kerb + 0.018 * h)])
    paint(image, 0.7 * polygon(h, w, edge), np.full(3, 0.62))
    dash = horizon + 0.72 * (h - horizon)
    start = look.rng.uniform(-0.2, 0) * w
    for k in range(7):
        left, right = start + 0.22 * k * w, start + (0.22 * k + 0.12) * w
        mark = np.array(
            [(left, dash), (right, dash), (right + 0.02 * h, dash + 0.02 * h), (left + 0.02 * h, dash + 0.02 * h)]
        )
        paint(image, 0.75 * polygon(h, w, mark), np.full(3, 0.85))
