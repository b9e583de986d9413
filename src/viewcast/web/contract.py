"""What the page asks of a model: the part of ``viewcast.predict.model.Model`` that it uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from viewcast.predict.cues import Cues
from viewcast.predict.results import Card, Score

if TYPE_CHECKING:
    from viewcast.predict.explain import Explanation

#: What the coach calls with each edit that it tried, how many it tried so far, and of how many.
Watch = Callable[[Any, int, int], None]


class Model(Protocol):
    """``viewcast.predict.model.Model``, or a stand-in."""

    @property
    def card(self) -> Card:
        """What it is."""

    def score(self, picture: np.ndarray, cues: Cues | None = None) -> Score:
        """The forecast for one picture, RGB uint8 (h, w, 3)."""

    def explain(self, picture: np.ndarray, cues: Cues | None = None) -> Explanation:
        """Why this is its forecast."""

    def coach(self, picture: np.ndarray, cues: Cues | None = None, *, watch: Watch | None = None) -> Any:
        """Edits that were tried, and those that help: ``viewcast.predict.coach.Advice``."""

    def compare(self, pictures: Sequence[np.ndarray], cues: Cues | Sequence[Cues] | None = None) -> Any:
        """Which of some pictures is the most popular: ``viewcast.predict.compare.Comparison``."""
