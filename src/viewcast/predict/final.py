"""From the workflow's results to the one file that is taken away."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from viewcast.coding.dictionary import load_dictionary
from viewcast.corpus.cues import LOGARITHMIC, extra_cues
from viewcast.corpus.final import PARTS
from viewcast.corpus.settings import Setting
from viewcast.descriptors.registry import DESCRIPTORS
from viewcast.errors import ViewcastError
from viewcast.features.matrix import FeatureMatrix
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts
from viewcast.predict.calibration import (
    PHOTOS,
    Calibration,
    calibrate,
    coverage_by_width,
    forecast_held_out,
    rank_correlations,
    strangeness,
)
from viewcast.predict.cues import MEAN_VIEWS, MISSING, CueInputs, inputs_of
from viewcast.predict.describe import Attachment, Recipe
from viewcast.predict.file import Reference, Saved
from viewcast.predict.results import Card
from viewcast.predict.weights import CONTENT, SOCIAL, TOTAL, Fusion, Regressions
from viewcast.provenance import library_versions
from viewcast.svr.rows import LINKS
from viewcast.training import SocialInputs, targets_of

logger = logging.getLogger(__name__)

#: Parameters that name a file.
_PATHS = ("color_table", "face_model")


def make_recipe(
    parameters: Mapping[str, Mapping[str, Any]],
    dictionaries: Mapping[str, str | os.PathLike[str]],
    weights: Sequence[str | os.PathLike[str]],
    dtype: str,
) -> Recipe:
    """How pictures are described, with all that it needs.

    :param parameters: feature -> what the configuration says of it; those that others are made of are among them.
    :param dictionaries: name -> file.
    :param weights: the files of networks, records among them.
    :param dtype: of the feature files.
    """
    attachments = {
        f"{feature}/{name}": Attachment(Path(values[name]).suffix, Path(values[name]).read_bytes())
        for feature, values in parameters.items()
        for name in _PATHS
        if values.get(name)
    }
    return Recipe(
        parameters,
        {name: load_dictionary(path).words for name, path in dictionaries.items()},
        {Path(path).name: Path(path).read_bytes() for path in weights},
        attachments,
        dtype,
    )


def make_model(
    setting: Setting,
    features: Mapping[str, Forecasts],
    fusions: Sequence[Forecasts],
    social: Forecasts,
    beyond: Mapping[str, Forecasts],
    cues: pd.DataFrame,
    matrices: Mapping[str, FeatureMatrix],
    recipe: Recipe,
    *,
    photos: pd.DataFrame,
    protocols: pd.DataFrame,
    mean_views: str,
    clip: bool,
    seed: int,
    source: str,
    definition: str,
    unit: str,
) -> Saved:
    """Put a model together.

    :param setting: of ``corpus.final``.
    :param features: feature -> its regressions in the setting; :param social: those on the cues.
    :param fusions: of content, and of content and social.
    :param beyond: feature -> its regressions on what ``social`` leaves over, where they are fused by residuals.
    :param cues: rows of ``make_cues``; :param mean_views: what the mean of views knows (``social.mean_views``).
    :param matrices: feature -> its vectors.
    :param photos: photos.parquet; :param protocols: protocols.csv.
    :param clip: did the fusions clip their inputs?
    :param source: of the corpus; :param definition, unit: of the target.
    :raises ViewcastError: the corpus is too small, or its features or fusion cannot be used for single pictures.
    """
    if setting.unavailable:
        raise ViewcastError(f"No model can be made: {setting.unavailable}.")
    strangers = [name for name in features if name not in DESCRIPTORS and not name.startswith("deep_")]
    if strangers:
        raise ViewcastError(
            f"evaluation.features: {', '.join(strangers)} cannot be computed from a single picture, so that no model "
            "of them can score one. Take them out of evaluation.features, and put them into evaluation.also."
        )
    by_name = {fusion.name: fusion for fusion in fusions}
    if not all(fusion.weights for fusion in fusions):
        raise ViewcastError("fusion.method: a model is saved as weights, which boosting has not. Set it to svr.")
    has_social = bool(social.labels)
    if not has_social:
        logger.warning("No cue tells the photos of this corpus apart: the model knows pictures alone.")
    rows = np.sort(np.random.default_rng([seed, 30]).permutation(len(setting.photo_id))[:PHOTOS])
    part = np.argmax(setting.folds[1:, rows] == TEST, axis=0)
    user = np.unique(setting.user[rows].astype(str), return_inverse=True)[1]
    landmarks = {
        name: matrices[name]
        for name, model in {**features, **beyond}.items()
        if model.machines
    }  # fmt: skip
    regressions = {name: _regressions(model, setting, landmarks.get(name)) for name, model in features.items()}
    own: dict[str, Fusion] = {CONTENT: _fusion(by_name[CONTENT], _limits(setting, None, clip))}
    members = {name: _held_out(model, rows, part) for name, model in features.items()}
    inputs, labels = np.zeros((len(rows), 0)), CueInputs((), frozenset(), np.zeros(0), np.zeros((0, 0)))
    weights = None
    if has_social:
        inputs = _cue_inputs(setting, cues, mean_views, social.labels, rows, part)
        logarithmic = _logarithmic(cues, social.labels, counted=bool(definition))
        labels = inputs_of(inputs, [_own_name(label) for label in social.labels], logarithmic)
        weights = np.nan_to_num(social.weights[0].astype(np.float64)), social.intercept[0]
        total = by_name[TOTAL]
        base = social if beyond else None
        fusion = _fusion(total, _limits(setting, base, clip), base=SOCIAL if beyond else "")
        if beyond:
            names = tuple(f"beyond/{name}" for name in fusion.inputs)
            fusion = replace(fusion, inputs=names)
            regressions |= {
                f"beyond/{name}": _regressions(model, setting, landmarks.get(name)) for name, model in beyond.items()
            }
            members |= {f"beyond/{name}": _held_out(model, rows, part) for name, model in beyond.items()}
        own[TOTAL] = fusion
    reference, strange = {}, {}
    for name in features:
        used = {*features[name].link.ravel().tolist(), *(beyond[name].link.ravel().tolist() if name in beyond else ())}
        reference[name], strange[name] = _reference(matrices[name], setting.photo_id[rows], sorted(used))
    calibration = Calibration(part, setting.target[rows], members, inputs, strange, user)
    known = labels.cues
    combined = forecast_held_out(calibration, own, weights, labels, known)
    here = calibrate(calibration, combined)
    taken = photos[photos["photo_id"].isin(setting.photo_id)]
    uploaded = taken["uploaded_at"].dropna()
    card = Card(
        corpus=source,
        synthetic=source == "demo",
        photos=len(setting.photo_id),
        users=len(np.unique(setting.user)),
        first=str(uploaded.min().date()) if len(uploaded) else "",
        last=str(uploaded.max().date()) if len(uploaded) else "",
        definition=definition,
        unit=unit,
        mean_views_unit=str(cues["mean_views_unit"].iloc[0]),
        features=tuple(features),
        cues=known,
        seed=seed,
        held_out=rank_correlations(calibration, combined),
        protocols=tuple(protocols.astype(str).to_dict("records")),
        coverage=tuple(coverage_by_width(calibration, here)),
        note=setting.note,
        libraries=library_versions(),
    )
    return Saved(card, recipe, regressions, own, weights, labels, calibration, reference)


def _regressions(model: Forecasts, setting: Setting, matrix: FeatureMatrix | None) -> Regressions:
    machines = {split: machine for (_, split), machine in model.machines.items()}
    landmarks = np.empty((0, 0), dtype=np.float32)
    if machines:
        assert matrix is not None
        # Models draw their landmarks in one order, so that most are common to them.
        places = np.unique(np.concatenate([machine.landmark for machine in machines.values()]))
        landmarks = matrix.rows(setting.photo_id[places].tolist())
        machines = {
            split: replace(machine, landmark=np.searchsorted(places, machine.landmark))
            for split, machine in machines.items()
        }
    return Regressions(
        model.link[0], model.weights[0].astype(np.float32), model.intercept[0].astype(np.float64), machines, landmarks
    )


def _fusion(model: Forecasts, limits: tuple[np.ndarray, np.ndarray], base: str = "") -> Fusion:
    return Fusion(
        tuple(name.removeprefix("fusion/") for name in model.labels),
        model.weights[0].astype(np.float64),
        model.intercept[0].astype(np.float64),
        *limits,
        base,
    )


def _limits(setting: Setting, base: Forecasts | None, clip: bool) -> tuple[np.ndarray, np.ndarray]:
    """The range (s,) and (s,) of what each split's models were trained on."""
    if not clip:
        return np.full(1 + PARTS, -np.inf), np.full(1 + PARTS, np.inf)
    trained = np.where(setting.folds >= 0, targets_of(setting, base), np.nan)
    return np.nanmin(trained, axis=1), np.nanmax(trained, axis=1)


def _held_out(model: Forecasts, rows: np.ndarray, part: np.ndarray) -> np.ndarray:
    """The forecasts of photos by the models that were trained without them."""
    return np.asarray(model.prediction[1 + part, rows])


def _cue_inputs(
    setting: Setting, cues: pd.DataFrame, mean_views: str, labels: Sequence[str], rows: np.ndarray, part: np.ndarray
) -> np.ndarray:
    """The inputs (m, d) of the models that were trained without the photos; NaN where such a model lacks an input."""
    social = SocialInputs(setting, cues, mean_views)
    everything = np.arange(len(setting.photo_id))
    found = np.full((len(rows), len(labels)), np.nan)
    order = list(labels)
    for one in range(PARTS):
        own = np.flatnonzero(part == one)
        design, named = social.labelled_design(1 + one, everything)
        found[np.ix_(own, np.array([order.index(label) for label in named], dtype=int))] = design[rows[own]]
    return found


def _logarithmic(cues: pd.DataFrame, labels: Sequence[str], *, counted: bool) -> list[str]:
    """The cues that enter as log2(1 + x), as ``design_matrix`` decides. A mean of popularities is a logarithm already,
    but who is asked for it knows views.

    :param counted: is the target made of views?
    """
    every = {label.removesuffix(MISSING) for label in labels}
    found = {name for name in every if name in LOGARITHMIC}
    found |= {name for name in extra_cues(cues) if name in every and not (cues[name] < 0).any()}
    in_views = cues["mean_views_unit"].iloc[0] != "popularity"
    return sorted(found | ({MEAN_VIEWS} if counted or in_views else set()))


def _own_name(label: str) -> str:
    """An input's name, in which the mean of views is one, whatever it knows."""
    if not label.startswith(f"{MEAN_VIEWS}_"):
        return label
    return MEAN_VIEWS + (MISSING if label.endswith(MISSING) else "")


def _reference(matrix: FeatureMatrix, photo_id: np.ndarray, links: Sequence[str]) -> tuple[Reference, np.ndarray]:
    """The average photo of some, and how far each of them is from it."""
    rows = matrix.rows(photo_id.tolist())
    centre, spread = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)
    spread = np.where(spread > 1e-9 * (1 + np.abs(centre)), spread, 1)
    mean = {link: LINKS[link](rows).mean(axis=0, dtype=np.float64) for link in links}
    return Reference(mean, centre, spread), strangeness(rows, centre, spread)
