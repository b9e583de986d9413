"""Edits: what they do to pictures that have known answers, and that nothing happens at a strength of 0."""

from __future__ import annotations

import cv2
import numpy as np
import plain_model as plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewcast.descriptors.photographic import linear_light, measure, subject_weights
from viewcast.pictures.resize import reduce
from viewcast.predict import edits
from viewcast.predict.cues import Cues
from viewcast.predict.edits import FUNCTIONS, SEEN, WORKING, CueEdit, Edit, cue_edits, picture_edits

NOTHING = {
    "crop": (0.0, 0.0, 1.0, 1.0),
    "straighten": (0.0,),
    "brightness": (0.0,),
    "contrast": (0.0,),
    "saturation": (0.0,),
    "temperature": (0.0,),
    "tint": (0.0,),
    "sharpen": (0.0,),
    "background": (0.0,),
}


def any_picture(seed: int, height: int = 37, width: int = 53) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_every_kind_has_a_strength_that_does_nothing():
    assert set(NOTHING) == set(FUNCTIONS)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), height=st.integers(1, 60), width=st.integers(1, 60))
@pytest.mark.parametrize("kind", FUNCTIONS)
def test_nothing_is_done_at_no_strength_and_the_picture_is_left_alone(kind, seed, height, width):
    image = any_picture(seed, height, width)
    kept = image.copy()
    assert np.array_equal(FUNCTIONS[kind](image, *NOTHING[kind]), image)
    for edit in picture_edits(image):
        made = edit(image)
        assert made.dtype == np.uint8 and made.ndim == 3 and made.shape[2] == 3 and made.size
    assert np.array_equal(image, kept)


@pytest.mark.parametrize("stops", [-2 / 3, -1 / 3, 1 / 3, 2 / 3])
def test_brightness_is_so_many_stops_of_linear_light(stops):
    grey = np.arange(20, 181, dtype=np.uint8)[None, :, None].repeat(3, 2)
    made = edits.brightness(grey, stops)
    light = linear_light()
    found = np.log2(light[made[..., 0]] / light[grey[..., 0]])
    # A grey level is up to so many stops wide.
    width = np.log2(light[made[..., 0] + 1] / light[made[..., 0]])
    assert np.all(np.abs(found - stops) <= width)
    assert (made[..., 0] == made[..., 2]).all()


def test_warmer_is_more_red_against_blue_and_no_lighter():
    grey = np.full((4, 4, 3), 130, np.uint8)
    light = linear_light()
    for function, stops, more, less in ((edits.temperature, 0.4, 0, 2), (edits.tint, 0.2, 0, 1)):
        red, green, blue = (light[level] for level in function(grey, stops)[0, 0])
        channels = red, green, blue
        assert np.log2(channels[more] / channels[less]) == pytest.approx(stops, abs=0.03)
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue == pytest.approx(light[130], rel=0.01)
        assert function(function(grey, stops), -stops)[0, 0] == pytest.approx(grey[0, 0], abs=1)


def test_contrast_and_saturation_by_their_definitions():
    image = any_picture(3)
    image[:] = 60 + image // 2  # nothing is cut off
    luma = image.astype(float) @ [0.299, 0.587, 0.114]
    more = luma.mean() + 1.15 * (image - luma.mean())
    assert np.abs(edits.contrast(image, 0.15).astype(float) - np.clip(more, 0, 255)).max() <= 1
    colored = luma[..., None] + 1.3 * (image - luma[..., None])
    assert np.abs(edits.saturation(image, 0.3).astype(float) - np.clip(colored, 0, 255)).max() <= 1
    assert np.ptp(edits.saturation(image, -1.0).astype(int), axis=2).max() <= 1


def test_sharpening_makes_edges_steeper_and_leaves_flat_areas():
    image = cv2.GaussianBlur(plain.picture(), (0, 0), 1.5)
    made = [image, edits.sharpen(image, 0.5), edits.sharpen(image, 1.0)]
    steepest = [np.abs(cv2.Sobel(one, cv2.CV_64F, 1, 0)).max() for one in made]
    assert steepest[0] * 1.02 < steepest[1] and steepest[1] * 1.02 < steepest[2]
    flat = np.full((20, 30, 3), 77, np.uint8)
    assert np.array_equal(edits.sharpen(flat, 1.0), flat)


def test_the_background_alone_gets_soft():
    rng = np.random.default_rng(1)
    image = np.clip(plain.picture().astype(int) + rng.integers(-40, 41, (240, 320, 1)), 0, 255).astype(np.uint8)
    made = edits.soften_background(image, 0.015)
    subject, corner = (slice(105, 135), slice(160, 192)), (slice(0, 60), slice(0, 60))
    assert made[corner].std(axis=(0, 1)).max() < 0.4 * image[corner].std(axis=(0, 1)).min()
    assert np.abs(made[subject].astype(int) - image[subject]).mean() < 0.2 * image[subject].std()


@pytest.mark.parametrize("degrees", [-8.0, -3.0, 0.5, 4.0, 45.0, 90.0])
@pytest.mark.parametrize("size", [(40, 30), (30, 40), (100, 10), (25, 25)])
def test_the_inner_rectangle_is_the_largest_that_fits(size, degrees):
    width, height = size
    angle = np.deg2rad(degrees)
    wide, tall = edits.inner_rectangle(width, height, degrees)
    cosine, sine = abs(np.cos(angle)), abs(np.sin(angle))
    # A rectangle about the same middle fits where its corners, turned back, lie in the old one.
    fits = [wide * cosine + tall * sine <= width + 1e-6, wide * sine + tall * cosine <= height + 1e-6]
    assert all(fits)
    w, h = np.meshgrid(np.linspace(0.05, np.hypot(*size), 400), np.linspace(0.05, np.hypot(*size), 400))
    inside = (w * cosine + h * sine <= width) & (w * sine + h * cosine <= height)
    assert wide * tall >= (w * h)[inside].max() - 1e-6


@pytest.mark.parametrize("tilt", [-5.0, 3.0])
def test_a_tilted_horizon_is_straightened(tilt):
    y, x = np.mgrid[:300, :400].astype(float)
    below = (y - 130) * np.cos(np.deg2rad(tilt)) - (x - 200) * np.sin(np.deg2rad(tilt))
    image = np.where(below[..., None] > 0, (60, 80, 60), (190, 200, 220)).astype(np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 1)
    found = [edit for edit in picture_edits(image) if edit.kind == "straighten"]
    assert len(found) == 1 and found[0].values[0] == pytest.approx(tilt, abs=0.3)
    assert ("right" if tilt > 0 else "left") in found[0].sentence
    made = found[0](image)
    assert abs(measure(made)["horizon_tilt"]) < 0.5
    assert not [edit for edit in picture_edits(made) if edit.kind == "straighten"]


def test_crops_keep_the_subject_and_lie_on_the_grid():
    image = plain.picture()
    weights = subject_weights(image)
    crops = [edit for edit in picture_edits(image) if edit.kind == "crop"]
    assert len(crops) >= 4 and len({edit.values for edit in crops}) == len(crops)
    tall, wide = weights.shape
    for edit in crops:
        left, top, width, height = edit.values
        assert 0 <= left <= left + width <= 1 + 1e-9 and 0 <= top <= top + height <= 1 + 1e-9
        assert np.allclose([left * 20, top * 20], np.round([left * 20, top * 20]))
        rows, columns = np.mgrid[:tall, :wide]
        inside = (rows + 0.5 > top * tall) & (rows + 0.5 < (top + height) * tall)
        inside &= (columns + 0.5 > left * wide) & (columns + 0.5 < (left + width) * wide)
        assert weights[inside].sum() > edits.KEEPS - 0.03
    middle = next(edit for edit in crops if "in the middle, 70%" in edit.sentence)
    left, _, width, _ = middle.values
    assert (0.55 - left) / width == pytest.approx(0.5, abs=0.05)


def test_no_crop_where_the_subject_is_everywhere():
    noise = any_picture(0, 200, 300)
    shares = [edit.values[2:] for edit in picture_edits(noise) if edit.kind == "crop"]
    assert not [share for share in shares if min(share) <= 0.9]


def test_a_crop_of_a_small_picture_has_the_size_of_the_whole():
    assert max(edits.crop(any_picture(0, 240, 320), 0.1, 0.1, 0.8, 0.8).shape[:2]) == 320
    assert max(edits.crop(any_picture(0, 450, 600), 0.1, 0.1, 0.8, 0.8).shape[:2]) == SEEN
    large = any_picture(0, 900, 1200)
    part = edits.crop(large, 0.1, 0.2, 0.8, 0.7)
    assert np.array_equal(part, large[180:810, 120:1080])


def test_edits_look_alike_at_every_size():
    """What is scored small is what one gets large."""
    small = cv2.resize(plain.picture(), (500, 375), interpolation=cv2.INTER_CUBIC)
    large = cv2.GaussianBlur(cv2.resize(small, (2000, 1500), interpolation=cv2.INTER_CUBIC), (0, 0), 2)
    working = reduce(large, WORKING)
    for edit in picture_edits(working):
        seen = edits.render_seen(working, [edit]).astype(int)
        full = reduce(edits.render(large, [edit]), SEEN).astype(int)
        assert np.abs(np.array(seen.shape) - full.shape).max() <= 1, edit
        tall, wide = min(len(seen), len(full)), min(seen.shape[1], full.shape[1])
        assert np.abs(seen[:tall, :wide] - full[:tall, :wide]).mean() < 2.5, edit


def test_the_order_of_choosing_is_not_that_of_doing():
    image = plain.picture()
    chosen = [Edit("sharpen", (1.0,), ""), Edit("saturation", (0.3,), ""), Edit("crop", (0.1, 0.1, 0.8, 0.8), "")]
    assert np.array_equal(edits.render(image, chosen), edits.render(image, chosen[::-1]))
    assert np.array_equal(edits.render(image, chosen), chosen[0](chosen[1](chosen[2](image))))


def test_texts_come_to_their_length():
    cues = Cues(tags=("sea", "sand"), title="At sea", description="")
    found = cue_edits(cues, ("tags", "title_length", "description_length"))
    assert {edit.kind for edit in found} == {"tags", "title", "description"}
    name = {"tags": "tags", "title": "title_length", "description": "description_length"}
    for edit in found:
        made = edit(cues)
        assert made.values() == cues.values() | {name[edit.kind]: edit.length}
        assert str(edit.length) in edit.sentence
    more = CueEdit("tags", 5, "")(cues)
    assert more.tags[:2] == cues.tags and CueEdit("tags", 1, "")(cues).tags == ("sea",)
    assert CueEdit("title", 10, "")(cues).title.startswith("At sea")


def test_texts_that_are_not_known_or_not_learned_are_left_alone():
    assert cue_edits(Cues(), ("tags", "title_length")) == []
    assert cue_edits(Cues(title="x"), ("tags",)) == []
    assert {edit.kind for edit in cue_edits(Cues(tags=(), title="x"), ("tags",))} == {"tags"}
