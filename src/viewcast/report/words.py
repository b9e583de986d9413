"""Texts for readers: names in words, numbers, and any text of a corpus made harmless."""

from __future__ import annotations

import math
import unicodedata

import numpy as np

#: Settings and protocols in words.
SETTINGS = {
    "one_per_user": "one photo per user",
    "user_mix": "user mix",
    "user_specific": "user-specific",
    "random_halves": "random halves, as in the paper",
    "user_disjoint": "no user in both halves",
    "time_forward": "later photos forecast from earlier ones",
}
#: Columns of the tables in words; a column of another name, such as an extra cue, is called by its name.
COLUMNS = {
    "color_histogram": "colour histogram",
    "color_patches": "colour patches",
    "deep": "deep learning",
    "photographic": "photographic measurements",
    "content_words_social": "content, words and social cues",
    "over_content_social": "with words less without",
    "combined": "all features combined",
    "best_single_feature": "best single feature",
    "over_best_feature": "combined less best single feature",
    "mean_views_cross_fitted": "mean views, cross-fitted",
    "mean_views_leave_one_out": "mean views, without the photo",
    "mean_views_including_target": "mean views, with the photo",
    "mean_views_training_half": "mean views, training half",
    "photo_count": "photo count",
    "groups_admin": "groups as administrator",
    "groups_invite_only": "groups by invitation",
    "group_members": "group members",
    "member_duration": "time as a member",
    "is_pro": "is a pro member",
    "title_length": "title length",
    "description_length": "description length",
    "agreement": "agreement of picture and title",
    "all": "all cues together",
    "social": "social cues",
    "content_social": "content and social cues",
    "over_social": "both less social cues",
    "over_content": "both less content",
    "hue_mean": "mean hue",
    "saturation_mean": "mean saturation",
    "value_mean": "mean brightness (value)",
    "intensity_mean": "mean intensity",
    "intensity_variance": "variance of the intensity",
    "intensity_skewness": "skewness of the intensity",
}
#: Joiners, without which some scripts and emoji fall apart: the only invisible characters that stay.
_JOINERS = "\u200c\u200d"
MISSING = "n/a"


def cut(text: str, longest: int = 80) -> str:
    """A text of a corpus, of so many characters at most."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def setting_words(name: str) -> str:
    """A setting or protocol, with the reading of its target if that is another than the corpus's own."""
    kind, _, reading = name.partition(".")
    words = SETTINGS.get(kind, cut(kind))
    return f"{words} ({reading})" if reading else words


def column_words(name: str) -> str:
    """A feature, cue or model."""
    return COLUMNS.get(name, cut(name))


def plain(text: str) -> str:
    r"""A text with nothing in it that acts on what stands around it.

    Control characters, invisible ones (those that turn the direction of a text among them), lone surrogates and
    characters without a meaning stand as their codes; ends of lines become spaces.

    >>> plain("a\x1b[31m \u202egpj.exe")
    'a<U+001B>[31m <U+202E>gpj.exe'
    """
    return "".join(map(_harmless, text))


def _harmless(character: str) -> str:
    if character in "\n\r\t\u2028\u2029":
        return " "
    if character not in _JOINERS and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Co"):
        return f"<U+{ord(character):04X}>"
    return character


def number(value: float, digits: int = 2) -> str:
    """A number with so many decimals and a true minus sign; zero has none.

    >>> number(-0.504), number(-0.001), number(float("nan"))
    ('−0.50', '0.00', 'n/a')
    """
    if math.isnan(value):
        return MISSING
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def decimals(values: np.ndarray) -> int:
    """So many decimals that values can be told apart, each about a tenth of their range or less.

    >>> decimals(np.array([0.2, 0.9])), decimals(np.array([1.5, 9])), decimals(np.array([3.0, 3.0]))
    (2, 1, 1)
    """
    finite = values[np.isfinite(values)]
    spread = np.ptp(finite) if len(finite) else 0.0
    return int(np.clip(1 - math.floor(math.log10(spread)), 1, 4)) if spread > 0 else 1


def listed(items: list[str]) -> str:
    """Items as an enumeration: ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def plural(count: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "user"), plural(2300000, "photo")
    ('1 user', '2,300,000 photos')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
