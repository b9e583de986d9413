"""How far a saved model's forecasts are off, by photos that each of its models had not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from viewcast.evaluation.difficulty import conformal_quantile, difficulty
from viewcast.predict.cues import CueInputs
from viewcast.predict.weights import Combined, Fusion, combine
from viewcast.ranks import spearman

COVERAGE = 0.8
DECILES = 10

#: The share of the photos whose scores are asked for one interval, and their number at least.
LOCAL, _FEWEST = 0.2, 100

#: Photos that are kept at most.
PHOTOS = 4000


@dataclass(frozen=True)
class Calibration:
    """Photos of the corpus, forecast by the models that were trained without them.

    :ivar part: (m,) int, the part that each is in: model ``1 + part`` has not seen it.
    :ivar target: (m,) float64.
    :ivar members: regression -> (m,) its forecasts; :ivar cues: (m, d) inputs of the social model, NaN where that
        model has no such input.
    :ivar strangeness: feature -> (m,) how far the photo's vector is from the average one's (:func:`strangeness`).
    :ivar user: (m,) int, whose each is; whom a number stands for is not kept.
    """

    part: np.ndarray
    target: np.ndarray
    members: Mapping[str, np.ndarray]
    cues: np.ndarray
    strangeness: Mapping[str, np.ndarray]
    user: np.ndarray


@dataclass(frozen=True)
class Known:
    """A calibration where some cues are known.

    :ivar total: (m,) the forecasts; :ivar error: (m,) what they are off by; :ivar inputs: (m, f), see
        :func:`difficulty_inputs`.
    :ivar expected: (m,) how large an error was to be expected, by a model that had not seen the photo.
    """

    total: np.ndarray
    error: np.ndarray
    inputs: np.ndarray
    expected: np.ndarray

    @property
    def width(self) -> float:
        """The usual width of an interval, in the target's units."""
        return float(2 * local_half_widths(self.expected, np.abs(self.error), np.median(self.expected)[None])[0])


def forecast_held_out(
    calibration: Calibration,
    fusions: Mapping[str, Fusion],
    social: tuple[np.ndarray, np.ndarray] | None,
    cues: CueInputs,
    known: Sequence[str],
) -> Combined:
    """What the models forecast of the photos that they had not seen, if only some cues are known.

    :param social: weights (s, d) and intercepts (s,) of the social model.
    :param known: names of cues; none: the forecasts are of content alone.
    :returns: arrays of (1, m).
    """
    model = 1 + calibration.part
    own = {name: fusion.take(model) for name, fusion in fusions.items()}
    # A model for each photo: the models' axis is the photos', and what is wanted is the diagonal.
    members = {name: values[:, None] for name, values in calibration.members.items()}
    of_cues = None
    if social is not None and known:
        weights, intercept = social
        hidden = cues.hide(calibration.cues, [name for name in cues.cues if name not in known])
        rows = cues.complete(hidden)
        of_cues = ((rows * weights[model]).sum(axis=1) + intercept[model])[:, None]
    combined = combine(own, members, of_cues)

    def turned(values: np.ndarray) -> np.ndarray:
        return values.T

    return Combined(
        {name: turned(values) for name, values in combined.members.items()},
        turned(combined.content),
        None if combined.social is None else turned(combined.social),
        turned(combined.total),
        {name: turned(values) for name, values in combined.parts.items()},
        turned(combined.level),
    )


def difficulty_inputs(total: np.ndarray, parts: np.ndarray, strange: np.ndarray, centre: float) -> np.ndarray:
    """What the size of an error is learned from: the forecast and its square, what the features disagree about, and how
    strange the picture is.

    :param total: (n,) forecasts; :param parts: (f, n) the features' forecasts; :param strange: (f, n), logarithms.
    :param centre: of the forecasts.
    :returns: (n, 3 + 2 f).
    """
    return np.stack([total, (total - centre) ** 2, parts.std(axis=0), *(parts - parts.mean(axis=0)), *strange], axis=1)


def calibrate(
    calibration: Calibration, combined: Combined
) -> Known:  # fmt: skip
    """How far off the forecasts are, of photos like these."""
    total = combined.total[0]
    error = calibration.target - total
    inputs = held_out_inputs(calibration, combined)
    return Known(total, error, inputs, difficulty(inputs, error, calibration.part))


def held_out_inputs(calibration: Calibration, combined: Combined) -> np.ndarray:
    """:func:`difficulty_inputs` of the calibration's photos."""
    members = np.stack([values[0] for values in combined.members.values()])
    strange = np.stack([np.log(calibration.strangeness[name]) for name in sorted(calibration.strangeness)])
    return difficulty_inputs(combined.total[0], members, strange, float(combined.total.mean()))


def half_widths(calibration: Calibration, known: Known, inputs: np.ndarray) -> np.ndarray:
    """Half of the widths (n,) of the intervals of photos with these inputs (n, f)."""
    stacked = np.concatenate([known.inputs, inputs])
    unseen = np.full(len(inputs), -1)
    expected = difficulty(
        stacked, np.concatenate([known.error, np.zeros(len(inputs))]), np.concatenate([calibration.part, unseen])
    )
    return local_half_widths(known.expected, np.abs(known.error), expected[len(known.inputs) :])


def local_half_widths(expected: np.ndarray, size: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Half widths (n,) of intervals that hold four of five, also among photos of the same difficulty.

    Split conformal prediction (Lei et al., JASA 113, 2018) with the score error / expected error. Its quantile is that
    of the LOCAL share of the photos that are the most alike in what error was to be expected: were it that of all, and
    the expectation too flat, the easy photos' intervals would be too wide and the hard ones' too narrow.

    :param expected: (m,) what error was to be expected of photos; :param size: (m,) how large it was.
    :param new: (n,) what error is to be expected of others.
    """
    order = np.argsort(expected, kind="stable")
    known, scores = expected[order], (size / expected)[order]
    window = min(max(_FEWEST, round(LOCAL * len(known))), len(known))
    first = np.clip(np.searchsorted(known, new) - window // 2, 0, len(known) - window)
    starts, which = np.unique(first, return_inverse=True)
    quantiles = np.array([conformal_quantile(scores[start : start + window], COVERAGE) for start in starts])
    return np.asarray(quantiles[which] * new)


def coverage_by_width(calibration: Calibration, known: Known) -> list[tuple[float, float]]:
    """Width and coverage of the 80% intervals in each tenth of the photos by width, the narrowest first. The interval
    of a photo is made without the part that it is in.
    """
    size = np.abs(known.error)
    half = np.empty(len(size))
    for part in np.unique(calibration.part):
        own = calibration.part == part
        half[own] = local_half_widths(known.expected[~own], size[~own], known.expected[own])
    held = size <= half
    order = np.argsort(half, kind="stable")
    return [
        (float(2 * half[tenth].mean()), float(held[tenth].mean())) for tenth in np.array_split(order, DECILES)
    ]  # fmt: skip


def rank_correlations(calibration: Calibration, combined: Combined) -> dict[str, float]:
    """Spearman's rank correlation of the held-out forecasts with the truth, the mean over the parts."""
    forecasts = {"content": combined.content, "social": combined.social, "content_social": combined.total}
    parts = [calibration.part == part for part in np.unique(calibration.part)]
    return {
        name: float(np.mean([spearman(values[0][own], calibration.target[own]) for own in parts]))
        for name, values in forecasts.items()
        if values is not None
    }


def strangeness(linked: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """How far vectors (n, d) are from the average one: the root of the mean squared deviation of their numbers, each in
    standard deviations: (n,) float64, 1 for a usual photo.
    """
    return np.sqrt(np.mean(((linked - mean) / spread) ** 2, axis=1, dtype=np.float64) + 1e-12)
