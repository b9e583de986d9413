"""What one demo picture should look like: the properties, and the choices that scenes derive from them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from viewcast.demo.draw import fractal, rgb


@dataclass
class Look:
    """Size in pixels, the four properties that scenes render (normal scores), and the picture's generator.

    Every derived choice is random with odds set by a property, so that a property can be read from pictures
    only statistically, as in photographs.
    """

    h: int
    w: int
    color: float
    texture: float
    gradient: float
    layout: float
    rng: np.random.Generator
    light: tuple[float, float] = field(init=False)
    _grain: np.ndarray | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        turn = self.rng.uniform(0.15, 0.85) * np.pi
        self.light = (float(np.cos(turn)), float(-np.sin(turn)))

    @property
    def unit(self) -> float:
        """The shorter side in pixels."""
        return float(min(self.h, self.w))

    def lean(self, score: float, noise: float = 0.35) -> float:
        """A value in 0..1 that follows a property's ``score``, with scatter."""
        return float(1 / (1 + np.exp(-1.5 * (score + noise * self.rng.standard_normal()))))

    def angle(self) -> float:
        """Main direction of lines, radians: level for low `gradient`, upright for high."""
        return np.pi / 2 * self.lean(self.gradient) + 0.12 * self.rng.standard_normal()

    def grain(self) -> np.ndarray:
        """A field of fine surface detail (h, w): one per picture, shifted anew each time, because drawing
        one for each petal would take most of the time.
        """
        if self._grain is None:
            self._grain = fractal(self.rng, self.h, self.w, 0.9, 2.5, self.angle())
        return np.roll(self._grain, self.rng.integers(0, (self.h, self.w)), (0, 1))

    def detail(self) -> float:
        """Strength of surface detail, 0..1, by `texture`."""
        return self.lean(self.texture)

    def number(self, few: float, many: float) -> int:
        """How many small things: between ``few`` and ``many`` by `texture`."""
        return int(round(few + (many - few) * self.lean(self.texture)))

    def warm(self) -> bool:
        """Whether the next colour is a warm one, by `colour`."""
        return bool(self.rng.random() < self.lean(self.color))

    def hue(self) -> float:
        """A hue (turns): reds to ambers when warm, greens to blues when not."""
        return float(self.rng.normal(0.02, 0.045) if self.warm() else self.rng.uniform(0.28, 0.66))

    def paint_color(self, value: float = 0.8, strength: float = 0.7) -> np.ndarray:
        """The colour of a painted or dyed thing; saturation grows with `colour`."""
        saturation = strength * (0.45 + 0.75 * self.lean(self.color)) * self.rng.uniform(0.75, 1.1)
        return rgb(self.hue(), saturation, value * self.rng.uniform(0.8, 1.1))

    def neutral(self, value: float = 0.6) -> np.ndarray:
        """A greyish colour, leaning warm or cool."""
        return rgb(self.hue(), self.rng.uniform(0.03, 0.16), value * self.rng.uniform(0.85, 1.1))

    def place(self) -> tuple[float, float]:
        """Where the subject stands and how large: (x in pixels, size relative to the shorter side)."""
        size = np.clip(0.62 + 0.13 * self.layout + 0.04 * self.rng.standard_normal(), 0.34, 0.95)
        aside = 0.30 * (1 - self.lean(self.layout)) * self.rng.choice([-1, 1])
        return float(self.w * (0.5 + aside)), float(size)
