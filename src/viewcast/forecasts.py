"""What one kind of input forecasts in a setting, and the file that keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.folds import TEST
from viewcast.store.hdf5 import TEXT, reading_sealed, sealed
from viewcast.store.seal import Layout

LAYOUT = Layout("model", 1)

#: What is said where a corpus, or a user's photos, have nothing for a social model to learn from.
NO_CUE = "none of the social cues tells its photos apart (the users table, titles, descriptions, tags)"


@dataclass(frozen=True)
class Forecasts:
    """What one kind of input forecasts in a setting.

    :ivar setting: name of the setting or protocol.
    :ivar name: the feature, ``social``, or the fusion.
    :ivar photo_id: (n,) the setting's photos.
    :ivar prediction: (splits, n) float64. For a test photo the forecast of the model trained on the whole
        training half; for a training photo the out-of-fold forecast, which late fusion learns from.
    :ivar C: (groups, splits) the chosen regularisation.
    :ivar gap: (groups, splits) duality gap as a share of the objective: how far from its optimum a model may be.
    :ivar converged: (groups, splits) bool: did this model and all of its cross-validation reach the tolerance?
    :ivar weights: per group (splits, d), in the units of the inputs; NaN where a split has no such input, as a cue that
        is constant in its training half.
    :ivar labels: names of the d inputs, where they are few.
    :ivar link: (groups, splits) what each model takes of a feature's numbers, of ``svr.LINKS``; its weights are of
        these. Empty where the inputs are no feature.
    :ivar scaling: (groups, splits) how its cross-validation scaled them, see ``svr.SVRParameters``.
    """

    setting: str
    name: str
    photo_id: np.ndarray
    prediction: np.ndarray
    C: np.ndarray
    gap: np.ndarray
    converged: np.ndarray
    weights: list[np.ndarray] = field(default_factory=list)
    intercept: list[np.ndarray] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    link: np.ndarray = field(default_factory=lambda: np.empty((0, 0), dtype=object))
    scaling: np.ndarray = field(default_factory=lambda: np.empty((0, 0), dtype=object))


def save_forecasts(model: Forecasts, path: str | Path) -> None:
    """Write a model as HDF5, atomically."""
    with sealed(path, LAYOUT) as file:
        for name in ("setting", "name"):
            file.attrs[name] = getattr(model, name)
        for name in ("link", "scaling"):
            file.create_dataset(name, data=getattr(model, name), dtype=TEXT)
        file.create_dataset("photo_id", data=model.photo_id, dtype=TEXT)
        file.create_dataset("labels", data=np.array(model.labels, dtype=object), dtype=TEXT)
        for name in ("prediction", "C", "gap", "converged"):
            file[name] = getattr(model, name)
        for number, (weights, intercept) in enumerate(zip(model.weights, model.intercept, strict=True)):
            file.create_dataset(f"weights/{number}", data=weights.astype(np.float32))
            file[f"intercept/{number}"] = intercept


def load_forecasts(path: str | Path) -> Forecasts:
    """Read what :func:`save_forecasts` wrote.

    :raises ViewcastError: it is damaged, of another version, or the copy of another model.
    """
    with reading_sealed(path, LAYOUT) as file:
        groups = range(len(file["C"]))
        return Forecasts(
            setting=str(file.attrs["setting"]),
            name=str(file.attrs["name"]),
            photo_id=file["photo_id"].asstr()[()],
            prediction=file["prediction"][()],
            C=file["C"][()],
            gap=file["gap"][()],
            converged=file["converged"][()],
            weights=[file[f"weights/{number}"][()] for number in groups],
            intercept=[file[f"intercept/{number}"][()] for number in groups],
            labels=list(file["labels"].asstr()[()]),
            link=file["link"].asstr()[()],
            scaling=file["scaling"].asstr()[()],
        )


def load_models(kinds: Mapping[str, Sequence[str | Path]]) -> dict[str, list[tuple[str, Forecasts]]]:
    """Files by kind (``feature``, ``beyond``, ``fusion``, ``social``) -> setting -> pairs of a kind and a model.

    A social model that no cue told anything forecasts a constant, and a fusion of content with it is a fusion of
    content alone. Both are left out, so that no table shows one for a finding.
    """
    found: dict[str, list[tuple[str, Forecasts]]] = {}
    for kind, paths in kinds.items():
        for path in paths:
            model = load_forecasts(path)
            found.setdefault(model.setting, []).append((kind, model))
    for setting, models in found.items():
        empty = {model.name for kind, model in models if kind == "social" and not model.labels}
        found[setting] = [
            (kind, model)
            for kind, model in models
            if model.name not in empty and not model.name.endswith(tuple(f"_{name}" for name in empty))
        ]
    return found


def has_social(models: Iterable[tuple[str, Forecasts]]) -> bool:
    """Whether a model on social cues is among pairs of a kind and a model."""
    return any(kind == "social" for kind, _ in models)


def count_choices(models: Iterable[Forecasts]) -> pd.DataFrame:
    """How often each link and scaling was chosen.

    :returns: columns ``setting, feature, link, scaling, models, share``: the number of models (one for each group and
        split) that chose so, and their share of the feature's models in the setting; the most frequent first.
    """
    rows = [
        (model.setting, model.name, *pair, count, count / model.link.size)
        for model in models
        for pair, count in Counter(zip(model.link.ravel(), model.scaling.ravel(), strict=True)).most_common()
    ]
    return pd.DataFrame(rows, columns=["setting", "feature", "link", "scaling", "models", "share"])


def held_out(setting: Setting, split: int, rows: np.ndarray) -> np.ndarray:
    """Those of ``rows`` that are test photos in a split."""
    return rows[setting.folds[split, rows] == TEST]
