"""Pages about one photo: one file each, which needs no network and no script."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from viewcast.report.templating import style, templates
from viewcast.report.words import number

if TYPE_CHECKING:
    from viewcast.predict.coach import Advice, Gain
    from viewcast.predict.explain import Explanation
    from viewcast.predict.results import Card, Score

TEMPLATES = Path(__file__).parent / "templates"
#: Quality of JPEGs: of those within a page, and of photos that one keeps.
QUALITY, FINE = 88, 95
#: What a cell of a map adds at least where its colour is the strongest: less is drawn paler, for it is next to nothing.
STRONG = 0.01


def render_page(template: str, **values: Any) -> str:
    """A page from what it says; every text is escaped, and harmless (:func:`viewcast.report.words.plain`).

    :param template: the name of a file in ``predict/templates``.
    """
    own = style(TEMPLATES / "predict.css")
    return templates(TEMPLATES).get_template(template).render(values, style=own, number=number)


def jpeg(picture: np.ndarray, quality: int = QUALITY) -> bytes:
    """An RGB uint8 picture as the bytes of a JPEG."""
    return file_of(picture, ".jpg", quality)


def file_of(picture: np.ndarray, suffix: str, quality: int = FINE) -> bytes:
    """An RGB uint8 picture as the bytes of a file.

    :param suffix: .jpg, .jpeg or .png, in any case.
    :param quality: of a JPEG.
    """
    chosen = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix.lower() != ".png" else []
    written, data = cv2.imencode(suffix.lower(), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), chosen)
    if not written:
        raise ValueError(f"no {suffix} can be made of an array of {picture.shape}")
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
        | {"outcome": OUTCOMES[one.outcome], "round": one.round}
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
        also=[{"sentence": one.edit.sentence, "gain": gain_words(one.gain, advice.before)} for one in advice.also],
        outcomes=[(count, OUTCOMES[one]) for one, count in advice.outcomes.items()],
        tried=tried,
        limits=advice.limits,
        test=advice.test,
    )


def reasons_page(explanation: Explanation, card: Card, name: str) -> str:
    """The page that takes a forecast apart.

    :param name: of the photo.
    """
    from viewcast.predict.results import NOT_FOR

    score = explanation.score
    counted = score.views is not None
    # Views that each line adds, one after the other: so they sum to the forecast as the lines themselves do.
    running, reasons = explanation.average, []
    for reason in explanation.reasons:
        after = running + reason.amount
        reasons.append(
            {
                "name": reason.name,
                "rgb": reason.rgb,
                "amount": signed_number(reason.amount),
                "factor": f"{2**reason.amount:.2f}",
                "views": _signed(2**after - 2**running),
            }
        )
        running = after
    values: dict[str, Any] = {"map_source": "", "map_alt": "", "map_caption": ""}
    if explanation.map is not None:
        shown, most, values["map_alt"] = region_overlay(explanation.picture, explanation.map)
        values["map_source"] = data_uri(shown)
        values["map_caption"] = (
            "What its regions add: orange raises the forecast, blue lowers it. A cell of the strongest orange adds "
            f"{most:.2f}" + (f", about {2**most:.2f} times the views" if counted else "") + f"; all of them together "
            f"{signed_number(explanation.mapped)}. The part of the network is approximate, by covering parts of the "
            "picture."
        )
    return render_page(
        "reasons.html.jinja",
        name=name,
        synthetic=card.synthetic,
        card=card,
        forecast=score_words(score),
        percentile=f"{score.percentile:.0f}",
        warnings=score.warnings,
        source=data_uri(explanation.picture),
        average=number(explanation.average),
        total=number(explanation.total),
        caption=f"In {card.unit}, the largest first."
        + (" The last column adds the lines one after the other." if counted else ""),
        factors=counted,
        counted=score.counted,
        reasons=reasons,
        low=amount(score.views_low) if score.views_low is not None else number(score.low),
        high=amount(score.views_high) if score.views_high is not None else number(score.high),
        limits=NOT_FOR,
        **values,
    )


def region_overlay(picture: np.ndarray, given: np.ndarray) -> tuple[np.ndarray, float, str]:
    """A picture under the map of what its regions add.

    :param picture: RGB uint8 (h, w, 3); :param given: (h, w) float64.
    :returns: RGB uint8, what the strongest colour stands for, and a text for those who do not see it.
    """
    from viewcast.report.figures.regions import cell_sums, overlay, place_words

    cells = cell_sums(given)
    most = max(float(np.quantile(np.abs(cells), 0.98)), STRONG)
    up, down = (np.unravel_index(place, cells.shape) for place in (cells.argmax(), cells.argmin()))
    rows, columns = cells.shape
    said = (
        f"The map: most is added in the {place_words(up[0] / rows, up[1] / columns)}, and most is taken in the "
        f"{place_words(down[0] / rows, down[1] / columns)} of the picture"
    )
    return overlay(picture, cells / most), most, said


def signed_number(value: float) -> str:
    """A number with its sign."""
    return f"{'' if value < 0 else '+'}{number(value)}"


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
