"""From pictures and dictionaries to feature files, for any descriptor of the registry."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import cv2
import torch

from viewcast.coding.dictionary import load_dictionary
from viewcast.device import choose_device
from viewcast.features.files import FeatureAttributes
from viewcast.features.matrix import read_vectors
from viewcast.features.shard import extract_shard
from viewcast.pictures.shards import read_pictures
from viewcast.provenance import library_versions

if TYPE_CHECKING:
    from viewcast.descriptors.spec import DescriptorSpec

#: One thread per job: shards run side by side, and no digit depends on how many cores there are.
THREADS = 1


def parameters_of(module: ModuleType, values: Mapping[str, Any]) -> Any:
    """A descriptor's ``Parameters`` from the configuration: a ``preset``, if any, with changes."""
    changes = dict(values)
    preset = changes.pop("preset", None)
    return module.Parameters(**changes) if preset is None else module.Parameters.preset(preset, **changes)


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
    :param weights: record of the weights of the network that ``parameters`` name, beside which they lie, where the
        descriptor needs them.
    """
    torch.set_num_threads(THREADS)
    cv2.setNumThreads(THREADS)
    module = importlib.import_module(spec.module)
    settings = parameters_of(module, parameters)
    learned = {name: load_dictionary(path) for name, path in zip(spec.dictionaries, dictionaries, strict=True)}
    words = {name: dictionary.words for name, dictionary in learned.items()}
    extra = {"weights": Path(weights).parent} if weights is not None else {}
    extract = module.extractor(settings, words, choose_device(device), **extra)
    digests = [dictionary.digest for dictionary in learned.values()]
    if weights is not None:
        record = json.loads(Path(weights).read_text(encoding="utf-8"))
        if record["backbone"] != settings.backbone:
            raise ValueError(f"{weights} is the record of {record['backbone']}, not of {settings.backbone}")
        digests = [record["sha256"]]
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
