"""From pictures to dictionaries and feature files, for any descriptor of the registry."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from viewcast.coding.dictionary import learn_dictionary, load_dictionary, save_dictionary
from viewcast.device import choose_device
from viewcast.errors import ViewcastError
from viewcast.features.files import FeatureAttributes
from viewcast.features.matrix import read_vectors
from viewcast.features.shard import extract_shard
from viewcast.pictures.sample import sample_pictures
from viewcast.pictures.shards import read_pictures
from viewcast.provenance import library_versions

if TYPE_CHECKING:
    from viewcast.descriptors.spec import DescriptorSpec, DictionarySpec

#: One thread per job: shards run side by side, and no digit depends on how many cores there are.
THREADS = 1


def parameters_of(module: ModuleType, values: Mapping[str, Any]) -> Any:
    """A descriptor's ``Parameters`` from the configuration: a ``preset``, if any, with changes."""
    changes = dict(values)
    preset = changes.pop("preset", None)
    return module.Parameters(**changes) if preset is None else module.Parameters.preset(preset, **changes)


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


def make_features(
    spec: DescriptorSpec,
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    dictionaries: Sequence[str | os.PathLike[str]],
    weights: str | os.PathLike[str] | None,
    parameters: Mapping[str, Any],
    device: str,
    batch_size: int,
    dtype: Literal["float16", "float32"],
    compression: str,
    code: str,
) -> None:
    """Compute one descriptor of one shard into a feature file.

    :param source: the shard's pictures, or the feature file of the descriptor that this one is made of.
    :param dictionaries: files of the dictionaries that the descriptor needs, in its order.
    :param weights: record of the network's weights, beside which they lie, where the descriptor needs them.
    """
    torch.set_num_threads(THREADS)
    module = importlib.import_module(spec.module)
    settings = parameters_of(module, parameters)
    learned = {name: load_dictionary(path) for name, path in zip(spec.dictionaries, dictionaries, strict=True)}
    words = {name: dictionary.words for name, dictionary in learned.items()}
    extra = {"weights": Path(weights).parent} if weights is not None else {}
    extract = module.extractor(settings, words, choose_device(device), **extra)
    digests = [dictionary.digest for dictionary in learned.values()]
    if weights is not None:
        digests = [json.loads(Path(weights).read_text(encoding="utf-8"))["sha256"]]
    attributes = FeatureAttributes(
        descriptor=spec.name,
        version=str(spec.version),
        parameters=dict(parameters),
        code_digest=code,
        dictionary_digest=" ".join(digests),
        units="1",
        libraries=library_versions(),
    )
    sizes = {"words": len(next(iter(words.values())))} if words else {}
    rows = read_pictures(source, spec.longest_side) if spec.made_of is None else read_vectors(source)
    extract_shard(
        rows, target, extract, dimension=module.dimension(settings, **sizes), attributes=attributes,
        batch_size=batch_size, dtype=dtype, compression=compression,
    )  # fmt: skip
