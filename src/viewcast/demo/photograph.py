"""A planned demo photo to the bytes of an image file: the scene, then the camera."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
from PIL import Image

from viewcast.demo.draw import blur, fractal, grid
from viewcast.demo.look import Look
from viewcast.demo.scenes import SCENES
from viewcast.store.atomic import atomic_path

# Width over height, and how common it is.
ASPECTS = {3 / 2: 0.3, 4 / 3: 0.25, 2 / 3: 0.13, 3 / 4: 0.12, 1.0: 0.12, 16 / 9: 0.08}
QUALITY = 90


def _camera(look: Look, image: np.ndarray) -> np.ndarray:
    """Lens, light and sensor: focus, tone, colour cast, vignetting, noise. Returns uint8."""
    rng = look.rng
    crisp = look.lean(look.gradient)
    image = blur(image, look.unit * 0.0022 * (0.6 + 2.4 * (1 - crisp)))
    image = image + float(0.15 + 0.6 * crisp) * (image - blur(image, 0.006 * look.unit + 0.5))

    # Light that is uneven over the scene, then fog: soft pictures are flat ones too.
    image = image * np.exp(0.08 * fractal(rng, look.h, look.w, 2.0))[..., None]
    flat = float(0.18 * (1 - crisp) * rng.random())
    image = image * (1 - flat) + flat * 0.7
    image = np.clip(image, 0, 1) ** math.exp(0.13 * rng.standard_normal() - 0.15)

    warm = math.tanh(0.7 * look.color + 0.3 * rng.standard_normal())
    cast = np.array([1 + 0.22 * warm, 1 - 0.06 * warm, 1 - 0.22 * warm], np.float32)
    image = image * cast
    grey = image.mean(axis=2, keepdims=True)
    image = grey + (image - grey) * math.exp(0.3 * warm + 0.1 * rng.standard_normal())

    x, y = grid(look.h, look.w)
    radius = np.hypot(x / look.w - 0.5, y / look.h - 0.5)
    image = image * (1 - rng.uniform(0, 0.9) * radius[..., None] ** 2)
    noise = 0.003 + 0.012 * rng.beta(1, 3)
    shot = noise * (0.4 + np.sqrt(np.clip(image, 0, 1)))
    image = image + shot * blur(rng.standard_normal(image.shape, dtype=np.float32), 0.45)
    return np.clip(np.round(image * 255), 0, 255).astype(np.uint8)


def picture(scene: str, look: Look) -> np.ndarray:
    """The picture (h, w, 3), uint8 RGB, of ``scene`` as ``look`` says."""
    image = SCENES[scene].draw(look)
    return _camera(look, np.clip(image, 0, 1.2).astype(np.float32))


def write_photo(target: Path, scene: str, properties: dict[str, float], size: int, seed: list[int]) -> None:
    """Draw one photo with its longest side ``size`` pixels and write it to ``target`` (.jpg or .png).

    ``properties`` are the `color`, `texture`, `gradient` and `layout` of Look. Everything random comes from
    ``seed``, so a photo is the same whichever process draws it.
    """
    rng = np.random.default_rng(seed)
    aspect = rng.choice(list(ASPECTS), p=list(ASPECTS.values()))
    w, h = (size, round(size / aspect)) if aspect >= 1 else (round(size * aspect), size)
    image = Image.fromarray(picture(scene, Look(h=h, w=w, rng=rng, **properties)))
    buffer = io.BytesIO()
    if target.suffix == ".png":
        image.save(buffer, "PNG")
    else:
        image.save(buffer, "JPEG", quality=QUALITY)
    with atomic_path(target) as path:
        path.write_bytes(buffer.getvalue())
