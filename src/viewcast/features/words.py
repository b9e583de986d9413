"""From a sample of the pictures to a dictionary of visual words, for any dictionary of the registry."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from viewcast.coding.dictionary import save_dictionary
from viewcast.coding.kmeans import learn_dictionary
from viewcast.errors import ViewcastError
from viewcast.features.pipeline import THREADS, parameters_of
from viewcast.pictures.sample import sample_pictures
from viewcast.provenance import library_versions

if TYPE_CHECKING:
    from viewcast.descriptors.spec import DictionarySpec


def make_dictionary(
    spec: DictionarySpec,
    listed: str | os.PathLike[str],
    pictures: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    parameters: Mapping[str, Any],
    seed: int,
    max_pixels: int,
    photos: int,
    descriptors_per_photo: int,
    descriptors: int,
    code: str,
) -> None:
    """Learn a dictionary from a sample of the whole corpus and write it with its provenance.

    The sample goes by a hash of the seed and of the photos' ids (``pictures.sample``), so it does not depend on how the
    table is sorted. It knows no target, so that nothing of it can leak; but it takes no account of the test halves
    either, where the toolbox samples training photos: ten random halves share the one dictionary.

    :param listed: the list of ``pictures.sample.write_sample_list``.
    :param pictures: the folder of the pictures.
    :param max_pixels: of a picture, as for the shards.
    :param parameters: of the descriptor, see :func:`parameters_of`.
    :param photos, descriptors_per_photo, descriptors: sizes of the sample.
    :param code: digest of the code, kept as provenance.
    :raises ViewcastError: the sample has fewer descriptors than the dictionary has words.
    """
    torch.set_num_threads(THREADS)
    module = importlib.import_module(spec.module)
    settings = parameters_of(module, parameters)
    size = spec.sizes[parameters["preset"]]
    found: list[np.ndarray] = []
    names: list[str] = []
    share = min(descriptors_per_photo, -(-descriptors // photos))
    for row in sample_pictures(listed, pictures, photos, side=spec.longest_side, max_pixels=max_pixels):
        rng = np.random.default_rng([seed, 21, *row.photo_id.encode()])
        found.append(module.sample_descriptors(row.image, share, rng, settings, kind=spec.name))
        names.append(row.photo_id)
    samples = np.concatenate(found) if found else np.empty((0, 1), np.float32)
    if len(samples) < size:
        raise ViewcastError(
            f"The dictionary {spec.name} has {size} words, but {len(names)} photos gave only {len(samples)} local "
            "descriptors. Bring more or larger photographs, or raise dictionary.photos and "
            "dictionary.descriptors_per_photo."
        )
    provenance = {
        "dictionary": spec.name,
        "photos": len(names),
        "first_photos": names[:10],
        "samples": len(samples),
        "parameters": dict(parameters),
        "seed": seed,
        "code_digest": code,
        "libraries": library_versions(),
    }
    save_dictionary(target, learn_dictionary(samples, size, seed, provenance))
