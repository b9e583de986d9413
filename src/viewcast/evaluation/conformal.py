"""Forecast intervals that are wider where the model knows less, and how often they contain the target.

The paper has no intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.evaluation.difficulty import conformal_quantile, difficulty
from viewcast.forecasts import Forecasts, held_out

#: The intervals' nominal coverages, in percent.
LEVELS = (80, 95)

DECILES = 10


def half_widths(
    setting: Setting, model: Forecasts, members: Sequence[Forecasts], split: int, rows: np.ndarray
) -> dict[int, np.ndarray]:
    """Half widths of the test photos' intervals in one split and group, by nominal coverage in percent.

    Conformal intervals with a normalised score (Lei et al., 2018, section 5.2): the error over its expected size, which
    follows from the forecast, its square, and how far the forecasts of the other models differ.

    :param members: other models of the setting, of which ``model`` may be made; may be empty.
    :param split: number of the split.
    :param rows: positions of the group's photos.
    :returns: percent -> (test photos,) float64, in the target's units.
    """
    folds = np.where(np.isfinite(model.prediction[split, rows]), setting.folds[split, rows], -2)
    forecast = model.prediction[split, rows]
    inputs = [forecast, (forecast - np.mean(forecast[folds >= 0])) ** 2]
    others = np.stack([forecast, *(member.prediction[split, rows] for member in members)])
    if len(others) > 1:
        inputs += [others.std(axis=0), *(others[1:] - forecast)]
    # A photo that no model could be trained to forecast takes no part here either.
    stacked = np.where(np.isfinite(inputs), inputs, 0).T
    errors = setting.targets[split, rows] - forecast
    expected = difficulty(stacked, errors, folds)
    train, test = folds >= 0, setting.folds[split, rows] == -1
    scores = np.abs(errors[train]) / expected[train]
    return {percent: conformal_quantile(scores, percent / 100) * expected[test] for percent in LEVELS}


def coverage_table(settings: Sequence[Setting], models: Mapping[str, Sequence[tuple[str, Forecasts]]]) -> pd.DataFrame:
    """How often the intervals contain the target: over all photos, and where the intervals are narrow or wide.

    Under user_disjoint the folds share no user either, so that the intervals are those of a user that no model has
    seen.

    :param models: setting -> pairs of a kind and a model. The social model and the fusions are measured; features,
        where there are any, only tell how far the forecasts differ.
    :returns: a row per setting and model for all photos, then one for each tenth of them by the width of their interval
        (1: the narrowest): how many photos (a mean over splits), width in the target's units, and coverage in 0..1.
        ``note`` says why a setting is not available.
    """
    rows: list[dict[str, object]] = []
    for setting in settings:
        if setting.unavailable:
            rows.append({"setting": setting.name, "note": setting.unavailable})
            continue
        own = models[setting.name]
        for model in (model for kind, model in own if kind != "feature"):
            every = _covered(setting, model, [other for kind, other in own if other is not model])
            for tenth, part in [("all", every), *every.groupby("tenth")]:
                means = part.drop(columns="tenth").mean()
                head = {"setting": setting.name, "model": model.name, "tenth": tenth}
                head["photos"] = f"{len(part) / len(setting.folds):.1f}"
                rows.append(head | {name: f"{value:.4f}" for name, value in means.items()} | {"note": setting.note})
    columns = ["setting", "model", "tenth", "photos"]
    columns += [f"{what}{percent}" for percent in LEVELS for what in ("width", "coverage")]
    return pd.DataFrame(rows, columns=[*columns, "note"], dtype=object).fillna("n/a")


def _covered(setting: Setting, model: Forecasts, members: Sequence[Forecasts]) -> pd.DataFrame:
    """Every test photo of every split: the tenth that it is in, widths, and whether the intervals hold its target."""
    parts = []
    for group in setting.groups:
        for split in range(len(setting.folds)):
            test = held_out(setting, split, group)
            widths = half_widths(setting, model, members, split, group)
            error = np.abs(setting.targets[split, test] - model.prediction[split, test])
            order = np.argsort(np.argsort(widths[LEVELS[0]], kind="stable"), kind="stable")
            part = {"tenth": order * DECILES // max(len(test), 1) + 1}
            for percent in LEVELS:
                part |= {f"width{percent}": 2 * widths[percent], f"coverage{percent}": error <= widths[percent]}
            parts.append(pd.DataFrame(part))
    return pd.concat(parts)
