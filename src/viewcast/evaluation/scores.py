"""Scores of every model and cue, split by split: what the tables are means of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.cues import CUES, USER_CUES, extra_cues
from viewcast.corpus.settings import Setting
from viewcast.corpus.user_means import MEAN_CUES, MEAN_VIEWS, UserMeans
from viewcast.forecasts import Forecasts, held_out
from viewcast.ranks import spearman

COLUMNS = ["setting", "kind", "name", "split", "user", "photos", "rho", "pearson", "converged"]


def score_setting(setting: Setting, models: Sequence[tuple[str, Forecasts]], cues: pd.DataFrame | None) -> pd.DataFrame:
    """Rank correlations on the test half of every split (paper section 3.2).

    :param models: pairs of a kind (``feature``, ``fusion``, ``social``) and a model.
    :param cues: rows of ``make_cues``; None to leave the single cues out.
    :returns: one row per model or cue, split and group, in the columns :data:`COLUMNS`. ``user`` names the user in
        user_specific and is empty elsewhere; ``photos`` is the number of test photos; ``pearson`` is the standard
        correlation, which section 3.2 of the paper compares; ``converged`` says whether the regression and its
        cross-validation reached the solver's tolerance (None for a cue). ``rho`` and ``pearson`` are NaN where there is
        nothing to rank: see :func:`rankable`.
    """
    rows = [row for kind, model in models for row in _model_rows(setting, kind, model)]
    if cues is not None:
        rows += _cue_rows(setting, cues)
    return pd.DataFrame(rows, columns=COLUMNS)


def rankable(values: np.ndarray, target: np.ndarray, *, cue: bool) -> bool:
    """Whether there is anything to rank.

    There is not where all targets are equal, nor by a cue that is equal for all photos that have it. A model that
    learned nothing and forecasts a constant scores 0 instead.

    :param values, target: (n,) of the test photos.
    :param cue: whether ``values`` are a cue and not a model's forecasts.
    """
    return len(values) >= 2 and np.ptp(target) > 0 and (not cue or np.ptp(values) > 0)


def ranked_halves(
    setting: Setting, forecast: np.ndarray, rows: np.ndarray, *, cue: bool
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of each split that can be ranked, the test photos among ``rows`` that have a forecast, and their forecasts.

    :param forecast: (splits, n), NaN where it is missing.
    :param rows: positions of photos.
    :param cue: see :func:`rankable`.
    :returns: pairs of positions (m,) and forecasts (m,).
    """
    for split in range(len(setting.folds)):
        test = held_out(setting, split, rows)
        test = test[~np.isnan(forecast[split, test])]
        if rankable(forecast[split, test], setting.target[test], cue=cue):
            yield test, forecast[split, test]


def cue_values(setting: Setting, cues: pd.DataFrame) -> dict[str, np.ndarray]:
    """The cues that have a rank correlation of their own in a setting (paper section 5, Table 2).

    Within one user, a user cue is constant; the means that leave photos out are not, but tell nothing either. So
    user_specific has photo cues alone, as in the paper. A mean of views that is of the photo alone is its target and no
    cue, so that it is missing here.

    :param cues: rows of ``make_cues``.
    :returns: name -> (n,), or (splits, n) for the means of views, which each split makes anew; NaN where it is missing.
    """
    aligned = cues.set_index("photo_id").loc[list(setting.photo_id)]
    means = UserMeans.of(aligned, setting.user, setting.target)
    values = {
        name: np.stack([means.cue(knows, folds) for folds in setting.folds])
        for name, knows in zip(MEAN_CUES, MEAN_VIEWS, strict=True)
    }
    for own in values.values():
        own[:, means.alone] = np.nan
    values |= {name: aligned[name].to_numpy(dtype=float) for name in (*CUES, *extra_cues(cues)) if name not in values}
    names = [name for name in values if setting.kind != "user_specific" or name not in USER_CUES]
    return {name: values[name] for name in names if len(np.unique(values[name][~np.isnan(values[name])])) > 1}


def _parts(setting: Setting) -> Iterator[tuple[int, int, str, np.ndarray]]:
    """Group, split, user, and the positions of the test photos."""
    for number, group in enumerate(setting.groups):
        user = str(setting.user[group[0]]) if setting.kind == "user_specific" else ""
        for split in range(len(setting.folds)):
            yield number, split, user, held_out(setting, split, group)


def _model_rows(setting: Setting, kind: str, model: Forecasts) -> Iterator[tuple]:
    for group, split, user, rows in _parts(setting):
        pair = _correlations(model.prediction[split, rows], setting.target[rows], cue=False)
        yield setting.name, kind, model.name, split, user, len(rows), *pair, bool(model.converged[group, split])


def _cue_rows(setting: Setting, cues: pd.DataFrame) -> Iterator[tuple]:
    found = cue_values(setting, cues)
    for name in (*CUES, *extra_cues(cues)):
        values = np.broadcast_to(found.get(name, np.nan), setting.folds.shape)
        for _, split, user, rows in _parts(setting):
            known = rows[~np.isnan(values[split, rows])]
            pair = _correlations(values[split, known], setting.target[known], cue=True)
            yield setting.name, "cue", name, split, user, len(known), *pair, None


def _correlations(values: np.ndarray, target: np.ndarray, *, cue: bool) -> tuple[float, float]:
    if not rankable(values, target, cue=cue):
        return np.nan, np.nan
    return spearman(values, target), float(np.corrcoef(values, target)[0, 1]) if np.ptp(values) > 0 else 0.0
