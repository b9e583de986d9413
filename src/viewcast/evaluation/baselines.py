"""Simple models to compare the fusion with, which the paper does not have: the mean, the best feature, the nearest
neighbours, a ridge, and boosted trees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.evaluation.best_single import best_single
from viewcast.evaluation.measures import MEASURES, measure
from viewcast.features.matrix import FeatureMatrix
from viewcast.folds import TEST, UNUSED
from viewcast.forecasts import Forecasts, has_social
from viewcast.training import SocialInputs

#: (inputs, target) of training photos, inputs of others -> their forecast.
Learner = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def ridge(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Ridge regression (Hoerl and Kennard 1970, DOI 10.1080/00401706.1970.10488634) on standardised inputs, its
    strength by leave-one-out.

    :param x: (n, d) inputs of the training photos.
    :param y: (n,) their targets.
    :param new: (m, d) inputs of other photos.
    :returns: (m,) float64 forecasts, in the target's units.
    """
    # Imported where needed: jobs of the default fusion should not pay for it.
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 13)))
    return np.asarray(model.fit(x, y).predict(new))


def boosting(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Gradient-boosted trees (LightGBM: Ke et al., NIPS 2017), small and regularised, as the SMP Challenge's winners
    fuse; deterministic.

    scikit-learn's HistGradientBoostingRegressor with the same settings takes three times as long on one thread. Its
    rank correlation was up to 0.003 lower in six of nine fusions (of the demo and of real covers), and up to 0.002
    higher in three.

    :param x, y, new: as for :func:`ridge`.
    :returns: (m,) float64 forecasts, in the target's units.
    """
    import lightgbm

    model = lightgbm.LGBMRegressor(
        n_estimators=300, learning_rate=0.03, num_leaves=8, min_child_samples=max(5, len(y) // 50), subsample=0.8,
        subsample_freq=1, colsample_bytree=0.8, reg_lambda=3.0, random_state=0, n_jobs=1, deterministic=True,
        force_row_wise=True, verbose=-1,
    )  # fmt: skip
    return np.asarray(model.fit(x, y).predict(new))


def mean(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The training mean for every photo.

    :param x, y, new: as for :func:`ridge`.
    :returns: (m,) float64.
    """
    return np.full(len(new), y.mean())


def stacked(
    setting: Setting, name: str, learner: Learner, models: Sequence[Forecasts], social: SocialInputs | None
) -> Forecasts:
    """A learner on the out-of-fold outputs of other models and on the cues themselves.

    :param name: of the model that is made.
    :param learner: such as :func:`ridge`.
    :param models: content models; may be empty where there are cues.
    :param social: the cues, or None.
    :returns: a model like any other: forecasts for test photos, out-of-fold ones for training photos, none for photos
        that one of ``models`` has not forecast. Its C and gap are NaN, and it has no weights.
    """
    splits, n = setting.folds.shape
    prediction = np.full((splits, n), np.nan)
    for rows in setting.groups:
        for split in range(splits):
            folds, target = setting.folds[split, rows], setting.targets[split, rows]
            content = np.stack([model.prediction[split, rows] for model in models], 1) if models else None
            if content is not None:
                folds = np.where(np.isfinite(content).all(axis=1), folds, UNUSED)
            first = folds[folds >= 0].min()
            for held in [TEST, *np.unique(folds[folds >= 0])]:
                train, new = (folds >= 0) & (folds != held), folds == held
                if setting.forward and held != TEST:
                    if held == first:
                        continue
                    train &= folds < held
                parts = [] if content is None else [content]
                if social is not None:
                    parts.append(social.design(split, rows, None if held == TEST else held))
                x = np.concatenate(parts, axis=1)
                prediction[split, rows[new]] = learner(x[train], target[train], x[new])
    groups = len(setting.groups)
    nothing = np.full((groups, splits), np.nan)
    return Forecasts(
        setting.name, name, setting.photo_id, prediction, nothing, nothing, np.ones((groups, splits), bool)
    )


def boosted_fusion(
    setting: Setting, name: str, models: Sequence[Forecasts], cues: pd.DataFrame, mean_views: str
) -> Forecasts:
    """Fusion by boosted trees: on the content models' outputs and perhaps on the cues.

    Deviation: the paper fuses by a support vector regression (sections 4.2 and 6.1), see ``viewcast.svr.fuse``.

    :param name: of the fusion; the cues are part of one whose name says so.
    :param models: of the setting; those on cues are left out.
    :param cues: rows of ``make_cues``.
    :param mean_views: what the mean of views may know, one of ``user_means.MEAN_VIEWS``.
    """
    content = [model for model in models if not model.name.startswith("social")]
    social = SocialInputs(setting, cues, mean_views) if "_social" in name else None
    return stacked(setting, name, boosting, content, social)


def baselines(
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[tuple[str, Forecasts]]],
    cues: pd.DataFrame,
    *,
    mean_views: str,
    neighbours: FeatureMatrix | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Every baseline beside the tables' own models, with all measures of :func:`~viewcast.evaluation.measures.measure`.

    :param models: setting -> pairs of a kind and a model, of kinds ``feature``, ``social`` and ``fusion``. Where no
        social one is among them, none is made here.
    :param cues: rows of ``make_cues``.
    :param mean_views: what the mean of views may know, one of ``user_means.MEAN_VIEWS``.
    :param neighbours: the feature in whose space neighbours are sought; None: they are not.
    :param seed: as of :func:`~viewcast.evaluation.neighbours.nearest_neighbours`.
    :returns: one row per setting and model, measures averaged over users, then splits, as text with four decimals. A
        setting that is not available has a row of n/a; ``note`` says why.
    """
    # Imported where needed, with torch: jobs of a fusion should not pay for it.
    from viewcast.evaluation.neighbours import nearest_neighbours

    rows = []
    for setting in settings:
        if setting.unavailable:
            rows.append({"setting": setting.name, "note": setting.unavailable})
            continue
        own = models[setting.name]
        content = [model for kind, model in own if kind == "feature"]
        members = [model for kind, model in own if kind != "fusion"]
        social = SocialInputs(setting, cues, mean_views)
        inputs: dict[str, tuple[list[Forecasts], SocialInputs | None]] = {"content": (content, None)}
        if has_social(own):
            inputs |= {"social": ([], social), "content_social": (content, social)}
        compared = [
            stacked(setting, "mean", mean, content, None),
            best_single(setting, content),
            *([] if neighbours is None else [nearest_neighbours(setting, neighbours, seed=seed)]),
            *(
                stacked(setting, f"{learner.__name__}_{name}", learner, *taken)
                for name, taken in inputs.items()
                for learner in (ridge, boosting)
            ),
            *(model for kind, model in own if kind != "feature"),
        ]
        for model in compared:
            measures = measure(setting, model, members).groupby("split").mean(numeric_only=True).mean()
            head = {"setting": setting.name, "model": model.name, "photos": len(setting.photo_id)}
            rows.append(head | {name: f"{value:.4f}" for name, value in measures.items()} | {"note": setting.note})
    return pd.DataFrame(rows, columns=["setting", "model", "photos", *MEASURES, "note"], dtype=object).fillna("n/a")
