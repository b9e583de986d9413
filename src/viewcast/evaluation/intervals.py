"""How far a table's numbers, and their differences, could be from those of other photos."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.evaluation.scores import scored_cues
from viewcast.model import Model, held_out

Key = TypeVar("Key", bound=Hashable)

#: Draws are made in blocks of so many numbers, to bound the memory.
BLOCK = 4_000_000


def weighted_spearman(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of resampled pairs, without building the resamples.

    :param x, y: (n,) numbers; :param weights: (draws, n): how often each pair was drawn.
    :returns: (draws,) float64: for every draw the correlation of the sample in which pair i stands
        ``weights[draw, i]`` times; 0 where a side has no spread.
    """
    rank_x, rank_y = _weighted_ranks(x, weights), _weighted_ranks(y, weights)
    total = weights.sum(1, keepdims=True)
    centre = (total + 1) / 2  # the mean of mid-ranks, whatever the ties
    rank_x -= centre
    rank_y -= centre
    covariance = np.einsum("dn,dn,dn->d", weights, rank_x, rank_y)
    spread = np.einsum("dn,dn,dn->d", weights, rank_x, rank_x) * np.einsum("dn,dn,dn->d", weights, rank_y, rank_y)
    return np.divide(covariance, np.sqrt(spread), out=np.zeros(len(weights)), where=spread > 0)


def _weighted_ranks(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    values, inverse = np.unique(x, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[order], np.arange(len(values)))
    mass = np.add.reduceat(weights[:, order], starts, axis=1)
    return (np.cumsum(mass, axis=1) - mass / 2 + 0.5)[:, inverse]


def bootstrap(
    setting: Setting, values: Mapping[Key, np.ndarray], *, draws: int, seed: Sequence[int]
) -> dict[Key, np.ndarray]:
    """Bootstrap over photos of the mean over splits (and users) of the rank correlation.

    :param values: name -> (splits, n) forecasts, or (n,) for a cue, NaN where it is missing.
    :param draws: resamples of the setting's photos, within each group. The same resamples serve every name and
        every split, so that differences between names are paired.
    :returns: name -> (draws,) float64. The models are not trained anew: the intervals speak of other test photos,
        the standard deviation over splits beside them of other halves.
    """
    splits, n = setting.folds.shape
    result = {name: np.zeros(draws) for name in values}
    terms = len(setting.groups) * splits
    generators = [np.random.default_rng([*seed, number]) for number in range(len(setting.groups))]
    step = max(1, BLOCK // max(n, 1))
    for start in range(0, draws, step):
        size = min(step, draws - start)
        for rows, rng in zip(setting.groups, generators, strict=True):
            counts = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=size).astype(float)
            for split in range(splits):
                test = held_out(setting, split, rows)
                position = np.searchsorted(rows, test)
                for name, forecast in values.items():
                    x = (forecast if forecast.ndim == 1 else forecast[split])[test]
                    known = ~np.isnan(x)
                    rho = weighted_spearman(x[known], setting.target[test][known], counts[:, position[known]])
                    result[name][start : start + size] += rho / terms
    return result


def draw_all(
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[tuple[str, Model]]],
    cues: pd.DataFrame | None,
    *,
    draws: int,
    seed: int,
) -> dict[str, dict[tuple[str, str], np.ndarray]]:
    """:func:`bootstrap` of every model and cue of every setting.

    :param models: setting -> pairs of a kind (``feature``, ``fusion``, ``social``) and a model.
    :param cues: rows of ``make_cues``; None to leave the single cues out.
    :returns: setting -> (kind, name) -> (draws,) float64; the kind of a cue is ``cue``. A setting draws the same
        photos whatever is asked of it, so that all tables agree.
    """
    found = {}
    for number, setting in enumerate(settings):
        if setting.unavailable:
            continue
        values = {(kind, model.name): model.prediction for kind, model in models.get(setting.name, [])}
        if cues is not None:
            aligned = cues.set_index("photo_id").loc[list(setting.photo_id)]
            values |= {("cue", name): aligned[name].to_numpy(dtype=float) for name in scored_cues(setting, aligned)}
        found[setting.name] = bootstrap(setting, values, draws=draws, seed=[seed, 30, number])
    return found


def interval(draws: np.ndarray) -> tuple[float, float]:
    """The ends of the 95% interval (percentiles)."""
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def compare(better: np.ndarray, than: np.ndarray) -> tuple[float, float, float, str]:
    """Is one column better than another? Paired photo by photo, as both have the same resamples.

    :param better, than: (draws,) from one :func:`bootstrap`.
    :returns: the mean difference, the ends of its 95% interval, and ``beyond noise`` (the interval lies above 0),
        ``worse beyond noise`` (below) or ``within noise``.
    """
    difference = better - than
    low, high = interval(difference)
    verdict = "beyond noise" if low > 0 else "worse beyond noise" if high < 0 else "within noise"
    return float(difference.mean()), low, high, verdict
