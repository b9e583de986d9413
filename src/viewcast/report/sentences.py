"""What the numbers say, in words: never more than their intervals allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viewcast.report.scores import OVER, Score
from viewcast.report.words import setting_words

#: Settings in sentences.
_AMONG = {
    "one_per_user": "with one photo of each user",
    "user_mix": "with all photos of the users who have many, mixed",
    "user_specific": "within single users, each with models of their own",
}


def among(setting: str) -> str:
    """The setting as a part of a sentence."""
    kind, _, reading = setting.partition(".")
    words = _AMONG.get(kind, f"in the setting {setting_words(kind)}")
    return f"{words}, popularity read as {reading}" if reading else words


def verdict_words(gain: Score, *, better: str, than: str) -> str:
    """Whether one forecast is better than another, by the interval of the difference.

    :param gain: the difference of their rank correlations.
    :param better, than: the two, as a sentence calls them.
    """
    if not gain.there:
        return f"How {better} compares with {than} cannot be said here: there is no such number."
    change = f"The rank correlation of {better} less that of {than} is {gain.text}"
    if not gain.over:
        return f"{change}. There is no interval for it, so it may be chance."
    if gain.verdict == "within noise":
        return (
            f"{change}. The interval over {OVER[gain.over]} holds 0: with these photos it cannot be told whether "
            f"{better} is the better one."
        )
    side = "below" if gain.verdict == "worse beyond noise" else "above"
    more = "worse" if side == "below" else "better"
    return (
        f"{change}. The interval over {OVER[gain.over]} lies {side} 0: {better} is {more}, beyond what the choice "
        "of users explains."
        if gain.over == "users"
        else f"{change}. The interval over {OVER[gain.over]} lies {side} 0: {better} is {more} for these users, and "
        "nothing is said of others."
    )


def adds_words(gain: Score) -> str:
    """One sentence for the answer at the top: does content add to the social cues?"""
    if not gain.there:
        return "Whether content adds to the social cues cannot be said here."
    if not gain.over:
        return f"With content, the rank correlation changes by {gain.text}; no interval tells this from chance."
    if gain.verdict == "within noise":
        return f"Whether content adds to the social cues cannot be told: {gain.text}, and the interval holds 0."
    if gain.verdict == "worse beyond noise":
        return f"Content does not add to the social cues: with it, the rank correlation changes by {gain.text}."
    return f"Content adds to what the social cues tell: with it, the rank correlation rises by {gain.text}."


def doubt_words(what: str, found: Score) -> str:
    """What has to be said of a score beside its number; empty where nothing has."""
    if not found.there:
        return f"{what} cannot be scored here."
    if not found.over:
        return f"{what} has no interval."
    return f"{what} cannot be told from no order at all: the interval holds 0." if found.holds_zero else ""


def unavailable_words(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """One sentence for each setting that cannot be had, or leaves users out."""
    said = []
    for row in rows:
        if row["note"]:
            cannot = row["photos"] in ("0", "n/a", "")
            said.append(
                f"The setting {setting_words(row['setting'])} is not available: {row['note']}."
                if cannot
                else f"In the setting {setting_words(row['setting'])}: {row['note']}."
            )
    return said
