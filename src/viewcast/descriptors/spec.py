"""What the workflow has to know of a descriptor: plain data, no heavy import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class DescriptorSpec:
    """One descriptor.

    :ivar name: of the rule, the folder and the table column.
    :ivar module: importable name of the module that computes it, with ``Parameters`` and ``extractor``.
    :ivar summary: one line for people.
    :ivar configured_by: the keys of the configuration that it depends on, such as ``descriptors.preset``; their last
        parts are the names of its parameters.
    :ivar version: raised when the definition changes.
    :ivar longest_side: pictures are reduced to this longest side in pixels first (never enlarged).
    :ivar dictionaries: names in ``DICTIONARIES`` of the dictionaries it needs.
    :ivar weights: does it need the network's weights?
    :ivar gpu: whether a CUDA device is worth asking for.
    :ivar seconds: processor seconds of one photo of 500 x 375 pixels on one core, decoding included, as measured by
        ``benchmarks/jobs.py`` on the slower of two machines; a job asks for a multiple of it.
    :ivar memory_mb: what a job of it needs at most, measured likewise, with room for Snakemake's own process.
    :ivar constants: parameters that are this descriptor's own, whatever the configuration says.
    :ivar whole: whether it is one file for the whole corpus, made by a rule of its own from something else than
        pictures; else it has a file for each shard.
    :ivar made_of: the descriptor whose vectors it is computed from; None: from the pictures.
    :ivar links: what a regression may take of its numbers, of ``viewcast.svr.LINKS``: as they stand; their square roots
        where none can be negative; their logarithms where they are shares of one whole.
    :ivar link: the one of ``links`` that did best on the photographs and the covers of docs/evaluation.md, where
        ``evaluation.links`` is ``descriptor``; it wins ties where a choice is made.
    :ivar scaling: likewise how a regression scales them then, see ``viewcast.svr.SVRParameters``: each by its own
        deviation, or, where all have one unit as a network's activations do, all together.
    """

    name: str
    module: str
    summary: str
    seconds: float
    configured_by: tuple[str, ...] = ()
    memory_mb: int = 1500
    version: int = 1
    longest_side: int = 500
    dictionaries: tuple[str, ...] = ()
    weights: bool = False
    gpu: bool = False
    constants: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = False
    made_of: str | None = None
    links: tuple[str, ...] = ("identity",)
    link: str = "identity"
    scaling: str = "standard"

    def preparations(self, links: str, scaling: str) -> list[tuple[str, str]]:
        """What a regression may choose from; this descriptor's own is the first, which is taken where scores are equal.

        :param links: ``auto`` (all of ``links``), ``descriptor`` (its ``link``) or ``identity``.
        :param scaling: ``auto`` (standard and global), ``descriptor`` (its ``scaling``), or one of
            ``viewcast.svr.SVRParameters``.
        :returns: pairs (link, scaling) without repetition.
        """
        own_links = {"auto": (self.link, *self.links), "descriptor": (self.link,)}.get(links, (links,))
        own_scalings = {"auto": (self.scaling, "standard", "global"), "descriptor": (self.scaling,)}
        scalings = own_scalings.get(scaling, (scaling,))
        return list(dict.fromkeys((link, scaled) for link in own_links for scaled in scalings))


@dataclass(frozen=True, kw_only=True)
class DictionarySpec:
    """One dictionary.

    :ivar name: also the ``kind`` that ``module.sample_descriptors`` is asked for.
    :ivar module: provides the raw local descriptors that it is learned from.
    :ivar sizes: words by preset.
    :ivar configured_by: as for a descriptor.
    :ivar longest_side: of the pictures that it is learned from, the same as the descriptor's.
    """

    name: str
    module: str
    sizes: Mapping[str, int]
    configured_by: tuple[str, ...]
    longest_side: int = 500
