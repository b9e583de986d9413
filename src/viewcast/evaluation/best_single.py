"""The best single feature, chosen without a look at the photos, or the users, that it is then scored on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from viewcast.corpus.settings import Setting
from viewcast.forecasts import Forecasts
from viewcast.ranks import spearman

NAME = "best_single_feature"
USER_FOLDS = 5


def best_single(setting: Setting, models: Sequence[Forecasts]) -> Forecasts:
    """In each split the feature whose out-of-fold forecasts rank the training half best.

    A feature that is chosen by its test scores has a test score that is too high, because chance has a part in it.
    Where users have photos in both halves, chance has the same part in a user's photos of both; so the choice for a
    user's photos is made by the training photos of other users, in five parts. In user_specific every user has a choice
    of their own, made by their own training photos. The paper has no such choice.

    :param models: of single features, at least one.
    :returns: a model named :data:`NAME`, whose forecasts are those of the chosen features.
    """
    prediction = np.full(setting.folds.shape, np.nan)
    converged = np.ones_like(models[0].converged)
    known = np.isfinite(models[0].prediction)
    for group, rows in enumerate(setting.groups):
        users, user = np.unique(setting.user[rows].astype(str), return_inverse=True)
        alone = len(users) in (1, len(rows))
        part = np.zeros(len(rows), dtype=int) if alone else user % USER_FOLDS
        for split, folds in enumerate(setting.folds[:, rows]):
            for number in np.unique(part):
                train = rows[(folds >= 0) & known[split, rows] & (alone | (part != number))]
                target = setting.targets[split, train]
                scores = [spearman(model.prediction[split, train], target) for model in models]
                best = models[int(np.argmax(scores))]
                own = rows[part == number]
                prediction[split, own] = best.prediction[split, own]
                converged[group, split] &= best.converged[group, split]
    first = models[0]
    return Forecasts(first.setting, NAME, first.photo_id, prediction, first.C, first.gap, converged)
