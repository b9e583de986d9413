"""Which of these photos should I post? Their forecasts in order, and how likely each order is right.

The chance that a photo becomes more popular than another is Phi(d / s), d being the difference of their forecasts. The
scale s is the one that makes what was observed likeliest, of pairs of photos that were forecast by models that had not
seen them. Where there are enough such pairs of one and the same user, only these are taken: a photographer chooses
among photos of their own, so that nothing that is the same for all of them helps the forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_ndtr, ndtr

from viewcast.errors import ViewcastError
from viewcast.predict.cues import Cues
from viewcast.predict.pictures import Source, read_picture
from viewcast.predict.results import Score

if TYPE_CHECKING:
    from viewcast.predict.model import Model

#: Pairs within users are enough where there are so many of them.
LEAST_PAIRS = 200
#: Pairs at most; of more, so many are drawn.
MOST_PAIRS = 200_000
#: Of the drawing.
_SEED = 0

WITHIN, AMONG = "photos of one user", "photos of any users"


@dataclass(frozen=True)
class Pairs:
    """Pairs of held-out photos of different popularity.

    :ivar difference: (m,) forecast of the first less that of the second.
    :ivar right: (m,) bool: is the first more popular?
    :ivar weight: (m,) float64.
    :ivar of: :data:`WITHIN` or :data:`AMONG`.
    """

    difference: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    of: str


def pairs_of(model: Model, cues: Cues) -> Pairs:
    """The pairs of a model's calibration, forecast by what is known.

    :param cues: of which only it matters which are known.
    """
    known = tuple(sorted(model.known_cues(cues)))
    own = model.saved.calibration
    return held_out_pairs(model.calibrated(known).total, own.target, own.user)


def held_out_pairs(total: np.ndarray, target: np.ndarray, user: np.ndarray | None = None) -> Pairs:
    """Pairs of photos, within users where there are enough (:data:`LEAST_PAIRS`).

    A pair within a user of n photos weighs 1 / (n - 1), so that each photo counts once, and not as often as its user
    has others.

    :param total: (n,) forecasts by models that had not seen the photo; :param target: (n,) what came of it.
    :param user: (n,) whose photo it is; None: not known.
    """
    rng = np.random.default_rng([_SEED])
    if user is not None:
        first, second, weight = _within(np.unique(user, return_inverse=True)[1], rng)
        differ = target[first] != target[second]
        first, second, weight = first[differ], second[differ], weight[differ]
        if len(first) >= LEAST_PAIRS:
            return Pairs(total[first] - total[second], target[first] > target[second], weight, WITHIN)
    first, second = _among(len(total), rng)
    differ = target[first] != target[second]
    first, second = first[differ], second[differ]
    return Pairs(total[first] - total[second], target[first] > target[second], np.ones(len(first)), AMONG)


def _within(user: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    order = np.argsort(user, kind="stable")
    sizes = np.bincount(user)
    starts = np.cumsum(sizes) - sizes
    firsts, seconds, weights = [], [], []
    for start, size in zip(starts, sizes, strict=True):
        one, other = np.triu_indices(size, 1)
        firsts.append(order[start + one])
        seconds.append(order[start + other])
        weights.append(np.full(len(one), 1 / max(size - 1, 1)))
    first, second, weight = map(np.concatenate, (firsts, seconds, weights))
    if len(first) > MOST_PAIRS:
        some = rng.choice(len(first), MOST_PAIRS, replace=False)
        first, second, weight = first[some], second[some], weight[some]
    return first, second, weight


def _among(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    if count * (count - 1) // 2 <= MOST_PAIRS:
        return np.triu_indices(count, 1)
    first = rng.integers(0, count, MOST_PAIRS)
    return first, (first + rng.integers(1, count, MOST_PAIRS)) % count


def fit_scale(pairs: Pairs) -> float:
    """The scale s at which the chances Phi(difference / s) make the pairs' orders likeliest; infinite where the
    forecast tells nothing of them.
    """
    signed = np.where(pairs.right, pairs.difference, -pairs.difference)
    spread = float(np.abs(signed).mean()) if len(signed) else 0.0
    if spread == 0 or float(pairs.weight @ signed) <= 0:
        return float("inf")
    weight, signed = pairs.weight / pairs.weight.sum(), signed / spread

    def surprise(slope: float) -> float:
        return -float(weight @ log_ndtr(slope * signed))

    # Convex in the slope: one minimum.
    found = minimize_scalar(surprise, bounds=(0.0, 50.0), method="bounded", options={"xatol": 1e-6})
    return spread / max(float(found.x), 1e-9)


def chance(difference: np.ndarray, scale: float) -> np.ndarray:
    """How likely the first of two photos is the more popular one, by the difference of their forecasts.

    >>> chance(np.array([-1.0, 0.0, 1.0]), 1.0).round(3).tolist()
    [0.159, 0.5, 0.841]
    """
    return np.asarray(ndtr(np.asarray(difference) / scale))


def reliability(pairs: Pairs, scale: float, bins: int = 5) -> list[tuple[float, float, int]]:
    """What was said and what was so: by the stated chance of the likelier order, in so many equal bins of 0.5..1: (mean
    stated chance, share of pairs in that order, pairs). Weighted as the pairs are; bins without a pair are left out.
    """
    said = chance(np.abs(pairs.difference), scale)
    so = np.where(pairs.difference == 0, 0.5, (pairs.difference > 0) == pairs.right)
    place = np.minimum(((said - 0.5) * 2 * bins).astype(int), bins - 1)
    found = []
    for one in range(bins):
        own = place == one
        if own.any():
            weight = pairs.weight[own] / pairs.weight[own].sum()
            found.append((float(weight @ said[own]), float(weight @ so[own]), int(own.sum())))
    return found


@dataclass(frozen=True)
class Comparison:
    """Photos in the order of their forecasts.

    :ivar order: (n,) numbers of the photos as they were given, the most popular first; :ivar scores: as given.
    :ivar chances: (n, n): how likely is the photo of the row more popular than that of the column? As given; 0.5 on the
        diagonal.
    :ivar pairs: held-out pairs by which the chances were calibrated, and :ivar of: of what they were.
    """

    order: tuple[int, ...]
    scores: tuple[Score, ...]
    chances: np.ndarray
    pairs: int
    of: str

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "order": list(self.order),
            "scores": [score.to_dict() for score in self.scores],
            "chances": self.chances.tolist(),
            "pairs": self.pairs,
            "of": self.of,
        }


def compare(model: Model, pictures: Sequence[Source], cues: Cues | Sequence[Cues] | None = None) -> Comparison:
    """Rank photos.

    :param pictures: two or more.
    :param cues: of all of them, or of each.
    :raises ViewcastError: a picture cannot be read, or there are fewer than two, or other cues than pictures.
    """
    if len(pictures) < 2:
        raise ViewcastError("One photo alone has no order: name two or more photos to compare.")
    each = [cues or Cues()] * len(pictures) if cues is None or isinstance(cues, Cues) else list(cues)
    if len(each) != len(pictures):
        raise ViewcastError(f"There are cues of {len(each)} photos, and {len(pictures)} photos: give them in pairs.")
    if len({frozenset(model.known_cues(one)) for one in each}) > 1:
        raise ViewcastError(
            "Of some photos more is known than of others, and that would decide their order: give the same cues for "
            "each."
        )
    images = [read_picture(picture) for picture in pictures]
    scores = tuple(model.score(image, one) for image, one in zip(images, each, strict=True))
    total = np.array([score.popularity for score in scores])
    pairs = pairs_of(model, each[0])
    order = np.argsort(-total, kind="stable")
    chances = chance(total[:, None] - total, fit_scale(pairs))
    return Comparison(tuple(map(int, order)), scores, chances, len(pairs.difference), pairs.of)
