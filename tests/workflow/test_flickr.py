"""From a search on Flickr (a local one) to Table 3, in one command."""

import json
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path

import pandas as pd
import pytest
import yaml
from fake_flickr import KEY, REST, SECRET, Faults, running
from flickr_world import make_world
from page_parser import Page
from PIL import Image
from skimage import data
from test_reruns import CRAWLED_ANEW, NOT_CRAWLED_ANEW, changed
from workflow_runs import ROOT, Workflow


def configuration(server) -> dict:
    """config/flickr.yaml for the local Flickr, as small as the settings allow."""
    config = yaml.safe_load((ROOT / "config/flickr.yaml").read_text())
    config["corpus"]["flickr"] |= {
        "api_url": server.base + REST,
        "search": {"queries": ["happy cat", "scary dog"], "until": "2014-03-01"},
        "pictures": {"side": 100, "per_second": 500, "hosts": ["127.0.0.1"], "base_url": server.base},
        "patience": {"calls_per_hour": 3_600_000, "timeout_s": 2, "first_wait_s": 0.01, "longest_wait_s": 0.05,
                     "bucket_folder": "bucket"},
    }  # fmt: skip
    return config | {
        "pictures": {"shard_size": 200, "max_failed_fraction": 0.25},
        "dictionary": {"photos": 20, "descriptors": 5000},
        "settings": {"user_mix": {"min_photos_per_user": 20}},
        "evaluation": {"splits": 2, "C": [0.1, 1.0]},
    }


def assert_secret(folder: Path) -> None:
    """The key is in no file below the folder, logs and Snakemake's own records included."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            assert KEY.encode() not in content and SECRET.encode() not in content, path
    with sqlite3.connect(folder / "data/flickr/replies.sqlite") as store:
        for (body,) in store.execute("SELECT body FROM reply"):
            assert KEY.encode() not in zlib.decompress(body)
    store.close()


@pytest.fixture
def keys(monkeypatch):
    monkeypatch.setenv("FLICKR_API_KEY", KEY)
    monkeypatch.setenv("FLICKR_API_SECRET", SECRET)


@pytest.mark.slow
def test_from_search_to_table_3(tmp_path, keys):
    world = make_world(1, users=46, fans=2)
    with running(world, Faults(0.05)) as server:
        workflow = Workflow(tmp_path, configuration(server))
        workflow("results/table3.csv")
        table = pd.read_csv(tmp_path / "results/table3.csv", dtype=str, keep_default_na=False)
        assert table["setting"].tolist() == ["one_per_user", "user_mix", "user_specific"]
        found = pd.read_parquet(tmp_path / "results/flickr/photos.parquet")
        assert set(found["photo_id"]) == {p.id for p in world.photos if p.media == "photo"}
        # Users differ in fame, so their other photos tell a photo's popularity.
        assert table["social"].astype(float)[0] > 0.2
        numbers = ["photos", "users", "content", "social", "content_social"]
        assert table[numbers].astype(float).notna().all(axis=None)
        assert int(table["photos"][0]) > 35 and table["users"][1] == "2"
        assert json.loads((tmp_path / "results/corpus/summary.json").read_text())["synthetic"] is False
        assert_secret(tmp_path)
        # Nothing is asked twice, not even when the crawl is forced.
        asked = len(server.requests)
        assert workflow.planned("results/table3.csv") == {}
        keys = CRAWLED_ANEW | NOT_CRAWLED_ANEW
        cases = [
            {"config": changed(configuration(server), f"corpus.flickr.{key}", value)} for key, value in keys.items()
        ]
        plans = dict(zip(keys, workflow.plans(cases, ["results/table3.csv"]), strict=True))
        assert {key for key, plan in plans.items() if plan} == set(CRAWLED_ANEW)
        assert all({"flickr_crawl", "flickr_tables", "corpus"} <= set(plans[key]) for key in CRAWLED_ANEW)
        workflow("results/flickr/crawl.json", "--forcerun", "flickr_crawl")
        assert len(server.requests) == asked
        assert "Congratulations" in workflow("--lint")


def test_a_failing_crawl_says_why_and_tells_no_secret(tmp_path, keys):
    with running(make_world(), key="another key") as server:
        workflow = Workflow(tmp_path, configuration(server))
        said = workflow("results/table3.csv", ok=False)
        assert "FLICKR_API_KEY" in said and "(redacted)" in said
        assert KEY not in said and SECRET not in said
        assert_secret(tmp_path)


def test_without_a_key_only_the_crawl_complains(tmp_path, monkeypatch):
    monkeypatch.delenv("FLICKR_API_KEY", raising=False)
    with running(make_world()) as server:
        workflow = Workflow(tmp_path, configuration(server))
        assert "FLICKR_API_KEY" in workflow("results/table3.csv", ok=False)
        assert not server.requests


@pytest.mark.slow
def test_from_one_account_to_a_coach(tmp_path, keys):
    """The commands of docs/photographer.md: no search, and the setting of one photo per user cannot be had."""
    world = make_world(1, users=12, fans=1)
    photographer = list(world.users.values())[-1]
    photographer.name = "Anna B."
    for photo in world.photos:
        photo.owner = photographer.id
    with running(world) as server:
        config = configuration(server)
        config["corpus"]["flickr"] |= {"search": {"queries": []}, "user_mix": {"ids": ["Anna B."]}}
        workflow = Workflow(tmp_path, config)
        viewcast(tmp_path, "crawl", "--configfile", workflow.configfile)
        crawled = len(server.requests)
        workflow("results/table3.csv", "results/model.viewcast")
        assert len(server.requests) == crawled and not server.calls("flickr.photos.search")
    table = pd.read_csv(tmp_path / "results/table3.csv").set_index("setting")
    assert pd.isna(table.loc["one_per_user", "content"]) and "photos take part" in table.loc["one_per_user", "note"]
    for setting in ("user_mix", "user_specific"):
        assert table.loc[setting, "users"] == 1 and -1 <= table.loc[setting, "content_social"] <= 1
    photos = pd.read_parquet(tmp_path / "results/corpus/photos.parquet")
    assert set(photos["user_id"]) == {photographer.id}

    for number, picture in enumerate((data.chelsea(), data.coffee())):
        Image.fromarray(picture).save(tmp_path / f"{number}.jpg")
    told = ("--title", "a cat", "--tags", "cat, happy", "--description", "")
    viewcast(tmp_path, "coach", "0.jpg", "-o", "card.html", *told)
    card = Page((tmp_path / "card.html").read_text(encoding="utf-8"))
    assert card.all("img") and "views per day" in card.text and "0.jpg" in card.text
    ranked = viewcast(tmp_path, "compare", "0.jpg", "1.jpg", *told)
    assert "0.jpg" in ranked and "1.jpg" in ranked


def viewcast(folder: Path, *arguments: str) -> str:
    """What the command says."""
    command = [sys.executable, "-m", "viewcast.cli.commands", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
