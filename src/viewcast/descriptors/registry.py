"""Every descriptor and dictionary, as data, in the order of the paper's Table 1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from viewcast.descriptors.spec import DescriptorSpec, DictionarySpec
from viewcast.errors import ViewcastError

_HERE = "viewcast.descriptors"
_PRESET = "descriptors.preset"
_TOOLBOX = "descriptors.toolbox_compat"
_COLORS = "descriptors.color_table"

#: How names begin that tables and models use, so that no feature of the user's own can bear them.
RESERVED = ("best_single", "beyond_", "combined", "content", "everything", "mean", "nothing", "over_", "social")

DESCRIPTORS: dict[str, DescriptorSpec] = {
    spec.name: spec
    for spec in (
        DescriptorSpec(
            name="gist",
            module=f"{_HERE}.gist",
            summary="Gist of the scene: Gabor energies, 512",
            seconds=0.03,
            configured_by=(_PRESET,),
            links=("identity", "root"),
        ),
        DescriptorSpec(
            name="color_histogram",
            module=f"{_HERE}.color_histogram",
            summary="Histogram of 50 colours, 50",
            seconds=0.005,
            configured_by=(_PRESET, _COLORS),
            links=("identity", "root", "log"),
            link="root",
        ),
        DescriptorSpec(
            name="texture",
            module=f"{_HERE}.texture",
            summary="Local binary patterns in 21 regions, 1239",
            seconds=0.014,
            configured_by=(_PRESET, _TOOLBOX),
            links=("identity", "root"),
            link="root",
        ),
        DescriptorSpec(
            name="color_patches",
            module=f"{_HERE}.color_patches",
            summary="Colour patches coded over 200 words in 21 regions, 4200",
            seconds=0.028,
            configured_by=(_PRESET, _COLORS),
            dictionaries=("color_patches",),
        ),
        DescriptorSpec(
            name="gradient",
            module=f"{_HERE}.gradient",
            summary="HOG 2x2 and 3x3 coded over 256 words each in 21 regions, 10752",
            seconds=0.05,
            configured_by=(_PRESET, _TOOLBOX),
            dictionaries=("hog2x2", "hog3x3"),
            longest_side=400,
            gpu=True,
        ),
        DescriptorSpec(
            name="deep",
            module=f"{_HERE}.deep",
            summary="Penultimate layer of a network",
            seconds=0.045,
            configured_by=("deep.crops",),
            memory_mb=2500,
            weights=True,
            gpu=True,
            scaling="global",
        ),
        DescriptorSpec(
            name="objects",
            module=f"{_HERE}.objects",
            summary="1000 ImageNet class probabilities",
            seconds=0.002,
            weights=True,
            made_of="deep",
            links=("identity", "root", "log"),
            link="log",
        ),
        DescriptorSpec(
            name="simple",
            module=f"{_HERE}.simple",
            summary="HSV means and intensity statistics, 6",
            seconds=0.007,
            configured_by=(_PRESET,),
        ),
    )
}

DICTIONARIES: dict[str, DictionarySpec] = {
    spec.name: spec
    for spec in (
        DictionarySpec(
            name="color_patches",
            module=f"{_HERE}.color_patches",
            sizes={"paper": 200, "toolbox": 256},
            configured_by=(_PRESET, _COLORS),
        ),
        DictionarySpec(
            name="hog2x2",
            module=f"{_HERE}.gradient",
            sizes={"paper": 256, "toolbox": 256},
            longest_side=400,
            configured_by=(_PRESET,),
        ),
        DictionarySpec(
            name="hog3x3",
            module=f"{_HERE}.gradient",
            sizes={"paper": 256, "toolbox": 256},
            longest_side=400,
            configured_by=(_PRESET,),
        ),
    )
}


def feature_of(backbone: str) -> str:
    """The name of the feature of a network that is not the first one.

    >>> feature_of("timm:vit_base_patch16_clip_224.openai")
    'deep_timm_vit_base_patch16_clip_224_openai'
    """
    return "deep_" + re.sub(r"[^a-z0-9]+", "_", backbone.lower()).strip("_")


def spec_of(name: str) -> DescriptorSpec:
    """The descriptor of a feature that is computed from pictures."""
    return DESCRIPTORS[name] if name in DESCRIPTORS else replace(DESCRIPTORS["deep"], name=name)


def features_of(backbones: Iterable[str], external: Iterable[str]) -> dict[str, DescriptorSpec]:
    """Every feature that a configuration can use, by its name.

    :param backbones: the networks: the first is that of ``deep`` and ``objects``, each further one has a feature of its
        own (:func:`feature_of`).
    :param external: names of the features that the user computed.
    """
    first, *others = backbones
    found = dict(DESCRIPTORS)
    for name in ("deep", "objects"):
        found[name] = replace(found[name], constants={"backbone": first})
    for backbone in others:
        name, constants = feature_of(backbone), {"backbone": backbone}
        summary = f"Penultimate layer of {backbone}"
        found[name] = replace(spec_of(name), summary=summary, constants=constants)
    for name in external:
        found[name] = DescriptorSpec(
            name=name, module="viewcast.features.external", summary="Numbers of the user's own", seconds=0,
            whole=True, scaling="global",
        )  # fmt: skip
    return found


def features_beyond(
    backbones: Sequence[str], external: Iterable[str], features: Sequence[str], also: Sequence[str]
) -> list[str]:
    """The features beyond those that the content model fuses, each of which has models of its own.

    :param backbones, external: as for :func:`features_of`; further networks and external features are beyond unless
        the content model fuses them.
    :param features: those that it fuses; :param also: others that are asked for.
    :raises ViewcastError: a name is unknown, given twice, or one that Viewcast uses for something else.
    """
    further = [feature_of(backbone) for backbone in backbones[1:]]
    if len(set(map(feature_of, backbones))) < len(backbones):
        raise ViewcastError(f"deep.backbones: {', '.join(backbones)} are not all different. Name each network once.")
    for name in external:
        if name in (*DESCRIPTORS, *further) or name.startswith(RESERVED):
            raise ViewcastError(
                f"features.external: Viewcast itself uses the name {name}. Give the feature another one."
            )
    known = features_of(backbones, external)
    for key, names in (("features", features), ("also", also)):
        for name in names:
            if name not in known:
                raise ViewcastError(
                    f"evaluation.{key}: there is no feature {name}. There are {', '.join(known)}; deep.backbones and "
                    "features.external can add others."
                )
        if len(set(names)) < len(names):
            raise ViewcastError(f"evaluation.{key}: {', '.join(names)} names a feature twice.")
    return [name for name in dict.fromkeys([*also, *further, *external]) if name not in features]
