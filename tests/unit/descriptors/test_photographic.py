"""The photographic measurements: against plain definitions, and what they do when a picture changes."""

from __future__ import annotations

import cv2
import numpy as np
import plain_photographic as plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import color

from viewcast.descriptors import photographic
from viewcast.descriptors.photographic import MEASUREMENTS, NAMES, Parameters, measure


def smooth(seed: int, height: int, width: int, noise: int = 12) -> np.ndarray:
    """A picture of large soft blots of any colour, with some noise."""
    rng = np.random.default_rng(seed)
    blots = rng.integers(0, 256, (7, 6, 3)).astype(np.uint8)
    soft = cv2.resize(blots, (width, height), interpolation=cv2.INTER_CUBIC).astype(int)
    return np.clip(soft + rng.integers(-noise, noise + 1, soft.shape), 0, 255).astype(np.uint8)


def half_plane(degrees: float, height: int = 300, width: int = 400) -> np.ndarray:
    """Light above a horizon that is tilted clockwise, with noise."""
    angle = np.deg2rad(degrees)
    y, x = np.mgrid[:height, :width].astype(float)
    below = (y - 0.4 * height) * np.cos(angle) - (x - width / 2) * np.sin(angle)
    tones = 180 - 110 * np.clip(below + 0.5, 0, 1)[..., None]
    noise = np.random.default_rng(0).normal(0, 12, (height, width, 3))
    return np.clip(tones + noise, 0, 255).astype(np.uint8)


def line(degrees: float) -> np.ndarray:
    """A dark line of four pixels on light ground."""
    picture = np.full((300, 400, 3), 200, np.uint8)
    run = 400 * np.tan(np.deg2rad(degrees)) / 2
    cv2.line(picture, (0, round(140 - run)), (399, round(140 + run)), (40, 40, 40), 4, cv2.LINE_AA)
    return picture


def grey_of(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def test_names_words_and_units():
    assert photographic.dimension() == len(NAMES) == 34 and photographic.feature_names() == list(NAMES)
    assert all(name == one.name and name.isidentifier() and name.islower() for name, one in MEASUREMENTS.items())
    assert all(one.words and one.low < one.high for one in MEASUREMENTS.values())
    assert len({one.words for one in MEASUREMENTS.values()}) == len(NAMES)
    assert tuple(measure(smooth(0, 30, 40))) == NAMES


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (1, 128), (128, 1), (50, 128), (128, 97), (64, 64)])
def test_plain_definitions_of_pictures_that_are_not_reduced(size):
    for seed in range(3):
        image = smooth(seed, *size)
        found, expected = measure(image), plain.measurements(image, grey_of(image))
        for name, value in expected.items():
            assert found[name] == pytest.approx(value, abs=1e-9, rel=1e-9), name


@pytest.mark.parametrize("name", ["coffee", "chelsea", "china", "flower"])
def test_plain_definitions_of_photographs(photos, name):
    image = photos[name]
    found, expected = measure(image), plain.measurements(image, grey_of(image))
    for key, value in expected.items():
        # A mean over an area that lies between two levels is rounded to either: white balance is of a few such places.
        assert found[key] == pytest.approx(value, abs=0.02 if key.startswith("neutral") else 1e-3, rel=1e-3), key


@pytest.mark.parametrize("size", [(300, 400), (97, 300), (500, 201), (3, 500)])
def test_plain_definitions_of_reduced_pictures(size):
    image = smooth(5, *size)
    found, expected = measure(image), plain.measurements(image, grey_of(image))
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=0.02 if name.startswith("neutral") else 1e-3, rel=1e-3), name


@pytest.mark.parametrize("name", ["coffee", "chelsea", "china"])
def test_horizon_against_a_loop(photos, name):
    small = cv2.resize(photos[name], (110, 80), interpolation=cv2.INTER_AREA)
    found = measure(small)
    expected = plain.horizon(color.rgb2lab(small)[..., 0])
    assert {key: found[key] for key in expected} == pytest.approx(expected, abs=1e-6)


def test_grey_and_lab_of_pixels():
    image = np.random.default_rng(1).integers(0, 256, (200, 100, 3), dtype=np.uint8)
    image[0, :, :] = 0
    np.testing.assert_allclose(photographic.cielab(image), np.moveaxis(color.rgb2lab(image), 2, 0), atol=1e-6)
    away = grey_of(image) - image @ [0.299, 0.587, 0.114]
    assert np.abs(away).max() < 0.51


def test_odd_pictures_are_finite_and_in_range(odd_pictures, device):
    rows = photographic.extractor(Parameters(), {}, device)(list(odd_pictures.values()))
    assert rows.shape == (len(odd_pictures), 34) and rows.dtype == np.float32 and np.isfinite(rows).all()
    low, high = np.array([(one.low, one.high) for one in MEASUREMENTS.values()]).T
    assert (rows >= low - 1e-5).all() and (rows <= high + 1e-5).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 500), st.integers(1, 500), st.sampled_from(["noise", "blots", "two"]))
@settings(max_examples=60, deadline=None)
def test_any_picture_is_finite_and_in_range(seed, height, width, kind):
    rng = np.random.default_rng(seed)
    image = {
        "noise": lambda: rng.integers(0, 256, (height, width, 3), dtype=np.uint8),
        "blots": lambda: smooth(seed, height, width),
        "two": lambda: rng.integers(0, 2, (height, width, 3), dtype=np.uint8) * 255,
    }[kind]()
    for name, value in measure(image).items():
        assert MEASUREMENTS[name].low - 1e-6 <= value <= MEASUREMENTS[name].high + 1e-6, name


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_a_uniform_picture(level):
    found = measure(np.full((90, 120, 3), level, np.uint8))
    flat = set(NAMES) - {
        "exposure", "shadows_clipped", "highlights_clipped", "symmetry_left_right", "symmetry_top_bottom", "aspect",
        "empty_space", "subject_size", "subject_height", "thirds_distance", "color_cast", "neutral_a", "neutral_b",
    }  # fmt: skip
    assert {name: found[name] for name in flat} == pytest.approx(dict.fromkeys(flat, 0), abs=1e-6)
    assert found["symmetry_left_right"] == found["symmetry_top_bottom"] == found["empty_space"] == 1
    assert found["subject_size"] == pytest.approx(1) and found["subject_height"] == pytest.approx(0.5)
    assert abs(found["color_cast"]) < 0.02 and abs(found["neutral_a"]) < 0.02 and abs(found["neutral_b"]) < 0.02
    assert found["shadows_clipped"] == (level < 6) and found["highlights_clipped"] == (level > 249)


@pytest.mark.parametrize("name", ["coffee", "chelsea", "china", "flower"])
def test_a_mirror_changes_the_sign_of_the_tilt_alone(photos, name):
    image = cv2.resize(photos[name], (120, 90), interpolation=cv2.INTER_AREA)
    found, mirrored = measure(image), measure(image[:, ::-1])
    mirrored["horizon_tilt"] *= -1
    assert mirrored == pytest.approx(found, abs=1e-6)


def test_a_picture_that_is_its_own_mirror_image():
    image = smooth(3, 90, 60)
    found = measure(np.concatenate([image, image[:, ::-1]], axis=1))
    assert found["symmetry_left_right"] == pytest.approx(1)
    assert found["subject_off_centre"] == pytest.approx(0, abs=1e-9)
    roof = np.minimum(half_plane(12), half_plane(12)[:, ::-1])
    roof = np.concatenate([roof[:, :200], roof[:, :200][:, ::-1]], axis=1)
    assert measure(roof)["horizon_tilt"] == 0 or measure(roof)["horizon_certainty"] < 0.3


def test_more_light_is_more_exposure(photos):
    image = photos["chelsea"]
    twice = np.interp(photographic.linear_light()[image] * 0.5, photographic.linear_light(), np.arange(256))
    half, full = measure(twice.round().astype(np.uint8)), measure(image)
    assert full["exposure"] - half["exposure"] == pytest.approx(1, abs=0.02)
    brighter = measure(np.clip(image.astype(int) + 120, 0, 255).astype(np.uint8))
    assert brighter["exposure"] > full["exposure"] and brighter["highlights_clipped"] > full["highlights_clipped"]
    darker = measure(np.clip(image.astype(int) - 120, 0, 255).astype(np.uint8))
    assert darker["exposure"] < full["exposure"] and darker["shadows_clipped"] > full["shadows_clipped"]
    flatter = measure((image // 2 + 60).astype(np.uint8))
    assert flatter["contrast_rms"] < full["contrast_rms"]
    assert flatter["contrast_interdecile"] < full["contrast_interdecile"] and flatter["entropy"] < full["entropy"]


def subject_on(ground: tuple[int, int, int], centre: tuple[float, float], seed: int = 0) -> np.ndarray:
    """A grainy red square of 60 pixels on grainy ground, 240 x 360 pixels; ``centre`` in shares of width and height."""
    rng = np.random.default_rng(seed)
    picture = np.broadcast_to(np.array(ground), (240, 360, 3)).astype(int)
    x, y = round(360 * centre[0]), round(240 * centre[1])
    picture[y - 30 : y + 30, x - 30 : x + 30] = (200, 40, 40)
    return np.clip(picture + rng.integers(-25, 26, (240, 360, 1)), 0, 255).astype(np.uint8)


def test_where_the_subject_is():
    middle, third = (measure(subject_on((120, 120, 120), place)) for place in ((0.5, 0.5), (2 / 3, 1 / 3)))
    assert middle["subject_off_centre"] < 0.01 and third["subject_off_centre"] == pytest.approx(1 / 6, abs=0.03)
    assert middle["subject_height"] == pytest.approx(0.5, abs=0.01)
    assert third["subject_height"] == pytest.approx(1 / 3, abs=0.03)
    assert third["thirds_distance"] < 0.05 < 0.2 < middle["thirds_distance"]
    assert middle["subject_size"] == pytest.approx(60 * 60 / (240 * 360), abs=0.03)
    assert middle["subject_contrast"] > measure(smooth(1, 240, 360))["subject_contrast"]


def test_focus(photos):
    image = subject_on((120, 120, 120), (0.5, 0.5))
    blurred = cv2.GaussianBlur(image, (0, 0), 4)
    inside = np.zeros(image.shape[:2], bool)
    inside[80:160, 140:220] = True
    sharp, shallow = measure(image), measure(np.where(inside[..., None], image, blurred))
    missed, soft = measure(np.where(inside[..., None], blurred, image)), measure(blurred)
    assert shallow["sharpness_border"] < 0.75 * sharp["sharpness_border"]
    assert shallow["depth_of_field"] > sharp["depth_of_field"] + 0.3 > missed["depth_of_field"] + 0.6
    assert soft["sharpness_subject"] < sharp["sharpness_subject"]
    assert (
        measure(cv2.GaussianBlur(photos["coffee"], (0, 0), 3))["edge_density"]
        < measure(photos["coffee"])["edge_density"]
    )


@pytest.mark.parametrize("degrees", [-15.0, -7.3, -2.0, 0.0, 0.5, 3.0, 12.4, 19.0])
def test_tilt_of_a_horizon(degrees):
    found = measure(half_plane(degrees))
    assert found["horizon_tilt"] == pytest.approx(degrees, abs=0.3) and found["horizon_certainty"] > 0.5
    assert measure(line(degrees))["horizon_tilt"] == pytest.approx(degrees, abs=1)


def test_no_horizon_where_there_is_none():
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    assert measure(noise)["horizon_certainty"] < 0.2
    stripes = np.zeros((100, 100, 3), np.uint8)
    stripes[:, ::20] = stripes[:, 1::20] = 255
    assert measure(stripes)["horizon_tilt"] == measure(stripes)["horizon_certainty"] == 0


def test_colors():
    ramp = np.linspace(40, 220, 120).astype(np.uint8)
    grey = np.broadcast_to(ramp[None, :, None], (80, 120, 3)).copy()
    plain_grey = measure(grey)
    for name in ("saturation", "saturation_spread", "colorfulness", "hues", "warmth", "hue_concentration"):
        assert plain_grey[name] == 0, name
    assert abs(plain_grey["neutral_b"]) < 0.02 and plain_grey["color_cast"] < 0.02
    amber, blue = (
        measure(np.clip(grey + np.array(tint), 0, 255).astype(np.uint8)) for tint in ((8, 0, -8), (-8, 0, 8))
    )
    assert amber["neutral_b"] > 3 and blue["neutral_b"] < -3 and min(amber["color_cast"], blue["color_cast"]) > 3
    magenta = measure(np.clip(grey + np.array((5, -5, 5)), 0, 255).astype(np.uint8))
    assert magenta["neutral_a"] > 3
    orange, azure = (measure(np.full((40, 40, 3), rgb, np.uint8)) for rgb in ((230, 140, 40), (40, 140, 230)))
    assert orange["warmth"] > 0.9 and azure["warmth"] < -0.7
    assert orange["hue_concentration"] == pytest.approx(1) and orange["hues"] == 1
    wheel = color.hsv2rgb(np.stack(np.meshgrid((np.arange(20) + 0.5) / 20, [0.6, 0.8], [0.8], indexing="ij"), axis=-1))
    found = measure((wheel[:, :, 0] * 255).round().astype(np.uint8))
    assert found["hues"] == 20 and found["hue_concentration"] < 0.3


def test_bands_and_lines():
    level = np.repeat(smooth(0, 60, 1, noise=0), 90, axis=1)
    found, turned = measure(level), measure(np.ascontiguousarray(level.transpose(1, 0, 2)))
    assert found["layers"] == pytest.approx(1) and found["columns"] == pytest.approx(0, abs=1e-9)
    assert turned["columns"] == pytest.approx(1) and turned["layers"] == pytest.approx(0, abs=1e-9)
    assert found["upright_lines"] == pytest.approx(-1) and turned["upright_lines"] == pytest.approx(1)
    assert found["aspect"] == pytest.approx(np.log2(1.5)) == -turned["aspect"]


def test_empty_space_and_light():
    rng = np.random.default_rng(0)
    picture = np.full((200, 300, 3), 90, np.uint8)
    picture[:, 200:] = rng.integers(0, 256, (200, 100, 3))
    assert measure(picture)["empty_space"] == pytest.approx(2 / 3, abs=0.05)
    picture[70:130, 110:190] = 250
    assert measure(picture)["light_centre"] > 10
