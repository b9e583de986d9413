"""A small stand-in for a saved model: a linear forecast of a few numbers that everybody understands."""

from __future__ import annotations

import cv2
import numpy as np

from viewcast.predict.cues import Cues
from viewcast.predict.results import Card, Forecast, Score
from viewcast.predict.views import to_views

NUMBERS = ("saturation", "brightness", "warmth")
CUES = ("tags", "title_length", "description_length")


def card(definition: str = "log2_rate_plus_one", synthetic: bool = True) -> Card:
    return Card(
        "demo", synthetic, 1000, 400, "2013-01-01", "2017-01-01", definition, "log2(views per day + 1)", "popularity",
        ("plain",), CUES, 0, {}, (), (), "", {},
    )  # fmt: skip


class PlainModel:
    """The forecast is ``base`` plus ``weights`` times the NUMBERS of a picture and log2(1 + x) of the CUES.

    :ivar spread: (6,) how far the replicates' weights are spread.
    :ivar strange: pictures of more saturation than this are unlike what the model knows.
    """

    def __init__(self, weights, spread=0.01, base=3.0, strange=2.0, parts=10, **of_card):
        rng = np.random.default_rng(0)
        self.weights = np.array(weights, dtype=float)
        draws = rng.standard_normal((parts, 6))
        draws -= draws.mean(axis=0)
        self.replicates = self.weights + np.broadcast_to(spread, 6) * draws
        self.base, self.strange, self.card = base, strange, card(**of_card)
        self.described = 0

    def describe(self, pictures):
        self.described += len(pictures)
        return {"plain": np.array([self.numbers(picture) for picture in pictures], dtype=np.float32)}

    @staticmethod
    def numbers(picture):
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
        red, _, blue = cv2.mean(picture)[:3]
        return hsv[..., 1].mean() / 255, picture.mean() / 255, (red - blue) / 255

    def inputs(self, vectors, cues):
        known = [one.values() for one in cues]
        own = [[np.log2(1 + one.get(name, 0)) for name in CUES] for one in known]
        return np.hstack([vectors["plain"].astype(float), np.array(own, dtype=float)])

    def known_cues(self, cues):
        return {name: value for name, value in cues.values().items() if name in CUES}

    def forecast(self, vectors, cues, changed=None):
        x = self.inputs(vectors, changed or cues)
        total, replicates = self.base + x @ self.weights, self.base + self.replicates @ x.T
        return Forecast(total, total, None, total, {}, replicates, np.zeros((len(total), 0)))

    def strange_features(self, vectors):
        return [["plain"] if row[0] > self.strange else [] for row in vectors["plain"]]

    def score(self, picture, cues=None):
        vectors, cues = self.describe([picture]), cues or Cues()
        return self.scores(vectors, self.forecast(vectors, [cues]), (), [cues])[0]

    def scores(self, vectors, forecast, known, cues):
        value = float(forecast.total[0])
        views = [to_views(one, self.card.definition) for one in (value, value - 1, value + 1)]
        views = [None if one is None else float(one) for one in views]
        said = ("This picture is unlike all pictures of the corpus.",) if self.strange_features(vectors)[0] else ()
        made = Score(
            value, value - 1, value + 1, *views, "views per day", 50.0, self.base, value - self.base, 0.0, 2.0, (),
            said, self.card.synthetic,
        )  # fmt: skip
        return [made]


def picture(seed: int = 0, height: int = 240, width: int = 320) -> np.ndarray:
    """A bluish ground with a warm disc a little aside of its middle."""
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), (90, 110, 140), np.uint8)
    cv2.circle(image, (int(0.55 * width), int(0.5 * height)), height // 6, (190, 90, 70), -1, cv2.LINE_AA)
    noise = rng.integers(-6, 7, image.shape)
    return np.clip(image.astype(int) + noise, 0, 255).astype(np.uint8)
