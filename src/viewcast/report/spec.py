"""What the workflow and the page have to know of a figure: plain data, no heavy import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: What the page is rendered from.
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """One figure.

    :ivar name: of the files ``results/figures/<name>.svg``, ``.png`` and ``.json``.
    :ivar module: importable name of the module that draws it, with a function ``draw``.
    :ivar title: a heading of a few words.
    :ivar caption: what it shows and what to look for, in whole sentences.
    :ivar section: one of ``registry.SECTIONS``: the part of the page in which it stands.
    :ivar inputs: names of what it is drawn from; ``workflow/rules/report.smk`` knows their paths.
    """

    name: str
    module: str
    title: str
    caption: str
    section: str
    inputs: tuple[str, ...]
