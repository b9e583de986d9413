"""Marks, axes and texts that several figures share."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.font_manager import findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from viewcast.report.style import FONT, GREY, INK
from viewcast.report.words import cut, listed, number, plain


def short(text: str, longest: int = 32) -> str:
    r"""A text of a corpus as a label: nothing in it acts, and it is no longer than a label may be.

    >>> short("a\x00b\n$x^2$"), short("a" * 9, 5)
    ('a<U+0000>b $x^2$', 'aaaa…')
    """
    return cut(plain(text).strip(), longest)


class Labels:
    """Texts of a corpus as labels of a figure: one that its font cannot write is a number there, which a note explains.

    >>> labels = Labels()
    >>> labels("sky"), labels("猫"), labels("犬"), labels("猫")
    ('sky', '(1)', '(2)', '(1)')
    >>> labels.note
    'In the figure, (1) is 猫 and (2) is 犬.'
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, text: str, longest: int = 32) -> str:
        """The label: :func:`short` of the text, or its number in brackets."""
        label = short(text, longest)
        if _can_be_drawn(label):
            return label
        return f"({self._numbers.setdefault(label, len(self._numbers) + 1)})"

    @property
    def note(self) -> str:
        """What the numbers stand for; empty where there are none."""
        told = [f"({number}) is {label}" for label, number in self._numbers.items()]
        return f"In the figure, {listed(told)}." if told else ""


def _can_be_drawn(text: str) -> bool:
    """Whether the figures' font has all letters of a text, and writes them in its direction."""
    font = get_font(findfont(FONT))
    return all(font.get_char_index(ord(c)) and unicodedata.bidirectional(c) not in ("R", "AL") for c in text)


def count(value: float) -> str:
    """A large number, for the tick of an axis.

    >>> count(950), count(12_500), count(2e6), count(3e9)
    ('950', '12.5k', '2M', '3G')
    """
    for unit, sign in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= unit:
            return f"{value / (1e3 if sign == 'k' else unit):.4g}{sign}"
    return f"{value:.4g}".replace("-", "−")


#: Of an interval that is over something else than the others.
DASHES = (0, (1, 0.7))
#: Of an axis of counts; also of a logarithmic one, whose own ticks would be formulas.
COUNTS = FuncFormatter(lambda value, position: count(value))


def interval_dots(
    axes: Axes,
    y: Sequence[float] | np.ndarray,
    value: Sequence[float] | np.ndarray,
    low: Sequence[float] | np.ndarray,
    high: Sequence[float] | np.ndarray,
    *,
    color: str,
    marker: str = "o",
    hollow: bool = False,
    dashed: bool = False,
) -> None:
    """Dots with horizontal intervals; NaN, as a value or as an end, draws none."""
    axes.hlines(y, low, high, color=color, linewidth=1.6, linestyles=DASHES if dashed else "solid")
    face = "white" if hollow else color
    axes.plot(
        value, y, linestyle="none", marker=marker, markersize=5.5, markerfacecolor=face, markeredgecolor=color,
        markeredgewidth=1.3, zorder=3,
    )  # fmt: skip


def key(label: str, color: str, marker: str = "o", *, hollow: bool = False, line: Any = "solid") -> Line2D:
    """What a legend shows of :func:`interval_dots`."""
    return Line2D(
        [], [], label=label, color=color, marker=marker, linestyle=line, linewidth=1.6, markersize=5.5,
        markerfacecolor="white" if hollow else color, markeredgewidth=1.3,
    )  # fmt: skip


def ink_on(color: Any) -> str:
    """Dark or white, whichever can be read on a colour.

    >>> ink_on("#ffff00"), ink_on("#000080")
    ('#222222', 'white')
    """
    red, green, blue = to_rgb(color)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


def rows(axes: Axes, labels: Sequence[str], **settings: Any) -> None:
    """The y axis names one row for each label, the first at the top."""
    axes.set_yticks(range(len(labels)), labels, **settings)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(True, axis="y")


def none_here(axes: Axes, y: float) -> None:
    """A row without a number says so."""
    axes.text(
        0.03, y, "n/a", transform=axes.get_yaxis_transform(), va="center", color=GREY, fontsize=8,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
    )  # fmt: skip


def zero_line(axes: Axes) -> None:
    """A line at 0, where values may lie on both sides."""
    axes.axvline(0, color=GREY, linewidth=1, zorder=1)


def letter(axes: Axes, name: str) -> None:
    """A panel's letter, at its upper left."""
    axes.set_title(name, fontweight="bold")


def interval_text(value: float, low: float, high: float, digits: int = 2) -> str:
    """A number with its 95% interval, for an alternative text.

    >>> interval_text(0.5, 0.4, 0.6), interval_text(0.5, float("nan"), float("nan"))
    ('0.50 [0.40, 0.60]', '0.50')
    """
    ends = "" if np.isnan(low) or np.isnan(high) else f" [{number(low, digits)}, {number(high, digits)}]"
    return number(value, digits) + ends
