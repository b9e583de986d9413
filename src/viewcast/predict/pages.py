"""Pages about one photo: one file each, which needs no network and no script."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from viewcast.report.words import number, plain

if TYPE_CHECKING:
    from viewcast.predict.coach import Advice, Gain
    from viewcast.predict.results import Card, Score

TEMPLATES = Path(__file__).parent / "templates"
QUALITY = 88


def render_page(template: str, **values: Any) -> str:
    """A page from what it says; every text is escaped, and harmless (:func:`viewcast.report.words.plain`).

    :param template: the name of a file in ``predict/templates``.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else plain(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = Markup((TEMPLATES / "predict.css").read_text(encoding="utf-8"))  # our own file, no text of anyone else
    return environment.get_template(template).render(values, style=style, number=number)


def jpeg(picture: np.ndarray, quality: int = QUALITY) -> bytes:
    """An RGB uint8 picture as the bytes of a JPEG."""
    written, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not written:
        raise ValueError(f"no JPEG can be made of an array of {picture.shape}")
    return bytes(data)


def data_uri(picture: np.ndarray) -> str:
    """An RGB uint8 picture as the source of an image within a page."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(picture)).decode()}"


def coach_card(advice: Advice, card: Card, name: str) -> str:
    """The page about what was tried on a photo.

    :param name: of the photo.
    """
    from viewcast.predict.coach import OUTCOMES

    shots = [
        {
            "edit": step.edit,
            "gain": gain_words(step.gain, step.score),
            "total": gain_words(step.total, step.score),
            "score": score_words(step.score),
            "source": data_uri(step.picture),
            "alt": f"The photo after step {place}: {step.edit.sentence}",
            "of_text": step.edit.kind in ("tags", "title", "description"),
        }
        for place, step in enumerate(advice.steps, 1)
    ]
    tried = [
        {"sentence": one.edit.sentence, "gain": f"{one.gain.factor - 1:+.0%}".replace("-", "−")}
        | {"outcome": one.outcome, "round": one.round}
        for one in advice.tried
    ]
    return render_page(
        "card.html.jinja",
        name=name,
        synthetic=card.synthetic,
        card=card,
        before=score_words(advice.before),
        after=score_words(advice.after),
        source=data_uri(advice.picture),
        shots=shots,
        warnings=advice.before.warnings,
        outcomes=[(count, OUTCOMES[one]) for one, count in advice.outcomes.items()],
        tried=tried,
        limits=advice.limits,
        test=advice.test,
    )


def score_words(score: Score) -> str:
    """A forecast with its interval: ``3.2 views per day (in four of five cases 0.8 to 9.1)``."""
    if score.views is None or score.views_low is None or score.views_high is None:
        low, high = number(score.low), number(score.high)
        return f"a popularity of {number(score.popularity)} (in four of five cases {low} to {high})"
    low, high = amount(score.views_low), amount(score.views_high)
    return f"{amount(score.views)} {score.counted} (in four of five cases {low} to {high})"


def gain_words(gain: Gain, score: Score) -> str:
    """A gain with its interval: ``+0.8 views per day [+0.2, +1.6], 1.25 times [1.06, 1.47] as many``."""
    if gain.views is None or gain.views_low is None or gain.views_high is None:
        return f"{_signed(gain.value)} [{_signed(gain.low)}, {_signed(gain.high)}] in popularity"
    return (
        f"{_signed(gain.views)} {score.counted} [{_signed(gain.views_low)}, {_signed(gain.views_high)}]: "
        f"{gain.factor:.2f} times as many [{gain.factor_low:.2f}, {gain.factor_high:.2f}]"
    )


def amount(value: float) -> str:
    """Views, with two significant digits below ten.

    >>> amount(0.0123), amount(3.21), amount(1234.5)
    ('0.012', '3.2', '1,234')
    """
    if value >= 10:
        return f"{value:,.0f}"
    return f"{value:.2g}" if value >= 0.001 else "0"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{amount(abs(value))}"
