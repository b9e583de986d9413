"""What was planted in the whole demo corpus (SYNTHETIC) is what the explanations find. `make test-all` runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import binom, mannwhitneyu, wilcoxon

from viewcast.coding.dictionary import load_dictionary
from viewcast.corpus.settings import load_setting
from viewcast.descriptors import color_histogram, color_patches, deep, gist, gradient, objects, texture
from viewcast.descriptors.colors import oklab, read_palette
from viewcast.descriptors.registry import DESCRIPTORS
from viewcast.explain.contributions import ContentModel, MeanModel, reference_of
from viewcast.explain.importance import NOISE, feature_importance, social_importance
from viewcast.explain.network import covering_map
from viewcast.explain.regions import GRADIENT_SIDE, SIDE, Described, feature_maps
from viewcast.explain.samples import read_images
from viewcast.features.matrix import FeatureMatrix
from viewcast.forecasts import Forecasts, load_forecasts
from viewcast.pictures.resize import reduce
from viewcast.store.frames import read_parquet
from viewcast.svr import SVRParameters
from viewcast.training import train_feature, train_social

pytestmark = pytest.mark.slow

MODULES = {
    "gist": gist,
    "color_histogram": color_histogram,
    "texture": texture,
    "color_patches": color_patches,
    "gradient": gradient,
}
PICTURES = 60
MOSAICS = 50


def hsv(hue: float, saturation: np.ndarray, value: np.ndarray) -> np.ndarray:
    """RGB uint8; hue in degrees."""
    whole = np.stack([np.full(value.shape, hue % 360), np.clip(saturation, 0, 1), np.clip(value, 0, 1)], axis=-1)
    return (cv2.cvtColor(whole.astype(np.float32), cv2.COLOR_HSV2RGB) * 255).round().astype(np.uint8)


def liked(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Red to amber, saturated, busy, in upright stripes."""
    across = np.arange(shape[1])[None, :] / rng.uniform(4, 7)
    stripes = np.tanh(3 * np.sin(2 * np.pi * across + rng.uniform(0, 6)))
    value = 0.7 + 0.22 * stripes + 0.06 * rng.standard_normal(shape)
    return hsv(rng.uniform(-5, 32), np.full(shape, rng.uniform(0.7, 0.95)), value)


def disliked(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Green to blue, dull, smooth, in soft level bands."""
    down = np.arange(shape[0])[:, None] / shape[0]
    value = np.broadcast_to(0.5 + 0.1 * np.sin(2 * np.pi * rng.uniform(0.5, 1.5) * down + rng.uniform(0, 6)), shape)
    return hsv(rng.uniform(100, 230), np.full(shape, rng.uniform(0.15, 0.4)), value)


def painted(image: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A picture with two rectangles of a fifth of its area each at random places, and where they are: two bool maps."""
    shape = tuple(round(0.45 * length) for length in image.shape[:2])
    while True:
        masks = np.zeros((2, *image.shape[:2]), bool)
        for mask in masks:
            top, left = (rng.integers(length - side + 1) for length, side in zip(image.shape, shape, strict=False))
            mask[top : top + shape[0], left : left + shape[1]] = True
        if not masks.all(axis=0).any():
            break
    made = image.copy()
    for mask, paint in zip(masks, (liked, disliked), strict=True):
        made[mask] = paint(shape, rng).reshape(-1, 3)
    return made, masks[0], masks[1]


class Demo:
    """The finished demo run, ready to be explained: the setting user_mix, whose six users have all the photos."""

    def __init__(self, results: Path) -> None:
        torch.set_num_threads(1)
        self.results = results
        self.setting = load_setting(results / "models/user_mix/setting.h5")
        words = {path.stem: path for path in (results / "dictionaries").glob("*.h5")}
        self.described = Described(
            {name: module.Parameters() for name, module in MODULES.items()},
            {name: load_dictionary(path).words for name, path in words.items()},
            None,
        )

    @cache  # noqa: B019 (few features)
    def matrix(self, name: str) -> FeatureMatrix:
        return FeatureMatrix(sorted((self.results / "features" / name).glob("*.h5")))

    @cache  # noqa: B019
    def describe(self, name: str):
        return MODULES[name].extractor(self.described.parameters[name], dict(self.described.dictionaries))

    @property
    def models(self) -> dict[str, MeanModel]:
        """The content fusion, feature by feature, as the mean over all splits."""
        folder = self.results / "models/user_mix"
        fusion = load_forecasts(folder / "fusion/content.h5")
        own = [load_forecasts(folder / f"{name}.h5") for name in fusion.labels]
        content = ContentModel(self.setting, fusion, own, clip=True)
        return content.mean_models(0, np.arange(len(self.setting.folds)))

    @cache  # noqa: B019
    def strangers(self) -> pd.DataFrame:
        """Photos that no model of the setting has seen, of other users: ``scene`` and the ``stem`` of their shard."""
        photos = read_parquet(self.results / "corpus/photos.parquet").set_index("photo_id")
        shards = [
            read_parquet(path)[["photo_id"]].assign(stem=str(path.with_suffix("")))
            for path in sorted((self.results / "pictures").glob("*.parquet"))
        ]
        stem = pd.concat(shards).set_index("photo_id")["stem"]
        return photos.assign(stem=stem).drop(index=list(self.setting.photo_id))

    @cache  # noqa: B019
    def painted_pictures(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Some strangers' pictures, each with its two rectangles."""
        rng = np.random.default_rng(14)
        chosen = self.strangers().sample(PICTURES, random_state=3)
        images = dict(read_images(chosen["stem"].tolist(), chosen.index.tolist(), SIDE))
        return [painted(images[photo_id][SIDE], rng) for photo_id in chosen.index]

    def differences(self, models: Mapping[str, MeanModel]) -> pd.DataFrame:
        """By how much the mean contribution of a pixel of the rectangle that should be liked is above that of the
        other: a row for each picture, a column for each feature and ``all``.
        """
        reference = {}
        others = np.random.default_rng(2).permutation(self.setting.photo_id)[:300].tolist()
        for name, model in models.items():
            reference[name] = reference_of(self.matrix(name).rows(others), list(model.weights))
        rows = []
        for image, warm, dull in self.painted_pictures():
            images = {SIDE: image, GRADIENT_SIDE: reduce(image, GRADIENT_SIDE)}
            contributions = {}
            for name, model in models.items():
                vector = self.describe(name)([images[GRADIENT_SIDE if name == "gradient" else SIDE]])[0]
                contributions[name] = model.contributions(vector, reference[name])
            maps = feature_maps(images, contributions, models, self.described)
            maps["all"] = np.sum(list(maps.values()), axis=0)
            rows.append({name: found[warm].mean() - found[dull].mean() for name, found in maps.items()})
        return pd.DataFrame(rows)


def mean_model(model: Forecasts) -> MeanModel:
    """A feature's own forecast, as the mean over all splits."""
    weights: dict[str, np.ndarray] = {}
    for link, own in zip(model.link[0], model.weights[0], strict=True):
        weights[link] = weights.get(link, 0) + own / len(model.weights[0])
    return MeanModel(weights, float(model.intercept[0].mean()))


@pytest.fixture(scope="module")
def demo(whole_demo) -> Demo:
    return Demo(whole_demo.folder / "results")


def above_chance(pictures: int) -> int:
    """So many pictures, or fewer, are told apart by a coin in 99.9% of all cases."""
    return int(binom.ppf(0.999, pictures, 0.5))


def test_the_maps_like_what_raises_popularity(demo):
    """Warm, saturated, busy, upright: every feature's map prefers it to its opposite, wherever either is.

    Measured on 60 strangers' pictures, as shares: all features together, colour histogram and texture 1.00, gist .98,
    colour patches .95, gradient .83. A coin has .5.
    """
    models = {name: model for name, model in demo.models.items() if name in MODULES}
    assert set(models) == set(MODULES)
    differences = demo.differences(models)
    right = (differences > 0).mean()
    assert right["all"] >= 0.95
    assert (right[["color_histogram", "texture", "color_patches", "gist"]] >= 0.8).all(), right
    # The gradient has the smallest part in the forecast, and its maps are the least sure.
    assert (right * PICTURES > above_chance(PICTURES)).all(), right


# Which colours and objects stand for what the demo plants was written down with the weights in sight.


def colors() -> tuple[np.ndarray, np.ndarray]:
    """Which of the 50 colours are warm, from red to amber, and which cool, from green to blue: two bool arrays."""
    lab = oklab(read_palette().rgb / 255)
    hue, chroma = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360, np.hypot(lab[:, 1], lab[:, 2])
    warm = (chroma > 0.06) & ((hue < 80) | (hue > 345))
    cool = (chroma > 0.03) & (hue > 110) & (hue < 290)
    return warm, cool


def color_weights(demo: Demo, setting) -> pd.DataFrame:
    model = load_forecasts(demo.results / f"models/{setting.name}/color_histogram.h5")
    vectors = demo.matrix("color_histogram").rows(setting.photo_id.tolist())
    return feature_importance(setting, model, np.arange(len(vectors)), vectors, epsilon=0.1, plain=False)


@pytest.mark.parametrize("name", ["one_per_user", "user_mix"])
def test_warm_colours_weigh_more_than_cool_ones(demo, name):
    weights = color_weights(demo, load_setting(demo.results / f"models/{name}/setting.h5"))
    warm, cool = colors()
    assert warm.sum() >= 8 and cool.sum() >= 8
    assert mannwhitneyu(weights["weight"][warm], weights["weight"][cool], alternative="greater").pvalue < 0.01
    listed = weights["band"] != NOISE
    # Saturation is planted too: a vivid blue may be listed among six users' photos. Most of those listed are warm.
    assert listed[warm].sum() >= 2 and listed[warm].mean() > listed[cool].mean()


def test_cups_weigh_more_than_what_stands_in_offices(demo):
    setting = demo.setting
    model = load_forecasts(demo.results / "models/user_mix/objects.h5")
    vectors = demo.matrix("objects").rows(setting.photo_id.tolist())
    table = feature_importance(setting, model, np.arange(len(vectors)), vectors, epsilon=0.1, plain=False)
    weight = pd.Series(table["weight"].to_numpy(), index=objects.feature_names())
    cups = weight[["cup", "coffee mug", "espresso", "teapot"]]
    desks = ["desktop computer", "laptop", "notebook", "desk", "monitor", "screen", "mouse", "computer keyboard"]
    offices = weight[desks]
    assert cups.mean() > 0 > offices.mean()
    assert mannwhitneyu(cups, offices, alternative="greater").pvalue < 0.01


def test_the_network_prefers_people_animals_and_cups_to_offices_walls_and_cities(demo, whole_demo):
    """Two strangers' pictures side by side: which of them the forecast prefers, and which half has more of the map.

    Measured: the forecast is right of all 50 pairs, and the map, which is approximate, of 31 only (p = .002). By signs
    alone that is chance. The test by ranks was chosen after a first draw of 30 smaller pairs, of which the map had 18;
    it was then tried once on another draw: 35 of 50 (p = .0001). The draws share pictures of offices.
    """
    models = {name: model for name, model in demo.models.items() if name in ("deep", "objects")}
    weights = whole_demo.folder / "weights"
    describe = deep.extractor(deep.Parameters(), weights=weights)
    classify = objects.extractor(objects.Parameters(), weights=weights)

    def forecast(pictures: Sequence[np.ndarray]) -> np.ndarray:
        vectors = describe(pictures)
        return models["deep"](vectors) + models["objects"](classify(list(vectors)))

    rng = np.random.default_rng(0)
    photos = demo.strangers()
    pairs = []
    for scenes in (["people", "portrait", "animal", "cup"], ["desk", "surface", "city"]):
        chosen = photos[photos["scene"].isin(scenes)].sample(MOSAICS, random_state=1)
        images = dict(read_images(chosen["stem"].tolist(), chosen.index.tolist(), SIDE))
        pairs.append([cv2.resize(images[one][SIDE], (240, 240), interpolation=cv2.INTER_AREA) for one in chosen.index])
    preferred, lead = [], []
    for good, bad in zip(*pairs, strict=True):
        first = bool(rng.random() < 0.5)
        found = covering_map(np.concatenate([good, bad] if first else [bad, good], axis=1), forecast)
        halves = found[:, :240].sum(), found[:, 240:].sum()
        lead.append(halves[0] - halves[1] if first else halves[1] - halves[0])
        preferred.append(forecast([good])[0] > forecast([bad])[0])
    assert np.mean(preferred) > 0.8
    assert wilcoxon(lead, alternative="greater").pvalue < 0.01


# With the targets shuffled nothing is left to find.
# The t distribution and LEAST_PHOTOS were chosen on the first forty of these shuffles: as a check of what is promised
# they are a regression test, and no independent confirmation.


def shuffled(demo: Demo, seed: int):
    target = np.random.default_rng([seed, 5]).permutation(demo.setting.target)
    return replace(demo.setting, target=target)


def train(demo: Demo, setting, name: str) -> Forecasts:
    options = DESCRIPTORS[name].preparations("auto", "auto")
    return train_feature(setting, name, demo.matrix(name), SVRParameters(), preparations=options)


@pytest.mark.parametrize(("kind", "times"), [("color_histogram", 40), ("objects", 10), ("cue", 10)])
def test_shuffled_targets_list_hardly_any_name(demo, kind, times):
    """Where nothing has an effect, any name at all is listed in one shuffle of twenty.

    Measured: colours in 2 of 40, objects in 2 of 40, cues in none of 10.
    """
    listed = 0
    cues = read_parquet(demo.results / "corpus/cues.parquet")
    for seed in range(times):
        setting = shuffled(demo, seed)
        everyone = np.arange(len(setting.photo_id))
        if kind == "cue":
            model = train_social(setting, cues, SVRParameters(), mean_views="cross_fitted")
            table = social_importance(setting, model, cues, "cross_fitted", rows=everyone, epsilon=0.1, plain=False)
        else:
            model = train(demo, setting, kind)
            vectors = demo.matrix(kind).rows(setting.photo_id.tolist())
            table = feature_importance(setting, model, everyone, vectors, epsilon=0.1, plain=False)
        listed += bool((table["band"] != NOISE).any())
    assert listed <= binom.ppf(0.99, times, 0.05)


@pytest.mark.parametrize("name", ["color_histogram", "texture"])
def test_shuffled_targets_have_no_taste_of_their_own(demo, name):
    """A model of noise has some taste, one for all pictures, so that its maps may prefer one rectangle in most of them;
    but over many shuffles neither is preferred, and none prefers the warm one as much as the model of the truth.
    """
    truth = demo.differences({name: mean_model(load_forecasts(demo.results / f"models/user_mix/{name}.h5"))})[name]
    noise = [demo.differences({name: mean_model(train(demo, shuffled(demo, seed), name))})[name] for seed in range(20)]
    shares = np.array([(one > 0).mean() for one in noise])
    means = np.array([one.mean() for one in noise])
    assert truth.mean() > means.max()
    for values, middle in ((shares, 0.5), (means, 0.0)):
        assert abs(values.mean() - middle) < 2.86 * values.std(ddof=1) / np.sqrt(20)  # t of 19 degrees at 99%
