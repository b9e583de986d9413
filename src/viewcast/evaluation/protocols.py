"""The table of the protocols: how well photos of a new user, or later photos, are forecast, beside the paper's random
halves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.corpus.user_means import MEAN_VIEWS, UserMeans
from viewcast.evaluation.intervals import estimate, estimate_all
from viewcast.evaluation.scores import score_setting
from viewcast.evaluation.tables import add_notes, make_table
from viewcast.forecasts import Forecasts


def protocol_table(
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[tuple[str, Forecasts]]],
    cues: pd.DataFrame,
    *,
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """The protocols by four kinds of mean views: the cue alone, content, social and both.

    The cue alone is scored on all test photos: one whose user has no such mean counts with the mean popularity of the
    training half.

    :param settings: one for each protocol of ``viewcast.corpus.protocols``.
    :param models: protocol -> pairs of a kind and a model: ``social_<knows>``, ``content`` and
        ``content_social_<knows>``.
    :param cues: rows of ``make_cues``.
    :param resamples, seed: of :func:`viewcast.evaluation.intervals.estimate`.
    :returns: one row for each protocol and kind of mean views, in the columns of
        :func:`~viewcast.evaluation.tables.make_table`.
    """
    estimates = estimate_all(settings, models, None, resamples=resamples, seed=seed)
    rows = []
    for setting in settings:
        own = models.get(setting.name, [])
        scores = score_setting(setting, own, None)
        found = dict(estimates.get(setting.name, {}))
        for knows in MEAN_VIEWS:
            columns = [
                ("mean_views_alone", "cue", knows),
                ("content", "fusion", "content"),
                ("social", "social", f"social_{knows}"),
                ("content_social", "fusion", f"content_social_{knows}"),
            ]
            if not setting.unavailable:
                alone = estimate(setting, mean_views_alone(setting, cues, knows), resamples=resamples, seed=[seed, 31])
                found |= {("cue", knows): alone} if alone is not None else {}
            table = make_table([setting], scores, columns, {setting.name: found})
            row = add_notes(table, [setting], models).iloc[0].to_dict()
            rows.append({"protocol": row.pop("setting"), "mean_views": knows} | row)
    return pd.DataFrame(rows).drop(columns="mean_views_alone_sd")


def mean_views_alone(setting: Setting, cues: pd.DataFrame, knows: str) -> np.ndarray:
    """The mean-views cue by itself; where it is missing, the mean popularity of the training half.

    :param cues: rows of ``make_cues``.
    :param knows: what the mean may know, one of ``user_means.MEAN_VIEWS``.
    :returns: (splits, n) float64, in popularity, or log2 of a count, see ``UserMeans.cue``.
    """
    means = UserMeans.of(cues.set_index("photo_id").loc[list(setting.photo_id)], setting.user, setting.target)
    filled = []
    for folds in setting.folds:
        cue = means.cue(knows, folds)
        filled.append(np.where(np.isnan(cue), setting.target[folds >= 0].mean(), cue))
    return np.stack(filled)
