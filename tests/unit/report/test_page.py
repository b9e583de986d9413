"""The page's structure, and that its sentences say no more than the numbers."""

from __future__ import annotations

import pandas as pd
import pytest
from page_parser import Page
from report_sources import TABLES, Study

from viewcast.report.registry import FIGURES
from viewcast.report.scores import Score
from viewcast.report.sections.making import configuration_tables
from viewcast.report.sentences import adds_words, doubt_words, verdict_words
from viewcast.store.frames import write_parquet


@pytest.fixture
def study(tmp_path) -> Study:
    return Study(tmp_path)


def test_structure(study):
    page = Page(study.page())
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)), "no level is left out"
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for attributes in page.all("a")]
    assert links and all(link.startswith("#") and link[1:] in ids for link in links)
    for _, attributes in page.tags:
        assert attributes.get("aria-labelledby", ids[0]) in ids
    assert len(page.all("img")) == len(FIGURES) and all(attributes["alt"] for attributes in page.all("img"))
    assert len(page.all("figcaption")) == len(page.all("figure"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert {attributes.get("scope") for attributes in page.all("th")} == {"row", "col"}
    assert {tag for tag, _ in page.tags} >= {"header", "nav", "main", "footer"} and page.all("html")[0]["lang"] == "en"
    boxes = [attributes for attributes in page.all("div") if attributes.get("class") == "scroll"]
    # A figure is wider than a narrow screen, too: both can be moved with the keyboard.
    assert len(boxes) == len(page.all("table")) + len(page.all("img")) > len(page.all("img")) > 0
    assert all(box["tabindex"] == "0" for box in boxes)


def test_it_needs_nothing_else(study):
    page = Page(study.page())
    policies = [attributes["content"] for attributes in page.all("meta") if "http-equiv" in attributes]
    assert len(policies) == 1 and policies[0].startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    assert not page.all("script") and not page.all("link")
    assert all(attributes["src"].startswith("data:image/") for attributes in page.all("img"))


def test_a_synthetic_corpus_is_stamped(study):
    assert "SYNTHETIC" in Page(study.page(synthetic=True)).text
    assert "SYNTHETIC" not in Page(study.page(synthetic=False)).text


def test_the_numbers_stand_beside_the_papers(study):
    text = " ".join(Page(study.page()).text.split())
    assert "Content alone 0.30 [0.20, 0.40] the paper: 0.31" in text
    assert "rises by 0.050 [0.030, 0.070]" in text


def test_what_is_not_there_is_said(study, tmp_path):
    study.table("table3", [{**study.row("table3", "user_mix", TABLES["table3"]), "photos": "0", "note": "no user has"}])
    text = " ".join(Page(study.page()).text.split())
    assert "No setting could be had with this corpus, so there is no answer." in text
    assert "The setting user mix is not available: no user has." in text


def test_a_corpus_without_cues_is_told_of_its_content(study):
    row = study.row("table3", "user_mix", TABLES["table3"]) | {"note": "no cue tells its photos apart"}
    known = ("setting", "photos", "users", "note")
    lacking = {
        name: "n/a" for name in row if name not in known and not name.startswith("content_u") and name != "content"
    }
    study.table("table3", [row | lacking])
    covered = {"tenth": "all", "photos": "9.0", "width80": "0.3114", "coverage80": "0.8125", "coverage95": "0.9500"}
    models = ("social", "content")
    study.csv("coverage.csv", pd.DataFrame([{"setting": "user_mix", "model": model, **covered} for model in models]))
    text = " ".join(Page(study.page()).text.split())
    assert "Content alone 0.30" in text and "Social cues alone n/a" in text
    assert "In the setting user mix: no cue tells its photos apart." in text and "cannot be scored" not in text
    assert "user mix 81.2% 95.0% 0.31" in text, "intervals of content alone, and a width that can be told from others"


def test_a_table_without_any_number_is_a_sentence(study):
    row = study.row("table2", "user_mix", TABLES["table2"]) | {"note": "no cue tells its photos apart"}
    study.table(
        "table2", [{name: value if name in ("setting", "photos", "note") else "n/a" for name, value in row.items()}]
    )
    study.photos["user_id"] = study.photos["photo_id"]
    write_parquet(study.photos, study.sources.photos)
    text = " ".join(Page(study.page()).text.split())
    after = text.split("Table 2. ")[1]
    assert after.split(" ", 3)[3].startswith("This corpus has no number of this table. In the setting user mix: no cue")
    assert text.count("This corpus has no number of this table.") == 1 and "one of each" in text


def test_nothing_left_out_is_said(study):
    whole = study.photos.assign(status="ok")
    write_parquet(whole, study.sources.photos)
    study.csv("problems.csv", pd.DataFrame(columns=["photo_id", "picture", "status", "reason", "doubt"]))
    assert "No photograph was left out" in study.page()


def test_left_out_photos_are_counted_once(study):
    text = " ".join(Page(study.page()).text.split())
    assert "40, of which 37 can be used" in text and "3 photographs take no part" in text
    assert "the picture's file is cut off" in text and "no count of views" in text
    assert "The counts of 1 of the photographs are to be doubted" in text


def test_every_key_stands_as_it_is():
    now = {"deep": {"crops": 1, "clip": True, "weights": None, "C": [0.1, 1]}, "seed": 0}
    tables = configuration_tables(now, now | {"seed": 2014})
    assert [[cell.text for cell in row] for row in tables["every"].rows] == [
        ["deep.crops", "1"], ["deep.clip", "true"], ["deep.weights", "none"], ["deep.C", "0.1, 1"], ["seed", "0"],
    ]  # fmt: skip
    assert [[cell.text for cell in row] for row in tables["changed"].rows] == [["seed", "0", "2014"]]
    assert configuration_tables(now, now)["changed"] is None


BEYOND = Score(0.05, 0.01, 0.09, "users", verdict="beyond noise")


@pytest.mark.parametrize(
    ("gain", "said", "never"),
    [
        (BEYOND, "Content adds", "not"),
        (Score(0.05, -0.01, 0.11, "users", verdict="within noise"), "cannot be told", "Content adds"),
        (Score(-0.05, -0.09, -0.01, "users", verdict="worse beyond noise"), "does not add", "rises"),
        (Score(0.05), "no interval", "Content adds"),
        (Score(float("nan")), "cannot be said", "Content adds"),
    ],
)
def test_a_verdict_says_no_more_than_its_interval(gain, said, never):
    text = adds_words(gain)
    assert said in text and never not in text
    longer = verdict_words(gain, better="both", than="one")
    assert ("both is better" in longer) == (gain.verdict == "beyond noise")
    assert ("both is worse" in longer) == (gain.verdict == "worse beyond noise")


def test_an_interval_over_photos_says_nothing_of_other_users():
    gain = Score(0.05, 0.01, 0.09, "photos", verdict="beyond noise")
    assert "nothing is said of others" in verdict_words(gain, better="both", than="one")


def test_a_score_whose_interval_holds_zero_is_told():
    assert "cannot be told from no order" in doubt_words("Content", Score(0.1, -0.1, 0.3, "users"))
    assert doubt_words("Content", Score(0.1, 0.05, 0.3, "users")) == ""


def test_each_model_has_its_own_name(study):
    rows = pd.read_csv(study.sources.baselines, dtype=str, keep_default_na=False)
    study.csv("baselines.csv", pd.concat([rows, rows.tail(1).assign(model="content_words_social")]))
    page = study.page()
    assert "content, words and social cues (Table 3)" in page and "content and social cues (Table 3)" in page
