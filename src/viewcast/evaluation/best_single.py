"""The best single feature, chosen without a look at the test half."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from viewcast.corpus.settings import Setting
from viewcast.model import Model
from viewcast.ranks import spearman

NAME = "best_single_feature"


def best_single(setting: Setting, models: Sequence[Model]) -> Model:
    """In each split (and for each user in user_specific) the feature whose out-of-fold forecasts rank the training half
    best. A feature picked by its test scores would beat itself: it would be the one that chance favoured there."""
    prediction = np.full(setting.folds.shape, np.nan)
    converged = np.ones_like(models[0].converged)
    for group, rows in enumerate(setting.groups):
        for split, folds in enumerate(setting.folds[:, rows]):
            train = rows[(folds >= 0) & np.isfinite(models[0].prediction[split, rows])]
            scores = [spearman(model.prediction[split, train], setting.target[train]) for model in models]
            best = models[int(np.argmax(scores))]
            prediction[split, rows] = best.prediction[split, rows]
            converged[group, split] = best.converged[group, split]
    first = models[0]
    return Model(first.setting, NAME, first.photo_id, prediction, first.C, first.gap, converged)
