"""A model without numerics, for tests of the page: quick, the same every time, and as slow as a test wants it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from viewcast.errors import ViewcastError
from viewcast.pictures.resize import reduced_shape
from viewcast.predict.cues import Cues
from viewcast.predict.results import Card, Score, Unknown

CUES = (
    "mean_views", "photo_count", "contacts", "groups", "member_duration", "is_pro", "tags", "title_length",
    "description_length", "faves_per_day",
)  # fmt: skip
REASONS = (
    ("object", "lakeside", 0.62, ""), ("feature", "edges and shapes", -0.41, ""),
    ("color", "colour #f57900", 0.3, "#f57900"),
    ("cue", "the number of contacts", 0.22, ""), ("feature", "the layout of the scene", -0.18, ""),
    ("measurement", "contrast", 0.1, ""), ("object", "parking meter", -0.08, ""),
    ("feature", "other colours", 0.05, ""),
    ("feature", "its fine texture", 0.03, ""), ("feature", "what a network sees", -0.02, ""),
)  # fmt: skip


def card(*, synthetic: bool = False, cues: tuple[str, ...] = CUES) -> Card:
    return Card(
        "table", synthetic, 1212, 450, "2013-09-13", "2017-10-08", "log2_rate_plus_one",
        "log2 of 1 + views per day", "popularity", ("gist",), cues, 0, {}, (), (), "", {},
    )  # fmt: skip


@dataclass
class StandIn:
    """A model whose forecast is the mean brightness of a picture.

    :ivar gate: every score waits for it; open unless a test closes it.
    :ivar coach_gate: likewise for each edit that is tried.
    :ivar failing: names of methods that fail as by a fault of the program.
    """

    card: Card = field(default_factory=card)
    gate: threading.Event = field(default_factory=threading.Event)
    coach_gate: threading.Event = field(default_factory=threading.Event)
    failing: set[str] = field(default_factory=set)
    scored: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.gate.set()
        self.coach_gate.set()

    def score(self, picture: np.ndarray, cues: Cues | None = None) -> Score:
        assert self.gate.wait(60)
        time.sleep(self.seconds)
        self.fail("score")
        self.scored += 1
        known = (cues or Cues()).values()
        content = float(picture.mean() - 128) / 64
        social = 0.5 * len(set(known) & set(self.card.cues))
        value = max(3 + content + social, 0.0)
        width = 4 - 0.2 * len(known)
        unknown = tuple(Unknown(cue, width - 0.3) for cue in self.card.cues if cue not in known)
        warnings = ("This picture is unlike all pictures of the corpus (gist): the model can only guess.",)
        low, high = max(value - width / 2, 0), value + width / 2
        return Score(
            value, low, high, 2**value - 1, 2**low - 1, 2**high - 1, "views per day", min(99.0, 12 * value),
            value - content - social, content, social, width, unknown, warnings if picture.mean() > 250 else (),
            self.card.synthetic,
        )  # fmt: skip

    def explain(self, picture: np.ndarray, cues: Cues | None = None) -> Any:
        from viewcast.predict.explain import Explanation, Reason

        self.fail("explain")
        score = self.score(picture, cues)
        tall, wide = reduced_shape(*picture.shape[:2], 100)
        across, down = np.linspace(-1, 1, wide), np.linspace(-1, 1, tall)
        values = np.exp(-8 * np.add.outer((down - 0.2) ** 2, (across + 0.3) ** 2)) - 0.6 * np.exp(
            -9 * np.add.outer((down + 0.5) ** 2, (across - 0.5) ** 2)
        )
        average = score.popularity - sum(amount for *_, amount, _ in REASONS)
        reasons = tuple(Reason(*one) for one in REASONS)
        return Explanation(score, average, reasons, score.popularity, values, float(values.sum()), picture)

    def coach(self, picture: np.ndarray, cues: Cues | None = None, *, watch: Any = None) -> Any:
        from viewcast.predict.edits import CueEdit, Edit

        self.fail("coach")
        cues = cues or Cues()
        edits: list[Any] = [
            Edit("brightness", (stops / 10,), f"{stops} tenths of a stop brighter.") for stops in range(1, 9)
        ]
        before = self.score(picture, cues)
        for number, edit in enumerate(edits, 1):
            assert self.coach_gate.wait(60)
            time.sleep(self.seconds)
            outcome = "helps" if number > 4 else "noise"
            if watch is not None:
                watch(
                    SimpleNamespace(edit=edit, gain=_gain(number / 20, 3), outcome=outcome, round=1), number, len(edits)
                )
        chosen: list[Any] = [] if picture.mean() < 20 else [edits[-1], Edit("sharpen", (1.0,), "Sharpened.")]
        if chosen and cues.tags is not None:
            chosen.append(CueEdit("tags", 10, f"10 tags in all (now {len(cues.tags)})."))
        now, steps = before.popularity, []
        for number, edit in enumerate(chosen):
            gain, total = (
                _gain(0.4 - number / 10, now),
                _gain(now + 0.4 - number / 10 - before.popularity, before.popularity),
            )
            now += gain.value
            score = Score(**{**vars(before), "popularity": now, "views": 2**now - 1})
            steps.append(SimpleNamespace(edit=edit, gain=gain, total=total, score=score))
        return SimpleNamespace(steps=steps, to_dict=lambda: self._advice(before, steps))

    def _advice(self, before: Score, steps: list[Any]) -> dict[str, Any]:
        def of(gain: Any) -> dict[str, Any]:
            views, low, high = gain.views
            return {"value": gain.value, "low": gain.low, "high": gain.high, "factor": gain.factor} | {
                "views": views, "views_low": low, "views_high": high,
            }  # fmt: skip

        return {
            "before": before.to_dict(),
            "steps": [
                {"kind": step.edit.kind, "sentence": step.edit.sentence, "gain": of(step.gain), "total": of(step.total)}
                | {"score": step.score.to_dict()}
                for step in steps
            ],
            "outcomes": {"helps": 4, "noise": 4},
            "limits": ["It does not know what the photo means."],
            "test": "Each was tested.",
        }

    def compare(self, pictures: list[np.ndarray], cues: Any = None) -> Any:
        self.fail("compare")
        if len({frozenset(one.values()) for one in cues}) > 1:
            raise ViewcastError("Of some photos more is known than of others.")
        scores = np.array([self.score(picture, one).popularity for picture, one in zip(pictures, cues, strict=True)])
        chances = 1 / (1 + np.exp(scores[None] - scores[:, None]))
        return SimpleNamespace(order=tuple(map(int, np.argsort(-scores))), chances=chances)

    def fail(self, name: str) -> None:
        if name in self.failing:
            raise RuntimeError(f"a fault of {name}")


def _gain(value: float, before: float) -> Any:
    views = [2 ** (before + one) - 2**before for one in (value, value / 3, value * 1.6)]
    return SimpleNamespace(value=value, low=value / 3, high=value * 1.6, factor=2**value, views=views)
