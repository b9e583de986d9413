"""What an edit of a demo photo does to its planted popularity, by the formulas that drew the photo.

The generator goes from properties to pixels, and an edit changes pixels; so each edit is read backwards through the one
formula in which the generator does the same to a picture:

- saturation, temperature, tint: ``photograph._camera`` multiplies the channels by a cast of (1 + 0.22 w, 1 - 0.06 w,
  1 - 0.22 w) and the saturation by exp(0.3 w), with w = tanh(0.7 color + noise). An edit's gains are the change of w
  nearest to them (least squares, in logarithms); about the middle of tanh, ``color`` changes by that over 0.7.
- sharpening: the camera's unsharp mask has the strength 0.15 + 0.6 lean(gradient). Contrast: its fog pulls all tones
  towards 0.7 by up to 0.18 (1 - lean(gradient)), half of that on average. ``lean`` has the slope 1.5 / 4 in its middle.
- a softer background: ``surfaces.backdrop`` blurs it by 0.012 + 0.03 (1 - lean(texture)) of the shorter side.
- brightness: the camera's exponent is drawn whatever the properties are, so that it is worth nothing: no edit of it
  raises the planted popularity.
- crops: ``Look.place`` draws where the subject stands and how large it is. The photo is drawn anew, and the place is
  read off; in the crop the subject has another size and place, and the expected ``layout`` for both is that of the
  generator's model: a normal score, which the size shows with a deviation of 0.04 / 0.13 and the place of 0.35.
- tags, titles and descriptions: ``text.score_of`` of the number of tags or words, exactly. A length in characters is
  taken for so many words as the photo's own text has for its length, or else those of the demo.

What has no such formula is None: straightening, because horizons of the demo are level and its lines have no such
angle; and crops of scenes that have no subject with a place. A crop is judged by the layout alone, although it also
cuts off what shows the other properties.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from viewcast.demo import corpus, plan, text
from viewcast.demo.look import Look
from viewcast.demo.photograph import ASPECTS, picture
from viewcast.predict.cues import Cues
from viewcast.predict.edits import CueEdit, Edit

_CAST = np.array([0.22, -0.06, -0.22])
#: Of tanh(0.7 color) and of lean(score), in their middles.
_TANH, _LEAN = 0.7, 1.5 / 4
#: Deviations of what size and place show of the layout.
_SIZE, _PLACE = 0.04 / 0.13, 0.35
#: Characters of a word of the demo's texts, with the space.
_WORD = 6.5


class Placed(Look):
    """A look that remembers where it placed the subject: (x, size)."""

    placed: tuple[float, float] | None = None

    def place(self) -> tuple[float, float]:
        self.placed = super().place()
        return self.placed


@dataclass
class Demo:
    """The plan behind a demo corpus."""

    seed: int
    users: int
    heavy_users: int
    photos_per_heavy_user: int
    size: int

    @cached_property
    def plan(self) -> pd.DataFrame:
        owners = plan.plan_users(self.seed, self.users, self.heavy_users, self.photos_per_heavy_user)
        return plan.plan_photos(self.seed, owners)

    def worth(self, index: int, name: str) -> float:
        """What one unit of a property is worth in a photo, in powers of two of views per day."""
        row = self.plan.iloc[index]
        return float(row[f"planted_{name}"] / row[name])

    def redrawn(self, index: int) -> tuple[np.ndarray, Placed]:
        """The photo as it was drawn, and its look."""
        rng = np.random.default_rng([self.seed, corpus._PICTURE, index])
        aspect = rng.choice(list(ASPECTS), p=list(ASPECTS.values()))
        wide, tall = (self.size, round(self.size / aspect)) if aspect >= 1 else (round(self.size * aspect), self.size)
        row = self.plan.iloc[index]
        own = {name: float(row[name]) for name in plan.PROPERTIES if name != "objects"}
        look = Placed(h=tall, w=wide, rng=rng, **own)
        return picture(row["scene"], look), look

    def effect(self, index: int, edit: Edit | CueEdit, cues: Cues, done: tuple[Edit, ...] = ()) -> float | None:
        """What an edit adds to the planted popularity of photo number ``index``; None where no formula says so.

        :param cues: before the edit; :param done: crops and the like before it.
        """
        if isinstance(edit, CueEdit):
            return self._of_text(edit, cues)
        if edit.kind == "crop":
            return None if any(one.kind == "straighten" for one in done) else self._of_crop(index, edit)
        name, change = change_of(edit)
        return None if name is None else self.worth(index, name) * change

    def _of_text(self, edit: CueEdit, cues: Cues) -> float:
        own = getattr(cues, edit.kind)
        if edit.kind == "tags":
            before, after = len(own), edit.length
        else:
            words = len(own.split())
            before, after = words, round(edit.length / (len(own) / words if words else _WORD))
        scores = text.score_of(edit.kind, np.array([before, after]))
        return float(plan._context_scale() * plan.TEXT[edit.kind]["weight"] * (scores[1] - scores[0]))

    def _of_crop(self, index: int, edit: Edit) -> float | None:
        _, look = self.redrawn(index)
        if look.placed is None:
            return None
        x, size = look.placed
        left, _, width, height = edit.values
        aside, unit = x / look.w - 0.5, look.unit
        cut = min(width * look.w, height * look.h)
        after = layout_of(size * unit / cut, (x / look.w - left) / width - 0.5)
        return self.worth(index, "layout") * (after - layout_of(size, aside))


def layout_of(size: float, aside: float) -> float:
    """The expected ``layout`` of a subject of this size (to the shorter side), so far from the middle (in widths)."""
    by_size = (np.clip(size, 0.34, 0.95) - 0.62) / 0.13
    lean = np.clip(1 - abs(aside) / 0.30, 0.01, 0.99)
    by_place = np.log(lean / (1 - lean)) / 1.5
    weights = np.array([1, _SIZE**-2, _PLACE**-2])
    return float(weights @ [0, by_size, by_place] / weights.sum())


def change_of(edit: Edit) -> tuple[str | None, float]:
    """The property that an edit changes, and by how much; None where there is no formula."""
    strength = edit.values[0]
    # Levels of sRGB are about the 2.2th root of linear light.
    if edit.kind == "temperature":
        gains = np.array([strength / 2, 0, -strength / 2]) * np.log(2) / 2.2
        return "color", float(gains @ _CAST / (_CAST @ _CAST)) / _TANH
    if edit.kind == "tint":
        gains = np.array([1, -2, 1]) * strength / 3 * np.log(2) / 2.2
        return "color", float(gains @ _CAST / (_CAST @ _CAST)) / _TANH
    if edit.kind == "saturation":
        return "color", float(np.log1p(strength)) / 0.3 / _TANH
    if edit.kind == "contrast":
        return "gradient", strength / (0.18 / 2) / _LEAN
    if edit.kind == "sharpen":
        return "gradient", strength / 0.6 / _LEAN
    if edit.kind == "background":
        return "texture", -strength / 0.03 / _LEAN
    if edit.kind == "brightness":
        return "gradient", 0.0
    return None, 0.0
