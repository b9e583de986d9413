"""The coach's page and the two commands: they say what was found, and nothing in a name does harm."""

from __future__ import annotations

import base64
import json

import cv2
import numpy as np
import pytest
from page_parser import Page
from plain_model import PlainModel, picture
from typer.testing import CliRunner

import viewcast.predict
from viewcast.cli import app
from viewcast.pictures.decode import decode
from viewcast.predict.coach import coach
from viewcast.predict.compare import compare
from viewcast.predict.cues import Cues
from viewcast.predict.pages import coach_card, gain_words, score_words

CUES = Cues(tags=("sea",), title="x", description="")
#: Likes colour, and tags above all.
TASTE = [4.0, 0, 0, 0.5, 0, 0]


class Loaded(PlainModel):
    """The stand-in with the methods that the commands call."""

    def coach(self, photo, cues=None, *, watch=None):
        return coach(self, photo, cues, watch=watch)

    def compare(self, photos, cues=None):
        return compare(self, photos, cues)

    def calibrated(self, known):
        return HELD_OUT

    @property
    def saved(self):
        return type("Saved", (), {"calibration": HELD_OUT})


class HELD_OUT:
    total = np.linspace(0, 6, 300)
    target = total + np.random.default_rng(0).standard_normal(300)
    user = np.arange(300) // 10


@pytest.fixture
def run(monkeypatch, tmp_path):
    """A command beside two photos, on a stand-in."""
    model = Loaded(TASTE, spread=1e-3)
    monkeypatch.setattr(viewcast.predict, "load", lambda path: model)
    monkeypatch.chdir(tmp_path)
    for name, seed in (("a.png", 0), ("b.png", 1)):
        image = picture(seed) if seed else (picture(seed) // 2).astype(np.uint8)
        cv2.imwrite(name, image[..., ::-1])

    def invoke(*arguments: str, code: int = 0):
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == code, done.output
        return done

    invoke.model, invoke.folder = model, tmp_path
    return invoke


def test_the_page_says_every_step_with_its_gain_and_stands_alone():
    model = PlainModel(TASTE, spread=1e-3)
    advice = coach(model, picture(), CUES)
    page = Page(coach_card(advice, model.card, "At <b>sea</b>\u202e.jpg"))
    assert len(advice.steps) >= 2
    for step in advice.steps:
        assert step.edit.sentence in page.text and gain_words(step.gain, step.score) in page.text
    for score in (advice.before, advice.after):
        assert score_words(score) in page.text
    for one in advice.also:
        assert one.edit.sentence in page.text
    for said in (*advice.limits, advice.test, "not a judgement", "SYNTHETIC", "At <b>sea</b><U+202E>.jpg"):
        assert said in page.text
    rows = page.text.split("Every edit, with its gain")[1]
    assert all(one.edit.sentence in rows for one in advice.tried)
    assert not page.all("script") and not page.all("link") and not page.all("b")
    images = page.all("img")
    assert images and all(one["src"].startswith("data:image/jpeg;base64,") and one["alt"] for one in images)
    shown = decode(base64.b64decode(images[1]["src"].partition(",")[2])).image
    assert np.abs(shown.astype(int) - advice.steps[-1].picture).mean() < 5


def test_where_texts_alone_change_the_photo_is_shown_once():
    model = PlainModel([0, 0, 0, 0.5, 0, 0])
    page = Page(coach_card(coach(model, picture(), CUES), model.card, "x"))
    assert len(page.all("img")) == 1 and "The photo stays as it is" in page.text


def test_a_page_without_suggestions_and_one_without_views():
    model = PlainModel(np.zeros(6), synthetic=False, definition="")
    page = Page(coach_card(coach(model, picture(), CUES), model.card, "x"))
    assert "Nothing to suggest" in page.text and "SYNTHETIC" not in page.text and "views per day (" not in page.text
    model = PlainModel(TASTE, definition="")
    page = Page(coach_card(coach(model, picture(), CUES), model.card, "x"))
    assert "in popularity" in page.text and "times as many" not in page.text


def test_viewcast_coach_writes_the_page_and_the_photo(run):
    done = run("coach", "a.png", "-o", "out.html", "--edited", "new.png", "--tags", "sea", "--title", "x")
    advice = coach(run.model, "a.png", Cues(tags=("sea",), title="x"))
    assert all(step.edit.sentence in done.stdout for step in advice.steps)
    assert np.array_equal(decode("new.png").image, advice.edited)
    assert advice.steps[0].edit.sentence in (run.folder / "out.html").read_text()
    said = json.loads(run("coach", "a.png", "--json", "--tags", "sea", "--title", "x").stdout)
    assert said == json.loads(json.dumps(advice.to_dict()))
    assert "chance" in run("coach", "a.png").stdout or "Colours" in run("coach", "a.png").stdout


def test_viewcast_coach_says_what_is_wrong_and_writes_nothing(run):
    for arguments, said in (
        (("coach", "none.png"), "missing"),
        (("coach", "a.png", "--edited", "new.gif"), "JPEG or PNG"),
        (("coach", "a.png", "--contacts", "many"), "contacts"),
    ):
        assert said in run(*arguments, code=1).stderr
    assert sorted(path.name for path in run.folder.iterdir()) == ["a.png", "b.png"]


def test_viewcast_compare_prints_the_order_and_the_chances(run):
    found = compare(run.model, ["a.png", "b.png"])
    lines = run("compare", "a.png", "b.png").stdout.splitlines()
    first, last = found.order
    assert lines[0].startswith(f"1. {'ab'[first]}.png") and lines[2].startswith(f"2. {'ab'[last]}.png")
    assert f"{found.chances[first, last]:.0%}" in lines[1] and "1,350 pairs of photos of one user" in lines[-1]
    said = json.loads(run("compare", "a.png", "b.png", "--json").stdout)
    assert said == json.loads(json.dumps({"photos": ["a.png", "b.png"]} | found.to_dict()))


def test_viewcast_compare_takes_a_table_of_texts(run):
    (run.folder / "cues.csv").write_text('photo,tags\na.png,"a,b,c,d,e,f,g,h,i,j"\nb.png,a\n')
    assert run("compare", "a.png", "b.png", "--cues", "cues.csv").stdout.startswith("1. a.png")
    (run.folder / "cues.csv").write_text("photo,tags\nc.png,a\n")
    assert "no photo c.png" in run("compare", "a.png", "b.png", "--cues", "cues.csv", code=1).stderr
    assert "two or more" in run("compare", "a.png", code=1).stderr
