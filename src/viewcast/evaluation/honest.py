"""The honest protocols' table: what a forecast is worth for a new user, or for tomorrow's photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.protocols import MEAN_VIEWS, user_means
from viewcast.corpus.settings import TEST, Setting
from viewcast.evaluation.intervals import draw_all
from viewcast.evaluation.scores import score_setting
from viewcast.evaluation.tables import NOT_AVAILABLE, make_table
from viewcast.model import Model
from viewcast.ranks import spearman


def mean_views_alone(setting: Setting, cues: pd.DataFrame, knows: str) -> np.ndarray:
    """The mean-views cue by itself, split by split.

    :param knows: one of ``MEAN_VIEWS``; ``training_half`` makes the mean from the corpus's own training photos.
    :returns: (splits,) rank correlations on the test photos. A photo whose user has no such mean counts with the
        mean popularity of the training half, so that all protocols are scored on all their test photos.
    """
    column = {"including_target": "mean_views_including_target", "leave_one_out": "mean_views"}.get(knows)
    known = None if column is None else cues.set_index("photo_id").loc[list(setting.photo_id), column].to_numpy(float)
    rho = []
    for folds in setting.folds:
        cue = user_means(setting.user.astype(str), setting.target, folds, knows) if known is None else known
        cue = np.where(np.isnan(cue), setting.target[folds >= 0].mean(), cue)
        test = folds == TEST
        rho.append(spearman(cue[test], setting.target[test]))
    return np.array(rho)


def protocol_table(
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[tuple[str, Model]]],
    cues: pd.DataFrame,
    *,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Three protocols by three kinds of mean views: the cue alone, content, social and both.

    :param models: protocol -> pairs of a kind and a model: ``social_<knows>``, ``content`` and
        ``content_social_<knows>``.
    :param draws, seed: of the bootstrap behind the 95% intervals.
    """
    drawn = draw_all(settings, models, None, draws=draws, seed=seed)
    rows = []
    for setting in settings:
        scores = score_setting(setting, models.get(setting.name, []), None)
        for knows in MEAN_VIEWS:
            columns = [
                ("content", "fusion", "content"),
                ("social", "social", f"social_{knows}"),
                ("content_social", "fusion", f"content_social_{knows}"),
            ]
            row = make_table([setting], scores, columns, drawn).iloc[0].to_dict()
            alone = NOT_AVAILABLE
            if not setting.unavailable:
                alone = f"{mean_views_alone(setting, cues, knows).mean():.4f}".replace("-0.0000", "0.0000")
            head = {"protocol": row.pop("setting"), "mean_views": knows, "photos": row.pop("photos")}
            rows.append(head | {"users": row.pop("users"), "mean_views_alone": alone} | row)
    return pd.DataFrame(rows)
