"""From a figure's name to its files."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from viewcast.report.registry import FIGURES
from viewcast.report.style import save_figure
from viewcast.store.records import write_record
from viewcast.store.seal import Layout

LAYOUT = Layout("figure", 1)


@dataclass(frozen=True)
class Look:
    """What a figure has to know beside its data.

    :ivar name: the figure's, where one module draws several.
    :ivar synthetic: is the corpus the demo's? Then every figure says so.
    :ivar unit: of the popularity, for an axis: such as ``log2 of views per day``.
    :ivar users: are users named by their identifiers? Otherwise by :func:`viewcast.report.style.short_name`.
    :ivar mean_views: the kind of the mean of views that the social models of the tables take, for figures that choose
        among several.
    """

    name: str
    synthetic: bool
    unit: str
    users: bool = False
    mean_views: str = "cross_fitted"


@dataclass(frozen=True)
class Drawing:
    """What ``draw`` of a figure's module returns.

    :ivar figure: None where there is nothing to draw.
    :ivar alt: alternative text: what a reader who cannot see the figure has to know, with its main numbers.
    :ivar note: one sentence below the caption: why there is no figure, or what was left out of it; may be empty.
    """

    figure: Figure | None
    alt: str
    note: str = ""


def nothing_drawn(why: str) -> Drawing:
    """What a module returns where its figure cannot be had.

    :param why: one sentence.
    """
    return Drawing(None, f"There is no figure: {why}", why)


def draw_figure(
    look: Look,
    inputs: Mapping[str, Sequence[str | Path]],
    *,
    svg: str | Path,
    png: str | Path,
    record: str | Path,
) -> None:
    """Draw one figure of the registry.

    :param inputs: name of :attr:`FigureSpec.inputs` -> its files; none where the corpus lacks them.
    :param svg, png: the pictures to write. Where there is nothing to draw they say so.
    :param record: JSON to write: ``alt``, ``note`` and ``drawn`` (is there a figure?).
    """
    drawing: Drawing = importlib.import_module(FIGURES[look.name].module).draw(inputs, look)
    save_figure(drawing.figure, look, svg, png, drawing.note)
    write_record({"alt": drawing.alt, "note": drawing.note, "drawn": drawing.figure is not None}, record, LAYOUT)
