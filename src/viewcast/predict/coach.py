"""What would make a photo more viewed: edits that were tried, and not guessed.

Each edit (:mod:`viewcast.predict.edits`) is done, the whole model forecasts the result, and its *gain* is the
difference from the forecast before. How sure that is comes from the model's K replicates, each trained without one part
of the users: their gains, which are paired, have a mean, whose standard error is the delete-a-group jackknife and whose
interval is that of Student's t with K - 1 degrees of freedom. An edit is offered where the interval lies above 0, and
the final model's own gain is worth telling. Having tried many is corrected for by Bonferroni's method, over all edits
of a round and over the rounds: the intervals are at 1 - LEVEL / (ROUNDS x edits), so that the chance of being offered
anything for a photo that no edit helps is LEVEL / 2 at most. Each edit is tried in its mildest strength, and a stronger
one only where the milder one has passed: such a fixed sequence needs no correction of its own.

The search is greedy. Of the edits that pass, the one of the largest gain is done, and what is left is tried on top of
it, at most ROUNDS times. An edit that a model would like because it has never seen its like is none to offer: where
the forecast of the edited photo has a warning that the one before had not, the edit is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import stdtr, stdtrit

from viewcast.pictures.resize import reduce
from viewcast.predict.cues import Cues
from viewcast.predict.edits import SEEN, WORKING, CueEdit, Edit, cue_edits, picture_edits, render, render_seen
from viewcast.predict.pictures import Source, read_picture
from viewcast.predict.results import Score
from viewcast.predict.views import to_views
from viewcast.predict.weights import jackknife_error

if TYPE_CHECKING:
    from viewcast.predict.model import Model

#: Of all intervals together, the share of photos for which one may miss the truth.
LEVEL = 0.05
#: Steps at most.
ROUNDS = 3
#: Least gain that is worth telling, as a factor of the views.
LEAST_FACTOR = 1.05
#: Pictures that are described at a time.
_BATCH = 8

ACCEPTED, HELPS, NOISE, SMALL, UNLIKE, UNCONFIRMED = "accepted", "helps", "noise", "small", "unlike", "unconfirmed"
#: What became of edits that were tried, in words.
OUTCOMES = {
    ACCEPTED: "offered",
    HELPS: "would help by themselves as well, but another edit helps more",
    NOISE: "make no difference that can be told from chance",
    SMALL: f"help, but by less than {LEAST_FACTOR - 1:.0%}",
    UNLIKE: "would make a photo unlike those that the model knows, so that its forecast could not be trusted",
    UNCONFIRMED: "helped the small picture, and not the photo at its full size",
}

TEST = (
    "The gain is the difference of two forecasts by the whole model. Its interval is of the mean gain by models that "
    "were each trained without one part of the users: Student's, with the delete-a-group jackknife as standard error. "
    f"It is widened so that all intervals together hold at {1 - LEVEL:.0%}, over all edits that were tried and over "
    f"{ROUNDS} rounds (Bonferroni). An edit is offered only where it lies above 0. A stronger edit is tried only where "
    "the milder one has passed, so that the strengths of one edit count once."
)

LIMITS = (
    "A forecast is not a judgement of the photo. It is about attention, and attention is not quality. If you like the "
    "photo better as it was, keep it as it was.",
    "The model has seen which photos were viewed, and never what happened when one of them was changed. A gain is what "
    "photos like the edited one got more; the edit itself may bring less, or nothing.",
    "It does not know what the photo means, who is in it, when you post it, who will share it, or what others post.",
    "Words that are suggested count by their number alone. Tags and texts that do not fit the photo may do harm.",
)


@dataclass(frozen=True)
class Gain:
    """What an edit adds to the forecast.

    :ivar value: in the target's units.
    :ivar error: the standard error of the replicates' mean.
    :ivar low, high: the 95% interval that holds for all edits together.
    :ivar p: the one-sided p value of the mean of the replicates, not corrected.
    :ivar factor, factor_low, factor_high: the same as a factor, for a target that is a logarithm of base two.
    :ivar views, views_low, views_high: the same in views (``Score.counted``); None where the target counts none.
    """

    value: float
    error: float
    low: float
    high: float
    p: float
    factor: float
    factor_low: float
    factor_high: float
    views: float | None
    views_low: float | None
    views_high: float | None


@dataclass(frozen=True)
class Tried:
    """An edit that was tried, and what became of it.

    :ivar outcome: a key of :data:`OUTCOMES`.
    :ivar round: from 1.
    """

    edit: Edit | CueEdit
    gain: Gain
    outcome: str
    round: int


@dataclass(frozen=True)
class Step:
    """An edit that is offered.

    :ivar gain: over the step before; :ivar total: over the photo as it came.
    :ivar score: of the photo after it, at its full size.
    :ivar picture: the photo after it, at the size that the model sees.
    :ivar tried: how many edits, in whatever strength, its test was corrected for in this round.
    """

    edit: Edit | CueEdit
    gain: Gain
    total: Gain
    score: Score
    picture: np.ndarray
    tried: int


@dataclass(frozen=True)
class Advice:
    """What was tried on a photo, and what is offered.

    :ivar before: the score of the photo as it came; :ivar steps: what is offered, in its order.
    :ivar picture: as it came, at the size that the model sees; :ivar edited: after all steps, at its full size.
    :ivar cues: after all steps.
    :ivar tried: everything that was tried, round by round.
    :ivar limits: whole sentences: what the model cannot know.
    """

    before: Score
    steps: tuple[Step, ...]
    picture: np.ndarray
    edited: np.ndarray
    cues: Cues
    tried: tuple[Tried, ...]
    limits: tuple[str, ...]
    test: str = TEST

    @property
    def after(self) -> Score:
        """The score after all steps."""
        return self.steps[-1].score if self.steps else self.before

    @property
    def also(self) -> tuple[Tried, ...]:
        """Edits of other kinds that helped by themselves, and that are not among the steps: of each kind the best."""
        done = {step.edit.kind for step in self.steps}
        best: dict[str, Tried] = {}
        for one in self.tried:
            if one.round == 1 and one.outcome == HELPS and one.edit.kind not in done:
                if one.edit.kind not in best or one.gain.value > best[one.edit.kind].gain.value:
                    best[one.edit.kind] = one
        return tuple(sorted(best.values(), key=lambda one: -one.gain.value))

    @property
    def outcomes(self) -> dict[str, int]:
        """How many edits came to which end (:data:`OUTCOMES`), each as it was tried last."""
        counted = Counter({one.edit: one.outcome for one in self.tried}.values())
        return {name: counted[name] for name in OUTCOMES if counted[name]}

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON; without the pictures."""
        return {
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "steps": [
                {
                    "kind": step.edit.kind,
                    "sentence": step.edit.sentence,
                    "gain": asdict(step.gain),
                    "total": asdict(step.total),
                    "score": step.score.to_dict(),
                    "tried": step.tried,
                }
                for step in self.steps
            ],
            "tried": [
                {"kind": one.edit.kind, "sentence": one.edit.sentence, "outcome": one.outcome, "round": one.round}
                | {"gain": one.gain.value, "p": one.gain.p}
                for one in self.tried
            ],
            "also": [{"kind": one.edit.kind, "sentence": one.edit.sentence} for one in self.also],
            "outcomes": self.outcomes,
            "limits": list(self.limits),
            "test": self.test,
        }


@dataclass(frozen=True)
class _Photo:
    """A photo as far as it has been edited: what the model is given of it.

    :ivar cues: as it came, or after the texts' edits.
    :ivar seen, full: feature -> (1, d), of the small rendering, with which edits are compared, and of the photo itself.
    """

    edits: tuple[Edit, ...]
    cues: Cues
    seen: Mapping[str, np.ndarray]
    full: Mapping[str, np.ndarray]
    score: Score


def coach(
    model: Model, picture: Source, cues: Cues | None = None, *, watch: Callable[[Tried, int, int], None] | None = None
) -> Advice:
    """Try every edit on a photo.

    :param picture: a path, the bytes of a file, or RGB uint8 (h, w, 3).
    :param cues: what is known of the account and of the text; texts that are not known are not edited.
    :param watch: is told of every edit as soon as it was tried, with how many of the round were tried and how many
        there are.
    :raises ViewcastError: the picture cannot be read.
    """
    image = read_picture(picture)
    working = reduce(image, WORKING)
    cues = cues or Cues()
    full = model.describe([image])
    seen = full if working is image else model.describe([render_seen(working, ())])
    start = now = _Photo((), cues, seen, full, _score(model, full, cues, cues))
    edits: list[Edit | CueEdit] = [*picture_edits(working), *cue_edits(cues, model.card.cues)]
    hopeful, steps, tried = edits, list[Step](), list[Tried]()
    edited = image
    for number in range(1, ROUNDS + 1):
        done = {step.edit.kind for step in steps}
        # What did not help at first is not rendered again, and yet counts as tried.
        count = sum(edit.kind not in done for edit in edits)
        hopeful = [edit for edit in hopeful if edit.kind not in done]
        found = _try_all(model, working, cues, now, hopeful, number, count, watch)
        hopeful = [one.edit for one in found if one.gain.value > 0]
        passed = found
        while stronger := [one.edit.stronger for one in passed if one.edit.stronger and _passes(one.gain, count)]:
            passed = _try_all(model, working, cues, now, stronger, number, count, watch)
            found += passed
        tried += found
        choice = _best(model, image, start, now, found, count)
        for place in choice.dropped:
            tried[len(tried) - len(found) + place] = replace(found[place], outcome=choice.dropped[place])
        if choice.step is None:
            break
        tried[len(tried) - len(found) + choice.place] = replace(found[choice.place], outcome=ACCEPTED)
        steps.append(choice.step)
        edited, now = choice.edited, choice.photo
        if number < ROUNDS:
            now = replace(now, seen=model.describe([render_seen(working, now.edits)]))
    return Advice(start.score, tuple(steps), reduce(image, SEEN), edited, now.cues, tuple(tried), _limits(start.score))


def _try_all(
    model: Model,
    working: np.ndarray,
    given: Cues,
    now: _Photo,
    edits: Sequence[Edit | CueEdit],
    number: int,
    count: int,
    watch: Callable[[Tried, int, int], None] | None,
) -> list[Tried]:
    """Every edit on top of what is done already."""
    found: list[Tried] = []
    # Texts first: they cost nothing.
    of_text = [edit for edit in edits if isinstance(edit, CueEdit)]
    of_picture = [edit for edit in edits if isinstance(edit, Edit)]
    batches: list[Sequence[Edit | CueEdit]] = [of_text] if of_text else []
    batches += [of_picture[first : first + _BATCH] for first in range(0, len(of_picture), _BATCH)]
    for batch in batches:
        if isinstance(batch[0], Edit):
            pictures = [render_seen(working, (*now.edits, edit)) for edit in batch if isinstance(edit, Edit)]
            vectors = model.describe(pictures)
            cues = [now.cues] * len(batch)
        else:
            vectors = {name: np.repeat(rows, len(batch), axis=0) for name, rows in now.seen.items()}
            cues = [edit(now.cues) for edit in batch if isinstance(edit, CueEdit)]
        for edit, gain in zip(batch, _gains(model, given, now.seen, now.cues, vectors, cues, count), strict=True):
            outcome = HELPS if _passes(gain, count) else NOISE
            outcome = SMALL if outcome == HELPS and gain.factor < LEAST_FACTOR else outcome
            found.append(Tried(edit, gain, outcome, number))
            if watch is not None:
                watch(found[-1], len(found), len(edits))
    return found


def _passes(gain: Gain, count: int) -> bool:
    return gain.p <= LEVEL / (2 * ROUNDS * count)


def _gains(
    model: Model,
    given: Cues,
    before: Mapping[str, np.ndarray],
    cues_before: Cues,
    after: Mapping[str, np.ndarray],
    cues_after: Sequence[Cues],
    count: int,
) -> list[Gain]:
    """The gains of n photos over one.

    :param given: the cues as they came.
    :param before: vectors (1, d); :param after: (n, d).
    :param count: tests of the round, that are corrected for.
    """
    vectors = {name: np.concatenate([rows, after[name]]) for name, rows in before.items()}
    changed = [cues_before, *cues_after]
    forecast = model.forecast(vectors, [given] * len(changed), changed)
    return [
        gain_of(forecast.total[0], forecast.total[place], forecast.replicates[:, place] - forecast.replicates[:, 0],
                count, model.card.definition)
        for place in range(1, len(cues_after) + 1)
    ]  # fmt: skip


def gain_of(before: float, after: float, replicates: np.ndarray, count: int, definition: str) -> Gain:
    """The difference of two forecasts, with its interval.

    The interval is about the mean of the replicates' gains, and reaches to the final model's own gain where that lies
    beyond. Where there is little to learn, the final model may have chosen what few of its replicates have; those then
    agree with each other, and their spread says nothing of how far it is off.

    :param replicates: (K,) the same difference by K models, each trained without one part of the users.
    :param count: tests of a round, that are corrected for.
    :param definition: of the target (``corpus.target``).
    """
    value, mean, error = float(after - before), float(replicates.mean()), float(jackknife_error(replicates))
    freedom = len(replicates) - 1
    half = float(stdtrit(freedom, 1 - LEVEL / (2 * ROUNDS * count))) * error
    p = float(stdtr(freedom, -mean / error)) if error > 0 else float(mean <= 0)
    ends = min(mean - half, value), max(mean + half, value)
    views = [to_views(before + gain, definition) for gain in (0.0, value, *ends)]
    more = [None if one is None or views[0] is None else float(one - views[0]) for one in views[1:]]
    return Gain(value, error, *ends, p, 2.0**value, 2.0 ** ends[0], 2.0 ** ends[1], *more)


@dataclass(frozen=True)
class _Choice:
    """What a round has come to.

    :ivar dropped: place among those tried -> why it is not offered.
    """

    step: Step | None
    place: int
    edited: np.ndarray
    photo: _Photo
    dropped: Mapping[int, str]


def _best(model: Model, image: np.ndarray, start: _Photo, now: _Photo, found: Sequence[Tried], count: int) -> _Choice:
    """Of the edits that help, the one of the largest gain that also helps the photo at its full size, and does not make
    it unlike what the model knows.
    """
    dropped: dict[int, str] = {}
    passed = [place for place, one in enumerate(found) if one.outcome == HELPS]
    for place in sorted(passed, key=lambda place: -found[place].gain.value):
        edit = found[place].edit
        edits, cues, full = now.edits, now.cues, now.full
        if isinstance(edit, Edit):
            edits = (*edits, edit)
            edited = render(image, edits)
            full = model.describe([edited])
        else:
            cues = edit(cues)
            edited = render(image, edits)
        gain = _gains(model, start.cues, now.full, now.cues, full, [cues], count)[0]
        if not _passes(gain, count) or gain.factor < LEAST_FACTOR:
            dropped[place] = UNCONFIRMED
            continue
        score = _score(model, full, start.cues, cues)
        if _is_stranger(model, now, full, score):
            dropped[place] = UNLIKE
            continue
        total = _gains(model, start.cues, start.full, start.cues, full, [cues], count)[0]
        step = Step(edit, gain, total, score, reduce(edited, SEEN), count)
        return _Choice(step, place, edited, _Photo(edits, cues, now.seen, full, score), dropped)
    return _Choice(None, -1, image, now, dropped)


def _score(model: Model, vectors: Mapping[str, np.ndarray], given: Cues, changed: Cues) -> Score:
    known = tuple(sorted(model.known_cues(given)))
    return model.scores(vectors, model.forecast(vectors, [given], [changed]), known, [changed])[0]


def _is_stranger(model: Model, now: _Photo, vectors: Mapping[str, np.ndarray], score: Score) -> bool:
    """Is the edited photo unlike what the model knows, where it was not so before?"""
    before, after = (set(model.strange_features(one)[0]) for one in (now.full, vectors))
    return not after <= before or len(score.warnings) > len(now.score.warnings)


def _limits(score: Score) -> tuple[str, ...]:
    """What the model cannot know, of this photo too."""
    said = list(LIMITS)
    if score.unknown:
        names = ", ".join(one.cue.replace("_", " ") for one in score.unknown)
        said.append(f"You have not said, and so it does not know: {names}. Texts that are not known were not edited.")
    return tuple(said)
