"""The models of a setting: a support vector regression per feature, one on the cues, and late fusions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from viewcast.corpus.cues import PHOTO_CUES, USER_CUES, design_matrix
from viewcast.corpus.settings import OUT, TEST, Setting
from viewcast.errors import ViewcastError
from viewcast.store.atomic import atomic_path
from viewcast.store.readers import FeatureMatrix
from viewcast.svr import ProtocolFit, SVRParameters, fit_protocol, fuse


@dataclass(frozen=True)
class Model:
    """What one kind of input forecasts in a setting.

    :ivar name: the feature, ``social``, or the fusion.
    :ivar photo_id: (n,) the setting's photos.
    :ivar prediction: (splits, n) float64. For a test photo the forecast of the model trained on the whole
        training half; for a training photo the out-of-fold forecast, which late fusion learns from.
    :ivar C: (groups, splits) the chosen regularisation.
    :ivar gap: (groups, splits) duality gap as a share of the objective: how far from its optimum a model may be.
    :ivar converged: (groups, splits) bool: did this model and all of its cross-validation reach the tolerance?
    :ivar weights: per group (splits, d), in the units of the inputs; empty where the inputs differ by split.
    :ivar labels: names of the d inputs, where they are few.
    """

    name: str
    photo_id: np.ndarray
    prediction: np.ndarray
    C: np.ndarray
    gap: np.ndarray
    converged: np.ndarray
    weights: list[np.ndarray] = field(default_factory=list)
    intercept: list[np.ndarray] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


def svr_parameters(values: Mapping[str, Any]) -> SVRParameters:
    """The solver's parameters from the configuration's section ``evaluation``."""
    return SVRParameters(
        C=tuple(values["C"]), folds=values["folds"], epsilon=values["epsilon"], loss=values["loss"]
    )


def social_cues(setting: str, mean_views: str) -> tuple[str, ...]:
    """The cues that the social model of a setting learns from.

    Within one user, a user cue is constant; and the leave-one-out mean is not, but it then is the photo's own
    target turned round, which would be a leak. So user_specific takes the photo cues alone, as the paper's
    Table 2 does.
    """
    if setting == "user_specific":
        return PHOTO_CUES
    other = "mean_views_including_target" if mean_views == "leave_one_out" else "mean_views"
    return tuple(name for name in USER_CUES if name != other) + PHOTO_CUES


def train_feature(setting: Setting, name: str, matrix: FeatureMatrix, parameters: SVRParameters) -> Model:
    """A regression on one descriptor, for every split and group of the setting."""

    def fit(rows: np.ndarray) -> ProtocolFit:
        x = matrix.rows(setting.photo_id[rows])
        return fit_protocol(x, setting.target[rows], setting.folds[:, rows], parameters)

    return _assemble(setting, name, [fit(rows) for rows in setting.groups])


def train_social(
    setting: Setting, cues: pd.DataFrame, names: tuple[str, ...], parameters: SVRParameters
) -> Model:
    """A regression on the social cues. How gaps are filled is learned on each training half alone."""
    aligned = cues.set_index("photo_id").loc[list(setting.photo_id)]
    fits = []
    for rows in setting.groups:
        part, target = aligned.iloc[rows], setting.target[rows]
        per_split = []
        for folds in setting.folds[:, rows]:
            x, _ = design_matrix(part, names, folds >= 0)
            if x.shape[1] == 0:
                raise ViewcastError(
                    "This corpus has none of the social cues: no users table, titles, descriptions or tags. Table 1 "
                    "needs none of them; tables 2 and 3 do."
                )
            per_split.append(fit_protocol(x, target, folds[None], parameters))
        fits.append(_stack(per_split))
    return _assemble(setting, "social", fits)


def train_fusion(setting: Setting, name: str, models: Sequence[Model], parameters: SVRParameters) -> Model:
    """Late fusion (section 6.1): a regression on the outputs of other models.

    It learns from their out-of-fold outputs. Their outputs on the very photos that they were trained on would
    be nearly right by overfitting, the more so the more dimensions a feature has, and the fusion would trust
    the feature that overfits best.
    """
    for model in models:
        if not np.array_equal(model.photo_id, setting.photo_id):
            raise ValueError(f"model {model.name} is of other photos than setting {setting.name}")
    inputs = np.stack([model.prediction for model in models])
    fits = [
        fuse(inputs[:, :, rows], setting.target[rows], setting.folds[:, rows], parameters)
        for rows in setting.groups
    ]
    return _assemble(setting, name, fits, labels=[model.name for model in models])


def _stack(fits: Sequence[ProtocolFit]) -> ProtocolFit:
    """Splits fitted one by one, as one; without weights, because their inputs may differ."""
    first = fits[0]
    return type(first)(
        **{
            name: np.concatenate([getattr(fit, name) for fit in fits])
            if name != "weights"
            else np.empty((len(fits), 0))
            for name in first.__dataclass_fields__
        }
    )


def _assemble(setting: Setting, name: str, fits: Sequence[ProtocolFit], labels: Sequence[str] = ()) -> Model:
    splits, n = setting.folds.shape
    prediction = np.full((splits, n), np.nan)
    for rows, fit in zip(setting.groups, fits, strict=True):
        prediction[:, rows] = fit.prediction
    bad = ~np.isfinite(prediction) & (setting.folds != OUT)
    if bad.any():
        raise ValueError(f"{name}, {setting.name}: {int(bad.sum())} forecasts are not finite")

    def per_group(what: str, dtype: type) -> np.ndarray:
        return np.array([getattr(fit, what) for fit in fits], dtype=dtype).reshape(len(fits), splits)

    return Model(
        name,
        setting.photo_id,
        prediction,
        per_group("C", float),
        per_group("gap", float),
        per_group("converged", bool),
        [fit.weights for fit in fits],
        [fit.intercept for fit in fits],
        list(labels),
    )


def save_model(model: Model, path: str | Path) -> None:
    """Write a model as HDF5, atomically."""
    text = h5py.string_dtype("utf-8")
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["name"] = model.name
        file.create_dataset("photo_id", data=model.photo_id, dtype=text)
        file.create_dataset("labels", data=np.array(model.labels, dtype=object), dtype=text)
        for name in ("prediction", "C", "gap", "converged"):
            file[name] = getattr(model, name)
        for number, (weights, intercept) in enumerate(zip(model.weights, model.intercept, strict=True)):
            file.create_dataset(f"weights/{number}", data=weights.astype(np.float32))
            file[f"intercept/{number}"] = intercept


def load_model(path: str | Path) -> Model:
    """Read what :func:`save_model` wrote."""
    with h5py.File(path) as file:
        groups = range(len(file["C"]))
        return Model(
            str(file.attrs["name"]),
            file["photo_id"].asstr()[()],
            *(file[name][()] for name in ("prediction", "C", "gap", "converged")),
            [file[f"weights/{number}"][()] for number in groups],
            [file[f"intercept/{number}"][()] for number in groups],
            list(file["labels"].asstr()[()]),
        )


def held_out(setting: Setting, split: int, rows: np.ndarray) -> np.ndarray:
    """Those of ``rows`` that are test photos in a split."""
    return rows[setting.folds[split, rows] == TEST]
