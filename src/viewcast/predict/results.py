"""What a model says of a picture, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Card:
    """What a saved model is, and what it is not for.

    :ivar corpus: where its photos are from (``demo``, ``table``, ``flickr``).
    :ivar synthetic: are they made up?
    :ivar photos, users: how many trained it.
    :ivar first, last: dates of the first and the last upload, empty where they are not known.
    :ivar definition: of the target (``corpus.target``), empty where the corpus brought its own.
    :ivar unit: of the target, for people.
    :ivar mean_views_unit: of the cue ``mean_views``.
    :ivar features: what it sees in a picture; :ivar cues: what it can take from the account and the text.
    :ivar seed: of the configuration.
    :ivar held_out: model (``content``, ``social``, ``content_social``) -> rank correlation with the truth, of photos
        that it had not seen, by users whom it did not know unless ``note`` says otherwise.
    :ivar protocols: rows of protocols.csv: how the corpus's models do under each protocol.
    :ivar coverage: of the 80% intervals, of photos held out: (width, share that holds the truth) in each tenth of the
        photos by the width of their interval.
    :ivar note: what is special about this corpus.
    :ivar libraries: versions.
    """

    corpus: str
    synthetic: bool
    photos: int
    users: int
    first: str
    last: str
    definition: str
    unit: str
    mean_views_unit: str
    features: tuple[str, ...]
    cues: tuple[str, ...]
    seed: int
    held_out: Mapping[str, float]
    protocols: tuple[Mapping[str, str], ...]
    coverage: tuple[tuple[float, float], ...]
    note: str
    libraries: Mapping[str, str]


#: What every card says.
NOT_FOR = (
    "It forecasts attention on one site at one time, and attention is not quality: no photo and no person should be "
    "judged by it.",
    "It knows pictures like those of its corpus. Of other sites, times and kinds of pictures it knows nothing.",
    "It must not decide what people may publish, see or earn.",
)


@dataclass(frozen=True)
class Forecast:
    """Forecasts for n photos, in the target's units.

    :ivar total, content: (n,) float64, the final model's; :ivar social: (n,), None where no cue is known.
    :ivar level: (n,) the forecast of the average photo; :ivar parts: feature or ``social`` -> (n,) what it adds to
        that. ``total`` is the sum of ``level`` and all parts.
    :ivar replicates: (K, n) ``total`` by K models, each trained without one part of the photos.
    :ivar inputs: (n, f) what the width of an interval is learned from.
    """

    total: np.ndarray
    content: np.ndarray
    social: np.ndarray | None
    level: np.ndarray
    parts: Mapping[str, np.ndarray]
    replicates: np.ndarray
    inputs: np.ndarray


@dataclass(frozen=True)
class Unknown:
    """A cue that is not known.

    :ivar cue: its name; :ivar width: the usual width of the 80% interval, were it known as well, in the target's units.
    """

    cue: str
    width: float


@dataclass(frozen=True)
class Score:
    """The forecast for one picture.

    :ivar popularity: in the target's units (``Card.unit``).
    :ivar low, high: of the interval that holds four of five.
    :ivar views, views_low, views_high: the same in ``counted``, None where the target is no count of views.
    :ivar counted: ``views per day`` or ``views``; empty where there are none.
    :ivar percentile: the share of the training photos, in percent, with a lower forecast.
    :ivar average: the forecast of the average photo; :ivar content, social: what the picture, and what is known of
        account and text, add to it. The three make up ``popularity``.
    :ivar width: the usual width of the interval with what is known; :ivar unknown: what would narrow it.
    :ivar warnings: whole sentences.
    :ivar synthetic: was the model trained on made-up photos?
    """

    popularity: float
    low: float
    high: float
    views: float | None
    views_low: float | None
    views_high: float | None
    counted: str
    percentile: float
    average: float
    content: float
    social: float
    width: float
    unknown: tuple[Unknown, ...]
    warnings: tuple[str, ...]
    synthetic: bool
    status: str = "ok"

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Unreadable:
    """A picture that could not be scored.

    :ivar name: what it was called; :ivar status: one of those of ``viewcast.pictures``; :ivar reason: one line.
    """

    name: str
    status: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return asdict(self)
