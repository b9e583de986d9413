"""What the workflow has to know of a descriptor: plain data, no heavy import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class DescriptorSpec:
    """One descriptor.

    Attributes:
        name: of the rule, the folder and the table column.
        module: importable name of the module that computes it, with ``Parameters`` and ``extractor``.
        dictionaries: names in ``DICTIONARIES`` of the dictionaries it needs.
        version: raised when the definition changes.
        longest_side: pictures are reduced to this longest side in pixels first (never enlarged).
        gpu: whether a CUDA device is worth asking for.
        summary: one line for people.
        made_of: the descriptor whose vectors it is computed from; None: from the pictures.
        link: what a regression takes of its numbers, one of ``viewcast.svr.rows.LINKS``: shares and counts by their
            square roots, probabilities by their logarithms.
        scaling: how a regression scales them then, see ``viewcast.svr.SVRParameters``: each by its own deviation,
            or, where all have one unit as a network's activations do, all together.
    """

    name: str
    module: str
    dictionaries: tuple[str, ...]
    version: int
    longest_side: int
    gpu: bool
    summary: str
    made_of: str | None = None
    link: str = "identity"
    scaling: str = "standard"


@dataclass(frozen=True)
class DictionarySpec:
    """One dictionary.

    Attributes:
        name: also the ``kind`` that ``module.sample_descriptors`` is asked for.
        module: provides the raw local descriptors that it is learned from.
        sizes: words by preset.
        longest_side: of the pictures that it is learned from, the same as the descriptor's.
    """

    name: str
    module: str
    sizes: Mapping[str, int]
    longest_side: int
