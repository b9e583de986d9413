"""The page in a browser: from a dropped photo to the edited one, by mouse, by keyboard, on a phone, in the dark."""

import base64
import shutil
import threading
import time

import pytest
from conftest import picture
from stand_in_model import StandIn, card

from viewcast.web.app import make_app

playwright = pytest.importorskip("playwright.sync_api")
uvicorn = pytest.importorskip("uvicorn")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

#: Photos are dropped as a browser does it: a DataTransfer with files in it.
DROP = """([photos]) => {
  const data = new DataTransfer();
  for (const [name, content] of photos) {
    const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
    data.items.add(new File([bytes], name, { type: "image/jpeg" }));
  }
  const options = { dataTransfer: data, bubbles: true, cancelable: true };
  document.getElementById("drop").dispatchEvent(new DragEvent("drop", options));
}"""


@pytest.fixture(scope="module")
def served():
    """The address of a page whose model is a stand-in."""
    server = uvicorn.Server(uvicorn.Config(make_app(StandIn(card=card(synthetic=True))), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(served, browser, request):
    """The page, which must send nothing elsewhere and say nothing on the console."""
    options = getattr(request, "param", {})
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True, **options)
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on(
        "request", lambda asked: None if asked.url.startswith((served, "blob:", "data:")) else said.append(asked.url)
    )
    opened.goto(served)
    opened.set_default_timeout(20_000)
    yield opened
    # 404: a picture of a photo that was sent again while the browser still fetched it.
    expected = ("415", "422", "413", "404")
    assert not [text for text in said if not any(f"status of {code}" in text for code in expected)]
    context.close()


def until(page, true):
    """Wait for an expression; Playwright's own way needs eval, which the page forbids."""
    for _ in range(400):
        if page.evaluate(true):
            return
        time.sleep(0.05)
    raise AssertionError(true)


def choose(page, *photos):
    page.set_input_files("#files", [{"name": n, "mimeType": "image/jpeg", "buffer": data} for n, data in photos])


def test_a_dropped_photo_gets_its_score_reasons_and_edits_and_the_edited_one_is_taken_away(page, tmp_path):
    photos = [["sea.jpg", base64.b64encode(picture(100)).decode()]]
    page.evaluate(DROP, [photos])
    page.wait_for_selector("article .number")
    assert "views per day" in page.inner_text("article") and "SYNTHETIC" in page.inner_text("body")
    page.wait_for_selector("article table")
    assert "Lakeside" in page.inner_text("article table")
    page.wait_for_selector("article .edit a.button")
    with page.expect_download() as download:
        page.click("article .edit a.button >> nth=0")
    assert download.value.suggested_filename == "sea-edited.jpg"
    download.value.save_as(tmp_path / "edited.jpg")
    assert (tmp_path / "edited.jpg").read_bytes()[:2] == b"\xff\xd8"
    until(page, "document.querySelector('article').getAttribute('aria-busy') === 'false'")
    assert "edits were tried" in page.inner_text("#status")


def test_cues_change_the_forecast_and_several_photos_are_ranked(page):
    choose(page, ("dark.jpg", picture(40)), ("bright.jpg", picture(220)), ("grey.jpg", picture(128)))
    page.wait_for_selector("#ranking li >> nth=2")
    assert [line.split(":")[0] for line in page.locator("#ranking bdi").all_inner_texts()] == [
        "bright.jpg", "grey.jpg", "dark.jpg",
    ]  # fmt: skip
    until(page, "document.querySelector('#ranking').innerText.includes('chance')")
    before = page.locator("article .number").first.inner_text()
    page.click("#cues summary")
    page.fill("#cue-contacts", "120")
    page.fill("#cue-tags", "sea, sunset")
    page.click("text=Use this for the forecasts")
    until(page, f"![undefined, {before!r}].includes(document.querySelector('article .number')?.innerText)")
    assert "Account and text add" in page.inner_text("article >> nth=0")
    page.click("#forget")
    assert page.locator("article").count() == 0 and "forgotten" in page.inner_text("#status")


def test_what_is_no_picture_is_told_beside_the_others(page):
    choose(
        page, ("notes.jpg", b"no picture"), ("sea.jpg", picture()), ("<img src=x onerror=alert(1)>.jpg", b"\xff\xd8")
    )
    page.wait_for_selector("article .number")
    until(page, "document.querySelectorAll('article .warning').length >= 2")
    assert "<img src=x" in page.inner_text("#photos") and page.locator("img[src=x]").count() == 0


def test_the_keyboard_alone_is_enough(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    until(page, "document.activeElement.id === 'files'")
    choose(page, ("sea.jpg", picture()))
    page.wait_for_selector("article .edit a.button")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or page.evaluate("document.activeElement === document.body")
    assert {"Download at full size", "forget", "the JSON interface"} <= seen
    page.focus("#cues summary")
    page.keyboard.press("Enter")
    assert page.evaluate("document.getElementById('cues').open")


@pytest.mark.parametrize("page", [{"color_scheme": "dark"}, {"color_scheme": "light"}], indirect=True)
def test_a_phone_needs_no_sideways_scroll_and_the_dark_is_dark(page):
    page.set_viewport_size({"width": 360, "height": 740})
    choose(page, ("a rather long name of a photograph that was taken in the evening by the sea.jpg", picture()))
    page.wait_for_selector("article .edit")
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)")
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert (sum(ground) < 200) == dark


def test_everything_has_a_name_for_a_screen_reader(page):
    choose(page, ("sea.jpg", picture()))
    page.wait_for_selector("article .edit")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("img:not([alt]), button, a, input, select, textarea, summary")]
        .filter((one) => !(one.hasAttribute("alt") || one.textContent.trim() || one.labels?.length
          || one.getAttribute("aria-label"))).map((one) => one.outerHTML)"""
    )
    assert nameless == []
    assert page.get_attribute("#status", "aria-live") == "polite" and page.get_attribute("html", "lang") == "en"
