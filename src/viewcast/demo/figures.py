"""Living things of the demo pictures: people, faces, animals, birds."""

from __future__ import annotations

import numpy as np

from viewcast.demo.draw import (
    blur,
    circle_points,
    darken,
    ellipse,
    inflate,
    limb,
    paint,
    polygon,
    ramp,
    rgb,
    smooth_outline,
)
from viewcast.demo.look import Look

SKIN = ((0.06, 0.28, 0.95), (0.065, 0.38, 0.85), (0.06, 0.5, 0.66), (0.055, 0.58, 0.45))
HAIR = ((0.08, 0.6, 0.15), (0.07, 0.65, 0.32), (0.11, 0.55, 0.75), (0.04, 0.75, 0.45), (0.0, 0.0, 0.55))


def solid(
    look: Look,
    image: np.ndarray,
    mask: np.ndarray,
    color: np.ndarray,
    roundness: float = 1.0,
    grain: float = 0.0,
) -> None:
    """Paint ``mask`` as a rounded, lit body; ``grain`` is the strength of its surface detail."""
    shade = inflate(mask, look.light, roundness)
    if grain > 0:
        shade = shade * np.exp(grain * look.detail() * look.grain())
    paint(image, mask, color, shade)


def cast_shadow(look: Look, image: np.ndarray, x: float, y: float, half: float) -> None:
    """A soft shadow on the ground under something that stands at (x, y)."""
    reach = look.light[0] * half * 0.7
    mask = ellipse(look.h, look.w, x - reach, y, half * 1.15, half * 0.22)
    darken(image, blur(mask, 0.05 * half + 0.5), 0.5)


def person(look: Look, image: np.ndarray, x: float, foot: float, tall: float) -> None:
    """A standing or walking person ``tall`` pixels high, feet at (x, foot)."""
    h, w, rng = look.h, look.w, look.rng
    skin, hair = rgb(*SKIN[rng.integers(4)]), rgb(*HAIR[rng.integers(5)])
    top, legs = look.paint_color(0.85, 0.85), look.neutral(rng.uniform(0.2, 0.6))
    dress = rng.random() < 0.45
    stride, turn = tall * rng.uniform(0.02, 0.1), rng.choice([-1, 1])
    head, hip, neck = foot - 0.92 * tall, foot - 0.48 * tall, foot - 0.82 * tall
    cast_shadow(look, image, x, foot, 0.2 * tall)
    for side in (-1, 1):
        knee = (x + side * 0.05 * tall + turn * side * stride * 0.7, foot - 0.25 * tall)
        ankle = (x + side * 0.045 * tall + turn * side * stride * 1.2, foot - 0.03 * tall)
        leg = limb(h, w, [(x + side * 0.045 * tall, hip), knee, ankle], [0.06 * tall, 0.045 * tall, 0.03 * tall])
        solid(look, image, leg, skin if dress else legs)
        shoe = ellipse(h, w, ankle[0] + turn * 0.025 * tall, foot - 0.015 * tall, 0.045 * tall, 0.02 * tall)
        solid(look, image, shoe, legs * 0.5)
    swing = tall * rng.uniform(0.02, 0.16)
    for side in (-1, 1):
        up = rng.random() < 0.15
        elbow = (x + side * ((0.17 if up else 0.11) * tall + 0.3 * swing), foot - (0.75 if up else 0.62) * tall)
        hand = (x + side * (0.11 * tall + swing), foot - (0.91 if up else 0.49) * tall)
        solid(look, image, limb(h, w, [elbow, hand], [0.033 * tall, 0.024 * tall]), skin)
        shoulder = (x + side * 0.085 * tall, neck + 0.04 * tall)
        solid(look, image, limb(h, w, [shoulder, elbow], [0.042 * tall, 0.036 * tall]), top)
    if rng.random() < 0.5:
        solid(look, image, limb(h, w, [(x, head), (x, neck + 0.06 * tall)], [0.062 * tall, 0.05 * tall]), hair)
    hem = 0.16 if dress else 0.085
    hem_y = foot - (0.3 if dress else 0.45) * tall
    body = smooth_outline(
        [
            (x - 0.1 * tall, neck + 0.02 * tall),
            (x, neck - 0.01 * tall),
            (x + 0.1 * tall, neck + 0.02 * tall),
            (x + 0.075 * tall, foot - 0.6 * tall),
            (x + hem * tall, hem_y),
            (x, hem_y + 0.015 * tall),
            (x - hem * tall, hem_y),
            (x - 0.075 * tall, foot - 0.6 * tall),
        ]
    )
    solid(look, image, polygon(h, w, body), top, 0.9, 0.12)
    solid(look, image, limb(h, w, [(x, neck), (x, head)], [0.03 * tall, 0.03 * tall]), skin * 0.9)
    solid(look, image, ellipse(h, w, x, head, 0.052 * tall, 0.068 * tall), skin)
    cap = polygon(h, w, circle_points(x - 0.008 * tall * turn, head - 0.02 * tall, 0.057 * tall, 0.06 * tall))
    cap = cap * (np.mgrid[0:h, 0:w][0] < head - 0.012 * tall)
    solid(look, image, cap.astype(np.float32), hair)


def portrait(look: Look, image: np.ndarray, x: float, y: float, size: float) -> None:
    """Head and shoulders; the face is ``size`` pixels high and centred at (x, y)."""
    h, w, rng = look.h, look.w, look.rng
    skin, hair = rgb(*SKIN[rng.integers(4)]), rgb(*HAIR[rng.integers(5)])
    cloth = look.paint_color(0.75, 0.85)
    wide = 0.37 * size
    long_hair = rng.random() < 0.55
    if long_hair:
        back = smooth_outline(
            [
                (x - 1.3 * wide, y - 0.2 * size),
                (x, y - 0.68 * size),
                (x + 1.3 * wide, y - 0.2 * size),
                (x + 1.45 * wide, y + 0.75 * size),
                (x, y + 0.6 * size),
                (x - 1.45 * wide, y + 0.75 * size),
            ]
        )
        solid(look, image, polygon(h, w, back), hair, 0.8, 0.22)
    solid(
        look,
        image,
        limb(h, w, [(x, y + 0.2 * size), (x, y + 0.75 * size)], [0.5 * wide, 0.6 * wide]),
        0.86 * skin,
    )
    torso = smooth_outline(
        [
            (x - 1.0 * wide, y + 0.72 * size),
            (x, y + 0.8 * size),
            (x + 1.0 * wide, y + 0.72 * size),
            (x + 2.2 * wide, y + 0.95 * size),
            (x + 2.6 * wide, y + 2.2 * size),
            (x - 2.6 * wide, y + 2.2 * size),
            (x - 2.2 * wide, y + 0.95 * size),
        ]
    )
    solid(look, image, polygon(h, w, torso), cloth, 0.5, 0.18)
    face = smooth_outline(
        [
            (x - wide, y - 0.12 * size),
            (x - 0.7 * wide, y - 0.45 * size),
            (x, y - 0.56 * size),
            (x + 0.7 * wide, y - 0.45 * size),
            (x + wide, y - 0.12 * size),
            (x + 0.84 * wide, y + 0.22 * size),
            (x + 0.34 * wide, y + 0.5 * size),
            (x - 0.34 * wide, y + 0.5 * size),
            (x - 0.84 * wide, y + 0.22 * size),
        ]
    )
    mask = polygon(h, w, face)
    for side in (-1, 1):
        solid(look, image, ellipse(h, w, x + side * wide, y, 0.11 * size * 0.6, 0.11 * size), 0.9 * skin)
    solid(look, image, mask, skin, 1.1)
    blush = np.array([1.0, 0.72, 0.68], np.float32) * skin
    for side in (-1, 1):
        ex, ey = x + side * 0.42 * wide, y - 0.06 * size
        paint(
            image,
            0.5 * blur(ellipse(h, w, x + side * 0.55 * wide, y + 0.14 * size, 0.1 * size, 0.07 * size), 0.03 * size),
            blush,
        )
        paint(image, 0.35 * blur(ellipse(h, w, ex, ey, 0.1 * size, 0.06 * size), 0.015 * size), skin * 0.45)
        paint(image, ellipse(h, w, ex, ey, 0.062 * size, 0.03 * size), np.array([0.93, 0.92, 0.9]))
        iris = rgb(rng.choice([0.07, 0.08, 0.35, 0.58]), 0.5, 0.4)
        paint(image, ellipse(h, w, ex, ey, 0.03 * size, 0.03 * size), iris)
        paint(image, ellipse(h, w, ex, ey, 0.014 * size, 0.014 * size), np.full(3, 0.04))
        paint(image, ellipse(h, w, ex - 0.01 * size, ey - 0.01 * size, 0.007 * size, 0.007 * size), np.ones(3))
        brow = [(ex - side * 0.07 * size, ey - 0.075 * size), (ex + side * 0.075 * size, ey - 0.085 * size)]
        paint(image, 0.85 * limb(h, w, brow, [0.014 * size, 0.009 * size]), hair * 0.7)
    nose = limb(h, w, [(x, y - 0.04 * size), (x, y + 0.13 * size)], [0.018 * size, 0.05 * size])
    paint(image, 0.6 * blur(nose, 0.012 * size), skin, inflate(nose, look.light))
    paint(
        image,
        0.5 * blur(ellipse(h, w, x, y + 0.18 * size, 0.05 * size, 0.014 * size), 0.008 * size),
        skin * 0.4,
    )
    smile = 0.03 * size * rng.uniform(-0.2, 1.2)
    lips = smooth_outline(
        [
            (x - 0.12 * size, y + 0.29 * size - smile),
            (x, y + 0.275 * size),
            (x + 0.12 * size, y + 0.29 * size - smile),
            (x, y + 0.335 * size),
        ]
    )
    paint(image, polygon(h, w, lips), np.array([0.78, 0.36, 0.36]) * (0.35 + 0.65 * skin))
    fringe = smooth_outline(
        [
            (x - 1.1 * wide, y - 0.02 * size),
            (x - 1.12 * wide, y - 0.42 * size),
            (x, y - 0.7 * size),
            (x + 1.12 * wide, y - 0.42 * size),
            (x + 1.1 * wide, y - 0.02 * size),
            (x + 0.8 * wide, y - 0.3 * size),
            (x + rng.uniform(-0.4, 0.4) * wide, y - rng.uniform(0.3, 0.42) * size),
            (x - 0.8 * wide, y - 0.3 * size),
        ]
    )
    solid(look, image, polygon(h, w, fringe), hair, 0.8, 0.22)


def animal(look: Look, image: np.ndarray, x: float, foot: float, size: float) -> None:
    """A four-legged animal seen from the side, ``size`` pixels long, standing at (x, foot)."""
    h, w, rng = look.h, look.w, look.rng
    kind = rng.choice(["dog", "cat", "sheep", "horse"])
    coat = rgb(rng.uniform(0.04, 0.11), rng.uniform(0.15, 0.75), rng.uniform(0.3, 0.9))
    if kind == "sheep":
        coat = rgb(0.11, 0.1, 0.88)
    way = rng.choice([-1, 1])
    high = {"dog": 0.36, "cat": 0.27, "sheep": 0.3, "horse": 0.52}[kind] * size
    thick = {"dog": 0.13, "cat": 0.12, "sheep": 0.19, "horse": 0.15}[kind] * size
    back = foot - high - 0.3 * thick
    cast_shadow(look, image, x, foot, 0.5 * size)
    dark = coat * (0.3 if kind == "sheep" else 0.8)

    def leg(along: float) -> np.ndarray:
        hip, step = x + way * along * size, 0.05 * size * rng.standard_normal()
        knee = (hip + way * np.sign(along) * 0.02 * size + 0.5 * step, foot - 0.4 * high)
        points = [(hip, back + 0.3 * thick), knee, (hip + step, foot - 0.02 * size)]
        return limb(h, w, [*points, (points[2][0] + way * 0.03 * size, foot - 0.015 * size)], legs)

    legs = [0.075 * size, 0.034 * size, 0.025 * size, 0.02 * size]
    for along in (-0.2, 0.2):
        solid(look, image, leg(along), dark * 0.6)
    head = (x + way * 0.45 * size, back - {"dog": 0.2, "cat": 0.16, "sheep": 0.1, "horse": 0.42}[kind] * size)
    if kind in ("dog", "cat"):
        tail = [(0.34, -0.2 * thick), (0.47, -0.1 * high), (0.52, -0.35 * high), (0.46, -0.6 * high)]
    else:
        tail = [(0.36, -0.2 * thick), (0.42, 0.1 * high), (0.43, 0.4 * high)]
    tail = [(x - way * along * size, back + up) for along, up in tail]
    body = limb(h, w, tail, np.linspace(0.035, 0.015, len(tail)) * size)
    trunk = [(x - way * 0.25 * size, back), (x, back + 0.05 * thick), (x + way * 0.25 * size, back)]
    body = np.maximum(body, limb(h, w, trunk, [thick, 0.88 * thick, 1.05 * thick]))
    neck = limb(h, w, [(x + way * 0.26 * size, back - 0.2 * thick), head], [0.85 * thick, 0.085 * size])
    body = np.maximum(body, neck)
    if kind == "sheep":
        for along in (-0.28, 0.28):
            solid(look, image, leg(along), dark)
        for _ in range(34):
            lump = (x + 0.38 * size * rng.uniform(-1, 1), back + thick * rng.uniform(-0.9, 0.9))
            body = np.maximum(body, ellipse(h, w, *lump, 0.07 * size, 0.07 * size))
    else:
        body = np.maximum(body, np.maximum(leg(-0.28), leg(0.28)))
    # Blurring and cutting again rounds the corners between the parts, as skin does.
    body = ramp(blur(body, 0.012 * size), 0.35, 0.65)
    solid(look, image, body, coat, 1.0, 0.35)
    if kind == "sheep":
        curl = np.maximum(look.grain() + 0.3, 0) * body
        darken(image, np.clip(0.4 * blur(curl, 0.8), 0, 1), 0.5)
    skull = {"dog": 0.1, "cat": 0.11, "sheep": 0.08, "horse": 0.085}[kind] * size
    long = {"dog": 0.17, "cat": 0.07, "sheep": 0.14, "horse": 0.24}[kind] * size
    muzzle = (head[0] + way * long, head[1] + 0.4 * long)
    for side in (-0.5, 0.55):
        base = (head[0] + side * skull - way * 0.3 * skull, head[1] - 0.6 * skull)
        ear = [
            (base[0] - 0.35 * skull, base[1]),
            (base[0], base[1] - 1.0 * skull),
            (base[0] + 0.4 * skull, base[1]),
        ]
        solid(look, image, polygon(h, w, np.array(ear)), dark)
    solid(
        look,
        image,
        limb(h, w, [head, muzzle], [skull, 0.5 * skull]),
        dark if kind == "sheep" else coat,
        1.0,
        0.2,
    )
    eye = (head[0] + way * 0.4 * skull, head[1] - 0.15 * skull)
    paint(image, ellipse(h, w, *eye, 0.17 * skull, 0.17 * skull), np.full(3, 0.03))
    paint(image, ellipse(h, w, eye[0] - 1, eye[1] - 1, 0.05 * skull, 0.05 * skull), np.ones(3))
    nose = (muzzle[0] + way * 0.35 * skull, muzzle[1])
    paint(image, ellipse(h, w, *nose, 0.18 * skull, 0.15 * skull), np.full(3, 0.08))


def bird(look: Look, image: np.ndarray, x: float, y: float, size: float, flying: bool) -> None:
    """A bird ``size`` pixels long at (x, y), flying or sitting."""
    h, w, rng = look.h, look.w, look.rng
    coat, way = look.paint_color(0.7, 0.8), rng.choice([-1, 1])
    tip, root = (x - way * 0.55 * size, y + 0.1 * size), (x + way * 0.22 * size, y - 0.1 * size)
    solid(look, image, limb(h, w, [(x, y), tip], [0.1 * size, 0.035 * size]), coat * 0.6)
    if not flying:
        for k in (-0.04, 0.06):
            leg = [(x + k * size, y + 0.1 * size), (x + k * size, y + 0.3 * size)]
            paint(image, limb(h, w, leg, [0.012 * size] * 2), np.array([0.5, 0.33, 0.15]))
    solid(
        look,
        image,
        limb(h, w, [(x - way * 0.12 * size, y), root], [0.15 * size, 0.12 * size]),
        coat,
        1.0,
        0.3,
    )
    solid(
        look,
        image,
        ellipse(h, w, root[0] + way * 0.06 * size, root[1] - 0.07 * size, 0.1 * size, 0.09 * size),
        coat,
    )
    bx, by = root[0] + way * 0.14 * size, root[1] - 0.06 * size
    beak = np.array([(bx, by - 0.03 * size), (bx + way * 0.12 * size, by + 0.01 * size), (bx, by + 0.03 * size)])
    paint(image, polygon(h, w, beak), np.array([0.95, 0.62, 0.15]))
    paint(
        image,
        ellipse(h, w, root[0] + way * 0.1 * size, root[1] - 0.09 * size, 0.018 * size, 0.018 * size),
        np.full(3, 0.03),
    )
    lift = -rng.uniform(0.35, 0.6) if flying else 0.06
    reach = 0.25 if flying else 0.38
    for depth in (1, 0.75) if flying else (1,):
        wing = smooth_outline(
            [
                (x + way * 0.16 * size, y - 0.08 * size),
                (x - way * 0.02 * size, y + 0.03 * size),
                (x - way * reach * size, y + lift * size * depth),
                (x, y + 0.75 * lift * size * depth - 0.06 * size),
            ]
        )
        solid(look, image, polygon(h, w, wing), coat * (0.55 + 0.3 * depth), 0.8, 0.4)
