"""``report.html``: one file that tells what was found, how far to trust it and how it was made."""

from __future__ import annotations

import base64
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from viewcast.provenance import library_versions, package_digest
from viewcast.records.run import what_rules_took
from viewcast.report.drawing import LAYOUT
from viewcast.report.registry import FIGURES, SECTIONS
from viewcast.report.sections.answer import answer
from viewcast.report.sections.corpus import corpus
from viewcast.report.sections.making import configuration_tables, rules_table
from viewcast.report.sections.reasons import reasons
from viewcast.report.sections.tables import paper_table, unfinished
from viewcast.report.sections.trust import trust
from viewcast.report.sections.two_photos import two_photos
from viewcast.report.spec import TEMPLATES
from viewcast.report.templating import style, templates
from viewcast.store.atomic import write_text
from viewcast.store.digests import digest_of
from viewcast.store.records import read_record

#: Bytes of all figures together, as the page holds them: the page stays under 15 MB.
ROOM = 14_000_000
#: Inputs of figures that hold photographs.
_PHOTOGRAPHS = {"samples", "regions"}


@dataclass(frozen=True)
class Sources:
    """The files that the page is made of.

    :ivar tables: ``table1``, ``table2``, ``table3``; ``details``: the same, split by split.
    :ivar pairs: which of two photos of one user is the more popular.
    :ivar importance: what each input weighs.
    :ivar ablation: what more features add; None where the configuration has none beyond the content model's.
    :ivar figures: name -> its SVG, its PNG and its record.
    """

    photos: str | Path
    summary: str | Path
    problems: str | Path
    tables: Mapping[str, str | Path]
    details: Mapping[str, str | Path]
    simple: str | Path
    baselines: str | Path
    protocols: str | Path
    coverage: str | Path
    pairs: str | Path
    importance: str | Path
    ablation: str | Path | None = None
    figures: Mapping[str, tuple[str | Path, str | Path, str | Path]] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, str]:
        """What the numbers come from, by the names of the files, and their digests."""
        own = [
            *self.tables.values(),
            self.simple,
            self.baselines,
            self.protocols,
            self.coverage,
            self.pairs,
            self.summary,
        ]
        also = [self.ablation] if self.ablation is not None else []
        return {str(path): digest_of(path) for path in [*own, self.importance, *also, self.photos]}


@dataclass(frozen=True)
class PageFigure:
    """A figure as the page shows it.

    :ivar source: a data URI; empty where the figure is left out, of which ``note`` then tells.
    """

    name: str
    title: str
    caption: str
    alt: str
    note: str
    source: str


def write_page(
    sources: Sources,
    out: str | Path,
    *,
    configuration: Mapping[str, Any],
    defaults: Mapping[str, Any],
    versions: Mapping[str, str],
    synthetic: bool,
    unit: str,
    pictures: bool = True,
    users: bool = False,
    logs: str | Path = "logs",
) -> None:
    """Write the page: one file that needs no network and no script.

    :param configuration, defaults: every key as it was resolved, and as it is by default, in plain JSON values.
    :param versions: of what ran the workflow; those of Python and the libraries are added.
    :param synthetic: is the corpus the demo's? Then the page says so on every printed sheet.
    :param unit: of the popularity.
    :param pictures: may photographs be shown?
    :param users: are users named by their identifiers?
    :param logs: the jobs' logs, which say what each rule took.
    :raises ViewcastError: a file is damaged.
    """
    tables = {name: paper_table(name, path) for name, path in sources.tables.items()}
    figures = load_figures(sources.figures, pictures=pictures)
    page = {
        "synthetic": synthetic,
        "unit": unit,
        "corpus": corpus(sources.photos, sources.summary, sources.problems, users=users),
        "answer": answer(sources.tables["table3"]),
        "two_photos": two_photos(sources.pairs),
        "tables": tables,
        "unfinished": unfinished(sources.details),
        "reasons": reasons(sources.importance),
        "trust": trust(
            sources.protocols,
            sources.baselines,
            sources.coverage,
            sources.ablation,
            configuration["social"]["mean_views"],
        ),
        "figures": {section: [figures[f.name] for f in _of(section) if f.name in figures] for section in SECTIONS},
        "making": {
            "written": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            "versions": {"python": platform.python_version(), **versions, **library_versions()},
            "code": package_digest(),
            "machine": _machine(),
            "digests": sources.numbers,
            "rules": rules_table(what_rules_took(Path(logs))),
            "configuration": configuration_tables(configuration, defaults),
        },
    }
    write_text(out, render(page))


def _of(section: str) -> list[Any]:
    return [spec for spec in FIGURES.values() if spec.section == section]


def render(page: Mapping[str, Any]) -> str:
    """The page from what it says: every text is escaped, and harmless (:func:`viewcast.report.words.plain`)."""
    values = {**page, "style": style(TEMPLATES / "page.css")}
    return templates(TEMPLATES).get_template("page.html.jinja").render(values)


def load_figures(
    files: Mapping[str, tuple[str | Path, str | Path, str | Path]], *, pictures: bool
) -> dict[str, PageFigure]:
    """The figures as data URIs: of SVG and PNG the smaller one.

    :param files: name -> SVG, PNG, record.
    :param pictures: may photographs be shown? Otherwise figures that are drawn from photographs are left out.

    Where all figures together would not fit (:data:`ROOM`), the largest ones are left out.
    """
    shown: dict[str, PageFigure] = {}
    for name, (svg, png, record) in files.items():
        spec, said = FIGURES[name], read_record(record, LAYOUT)
        source, note = _smaller(svg, png) if said["drawn"] else "", said["note"]
        if not pictures and _PHOTOGRAPHS & set(spec.inputs):
            source, note = "", "This figure shows photographs, and the configuration leaves them out (report.pictures)."
        shown[name] = PageFigure(name, spec.title, spec.caption, said["alt"], note, source)
    while sum(len(figure.source) for figure in shown.values()) > ROOM:
        largest = max(shown.values(), key=lambda figure: len(figure.source))
        note = f"This figure is too large for this page; it is the file results/figures/{largest.name}.png."
        shown[largest.name] = PageFigure(largest.name, largest.title, largest.caption, largest.alt, note, "")
    return shown


def _smaller(svg: str | Path, png: str | Path) -> str:
    kinds = {"image/svg+xml": Path(svg).read_bytes(), "image/png": Path(png).read_bytes()}
    kind = min(kinds, key=lambda name: len(kinds[name]))
    return f"data:{kind};base64,{base64.b64encode(kinds[kind]).decode()}"


def _machine() -> Sequence[tuple[str, str]]:
    """The machine that writes the page, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return [
        ("system", platform.platform()),
        ("processors", str(os.cpu_count())),
        ("memory", f"{memory / 2**30:.1f} GiB"),
    ]
