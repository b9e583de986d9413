"""Regions of a tiny corpus: the parts of a forecast, the picture, and the file that keeps them."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from small_settings import Matrix, small_setting

from viewcast.descriptors import color_histogram, color_patches, deep, gist, gradient, objects, texture
from viewcast.descriptors.backbones import fetch_weights
from viewcast.errors import ViewcastError
from viewcast.explain.contributions import ContentModel, Explained, reference_of
from viewcast.explain.inputs import read_described
from viewcast.explain.network import covering_map
from viewcast.explain.pixels import color_histogram_map, gradient_map, resample
from viewcast.explain.region_files import Regions, load_regions, save_regions
from viewcast.explain.regions import EXACT, GRADIENT_SIDE, KEPT_SIDE, SIDE, Described, explain_samples, feature_maps
from viewcast.folds import TEST
from viewcast.pictures.resize import reduce
from viewcast.pictures.shards import write_picture_shard
from viewcast.store.frames import write_parquet
from viewcast.svr import SVRParameters
from viewcast.training import train_feature, train_fusion

N = 60
_rng = np.random.default_rng(3)
WORDS = {
    "color_patches": _rng.dirichlet(np.full(50, 0.05), 4),
    "hog2x2": 0.2 * _rng.random((4, 124)),
    "hog3x3": 0.2 * _rng.random((4, 279)),
}
MODULES = {
    "gist": gist,
    "color_histogram": color_histogram,
    "texture": texture,
    "color_patches": color_patches,
    "gradient": gradient,
}
NETWORKS = ("deep", "objects", "deep_another")


def network(pictures) -> dict[str, np.ndarray]:
    """Ten numbers of a picture, some that sum to 1, and four of another network."""
    deep = np.stack([[picture[i::10, :, i % 3].mean() / 99 for i in range(10)] for picture in pictures])
    odds = np.exp(deep[:, :4])
    found = {"deep": deep, "objects": odds / odds.sum(1, keepdims=True), "deep_another": deep[:, 4:8] ** 2}
    return {name: vectors.astype(np.float32) for name, vectors in found.items()}


class Corpus:
    """Sixty small pictures, red ones popular; all descriptors of them, models and their fusion."""

    def __init__(self, folder) -> None:
        torch.set_num_threads(1)
        rng = np.random.default_rng(0)
        red = rng.random(N)
        self.setting = small_setting(3 * red + 0.3 * rng.normal(size=N), splits=4)
        pictures = []
        for row in range(N):
            # One is so long that its two sizes differ from the original.
            height, width = (100, 700) if row == 0 else (40 + row % 7, 55 + row % 5)
            picture = rng.integers(0, 256, (height, width, 3)) * np.array([1, 1 - red[row], 1 - red[row]])
            pictures.append(picture.astype(np.uint8))
            Image.fromarray(pictures[-1]).save(folder / f"{row}.png")
        listed = pd.DataFrame({"photo_id": self.setting.photo_id, "picture": [f"{row}.png" for row in range(N)]})
        write_parquet(listed, folder / "list.parquet")
        write_picture_shard(folder / "list.parquet", folder, folder / "0000.h5", folder / "0000.parquet")
        self.folder = folder
        self.parameters = {name: module.Parameters() for name, module in MODULES.items()}
        self.described = Described(self.parameters, WORDS, network, NETWORKS)
        self.images = {side: [reduce(one, side) for one in pictures] for side in (SIDE, GRADIENT_SIDE)}
        vectors = {}
        for name, module in MODULES.items():
            side = GRADIENT_SIDE if name == "gradient" else SIDE
            vectors[name] = module.extractor(self.parameters[name], WORDS)(self.images[side])
        vectors |= {name: np.concatenate([network([one])[name] for one in self.images[SIDE]]) for name in NETWORKS}
        self.matrices = {name: Matrix(self.setting.photo_id, x) for name, x in vectors.items()}
        options = {"color_histogram": [("root", "standard")], "objects": [("log", "standard"), ("root", "standard")]}
        self.models = [
            train_feature(
                self.setting, name, matrix, SVRParameters(), preparations=options.get(name, [("identity", "standard")])
            )
            for name, matrix in self.matrices.items()
        ]
        self.fusion = train_fusion(self.setting, "content", self.models, SVRParameters(), nonnegative=False)
        held = np.flatnonzero((self.setting.folds == TEST).any(axis=0))
        rows = [0, *held[[3, 9]]] if 0 in held else held[[3, 9]]
        self.samples = pd.DataFrame(
            {
                "photo_id": self.setting.photo_id[rows],
                "panel": ["high", "medium", "low"][: len(rows)],
                "place": range(len(rows)),
                "shard": "0000",
            }
        )

    def explain(self, **changes) -> list[Regions]:
        own = {
            "fusion": self.fusion, "features": self.models, "matrices": self.matrices, "described": self.described
        } | changes  # fmt: skip
        return list(
            explain_samples(
                self.samples, self.setting, own["fusion"], own["features"], own["matrices"], own["described"],
                whole=self.matrices, pictures=self.folder, clip=True, seed=0,
            )
        )  # fmt: skip


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    return Corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def explained(corpus) -> list[Regions]:
    return corpus.explain()


def test_map_and_rest_give_the_forecast_back(corpus, explained):
    assert [(one.photo_id, one.panel, one.place) for one in explained] == list(
        corpus.samples[["photo_id", "panel", "place"]].itertuples(index=False, name=None)
    )
    for one in explained:
        row = corpus.setting.photo_id.tolist().index(one.photo_id)
        held = corpus.setting.folds[:, row] == TEST
        assert one.explained.forecast == pytest.approx(corpus.fusion.prediction[held, row].mean(), abs=1e-12)
        assert one.target == corpus.setting.target[row]
        assert one.explained.forecast == pytest.approx(one.map.sum() + one.constant, abs=1e-4)
        assert one.constant == one.explained.reference + one.explained.clipped + one.rest
        assert one.map.shape == corpus.images[SIDE][row].shape[:2]
        assert set(one.by_feature) == {*EXACT, "network"}
        assert sum(one.by_feature.values()) == pytest.approx(one.map.sum(), abs=1e-9)
        for name in EXACT:
            assert one.by_feature[name] == pytest.approx(one.explained.contributions[name].sum(), abs=1e-9)
        with Image.open(io.BytesIO(one.picture)) as held:
            height, width = reduce(corpus.images[SIDE][row], KEPT_SIDE).shape[:2]
            assert held.size == (width, height)


def test_the_networks_map_sums_to_its_features_and_nothing_is_left_over(explained):
    for one in explained:
        total = sum(one.explained.contributions[name].sum() for name in NETWORKS)
        assert one.by_feature["network"] == pytest.approx(total, abs=1e-9) and one.rest == pytest.approx(0, abs=1e-9)


def test_the_maps_of_models_with_a_kernel_give_the_forecast_back_too(corpus):
    kernel = [("identity", "standard", "gaussian")]
    models = [
        train_feature(corpus.setting, one.name, corpus.matrices[one.name], SVRParameters(), preparations=kernel)
        if one.name in ("texture", "color_patches", "gradient", "deep")
        else one
        for one in corpus.models
    ]
    fusion = train_fusion(corpus.setting, "content", models, SVRParameters(), nonnegative=False)
    for one in corpus.explain(fusion=fusion, features=models):
        assert one.explained.forecast == pytest.approx(one.explained.constant + one.map.sum() + one.rest, abs=1e-4)
        for name in ("texture", "color_patches", "gradient"):
            assert one.by_feature[name] == pytest.approx(one.explained.contributions[name].sum(), abs=1e-9)
            assert one.by_feature[name] != 0
        assert one.rest == pytest.approx(0, abs=1e-9)


def test_each_feature_has_the_map_of_its_own_numbers(corpus):
    model = ContentModel(corpus.setting, corpus.fusion, corpus.models, clip=True)
    row = 7
    images = {side: found[row] for side, found in corpus.images.items()}
    reference = {
        m.name: reference_of(corpus.matrices[m.name].values, np.unique(m.link.astype(str))) for m in corpus.models
    }
    vectors = {name: matrix.values[row] for name, matrix in corpus.matrices.items()}
    contributions = model.explain(row, vectors, reference).contributions
    models = model.mean_models(0, model.splits_of(row))
    maps = feature_maps(images, contributions, models, corpus.described)
    np.testing.assert_array_equal(
        maps["color_histogram"], color_histogram_map(images[SIDE], contributions["color_histogram"])
    )
    small = gradient_map(images[GRADIENT_SIDE], contributions["gradient"], WORDS, corpus.parameters["gradient"])
    np.testing.assert_allclose(maps["gradient"], resample(small, *images[SIDE].shape[:2]), atol=1e-12)
    # One window of the network's map: the fall of both of its features together.
    image = images[SIDE]
    covered = image.copy()
    down, across = (-(-length // 6) for length in image.shape[:2])
    covered[:down, :across] = image.reshape(-1, 3).astype(float).mean(axis=0).round()
    fall = sum(models[name](network([image])[name])[0] - models[name](network([covered])[name])[0] for name in NETWORKS)
    # The rest of their contributions lies evenly over the picture.
    whole = sum(contributions[name].sum() for name in NETWORKS)
    assert maps["network"].sum() == pytest.approx(whole, abs=1e-9)
    falls = covering_map(image, lambda pictures: np.sum([models[n](network(pictures)[n]) for n in NETWORKS], axis=0))
    even = (whole - falls.sum()) / falls.size
    assert maps["network"][:down, :across].sum() == pytest.approx(fall + even * down * across, rel=1e-5, abs=1e-6)
    without = feature_maps(images, contributions, models, replace(corpus.described, network=None))
    assert set(without) == set(EXACT)


def test_every_network_describes_pictures_by_its_own_weights(tmp_path):
    record = tmp_path / "efficientnet_lite0.json"
    for backbone in ("efficientnet_lite0", "efficientnet_lite2"):
        fetch_weights(backbone, tmp_path)
    parameters = {
        "deep_efficientnet_lite2": {"backbone": "efficientnet_lite2"}, "deep": {}, "objects": {}, "texture": {},
        "my_own": {},
    }  # fmt: skip
    described = read_described(parameters, {}, record)
    assert set(described.parameters) == {"texture"} and "my_own" not in described.networks
    picture = np.random.default_rng(4).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    found = described.network([picture])
    assert set(found) == {*described.networks} == {"deep", "objects", "deep_efficientnet_lite2"}
    for name, backbone in (("deep", "efficientnet_lite0"), ("deep_efficientnet_lite2", "efficientnet_lite2")):
        np.testing.assert_allclose(found[name][0], deep.deep(picture, deep.Parameters(backbone)), atol=1e-4)
    np.testing.assert_allclose(found["objects"][0], objects.objects(picture), atol=1e-5)
    assert set(read_described({"deep": {}}, {}, record).network([picture])) == {"deep"}


def test_without_a_network_its_features_are_all_rest(corpus):
    for one in corpus.explain(described=replace(corpus.described, network=None)):
        total = sum(one.explained.contributions[name].sum() for name in NETWORKS)
        assert one.rest == pytest.approx(total, abs=1e-9) and "network" not in one.by_feature


def test_models_of_other_features_are_found_out(corpus):
    """Features were made anew, and the models are old."""
    shuffled = corpus.matrices["color_histogram"].values[::-1]
    other = corpus.matrices | {"color_histogram": Matrix(corpus.setting.photo_id, shuffled)}
    with pytest.raises(ViewcastError, match="do not belong together"):
        corpus.explain(matrices=other)
    moved = [replace(m, intercept=[i + 0.1 for i in m.intercept]) if m.name == "gist" else m for m in corpus.models]
    with pytest.raises(ViewcastError, match="do not belong together"):
        corpus.explain(features=moved)


def test_what_is_kept_is_read(explained, tmp_path):
    save_regions(explained, tmp_path / "regions.h5")
    found, note = load_regions(tmp_path / "regions.h5")
    assert note == "" and len(found) == len(explained)
    for read, one in zip(found, explained, strict=True):
        for name in ("photo_id", "panel", "place", "target", "rest", "by_feature", "picture"):
            assert getattr(read, name) == getattr(one, name)
        for name in ("forecast", "reference", "clipped", "constant"):
            assert getattr(read.explained, name) == getattr(one.explained, name)
        np.testing.assert_allclose(read.map, one.map, rtol=1e-6)
        assert read.explained.forecast == pytest.approx(read.map.sum() + read.constant, abs=1e-4)


def test_many_are_read_in_their_order_and_none_has_a_note(tmp_path):
    nothing = Explained(0.0, 0.0, 0.0, {})
    many = [Regions(f"p{i}", "high", i, 0.0, nothing, np.zeros((2, 3)), {}, 0.0, b"jpeg") for i in range(12)]
    save_regions(iter(many), tmp_path / "regions.h5", "why not")
    found, note = load_regions(tmp_path / "regions.h5")
    assert [one.photo_id for one in found] == [f"p{i}" for i in range(12)] and note == "why not"
    save_regions([], tmp_path / "none.h5", "none")
    assert load_regions(tmp_path / "none.h5") == ([], "none")
