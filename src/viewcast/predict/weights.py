"""The numbers of a saved model, and what they forecast: a regression per feature, one on the cues, and their fusions.

Every part holds one model more than there are parts of the corpus (``corpus.final``): the first was trained on all
photos, each further one without one part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from viewcast.gaussian import GaussianMachine
from viewcast.svr.rows import LINKS

#: The names of the fusions, and of the social model among their inputs.
CONTENT, TOTAL, SOCIAL = "content", "content_social", "social"


@dataclass(frozen=True)
class Regressions:
    """A feature's regressions.

    :ivar link: (s,) text, of ``LINKS``: what each takes of the feature's numbers.
    :ivar weights: (s, d) float32; NaN where a model has a kernel.
    :ivar intercept: (s,) float64.
    :ivar machines: model -> its kernel, whose landmarks are rows of ``landmarks``.
    :ivar landmarks: (m, d) float32, vectors of photos.
    """

    link: np.ndarray
    weights: np.ndarray
    intercept: np.ndarray
    machines: Mapping[int, GaussianMachine] = field(default_factory=dict)
    landmarks: np.ndarray = field(default_factory=lambda: np.empty((0, 0), dtype=np.float32))

    def forecasts(self, x: np.ndarray) -> np.ndarray:
        """(s, n) float64 for the vectors (n, d) of n photos."""
        return self.of_linked({link: LINKS[link](x).astype(np.float64) for link in np.unique(self.link)})

    def of_linked(self, linked: Mapping[str, np.ndarray]) -> np.ndarray:
        """(s, n) float64 for what the links have made of n vectors, (n, d) each."""
        out = np.empty((len(self.link), len(next(iter(linked.values())))))
        for s, link in enumerate(self.link):
            machine = self.machines.get(s)
            if machine is None:
                out[s] = linked[link] @ self.weights[s].astype(np.float64)
            else:
                landmarks = LINKS[link](self.landmarks[machine.landmark]).astype(np.float64)
                out[s] = machine.forecast(linked[link], landmarks)
        return out + self.intercept[:, None]


@dataclass(frozen=True)
class Fusion:
    """A weighted sum of other models' forecasts.

    :ivar inputs: (f,) their names.
    :ivar weights: (s, f) float64; :ivar intercept: (s,) float64.
    :ivar low, high: (s,) the range that the inputs are cut to; infinite where they are not.
    :ivar base: the model whose forecast is added as it is; empty: none.
    """

    inputs: tuple[str, ...]
    weights: np.ndarray
    intercept: np.ndarray
    low: np.ndarray
    high: np.ndarray
    base: str = ""

    def parts(self, forecasts: Mapping[str, np.ndarray]) -> np.ndarray:
        """What each input adds: (f, s, n), of its forecasts (s, n) by name."""
        given = np.stack([forecasts[name] for name in self.inputs])
        cut = np.clip(given, self.low[:, None], self.high[:, None])
        return np.asarray(self.weights.T[:, :, None] * cut)

    def take(self, s: np.ndarray) -> Fusion:
        """The fusion with other models in a row: those of the numbers ``s``."""
        return Fusion(self.inputs, self.weights[s], self.intercept[s], self.low[s], self.high[s], self.base)


@dataclass(frozen=True)
class Combined:
    """What the models forecast of n photos, each (s, n) float64.

    :ivar members: the forecasts of the features' regressions, by name.
    :ivar content, social, total: the fused ones; ``social`` is None where no cue is in use, and ``total`` is then
        ``content``.
    :ivar parts: feature or ``social`` -> what it adds to ``total``, so that all of them and ``level`` make it up.
    :ivar level: (s, n) the rest: the constant, and what is cut off where content is beyond the range of the targets.
    """

    members: dict[str, np.ndarray]
    content: np.ndarray
    social: np.ndarray | None
    total: np.ndarray
    parts: dict[str, np.ndarray]
    level: np.ndarray


def combine(fusions: Mapping[str, Fusion], members: Mapping[str, np.ndarray], social: np.ndarray | None) -> Combined:
    """Fuse forecasts.

    :param fusions: by CONTENT and, where there is a social model, TOTAL.
    :param members: the features' forecasts (s, n) by the names that the fusions' inputs have.
    :param social: (s, n), that of the cues; None: nothing is known of them, and the forecast is of content alone.
    """
    own = fusions[CONTENT]
    of_content = dict(zip(own.inputs, own.parts(members), strict=True))
    content = own.intercept[:, None] + sum(of_content.values())
    if social is None:
        return Combined(dict(members), content, None, content, of_content, content - sum(of_content.values()))
    total = fusions[TOTAL]
    known = dict(members) | {CONTENT: content, SOCIAL: social}
    parts = dict(zip(total.inputs, total.parts(known), strict=True))
    if total.base:
        parts[total.base] = known[total.base]
    fused = total.intercept[:, None] + sum(parts.values())
    if CONTENT in parts:
        share = total.weights[:, total.inputs.index(CONTENT)][:, None]
        del parts[CONTENT]
        parts |= {name: share * part for name, part in of_content.items()}
    return Combined(dict(members), content, social, fused, _by_feature(parts), fused - sum(parts.values()))


def _by_feature(parts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Parts by the names of features, whatever they were trained on."""
    return {name.rpartition("/")[2]: part for name, part in parts.items()}


def jackknife_error(replicates: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """The standard error of a number that each of K models, trained without one part of K, gives (delete-a-group
    jackknife: Shao and Tu, The Jackknife and Bootstrap, 1995, chapter 2); it has K - 1 degrees of freedom.

    :param replicates: (K, ...) float.
    """
    values = np.asarray(replicates, dtype=np.float64)
    k = len(values)
    return np.asarray(np.sqrt((k - 1) / k * ((values - values.mean(axis=0)) ** 2).sum(axis=0)))
