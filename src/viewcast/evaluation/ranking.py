"""Ranking beyond Spearman's rho, errors, and whether the forecast's intervals hold what they promise."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from viewcast.corpus.settings import Setting
from viewcast.model import Model, held_out
from viewcast.ranks import spearman


def pairwise_accuracy(forecast: np.ndarray, target: np.ndarray) -> float:
    """Share of the pairs of photos with different targets whose order the forecast gets right; an equal forecast
    counts half. In O(n log n) from Kendall's tau-b. 0.5 is chance; 0.5 where all targets are equal."""
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


def conformal_half_width(residuals: np.ndarray, coverage: float) -> float:
    """Half width of the interval that holds a new photo's target with the given probability.

    :param residuals: (n,) out-of-fold residuals of the training half. The half width is their
        ceil((n + 1) coverage)-th smallest size (split conformal prediction: Lei et al., JASA 2018). Out-of-fold
        residuals come from models of four fifths of the half, so that the interval is, if anything, too wide.
    :returns: infinity where n is too small for this coverage.
    """
    sizes = np.sort(np.abs(residuals))
    rank = math.ceil((len(sizes) + 1) * coverage)
    return float(sizes[rank - 1]) if rank <= len(sizes) else math.inf


def rank_model(setting: Setting, model: Model) -> pd.DataFrame:
    """All measures of one model on every test half.

    :returns: one row per split and group: setting, name, split, rho, kendall, pairwise, top10, mae, rmse, and for
        the 80% and 95% intervals coverage and width.
    """
    rows = []
    for group in setting.groups:
        for split in range(len(setting.folds)):
            test = held_out(setting, split, group)
            train = group[setting.folds[split, group] >= 0]
            forecast, target = model.prediction[split, test], setting.target[test]
            residuals = setting.target[train] - model.prediction[split, train]
            error = target - forecast
            row = {
                "setting": setting.name,
                "name": model.name,
                "split": split,
                "rho": spearman(forecast, target),
                "kendall": _kendall(forecast, target),
                "pairwise": pairwise_accuracy(forecast, target),
                "top10": precision_at_top(forecast, target),
                "mae": np.abs(error).mean(),
                "rmse": math.sqrt((error**2).mean()),
            }
            for percent in (80, 95):
                width = conformal_half_width(residuals, percent / 100)
                row[f"coverage{percent}"] = (np.abs(error) <= width).mean()
                row[f"width{percent}"] = 2 * width
            rows.append(row)
    return pd.DataFrame(rows)


def _kendall(forecast: np.ndarray, target: np.ndarray) -> float:
    if np.ptp(forecast) == 0 or np.ptp(target) == 0:
        return 0.0
    return float(kendalltau(forecast, target).statistic)
