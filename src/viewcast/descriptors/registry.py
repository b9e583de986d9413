"""Every descriptor and dictionary, as data, in the order of the paper's Table 1."""

from __future__ import annotations

from viewcast.descriptors.spec import DescriptorSpec, DictionarySpec

_HERE = "viewcast.descriptors"

DESCRIPTORS: dict[str, DescriptorSpec] = {
    spec.name: spec
    for spec in (
        DescriptorSpec(
            "gist",
            f"{_HERE}.gist",
            (),
            1,
            500,
            False,
            "Gist of the scene: Gabor energies, 512",
            links=("identity", "root"),
        ),
        DescriptorSpec(
            "color_histogram",
            f"{_HERE}.color_histogram",
            (),
            1,
            500,
            False,
            "Histogram of 50 colours, 50",
            links=("identity", "root", "log"),
            link="root",
        ),
        DescriptorSpec(
            "texture",
            f"{_HERE}.texture",
            (),
            1,
            500,
            False,
            "Local binary patterns in 21 regions, 1239",
            links=("identity", "root"),
            link="root",
        ),
        DescriptorSpec(
            "color_patches",
            f"{_HERE}.color_patches",
            ("color_patches",),
            1,
            500,
            False,
            "Colour patches coded over 200 words in 21 regions, 4200",
        ),
        DescriptorSpec(
            "gradient",
            f"{_HERE}.gradient",
            ("hog2x2", "hog3x3"),
            1,
            400,
            True,
            "HOG 2x2 and 3x3 coded over 256 words each in 21 regions, 10752",
        ),
        DescriptorSpec("deep", f"{_HERE}.deep", (), 1, 500, True, "Penultimate layer of a network", scaling="global"),
        DescriptorSpec(
            "objects",
            f"{_HERE}.objects",
            (),
            1,
            500,
            False,
            "1000 ImageNet class probabilities",
            made_of="deep",
            links=("identity", "root", "log"),
            link="log",
        ),
        DescriptorSpec("simple", f"{_HERE}.simple", (), 1, 500, False, "HSV means and intensity statistics, 6"),
    )
}

DICTIONARIES: dict[str, DictionarySpec] = {
    spec.name: spec
    for spec in (
        DictionarySpec("color_patches", f"{_HERE}.color_patches", {"paper": 200, "toolbox": 256}, 500),
        DictionarySpec("hog2x2", f"{_HERE}.gradient", {"paper": 256, "toolbox": 256}, 400),
        DictionarySpec("hog3x3", f"{_HERE}.gradient", {"paper": 256, "toolbox": 256}, 400),
    )
}
