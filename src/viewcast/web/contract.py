"""What the page asks of a model: the part of ``viewcast.predict.model.Model`` that it uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from viewcast.predict.cues import Cues
from viewcast.predict.results import Card, Score

if TYPE_CHECKING:
    from viewcast.predict.coach import Advice, Tried
    from viewcast.predict.compare import Comparison
    from viewcast.predict.explain import Explanation


class Model(Protocol):
    """``viewcast.predict.model.Model``, or a stand-in."""

    @property
    def card(self) -> Card:
        """What it is."""

    def score(self, picture: np.ndarray, cues: Cues | None = None) -> Score:
        """The forecast for one picture, RGB uint8 (h, w, 3)."""

    def explain(self, picture: np.ndarray, cues: Cues | None = None) -> Explanation:
        """Why this is its forecast."""

    def coach(
        self, picture: np.ndarray, cues: Cues | None = None, *, watch: Callable[[Tried, int, int], None] | None = None
    ) -> Advice:
        """Edits that were tried, and those that help."""

    def compare(self, pictures: Sequence[np.ndarray], cues: Cues | Sequence[Cues] | None = None) -> Comparison:
        """Which of some pictures is the most popular."""
