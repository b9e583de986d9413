"""The page of a tiny run, and Snakemake's own report of it."""

from __future__ import annotations

import json
import zipfile

import pytest
from page_parser import Page

from viewcast.report.drawing import LAYOUT
from viewcast.report.registry import FIGURES
from viewcast.store.records import read_record


@pytest.fixture(scope="module")
def told(finished):
    """The tiny demo corpus with all that `all` asks for."""
    finished("all")
    return finished


def test_the_page(told):
    source = (told.folder / "results/report.html").read_text(encoding="utf-8")
    page = Page(source)
    assert len(source) < 15e6
    records = {name: read_record(told.folder / f"results/figures/{name}.json", LAYOUT) for name in FIGURES}
    assert [image["alt"] for image in page.all("img")] == [
        record["alt"] for section in ("corpus", "tables", "reasons", "trust") for name, record in records.items()
        if record["drawn"] and FIGURES[name].section == section
    ]  # fmt: skip
    text = " ".join(page.text.split())
    assert "SYNTHETIC" in text and "64 users" in text
    # What is not at its default is told apart.
    assert "corpus.demo.users 64 450" in text and "What each rule took" in text


def test_nothing_is_made_again(told):
    assert not told.planned("all")


def test_snakemakes_own_report(told):
    """Every table, every figure and the page has a caption, a category and labels; it is made without a network."""
    told("all", "--report", "report.zip")
    with zipfile.ZipFile(told.folder / "report.zip") as archive:
        source = archive.read("report/report.html").decode()
    results = _value(source, "var results = {")
    categories = {name: sum(parts.values(), []) for name, parts in _value(source, "var categories = {").items()}
    assert set(categories) == {"The page", "Tables", "Beyond the paper", "Figures", "Corpus"}
    assert sorted(categories["Figures"]) == sorted(f"results/figures/{name}.svg" for name in FIGURES)
    tables = {path.relative_to(told.folder).as_posix() for path in told.folder.glob("results/*.csv")}
    assert tables <= set(results)
    for path, result in results.items():
        assert result["caption"].strip() and result["labels"], path
    for name, spec in FIGURES.items():
        result = results[f"results/figures/{name}.svg"]
        assert result["labels"] == {"figure": spec.title} and "SYNTHETIC" in result["caption"]
    assert "image content alone" in results["results/table1.csv"]["caption"]
    assert "SYNTHETIC" in json.dumps(_value(source, 'var workflow_desc = "'))


def _value(source: str, start: str) -> dict:
    """The value of a variable in the report's scripts."""
    return json.JSONDecoder().raw_decode(source, source.index(start) + len(start) - 1)[0]
