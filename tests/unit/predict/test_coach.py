"""The coach: what it offers where a model has a clear taste, and that it offers nothing where it has none."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import plain_model as plain
import pytest
from plain_model import PlainModel, picture
from scipy import stats

from viewcast.predict.coach import LEAST_FACTOR, LEVEL, ROUNDS, coach, gain_of
from viewcast.predict.cues import Cues
from viewcast.predict.edits import FUNCTIONS, SEEN, CueEdit, cue_edits, every_strength, picture_edits

CUES = Cues(tags=("sea",), title="A boat at sea", description="Seen from the pier in the morning.")


def test_gain_by_the_definition_of_the_jackknife():
    rng = np.random.default_rng(0)
    for count in (1, 40):
        after, before = rng.normal(4, 1, 2)
        gains = rng.normal(after - before, 0.05, 10)
        gain = gain_of(before, after, gains, count, "log2_rate_plus_one")
        mean = sum(gains) / 10
        error = (9 / 10 * sum((one - mean) ** 2 for one in gains)) ** 0.5
        assert gain.value == pytest.approx(after - before) and gain.error == pytest.approx(error)
        assert gain.p == pytest.approx(stats.t.sf(mean / error, 9), rel=1e-6)
        half = stats.t.ppf(1 - LEVEL / 2 / ROUNDS / count, 9) * error
        assert (gain.low, gain.high) == pytest.approx((mean - half, mean + half))
        assert gain.factor == pytest.approx(2 ** (after - before))
        assert gain.views == pytest.approx(2**after - 2**before)
        assert gain.views_low == pytest.approx(2 ** (before + gain.low) - 2**before)
    without = gain_of(before, after, gains, 1, "")
    assert without.views is None and without.value == gain.value
    same = gain_of(1.0, 1.0, np.zeros(10), 1, "")
    assert same.p == 1 and same.value == 0
    assert gain_of(1.0, 2.0, np.ones(10), 1, "").p == 0
    # Replicates that agree with each other, and not with the model, say that there is nothing.
    apart = gain_of(1.0, 2.0, np.append(np.zeros(9), 0.03), 1, "")
    assert apart.p > 0.1 and apart.low < 0 and apart.high == apart.value == 1.0


def test_a_model_that_likes_saturation_is_offered_it():
    model = PlainModel([4.0, 0, 0, 0, 0, 0])
    advice = coach(model, picture(), CUES)
    # Contrast parts the channels as well.
    assert {"saturation", "contrast"} <= {step.edit.kind for step in advice.steps}
    assert all(step.edit.values[0] > 0 for step in advice.steps if step.edit.kind in ("saturation", "contrast"))
    assert all(step.edit.kind not in ("tags", "title", "description") for step in advice.steps)
    assert advice.steps[-1].total.value == pytest.approx(advice.after.popularity - advice.before.popularity)
    assert advice.steps[-1].total.value == pytest.approx(sum(step.gain.value for step in advice.steps))
    assert plain.PlainModel.numbers(advice.edited)[0] > plain.PlainModel.numbers(picture())[0]


def test_texts_are_offered_where_they_are_what_counts():
    advice = coach(PlainModel([0, 0, 0, 0.4, 0, 0.2]), picture(), CUES)
    # log2(31 / 2) tags are worth 1.6, log2(1001 / 35) characters 0.97.
    assert [(step.edit.kind, step.edit.length) for step in advice.steps] == [("tags", 30), ("description", 1000)]
    assert advice.cues.values()["tags"] == 30 and np.array_equal(advice.edited, picture())
    assert not [step for step in coach(PlainModel([0, 0, 0, 0.4, 0, 0]), picture()).steps]


def test_the_best_by_brute_force_in_every_round():
    model = PlainModel([3.0, 1.5, 2.0, 0.1, 0.05, 0.02], spread=1e-4)
    image = picture()
    advice = coach(model, image, CUES)
    assert 2 <= len(advice.steps) <= ROUNDS
    mild = [*picture_edits(image), *cue_edits(CUES, plain.CUES)]

    def forecast(chosen):
        edited, cues = image, CUES
        for edit in sorted((one for one in chosen if not isinstance(one, CueEdit)), key=lambda one: ORDER[one.kind]):
            edited = edit(edited)
        for edit in chosen:
            cues = edit(cues) if isinstance(edit, CueEdit) else cues
        return model.forecast(model.describe([edited]), [cues]).total[0]

    chosen = []
    for step in advice.steps:
        left = [edit for edit in mild if edit.kind not in {one.kind for one in chosen}]
        best = max(every_strength(left), key=lambda edit: forecast([*chosen, edit]))
        assert step.edit == best and step.tried == len(left)
        assert step.gain.value == pytest.approx(forecast([*chosen, best]) - forecast(chosen))
        chosen.append(best)


ORDER = {kind: place for place, kind in enumerate(FUNCTIONS)}


def test_nothing_is_offered_within_noise_and_nothing_too_small():
    noisy = coach(PlainModel([1.0, 1, 1, 0.1, 0.1, 0.1], spread=2.0), picture(), CUES)
    assert not noisy.steps and noisy.after == noisy.before and set(noisy.outcomes) == {"noise"}
    tiny = coach(PlainModel([0.1, 0, 0, 0, 0, 0], spread=1e-4), picture(), CUES)
    assert not tiny.steps and tiny.outcomes["small"] > 0
    assert max(one.gain.factor for one in tiny.tried) < LEAST_FACTOR


def test_the_chance_of_offering_anything_where_no_edit_helps():
    """Models that learned from targets without any sense: weights, and replicates, are draws about 0."""
    offered = 0
    rng = np.random.default_rng(0)
    for number in range(200):
        model = PlainModel(np.zeros(6))
        # A model's weights are the mean of ten parts' contributions; a replicate leaves one of them out.
        parts = rng.standard_normal((10, 6))
        model.weights = parts.mean(axis=0)
        model.replicates = np.array([np.delete(parts, one, axis=0).mean(axis=0) for one in range(10)])
        offered += bool(coach(model, picture(number, 60, 80), CUES).steps)
    allowed = LEVEL / 2
    assert offered / 200 <= allowed + 2 * (allowed * (1 - allowed) / 200) ** 0.5


def test_what_makes_a_stranger_of_the_photo_is_not_offered():
    image = picture()
    bound = plain.PlainModel.numbers(image)[0] * 1.2
    advice = coach(PlainModel([4.0, 0, 0, 0, 0, 0], strange=bound), image)
    assert advice.outcomes["unlike"] >= 1
    assert plain.PlainModel.numbers(advice.edited)[0] <= bound
    assert advice.steps and not advice.after.warnings
    # Where it was one before, the forecast is no worse after.
    already = coach(PlainModel([4.0, 0, 0, 0, 0, 0], strange=0.01), image)
    assert already.steps and already.before.warnings


def test_a_large_photo_is_edited_at_its_size_and_described_small():
    model = PlainModel([0, 3.0, 0, 0, 0, 0])
    large = picture(0, 1500, 2000)
    advice = coach(model, large)
    assert advice.steps and advice.edited.shape == large.shape
    assert all(max(step.picture.shape[:2]) <= SEEN for step in advice.steps)
    assert max(advice.picture.shape[:2]) == SEEN
    assert advice.steps[-1].score.popularity == pytest.approx(model.score(advice.edited).popularity)


def test_who_watches_is_told_of_every_edit():
    seen = []
    model = PlainModel([4.0, 0, 0, 0, 0, 0])
    advice = coach(model, picture(), CUES, watch=lambda one, done, of: seen.append((one.edit, done, of)))
    assert [one.edit for one in advice.tried] == [edit for edit, _, _ in seen]
    first = [(done, of) for _, done, of in seen[: advice.steps[0].tried]]
    assert first == [(place, len(first)) for place in range(1, len(first) + 1)]


def test_advice_is_plain_data_that_adds_up():
    advice = coach(PlainModel([4.0, 0, 0, 0.3, 0, 0]), picture(), CUES)
    said = json.loads(json.dumps(advice.to_dict(), allow_nan=False))
    assert said["after"] == json.loads(json.dumps(advice.after.to_dict()))
    assert [one["kind"] for one in said["steps"]] == [step.edit.kind for step in advice.steps]
    assert said["steps"][0]["gain"] == asdict(advice.steps[0].gain)
    edits = {one.edit for one in advice.tried}
    mild = [*picture_edits(picture()), *cue_edits(CUES, plain.CUES)]
    assert sum(advice.outcomes.values()) == len(edits) and advice.steps[0].tried == len(mild)
    assert set(mild) <= edits <= set(every_strength(mild))
    assert advice.outcomes["accepted"] == len(advice.steps)


def test_a_file_that_is_no_picture_is_told(tmp_path):
    from viewcast.errors import ViewcastError

    with pytest.raises(ViewcastError, match="missing"):
        coach(PlainModel(np.zeros(6)), tmp_path / "none.jpg")


def test_a_stronger_edit_is_tried_where_the_milder_one_has_passed():
    advice = coach(PlainModel([4.0, 0, 0, 0, 0, 0]), picture(), CUES)
    tried = [one for one in advice.tried if one.round == 1]
    for one in tried:
        milder = [other for other in tried if other.edit.stronger == one.edit]
        assert all(other.outcome != "noise" for other in milder)
    known = {one.edit for one in tried}
    mild = [one for one in tried if one.outcome != "noise" and one.edit.stronger]
    assert mild and all(one.edit.stronger in known for one in mild)
    assert {one.edit.kind for one in tried if one.outcome == "noise"} >= {"tags", "title"}


def test_what_helps_by_itself_beyond_the_steps_is_told():
    advice = coach(PlainModel([4.0, 3.0, 3.0, 0.4, 0.4, 0.4], spread=1e-4), picture(), CUES)
    assert len(advice.steps) == ROUNDS and advice.also
    kinds = [one.edit.kind for one in advice.also]
    assert len(set(kinds)) == len(kinds) and not set(kinds) & {step.edit.kind for step in advice.steps}
    gains = [one.gain.value for one in advice.also]
    assert gains == sorted(gains, reverse=True) and all(one.gain.low > 0 for one in advice.also)
