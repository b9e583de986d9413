"""All measures of a model's forecasts: ranking, errors, and the coverage of their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.evaluation.conformal import LEVELS, half_widths
from viewcast.evaluation.ranking import kendall, pairwise_accuracy, precision_at_top
from viewcast.evaluation.scores import rankable
from viewcast.forecasts import Forecasts, held_out
from viewcast.ranks import spearman

#: What :func:`measure` measures.
MEASURES = (
    "rho", "kendall", "pairwise", "top10", "mae", "rmse",
    *(f"{what}{percent}" for percent in LEVELS for what in ("coverage", "width")),
)  # fmt: skip


def measure(setting: Setting, model: Forecasts, members: Sequence[Forecasts] = ()) -> pd.DataFrame:
    """All measures of one model on every test half. The paper has the first of them alone.

    :param members: other models, whose disagreement tells how sure the forecast is
        (:func:`~viewcast.evaluation.conformal.half_widths`).
    :returns: one row per split and group: setting, name, split, rho, kendall, pairwise, top10, mae and rmse in the
        target's units, and for the 80% and 95% intervals coverage (0..1) and mean width. The first four measures are
        NaN where the photos cannot be ranked.
    """
    rows = []
    for group in setting.groups:
        for split in range(len(setting.folds)):
            test = held_out(setting, split, group)
            forecast, target = model.prediction[split, test], setting.targets[split, test]
            error = target - forecast
            ranks = [np.nan] * 4
            if rankable(forecast, target, cue=False):
                ranks = [rank(forecast, target) for rank in (spearman, kendall, pairwise_accuracy, precision_at_top)]
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
