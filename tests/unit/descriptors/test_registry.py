"""The registry: pure data that agrees with the modules it names."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest

from viewcast.descriptors.registry import DESCRIPTORS, DICTIONARIES, feature_of, features_beyond, features_of, spec_of
from viewcast.errors import ViewcastError
from viewcast.svr import LINKS
from viewcast.svr.parameters import Scaling

HAND_MADE = ("gist", "color_histogram", "texture", "color_patches", "gradient", "simple")


def test_order_is_table_1():
    assert list(DESCRIPTORS) == [
        *("gist", "color_histogram", "texture", "color_patches", "gradient", "deep", "objects", "simple")
    ]
    assert all(name == spec.name for name, spec in DESCRIPTORS.items())


def test_links_and_scalings_are_known():
    for spec in DESCRIPTORS.values():
        assert set(spec.links) <= set(LINKS) and spec.link in spec.links and spec.scaling in get_args(Scaling)


def test_preparations_start_with_the_descriptor_s_own():
    histogram, deep = DESCRIPTORS["color_histogram"], DESCRIPTORS["deep"]
    assert histogram.preparations("descriptor", "descriptor") == [("root", "standard")]
    assert histogram.preparations("identity", "none") == [("identity", "none")]
    assert deep.preparations("auto", "auto") == [("identity", "global"), ("identity", "standard")]
    every = histogram.preparations("auto", "auto")
    assert every[0] == ("root", "standard") and len(set(every)) == len(every) == 6


def test_the_registry_imports_nothing_heavy():
    code = (
        "import sys, viewcast.descriptors.registry; "
        "print([m for m in ('torch', 'numpy', 'h5py', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", HAND_MADE)
@pytest.mark.parametrize("preset", ["paper", "toolbox"])
def test_uniform_entry(photos, name, preset):
    spec = DESCRIPTORS[name]
    module = importlib.import_module(spec.module)
    parameters = module.Parameters.preset(preset)
    rng = np.random.default_rng(0)
    dictionaries, sizes = {}, []
    for needed in spec.dictionaries:
        entry = DICTIONARIES[needed]
        source = importlib.import_module(entry.module)
        sample = source.sample_descriptors(photos["china"], 40, rng, parameters, kind=needed)
        dictionaries[needed] = sample[:20]
        sizes.append(entry.sizes[preset])
    extract = module.extractor(parameters, dictionaries, "cpu")
    pictures = [photos["flower"], photos["coffee"]]
    rows = extract(pictures)
    assert rows.dtype == np.float32 and np.isfinite(rows).all()
    assert spec.links == ("identity",) or (rows >= 0).all(), "a root needs numbers that are never negative"
    words = {"words": 20} if spec.dictionaries else {}
    assert rows.shape == (2, module.dimension(parameters, **words))
    np.testing.assert_array_equal(rows[1], extract(pictures[1:])[0])
    if sizes:
        total = module.dimension(parameters, sizes[0])
        assert total == {"color_patches": 21 * sizes[0], "gradient": 42 * sizes[0]}[name]


NETWORKS = ("efficientnet_lite0", "timm:vit_base_patch16_clip_224.openai", "alexnet")


def test_every_network_after_the_first_is_a_feature_of_its_own():
    found = features_of(NETWORKS, ["clip"])
    assert found["deep"].constants == found["objects"].constants == {"backbone": "efficientnet_lite0"}
    clip = "deep_timm_vit_base_patch16_clip_224_openai"
    assert (
        found[clip].constants == {"backbone": NETWORKS[1]} and found["deep_alexnet"].constants["backbone"] == "alexnet"
    )
    assert spec_of(clip).module == DESCRIPTORS["deep"].module and spec_of(clip).name == clip
    assert found["clip"].whole and not found[clip].whole
    assert features_beyond(NETWORKS, ["clip"], ["gist", "deep_alexnet"], ["simple"]) == ["simple", clip, "clip"]


@pytest.mark.parametrize(
    ("networks", "external", "features", "also", "message"),
    [
        (["alexnet", "alexnet"], [], ["gist"], [], "Name each network once"),
        (["a", "timm:x-1", "timm:x_1"], [], ["gist"], [], "not all different"),
        (["a"], ["gist"], ["gist"], [], "uses the name gist"),
        (["a"], ["social_clip"], ["gist"], [], "uses the name social_clip"),
        (["a"], [], ["gits"], [], r"evaluation.features: there is no feature gits. There are gist, .*simple;"),
        (["a", "b"], ["clip"], ["gist"], ["deep_c"], "evaluation.also: there is no feature deep_c.* deep_b, clip;"),
        (["a"], [], ["gist", "gist"], [], "names a feature twice"),
    ],
)
def test_wrong_features_are_named(networks, external, features, also, message):
    with pytest.raises(ViewcastError, match=message):
        features_beyond(networks, external, features, also)


def test_names_of_networks():
    assert feature_of("open_clip:ViT-B-32/laion2b") == "deep_open_clip_vit_b_32_laion2b"
