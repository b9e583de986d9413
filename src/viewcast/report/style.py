"""One style for all figures: colours that colour-blind people tell apart, text legible at half size and in print."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from viewcast.store.atomic import atomic_path

if TYPE_CHECKING:
    from viewcast.report.drawing import Look

#: Okabe and Ito's colours (Color Universal Design, 2008), by what they stand for.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, GREY, INK = "#CC79A7", "#56B4E9", "#767676", "#222222"
#: From blue, which lowers, over nearly white to orange, which raises.
DIVERGING = LinearSegmentedColormap.from_list("blue_orange", ["#003f66", BLUE, "#f7f7f7", ORANGE, "#a35200"])
#: Inches; a figure fills the width of a page.
WIDTH = 7.2
DPI = 150
FONT = "DejaVu Sans"
SYNTHETIC = "SYNTHETIC photographs, users and views"

RC: dict[Any, Any] = {
    "svg.hashsalt": "viewcast",
    "svg.fonttype": "path",
    "font.family": FONT,
    # Names of users and objects are shown as they are: a dollar sign begins no formula.
    "text.parse_math": False,
    "text.usetex": False,
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "axes.axisbelow": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in Viewcast's style within this context, whatever a user's own matplotlibrc says."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC)
        yield


def short_name(user: str) -> str:
    """What a user is called where nobody is to be named: eight hexadecimal digits of a digest of the identifier.

    >>> short_name("12345678@N00")
    '355950e3'
    """
    return hashlib.sha256(user.encode()).hexdigest()[:8]


def save_figure(figure: Figure | None, look: Look, svg: str | Path, png: str | Path, note: str = "") -> None:
    """Write a figure twice, atomically and with the same bytes in every run; stamped where the corpus is synthetic.

    :param figure: None: a card that bears ``note`` alone.
    """
    with style():
        if figure is None:
            figure = Figure(figsize=(WIDTH, 1.2))
            figure.text(0.5, 0.45, fill(note, 90), ha="center", va="center")
        if look.synthetic:
            # The layout keeps a line at the top free for it.
            figure.suptitle(SYNTHETIC, fontsize=9, color=VERMILION, x=0.99, ha="right")
        for path, kind in ((svg, "svg"), (png, "png")):
            with atomic_path(path) as temporary:
                figure.savefig(temporary, format=kind, dpi=DPI, metadata={"Date": None} if kind == "svg" else None)
