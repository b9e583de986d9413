"""No text of a corpus acts on the page: no script runs, nothing is fetched, nothing is turned around or hidden."""

from __future__ import annotations

import re
import shutil
import unicodedata

import pytest
from page_parser import Page
from report_sources import TABLES, Study

from viewcast.report.layout import write_layouts
from viewcast.report.page import ROOM
from viewcast.report.registry import FIGURES
from viewcast.report.style import short_name

SCRIPT = "document.documentElement.dataset.owned=1"
HOSTILE = (
    f'<script>{SCRIPT}</script>"\'><img src=https://example.org/x onerror="{SCRIPT}"></style></title></td>-->'
    f"<svg onload='{SCRIPT}'> [a](javascript:alert) {{{{ 7*191 }}}}{{% raw %}} &lt;b&gt; | \\input{{x}} $x_1$ % # ~ ^ "
    "url(https://example.org/y) #ff0010;background:url(https://example.org/z) "
    "\x01\x1b[31m\u202egpj.exe\u2066\u200b\ufeff"
)


def hostile(usual: str) -> str:
    """In place of any text from outside: what it was, so that names stay different, and an attack."""
    return usual + HOSTILE


@pytest.fixture
def study(tmp_path) -> Study:
    study = Study(tmp_path, hostile)
    # A figure that is itself an attack: within an image no script runs and nothing is fetched.
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="{SCRIPT}"><script>{SCRIPT}</script>' \
          '<image href="https://example.org/w" width="9" height="9"/></svg>'  # fmt: skip
    for files in study.sources.figures.values():
        files[0].write_text(svg)
    return study


def test_no_text_becomes_markup(study):
    page = Page(study.page(users=True))
    assert not {"script", "svg", "image", "textarea", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    for _, attributes in page.tags:
        assert re.fullmatch(r"data:image/(png|svg\+xml);base64,[\w+/=]+|", attributes.get("src", ""))
        assert attributes.get("href", "#").startswith("#")
        assert re.fullmatch(r"background:#[0-9a-f]{6}|", attributes.get("style", ""))
    assert "{{ 7*191 }}" in page.text, "texts are no templates"


def test_no_character_acts_unseen(study):
    text = study.page(users=True)
    odd = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn")} - {"\n"}
    assert not odd
    assert "<U+202E>gpj.exe" in Page(text).text, "what was there is told"


def test_no_user_is_named_unless_asked(study):
    named, unnamed = study.page(users=True), study.page(users=False)
    user = study.photos["user_id"].value_counts().index[0]
    assert short_name(user) in unnamed and short_name(user) not in named
    assert "user0<script" in Page(named).text and "user0<script" not in Page(unnamed).text


def test_no_picture_or_title_is_told(study):
    """They may show or name people, and no number needs them."""
    text = Page(study.page(users=True)).text
    assert "0.jpg<" not in text and "a title<" not in text and "a description<" not in text


@pytest.mark.parametrize("pictures", [True, False])
def test_photographs_are_left_out_where_they_must_be(tmp_path, pictures, monkeypatch):
    from viewcast.report import page as module

    own = {name: spec for name, spec in FIGURES.items() if not {"samples", "regions"} & set(spec.inputs)}
    first = next(iter(own.values()))
    showing = type(first)(**{**vars(first), "inputs": ("samples",)})
    monkeypatch.setattr(module, "FIGURES", {first.name: showing})
    study = Study(tmp_path)
    files = {first.name: study.sources.figures[first.name]}
    (figure,) = module.load_figures(files, pictures=pictures).values()
    assert bool(figure.source) == pictures and ("leaves them out" in figure.note) != pictures


def test_the_page_stays_small(tmp_path, monkeypatch):
    from viewcast.report import page as module

    study = Study(tmp_path)
    assert ROOM < 15e6
    monkeypatch.setattr(module, "ROOM", 10)
    figures = module.load_figures(study.sources.figures, pictures=True).values()
    assert all(not figure.source and "too large" in figure.note for figure in figures)


def test_tables_for_papers_are_harmless(study, tmp_path):
    for name in TABLES:
        tex, md = tmp_path / f"{name}.tex", tmp_path / f"{name}.md"
        write_layouts(study.sources.tables[name], name=name, synthetic=True, tex=tex, md=md)
        latex, markdown = tex.read_text(encoding="utf-8"), md.read_text(encoding="utf-8")
        assert not re.search(
            r"(?<!\\)[$#~^](?!-\$)", re.sub(r"\$-\$", "", latex.split("\n", 1)[1].replace("{!}{%", ""))
        )
        commands = {"begin", "end", "toprule", "midrule", "bottomrule", "centering", "caption", "label", "resizebox",
                    "textwidth", "par", "medskip", "quad", "emph", "scriptsize", "addlinespace", "ifdim", "width",
                    "else", "fi"}  # fmt: skip
        assert set(re.findall(r"\\([a-z]+)", latex.split("\n", 1)[1])) - commands <= {
            "textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", "textbar",
            "textasciigrave",
        }  # fmt: skip
        assert "<" not in markdown and "](" not in markdown.replace("\\]\\(", "") and "\u202e" not in markdown
        lines = [line for line in markdown.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1, "no text makes a column"


def test_in_a_browser(study):
    """As a reader opens it: from a folder, and once with the page's own policy taken away."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium here")
    study.page(users=True)
    address = (study.folder / "report.html").as_uri()
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for without_policy in (False, True):
            requests, said = [], []
            page = browser.new_context(bypass_csp=without_policy, viewport={"width": 360, "height": 700}).new_page()
            page.on("request", lambda request, requests=requests: requests.append(request.url))
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            page.goto(address)
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.className") == "skip"
            assert page.evaluate("document.documentElement.dataset.owned") is None
            assert not [url for url in requests if url != address and not url.startswith("data:")]
            assert not said
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, "a telephone need not scroll sideways"
            assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
        browser.close()
