"""What the page asks of a model: the part of ``viewcast.predict`` that it uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from viewcast.predict.cues import Cues


class Card(Protocol):
    """What a model is."""

    @property
    def corpus(self) -> str:
        """Where its photos are from."""

    @property
    def synthetic(self) -> bool:
        """Are they made up?"""

    @property
    def photos(self) -> int:
        """How many trained it."""

    @property
    def unit(self) -> str:
        """Of a popularity, for people."""

    @property
    def cues(self) -> tuple[str, ...]:
        """What it can take from the account and the text."""


class Score(Protocol):
    """``viewcast.predict.results.Score``."""

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""


class Reason(Protocol):
    """A named thing that lifts or sinks a photo.

    ``adds`` is in the target's units, ``views`` what it comes to in the counted unit; None where there is none.
    """

    name: str
    adds: float
    views: float | None


class Explanation(Protocol):
    """Why: ``average`` and what all reasons add make up the forecast; ``heatmap`` (h, w) is in the target's units."""

    average: float
    reasons: Sequence[Reason]
    heatmap: np.ndarray


class Suggestion(Protocol):
    """Edits that were tried together.

    ``gain``, ``low``, ``high`` are in the target's units; ``views_before`` and ``views_after`` in the counted unit.
    ``edits`` is empty where only the text beside the picture is changed.
    """

    sentences: Sequence[str]
    gain: float
    low: float
    high: float
    views_before: float | None
    views_after: float | None
    edits: Sequence[Any]

    def render(self, picture: np.ndarray) -> np.ndarray:
        """The edited picture."""


class Advice(Protocol):
    """What the coach found: the suggestions, how many edits were ``tried``, and what it says beside them."""

    suggestions: Sequence[Suggestion]
    tried: int
    notes: Sequence[str]


class Comparison(Protocol):
    """The places of some pictures, the best first, and how likely each is above each other: (n, n)."""

    order: Sequence[int]
    probability: np.ndarray


class Model(Protocol):
    """``viewcast.predict.model.Model``."""

    @property
    def card(self) -> Card:
        """What it is."""

    def score(self, picture: np.ndarray, cues: Cues | None = None) -> Score:
        """The forecast for one picture, RGB uint8 (h, w, 3)."""

    def explain(self, picture: np.ndarray, cues: Cues | None = None) -> Explanation:
        """Why this is its forecast."""

    def coach(
        self, picture: np.ndarray, cues: Cues | None = None, tell: Callable[[Advice], None] | None = None
    ) -> Advice:
        """Edits that were tried, and whose gain is beyond noise."""

    def compare(self, pictures: Sequence[np.ndarray], cues: Sequence[Cues] | None = None) -> Comparison:
        """Which of some pictures is the most popular."""
