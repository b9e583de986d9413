"""A saved model at work: forecasts, their intervals, and what is not known."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from viewcast.predict.calibration import (
    Known,
    calibrate,
    difficulty_inputs,
    forecast_held_out,
    half_widths,
    strangeness,
)
from viewcast.predict.cues import Cues
from viewcast.predict.describe import Describer
from viewcast.predict.file import Saved, load_model
from viewcast.predict.pictures import PictureError, Source, read_picture
from viewcast.predict.results import Card, Forecast, Score, Unknown, Unreadable
from viewcast.predict.views import COUNTED, to_views
from viewcast.predict.weights import SOCIAL, Combined, combine

if TYPE_CHECKING:
    from viewcast.predict.coach import Advice, Tried
    from viewcast.predict.compare import Comparison
    from viewcast.predict.describe import Recipe
    from viewcast.predict.explain import Explanation

#: Pictures that are forecast together.
BATCH = 16

#: A picture is said to be unlike those of the corpus where so few of them are as far from the average; the features
#: share it between them.
STRANGE = 0.01


class Model:
    """What :func:`load` gives.

    :ivar card: what the model is; :ivar features: what it sees in a picture.
    """

    def __init__(self, saved: Saved) -> None:
        self.saved = saved
        self.card: Card = saved.card
        self.features: tuple[str, ...] = saved.card.features
        self.describe: Describer = Describer(saved.recipe)
        # A folder of photos of one account asks the same again and again.
        self._calibrated = lru_cache(maxsize=64)(self._calibrate)

    @property
    def recipe(self) -> Recipe:
        """How pictures are described."""
        return self.saved.recipe

    def known_cues(self, cues: Cues) -> dict[str, float]:
        """Those of the known cues that the model learned from, as numbers."""
        return {name: value for name, value in cues.values().items() if name in self.card.cues}

    def forecast(
        self, vectors: Mapping[str, np.ndarray], cues: Sequence[Cues], changed: Sequence[Cues] | None = None
    ) -> Forecast:
        """Forecasts for n pictures.

        :param vectors: feature -> (n, d), of ``describe``.
        :param cues: n; the same of them must be known for all.
        :param changed: n; the same cues, to which somebody changes them. Who writes more tags has no more contacts
            for that: what is not known stays what was to be expected of it by ``cues``.
        """
        known = [self.known_cues(one) for one in cues]
        combined = self.combine(vectors, known, None if changed is None else [self.known_cues(one) for one in changed])
        average = self.average(tuple(sorted(known[0])) if known else ())
        parts = {name: values - average[name] for name, values in combined.parts.items()}
        level = combined.total - sum(parts.values())
        total = combined.total[0]
        return Forecast(
            total,
            combined.content[0],
            None if combined.social is None else combined.social[0],
            level[0],
            {name: values[0] for name, values in parts.items()},
            combined.total[1:],
            self._inputs(vectors, combined, known),
        )

    def combine(
        self,
        vectors: Mapping[str, np.ndarray],
        known: Sequence[Mapping[str, float]],
        changed: Sequence[Mapping[str, float]] | None = None,
    ) -> Combined:
        """What every model forecasts, (1 + K, n) each; model 0 is the final one.

        :param known: cues as numbers, for each of n pictures; :param changed: see :meth:`forecast`.
        """
        members = {
            name: own.forecasts(vectors[name.rpartition("/")[2]]) for name, own in self.saved.regressions.items()
        }
        social = None
        if self.saved.social is not None and known and known[0]:
            weights, intercept = self.saved.social
            rows = self.saved.cues.complete(np.stack([self.saved.cues.of(one) for one in known]))
            if changed is not None:
                after = np.stack([self.saved.cues.of(one) for one in changed])
                rows = np.where(np.isnan(after), rows, after)
            social = weights @ rows.T + intercept[:, None]
        return combine(self.saved.fusions, members, social)

    def average(self, known: tuple[str, ...]) -> dict[str, np.ndarray]:
        """What features and cues add for the average photo: (1 + K, 1) each, in the units of ``Combined.parts``."""
        return self._calibrated(known)[1]

    def calibrated(self, known: tuple[str, ...]) -> Known:
        """How far forecasts are off where these cues, sorted by name, are known."""
        return self._calibrated(known)[0]

    def score(self, picture: Source, cues: Cues | None = None, *, name: str = "") -> Score:
        """The forecast for one picture.

        :param picture: a path, the bytes of a file, or RGB uint8 (h, w, 3).
        :param cues: what is known of the account and the text.
        :param name: what messages call the picture.
        :raises PictureError: it cannot be read.
        """
        return self._scores([self.describe([read_picture(picture, name=name)])], [cues or Cues()])[0]

    def score_many(
        self, pictures: Iterable[Source], cues: Cues | Sequence[Cues] | None = None
    ) -> Iterator[Score | Unreadable]:
        """The forecasts for many pictures, in their order, some at a time; a picture that cannot be read has its place.

        :param cues: for all, or one for each.
        """
        each = iter(cues) if isinstance(cues, Sequence) else None
        stream = iter(pictures)
        while batch := list(islice(stream, BATCH)):
            results: list[Score | Unreadable | None] = []
            seen: list[dict[str, np.ndarray]] = []
            own: list[Cues] = []
            for source in batch:
                mine = next(each) if each is not None else cues if isinstance(cues, Cues) else Cues()
                try:
                    # At once, so that one large picture at a time is in memory.
                    seen.append(self.describe([read_picture(source)]))
                except PictureError as error:
                    called = str(source) if isinstance(source, str | Path) else ""
                    results.append(Unreadable(called, error.status, error.reason))
                else:
                    own.append(mine)
                    results.append(None)
            scores = iter(self._scores(seen, own))
            yield from (next(scores) if one is None else one for one in results)

    def predict(self, pictures: Iterable[Source], cues: Cues | Sequence[Cues] | None = None) -> np.ndarray:
        """The forecasts (n,) float64 of n pictures in the target's units, as scikit-learn's ``predict``.

        :param cues: for all, or one for each.
        :raises PictureError: one cannot be read.
        """
        sources = list(pictures)
        each = list(cues) if isinstance(cues, Sequence) else [cues or Cues()] * len(sources)
        return np.array([self.score(*one).popularity for one in zip(sources, each, strict=True)])

    def _scores(self, seen: Sequence[Mapping[str, np.ndarray]], cues: Sequence[Cues]) -> list[Score]:
        """Of n described pictures; those with the same cues known are forecast together."""
        if not seen:
            return []
        vectors = {name: np.concatenate([one[name] for one in seen]) for name in seen[0]}
        known = [tuple(sorted(self.known_cues(one))) for one in cues]
        found: dict[int, Score] = {}
        for pattern in dict.fromkeys(known):
            rows = [row for row, one in enumerate(known) if one == pattern]
            own = {name: values[rows] for name, values in vectors.items()}
            forecast = self.forecast(own, [cues[row] for row in rows])
            found |= dict(zip(rows, self.scores(own, forecast, pattern, [cues[row] for row in rows]), strict=True))
        return [found[row] for row in range(len(seen))]

    def explain(self, picture: Source, cues: Cues | None = None, *, regions: bool = True) -> Explanation:
        """Take the forecast of a picture apart: see :func:`viewcast.predict.explain.explain`."""
        from viewcast.predict.explain import explain

        return explain(self, picture, cues, regions=regions)

    def coach(
        self,
        picture: Source,
        cues: Cues | None = None,
        *,
        watch: Callable[[Tried, int, int], None] | None = None,
    ) -> Advice:
        """Try edits on a picture and its text: see :func:`viewcast.predict.coach.coach`."""
        from viewcast.predict.coach import coach

        return coach(self, picture, cues, watch=watch)

    def compare(self, pictures: Sequence[Source], cues: Cues | Sequence[Cues] | None = None) -> Comparison:
        """Which of these to post: see :func:`viewcast.predict.compare.compare`."""
        from viewcast.predict.compare import compare

        return compare(self, pictures, cues)

    def scores(
        self,
        vectors: Mapping[str, np.ndarray],
        forecast: Forecast,
        known: tuple[str, ...],
        cues: Sequence[Cues],
    ) -> list[Score]:
        """Forecasts with their intervals, places and warnings.

        :param known: the cues that are known of all of them, sorted by name.
        """
        here = self.calibrated(known)
        half = half_widths(self.saved.calibration, here, forecast.inputs)
        unknown = tuple(
            Unknown(cue, self.calibrated(tuple(sorted((*known, cue)))).width)
            for cue in self.card.cues
            if cue not in known
        )
        strange = self.strange_features(vectors)
        lowest = 0.0 if self.card.definition in ("log2_rate_plus_one", "log2_views_plus_one") else -np.inf
        scores = []
        for row, total in enumerate(forecast.total):
            low, high = max(total - half[row], lowest), max(total + half[row], lowest)
            total = max(total, lowest)
            views, views_low, views_high = (self.views(value) for value in (total, low, high))
            social = float(forecast.parts.get(SOCIAL, np.zeros(len(forecast.total)))[row])
            content = float(sum(values[row] for name, values in forecast.parts.items() if name != SOCIAL))
            scores.append(
                Score(
                    float(total), float(low), float(high), views, views_low, views_high,
                    COUNTED.get(self.card.definition, ""), float(100 * np.mean(here.total < total)),
                    float(total) - content - social, content, social, here.width, unknown,
                    self._warnings(strange[row], cues[row]), self.card.synthetic,
                )
            )  # fmt: skip
        return scores

    def views(self, popularity: float) -> float | None:
        """A popularity as views per day, or views; None where the target does not count views."""
        found = to_views(popularity, self.card.definition)
        return None if found is None else float(found)

    def strange_features(self, vectors: Mapping[str, np.ndarray]) -> list[list[str]]:
        """For each of n pictures the features by which it is unlike those of the corpus."""
        count = len(next(iter(vectors.values())))
        found: list[list[str]] = [[] for _ in range(count)]
        for name, values in self._strangeness(vectors).items():
            usual = np.sort(self.saved.calibration.strangeness[name])
            farther = len(usual) - np.searchsorted(usual, values)
            rare = (1 + farther) / (len(usual) + 1) <= max(STRANGE / len(self.features), 1 / (len(usual) + 1))
            for row in np.flatnonzero(rare):
                found[row].append(name)
        return found

    def _warnings(self, strange: Sequence[str], cues: Cues) -> tuple[str, ...]:
        said = []
        if strange:
            said.append(
                f"This picture is unlike all pictures of the corpus ({', '.join(strange)}): the model can only guess."
            )
        ranges = self._ranges
        for name, value in self.known_cues(cues).items():
            low, high = ranges.get(name, (-np.inf, np.inf))
            if not low <= value <= high:
                said.append(
                    f"{name} is {value:g}, and the corpus has {low:.4g} to {high:.4g}: the forecast goes beyond what "
                    "was learned."
                )
        return tuple(said)

    @cached_property
    def _ranges(self) -> dict[str, tuple[float, float]]:
        """The range of each cue in the corpus, in its own units."""
        inputs, rows = self.saved.cues, self.saved.calibration.cues
        found = {}
        for place, label in enumerate(inputs.labels):
            if label in inputs.cues and np.isfinite(rows[:, place]).any():
                low, high = np.nanmin(rows[:, place]), np.nanmax(rows[:, place])
                if label in inputs.logarithmic:
                    low, high = np.exp2(low) - 1, np.exp2(high) - 1
                found[label] = float(low) * (1 - 1e-9) - 1e-9, float(high) * (1 + 1e-9) + 1e-9
        return found

    def _strangeness(self, vectors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {
            name: strangeness(vectors[name], one.centre, one.spread) for name, one in self.saved.reference.items()
        }  # fmt: skip

    def _inputs(
        self, vectors: Mapping[str, np.ndarray], combined: Combined, known: Sequence[Mapping[str, float]]
    ) -> np.ndarray:
        here = self.calibrated(tuple(sorted(known[0])) if known else ())
        members = np.stack([values[0] for values in combined.members.values()])
        strange = self._strangeness(vectors)
        logarithms = np.stack([np.log(strange[name]) for name in sorted(strange)])
        return difficulty_inputs(combined.total[0], members, logarithms, float(here.total.mean()))

    def _calibrate(self, known: tuple[str, ...]) -> tuple[Known, dict[str, np.ndarray]]:
        saved = self.saved
        combined = forecast_held_out(saved.calibration, saved.fusions, saved.social, saved.cues, known)
        vectors = {name: one.mean for name, one in saved.reference.items()}
        return calibrate(saved.calibration, combined), self._average(vectors, known)

    def _average(self, means: Mapping[str, Mapping[str, np.ndarray]], known: tuple[str, ...]) -> dict[str, np.ndarray]:
        """What the features' regressions make of the average of what their links make of the vectors."""
        saved = self.saved
        members = {
            name: own.of_linked({link: mean[None] for link, mean in means[name.rpartition("/")[2]].items()})
            for name, own in saved.regressions.items()
        }
        social = None
        if saved.social is not None and known:
            weights, intercept = saved.social
            social = (weights @ saved.cues.mean + intercept)[:, None]
        return combine(saved.fusions, members, social).parts


def load(path: str | os.PathLike[str]) -> Model:
    """Open a saved model (``snakemake results/model.viewcast``).

    :raises ViewcastError: it is no such file, is damaged, or is of another version.
    """
    return Model(load_model(path))
