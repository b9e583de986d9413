"""The answer in short: what was found in each setting."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from viewcast.report import sentences
from viewcast.report.cells import MODELS
from viewcast.report.paper import PAPER
from viewcast.report.scores import Score, read_table, score
from viewcast.report.words import number

_IN_SENTENCES = {"content": "Content alone", "social": "The social cues alone", "content_social": "Both together"}


@dataclass(frozen=True)
class Answer:
    """What was found in one setting.

    :ivar scores: name of the model -> its score and the paper's number.
    :ivar gain: does content add to the social cues, in one sentence; ``gains``: the same at length.
    :ivar doubts: what has to be said beside the numbers.
    """

    setting: str
    among: str
    photos: str
    users: str
    scores: Mapping[str, tuple[Score, str]]
    gain: str
    gains: Sequence[str]
    doubts: Sequence[str]


def answer(table3: str | Path) -> Sequence[Answer]:
    """What was found, by setting; those that cannot be had are left out."""
    found = []
    for row in read_table(table3).to_dict("records"):
        setting = row["setting"]
        if row["photos"] == "0" or "." in setting:
            continue
        paper = PAPER.get("table3", {}).get(setting, {})
        scores = {name: (score(row, name), number(paper[name]) if name in paper else "") for name in MODELS}
        gain = score(row, "over_social")
        both = "the forecast from content and cues"
        gains = [sentences.verdict_words(gain, better=both, than="the forecast from the cues alone")]
        if gain.over == "users" and not math.isnan(score(row, "over_social", "photos").low):
            photos = score(row, "over_social", "photos")
            gains.append(f"Over other photos of the same users, the interval is {photos.interval}: {photos.verdict}.")
        # What is not there is told by the table's own note, where it has one.
        said = {model: words for model, words in _IN_SENTENCES.items() if scores[model][0].there or not row["note"]}
        doubts = [sentences.doubt_words(words, scores[model][0]) for model, words in said.items()]
        if len(said) < len(_IN_SENTENCES):
            doubts += sentences.unavailable_words([row])
        found.append(
            Answer(
                setting=setting,
                among=sentences.among(setting),
                photos=row["photos"],
                users=row["users"],
                scores=scores,
                gain=sentences.adds_words(gain),
                gains=gains,
                doubts=[said for said in doubts if said],
            )
        )
    return found
