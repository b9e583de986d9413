"""How far a table's numbers, and their differences, could be from those of other photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.cues import CUES
from viewcast.corpus.settings import Setting
from viewcast.evaluation.scores import score_setting
from viewcast.evaluation.tables import per_split
from viewcast.model import Model, held_out

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
    setting: Setting, values: Mapping[str, np.ndarray], *, draws: int, seed: Sequence[int]
) -> dict[str, np.ndarray]:
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


def compare(setting: Setting, draws: Mapping[str, np.ndarray], pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Differences between columns, paired photo by photo.

    :param pairs: (better, than) names.
    :returns: columns setting, better, than, difference (mean of the draws), low, high (95%), verdict.
    """
    rows = []
    for better, than in pairs:
        difference = draws[better] - draws[than]
        low, high = np.quantile(difference, [0.025, 0.975])
        verdict = "beyond noise" if low > 0 else "worse beyond noise" if high < 0 else "within noise"
        rows.append((setting.name, better, than, difference.mean(), low, high, verdict))
    return pd.DataFrame(rows, columns=["setting", "better", "than", "difference", "low", "high", "verdict"])


def intervals(
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[tuple[str, Model]]],
    cues: pd.DataFrame,
    *,
    draws: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Intervals of every number of tables 1 to 3, and the differences that matter.

    :returns: a table with columns setting, kind, name, rho (as in the tables), sd (over splits), low, high (95%,
        over photos); and :func:`compare` of content + social with each alone, and of the content fusion with the
        best single feature.
    """
    rows, comparisons = [], []
    for number, setting in enumerate(settings):
        if setting.unavailable:
            continue
        own = list(models[setting.name])
        scores = score_setting(setting, own, cues)
        values = {f"{kind} {model.name}": model.prediction for kind, model in own}
        aligned = cues.set_index("photo_id").loc[list(setting.photo_id)]
        scored = scores.dropna(subset="rho")
        for name in CUES:
            if ((scored["kind"] == "cue") & (scored["name"] == name)).any():
                values[f"cue {name}"] = aligned[name].to_numpy(dtype=float)
        drawn = bootstrap(setting, values, draws=draws, seed=[seed, 30, number])
        for key, sample in drawn.items():
            kind, name = key.split(" ", 1)
            rho = per_split(scores, kind, name)
            low, high = np.quantile(sample, [0.025, 0.975])
            rows.append((setting.name, kind, name, rho.mean(), rho.std(ddof=1) if len(rho) > 1 else np.nan, low, high))
        best = max((key for key in values if key.startswith("feature ")), key=lambda key: _mean(scores, key))
        both = "fusion content_social"
        pairs = [(both, "social social"), (both, "fusion content"), ("fusion content", best)]
        comparisons.append(compare(setting, drawn, pairs))
    table = pd.DataFrame(rows, columns=["setting", "kind", "name", "rho", "sd", "low", "high"])
    return table.round(4), pd.concat(comparisons).round(4) if comparisons else pd.DataFrame()


def _mean(scores: pd.DataFrame, key: str) -> float:
    return float(per_split(scores, *key.split(" ", 1)).mean())
