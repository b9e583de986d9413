"""From files to the regions of photographs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from viewcast.coding.dictionary import load_dictionary
from viewcast.corpus.settings import Setting
from viewcast.descriptors.registry import DESCRIPTORS, spec_of
from viewcast.explain.region_files import Regions
from viewcast.explain.regions import EXACT, Described, Network, explain_samples
from viewcast.explain.shards import choose_shards
from viewcast.features.matrix import FeatureMatrix
from viewcast.features.pipeline import parameters_of
from viewcast.forecasts import Forecasts, load_forecasts


def read_described(
    parameters: Mapping[str, Mapping[str, Any]],
    dictionaries: Mapping[str, str | Path],
    weights: str | Path | None,
) -> Described:
    """How pictures are described.

    :param parameters: feature -> what the configuration says of it; ``deep`` is among them where ``objects`` is.
    :param dictionaries: name -> file.
    :param weights: record of a network's weights, beside which those of every network lie; None: no feature needs them.
    """
    # No map can be drawn of the user's own numbers.
    specs = {name: spec_of(name) for name, own in parameters.items() if name in DESCRIPTORS or "backbone" in own}
    own = {name: parameters_of(importlib.import_module(spec.module), parameters[name]) for name, spec in specs.items()}
    words = {name: load_dictionary(path).words for name, path in dictionaries.items()}
    exact = {name: one for name, one in own.items() if name in EXACT}
    if weights is None:
        return Described(exact, words)
    described = tuple(name for name, spec in specs.items() if spec.weights)
    return Described(exact, words, _network(own, Path(weights).parent), described)


def _network(parameters: Mapping[str, Any], weights: Path) -> Network:
    from viewcast.descriptors import deep, objects

    describe = {
        name: deep.extractor(own, weights=weights)
        for name, own in parameters.items()
        if isinstance(own, deep.Parameters)
    }
    classify = objects.extractor(parameters["objects"], weights=weights) if "objects" in parameters else None

    def network(pictures: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        vectors = {name: extract(pictures) for name, extract in describe.items()}
        return vectors | ({"objects": classify(list(vectors["deep"]))} if classify else {})

    return network


def read_regions(
    samples: pd.DataFrame,
    settings: Sequence[Setting],
    fusions: Sequence[Forecasts],
    models: Sequence[str | Path],
    features: Mapping[str, Sequence[str | Path]],
    described: Described,
    *,
    pictures: str | Path,
    clip: bool,
    seed: int,
) -> tuple[list[Regions], str]:
    """The regions of the photos of Figure 7, and why there are none where there are none.

    :param samples: samples.parquet.
    :param fusions: the content fusions of the settings, in their order.
    :param models: files of the features' models in any of the settings.
    :param features: feature -> its files.
    :param pictures: the folder of the shards of pictures.
    """
    shown = samples[samples["figure"] == "regions"]
    if shown.empty:
        return [], "No photographs are shown: the configuration leaves them out, or no setting has enough of them."
    torch.set_num_threads(1)  # so that no digit depends on how many cores there are
    setting, fusion = next(
        (setting, fusion)
        for setting, fusion in zip(settings, fusions, strict=True)
        if setting.name == shown["setting"].iloc[0]
    )
    if not fusion.weights:
        return [], "The fusion is of boosted trees, whose forecasts are no sums over regions."
    own = [load_forecasts(path) for path in models if Path(path).parent.name == setting.name]
    matrices = {name: FeatureMatrix(choose_shards(paths, seed)) for name, paths in features.items()}
    # A kernel's landmarks may be in any shard.
    whole = {model.name: FeatureMatrix(features[model.name]) for model in own if model.machines}
    found = explain_samples(
        shown, setting, fusion, own, matrices, described, whole=whole, pictures=pictures, clip=clip, seed=seed
    )
    return list(found), ""
