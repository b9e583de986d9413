"""Every measure of a model: ranking beyond Spearman's rho, errors, and its forecast intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from viewcast.corpus.settings import Setting
from viewcast.evaluation.conformal import LEVELS, half_widths
from viewcast.evaluation.scores import rankable
from viewcast.forecasts import Forecasts, held_out
from viewcast.ranks import spearman

#: What :func:`rank_model` measures.
MEASURES = (
    "rho", "kendall", "pairwise", "top10", "mae", "rmse",
    *(f"{what}{percent}" for percent in LEVELS for what in ("coverage", "width")),
)  # fmt: skip


def pairwise_accuracy(forecast: np.ndarray, target: np.ndarray) -> float:
    """Share of the pairs of photos with different targets whose order the forecast gets right; an equal forecast
    counts half. In O(n log n) from Kendall's tau-b. 0.5 is chance; 0.5 where all targets are equal.
    """
    n = len(target)
    pairs = n * (n - 1) / 2
    tied_forecast, tied_target = (_tied_pairs(values) for values in (forecast, target))
    if pairs == tied_target or pairs == tied_forecast:
        return 0.5
    tau = kendalltau(forecast, target).statistic
    surplus = tau * math.sqrt((pairs - tied_forecast) * (pairs - tied_target))
    return float((surplus / (pairs - tied_target) + 1) / 2)


def _tied_pairs(values: np.ndarray) -> float:
    counts = np.unique(values, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())


def precision_at_top(forecast: np.ndarray, target: np.ndarray, share: float = 0.1) -> float:
    """Of the ``share`` of photos with the highest forecast, how many are among as many with the highest target."""
    k = max(1, round(share * len(target)))
    top = set(np.argsort(-forecast, kind="stable")[:k])
    return len(top & set(np.argsort(-target, kind="stable")[:k])) / k


def rank_model(setting: Setting, model: Forecasts, members: Sequence[Forecasts] = ()) -> pd.DataFrame:
    """All measures of one model on every test half.

    :param members: other models, whose disagreement tells how sure the forecast is (:func:`half_widths`).
    :returns: one row per split and group: setting, name, split, rho, kendall, pairwise, top10, mae, rmse, and for
        the 80% and 95% intervals coverage and mean width. The first four are NaN where all targets are equal.
    """
    rows = []
    for group in setting.groups:
        for split in range(len(setting.folds)):
            test = held_out(setting, split, group)
            forecast, target = model.prediction[split, test], setting.target[test]
            error = target - forecast
            ranks = [np.nan] * 4
            if rankable(forecast, target, cue=False):
                measures = (spearman, _kendall, pairwise_accuracy, precision_at_top)
                ranks = [measure(forecast, target) for measure in measures]
            row = {
                "setting": setting.name,
                "name": model.name,
                "split": split,
                **dict(zip(("rho", "kendall", "pairwise", "top10"), ranks, strict=True)),
                "mae": np.abs(error).mean(),
                "rmse": math.sqrt((error**2).mean()),
            }
            for percent, half in half_widths(setting, model, members, split, group).items():
                row[f"coverage{percent}"] = (np.abs(error) <= half).mean()
                row[f"width{percent}"] = 2 * half.mean()
            rows.append(row)
    return pd.DataFrame(rows)


def _kendall(forecast: np.ndarray, target: np.ndarray) -> float:
    if np.ptp(forecast) == 0 or np.ptp(target) == 0:
        return 0.0
    return float(kendalltau(forecast, target).statistic)
