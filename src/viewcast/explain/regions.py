"""What each region of a photograph adds to its content forecast (paper section 6.3)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.errors import ViewcastError
from viewcast.explain.contributions import ContentModel, MeanModel, reference_of
from viewcast.explain.pixels import (
    color_histogram_map,
    color_patches_map,
    gist_map,
    gradient_map,
    resample,
    texture_map,
)
from viewcast.explain.region_files import Regions
from viewcast.explain.samples import jpeg, read_images
from viewcast.features.matrix import FeatureMatrix
from viewcast.forecasts import Forecasts

logger = logging.getLogger(__name__)

#: Features whose numbers are given back to pixels exactly; those of networks together and approximately.
EXACT = ("gist", "color_histogram", "texture", "color_patches", "gradient")
#: The side of the pictures that a map is of, and the one that the gradient is computed at.
SIDE, GRADIENT_SIDE = 500, 400
#: Photos whose average is the reference.
REFERENCE_PHOTOS = 2000
#: Longest side of a picture that is kept with its map, pixels.
KEPT_SIDE = 360
#: A forecast and the sum of its parts may differ by so much of the target's unit: weights are kept in float32.
_AGREEMENT = 1e-3

Network = Callable[[Sequence[np.ndarray]], Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class Described:
    """How pictures are described, for maps.

    :ivar parameters: feature -> its module's ``Parameters``.
    :ivar dictionaries: name -> words.
    :ivar network: from n pictures to the vectors of the features that networks give; None where none is in use.
    :ivar networks: the names of these features.
    """

    parameters: Mapping[str, Any]
    dictionaries: Mapping[str, np.ndarray]
    network: Network | None = None
    networks: tuple[str, ...] = ()


def feature_maps(
    images: Mapping[int, np.ndarray],
    contributions: Mapping[str, np.ndarray],
    models: Mapping[str, MeanModel],
    described: Described,
) -> dict[str, np.ndarray]:
    """The maps of a picture, by feature; one for those of networks.

    Each sums to its feature's contributions. What covering windows of the picture one by one does not explain of the
    networks' is spread evenly over the picture.

    :param images: longest side -> the picture, RGB uint8, at SIDE and GRADIENT_SIDE.
    :param contributions: feature -> (d,), of :class:`Explained`.
    :param models: feature -> its part of the fusion.
    :returns: (h, w) float64 each, of the picture at SIDE, in the target's units.
    """
    image, small = images[SIDE], images[GRADIENT_SIDE]
    parameters, words = described.parameters, described.dictionaries
    exact: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "gist": lambda own: gist_map(image, own),
        "color_histogram": lambda own: color_histogram_map(image, own, parameters["color_histogram"].color_table),
        "texture": lambda own: texture_map(image, own, parameters["texture"]),
        "color_patches": lambda own: color_patches_map(image, own, words["color_patches"], parameters["color_patches"]),
        "gradient": lambda own: resample(
            gradient_map(small, own, dict(words), parameters["gradient"]), *image.shape[:2]
        ),
    }
    maps = {name: exact[name](own) for name, own in contributions.items() if name in EXACT}
    used = [name for name in contributions if name in described.networks]
    if used and described.network is not None:
        # Captum takes a moment to import, and not every corpus has a network.
        from viewcast.explain.network import covering_map

        network = described.network

        def forecast(pictures: Sequence[np.ndarray]) -> np.ndarray:
            vectors = network(pictures)
            return np.sum([models[name](vectors[name]) for name in used], axis=0)

        found = covering_map(image, forecast)
        # What no window explains alone is everywhere alike.
        whole = sum(contributions[name].sum() for name in used)
        maps["network"] = found + (whole - found.sum()) / found.size
    return maps


def explain_samples(
    samples: pd.DataFrame,
    setting: Setting,
    fusion: Forecasts,
    features: Sequence[Forecasts],
    matrices: Mapping[str, FeatureMatrix],
    described: Described,
    *,
    whole: Mapping[str, FeatureMatrix] | None = None,
    pictures: str | Path,
    clip: bool,
    seed: int,
) -> Iterator[Regions]:
    """The regions of photographs of a corpus.

    :param samples: rows ``photo_id, panel, place, shard`` of photos of the setting.
    :param fusion, features: of the setting: the fusion of content, and the models that it fuses.
    :param matrices: feature -> the feature files of at least the samples' shards.
    :param whole: feature -> the feature files of all shards, where a model of it has a kernel; None: none has.
    :param pictures: the folder of the shards of pictures.
    :param clip: did the fusion clip its inputs?
    :param seed: chooses the photos whose average is the reference.
    :raises ViewcastError: models and features do not belong together.
    """
    model = ContentModel(setting, fusion, features, clip=clip, matrices=whole)
    known = setting.photo_id[pd.Index(setting.photo_id).isin(matrices[model.features[0].name].index)]
    others = np.random.default_rng([seed, 22]).permutation(known)[:REFERENCE_PHOTOS]
    reference = {
        own.name: reference_of(matrices[own.name].rows(others.tolist()), np.unique(own.link.astype(str)).tolist())
        for own in model.features
    }
    place_of = {photo_id: row for row, photo_id in enumerate(setting.photo_id)}
    stems = [str(Path(pictures) / shard) for shard in samples["shard"]]
    images = dict(read_images(stems, samples["photo_id"], SIDE, GRADIENT_SIDE))
    vectors = {name: matrix.rows(samples["photo_id"].tolist()) for name, matrix in matrices.items()}
    for number, sample in enumerate(samples.to_dict("records")):
        photo_id, row = sample["photo_id"], place_of[sample["photo_id"]]
        explained = model.explain(row, {name: rows[number] for name, rows in vectors.items()}, reference)
        models = model.mean_models(model.group_of(row), model.splits_of(row))
        own = images[photo_id]
        maps = feature_maps(own, explained.contributions, models, described)
        total = np.sum(list(maps.values()), axis=0) if maps else np.zeros(own[SIDE].shape[:2])
        rest = sum(part.sum() for part in explained.contributions.values()) - total.sum()
        apart = explained.forecast - (total.sum() + explained.constant + rest)
        if abs(apart) > _AGREEMENT * (1 + abs(explained.forecast)):
            raise ViewcastError(
                f"The forecast of the photo {photo_id} is not the sum of its parts (they differ by {apart:g}): models "
                "and features do not belong together. Delete results/models and run the same command again."
            )
        yield Regions(
            photo_id, sample["panel"], int(sample["place"]), float(setting.target[row]), explained, total,
            {name: float(part.sum()) for name, part in maps.items()}, float(rest), jpeg(own[SIDE], KEPT_SIDE),
        )  # fmt: skip
