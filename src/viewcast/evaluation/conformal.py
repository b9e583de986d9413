"""Forecast intervals that are wider where the model knows less, and how often they contain the target.

The paper has no intervals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.forecasts import Forecasts, held_out

#: The intervals' nominal coverages, in percent.
LEVELS = (80, 95)

#: Ridge penalties of the difficulty, in photos; the last all but forbids it, so that the width is constant.
_PENALTIES = (1.0, 10.0, 100.0, 1e3, 1e6)

#: Added to an error before its logarithm, as a share of the median error: an exact hit has no logarithm.
_FLOOR = 0.01

DECILES = 10


def conformal_quantile(scores: np.ndarray, coverage: float) -> float:
    """The size that a new photo's score stays under with the given probability (split conformal prediction: Lei et al.,
    JASA 113, 2018, DOI 10.1080/01621459.2017.1307116).

    Out-of-fold scores come from models of four fifths of the half, so that the interval is, if anything, too wide.

    :param scores: (n,) sizes of the training photos' scores, each of a model that did not see the photo.
    :param coverage: the probability, in 0..1.
    :returns: the ceil((n + 1) coverage)-th smallest score; infinity where n is too small for this coverage.

    >>> conformal_quantile(np.arange(1.0, 20.0), 0.8)
    16.0
    """
    rank = math.ceil((len(scores) + 1) * coverage)
    return float(np.partition(scores, rank - 1)[rank - 1]) if rank <= len(scores) else math.inf


def difficulty(inputs: np.ndarray, errors: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """How large an error is to be expected for each photo.

    The logarithm of the error's size is regressed on the inputs (multiplicative heteroscedasticity: Harvey,
    Econometrica 44, 1976, DOI 10.2307/1913974) by a ridge, whose penalty the folds choose.

    :param inputs: (n, d) float.
    :param errors: (n,) out-of-fold errors in the target's units, not read where ``folds`` is negative.
    :param folds: (n,) the fold of a training photo, negative for others.
    :returns: (n,) float64, positive, in the target's units: for a training photo by a model that did not see its fold.
    """
    train = folds >= 0
    centre, spread = inputs[train].mean(axis=0), inputs[train].std(axis=0)
    x = (inputs - centre) / np.where(spread > 0, spread, 1)
    size = np.abs(errors[train])
    y = np.zeros(len(errors))
    y[train] = np.log(size + max(_FLOOR * np.median(size), 1e-12))
    parts = [(train & (folds != fold), folds == fold) for fold in np.unique(folds[train])]
    paths = [_ridge_path(x[known], y[known], x[held]) for known, held in parts]
    loss = sum(((path - y[held]) ** 2).sum(axis=1) for path, (_, held) in zip(paths, parts, strict=True))
    best = int(np.argmin(loss))
    expected = np.empty(len(errors))
    for path, (_, held) in zip(paths, parts, strict=True):
        expected[held] = path[best]
    expected[~train] = _ridge_path(x[train], y[train], x[~train])[best]
    return np.exp(expected)


def _ridge_path(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Forecasts (penalties, m) for ``new`` (m, d) of ridges on x (n, d), whose intercept is free; none is beyond those
    for x itself, since an exponential will be taken of it.
    """
    values, vectors = np.linalg.eigh((centred := x - x.mean(axis=0)).T @ centred)
    projected = vectors.T @ (centred.T @ (y - y.mean()))
    known, moved = centred @ vectors, (new - x.mean(axis=0)) @ vectors
    path = []
    for penalty in _PENALTIES:
        weights = projected / (np.maximum(values, 0) + penalty)
        fitted = known @ weights
        path.append(y.mean() + np.clip(moved @ weights, fitted.min(), fitted.max()))
    return np.stack(path)


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
