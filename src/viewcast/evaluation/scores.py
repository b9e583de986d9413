"""Scores of every model and cue, split by split: what the tables are means of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.cues import CUES, USER_CUES, extra_cues
from viewcast.corpus.settings import Setting
from viewcast.model import Model, held_out
from viewcast.ranks import spearman

COLUMNS = ["setting", "kind", "name", "split", "user", "photos", "rho"]


def score_setting(setting: Setting, models: Sequence[tuple[str, Model]], cues: pd.DataFrame | None) -> pd.DataFrame:
    """Rank correlations on the test half of every split.

    :param models: pairs of a kind (``feature``, ``fusion``, ``social``) and a model.
    :param cues: rows of ``make_cues``; None to leave the single cues out.
    :returns: one row per model or cue, split and group, in the columns :data:`COLUMNS`. ``user`` names the
        user in user_specific and is empty elsewhere; ``photos`` is the number of test photos. A cue is scored
        over the photos that have it; where it is constant, or all gaps, ``rho`` is NaN.
    """
    rows = list(_model_rows(setting, models))
    if cues is not None:
        aligned = cues.set_index("photo_id").loc[list(setting.photo_id)]
        rows += _cue_rows(setting, aligned)
    return pd.DataFrame(rows, columns=COLUMNS)


def _parts(setting: Setting) -> Iterator[tuple[int, str, np.ndarray]]:
    """Split, user, and the positions of the test photos."""
    for group in setting.groups:
        user = str(setting.user[group[0]]) if setting.name == "user_specific" else ""
        for split in range(len(setting.folds)):
            yield split, user, held_out(setting, split, group)


def _model_rows(setting: Setting, models: Sequence[tuple[str, Model]]) -> Iterator[tuple]:
    for kind, model in models:
        for split, user, rows in _parts(setting):
            rho = spearman(model.prediction[split, rows], setting.target[rows])
            yield setting.name, kind, model.name, split, user, len(rows), rho


def scored_cues(setting: Setting, cues: pd.DataFrame) -> list[str]:
    """The cues that have a rank correlation of their own in a setting.

    Within one user a user cue is constant, or, the leave-one-out mean, the target turned round.

    :param cues: rows of ``make_cues`` in the order of the setting's photos.
    """
    names = [name for name in (*CUES, *extra_cues(cues)) if setting.name != "user_specific" or name not in USER_CUES]
    return [name for name in names if cues[name].nunique() > 1]


def _cue_rows(setting: Setting, cues: pd.DataFrame) -> Iterator[tuple]:
    scored = scored_cues(setting, cues)
    for name in (*CUES, *extra_cues(cues)):
        values = cues[name].to_numpy(dtype=float)
        for split, user, rows in _parts(setting):
            known = rows[~np.isnan(values[rows])]
            rho = np.nan
            if name in scored and len(known) >= 2 and np.ptp(values[known]) > 0:
                rho = spearman(values[known], setting.target[known])
            yield setting.name, "cue", name, split, user, len(known), rho
