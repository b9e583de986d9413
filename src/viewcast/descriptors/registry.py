"""Every descriptor and dictionary, as data, in the order of the paper's Table 1."""

from __future__ import annotations

from viewcast.descriptors.spec import DescriptorSpec, DictionarySpec

_HERE = "viewcast.descriptors"
_PRESET = "descriptors.preset"
_TOOLBOX = "descriptors.toolbox_compat"
_COLORS = "descriptors.color_table"

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
            kernel=True,
        ),
        DescriptorSpec(
            name="color_patches",
            module=f"{_HERE}.color_patches",
            summary="Colour patches coded over 200 words in 21 regions, 4200",
            seconds=0.028,
            configured_by=(_PRESET, _COLORS),
            dictionaries=("color_patches",),
            kernel=True,
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
            kernel=True,
        ),
        DescriptorSpec(
            name="deep",
            module=f"{_HERE}.deep",
            summary="Penultimate layer of a network",
            seconds=0.045,
            configured_by=("deep.backbone", "deep.crops"),
            memory_mb=2500,
            weights=True,
            gpu=True,
            scaling="global",
            kernel=True,
        ),
        DescriptorSpec(
            name="objects",
            module=f"{_HERE}.objects",
            summary="1000 ImageNet class probabilities",
            seconds=0.002,
            configured_by=("deep.backbone",),
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
