"""Templates and styles of pages that are one file each: every text is escaped, and harmless."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from viewcast.report.words import plain

#: Holds ``base.css``, the style that all pages share.
STATIC = Path(__file__).parent / "static"


def templates(folder: Path) -> Environment:
    """The templates of a folder; what they print is escaped and harmless (:func:`viewcast.report.words.plain`)."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _harmless(value: Any) -> Any:
    """What the templates print, made harmless; markup of the templates themselves stays."""
    return value if isinstance(value, Markup) else plain(str(value))


def style(own: Path) -> Markup:
    """The style of a page: what all share, then its own file. Both are ours, with no text of anyone else."""
    return Markup("\n".join(path.read_text(encoding="utf-8") for path in (STATIC / "base.css", own)))
