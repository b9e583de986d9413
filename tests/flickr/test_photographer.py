"""The tutorial docs/photographer.md: its configuration and its command, against the local Flickr."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
import yaml
from fake_flickr import KEY, REST, SECRET, running
from flickr_world import make_world
from typer.testing import CliRunner

from viewcast.cli import app
from viewcast.config.schema import load_config

TEXT = (Path(__file__).parents[2] / "docs" / "photographer.md").read_text(encoding="utf-8")
(MY_YAML,) = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.S | re.M)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLICKR_API_KEY", KEY)
    monkeypatch.setenv("FLICKR_API_SECRET", SECRET)
    (tmp_path / "my.yaml").write_text(MY_YAML.replace("YOUR-NAME", "annas-pictures"))
    return tmp_path


def crawl(server, folder: Path):
    """The tutorial's command, with the addresses and the haste of the local Flickr laid over its configuration."""
    local = {
        "api_url": server.base + REST,
        "pictures": {"per_second": 2000, "hosts": ["127.0.0.1"], "base_url": server.base},
        "patience": {"calls_per_hour": 3_600_000, "bucket_folder": "bucket"},
    }
    (folder / "local.yaml").write_text(yaml.safe_dump({"corpus": {"flickr": local}}))
    (command,) = re.findall(r"^viewcast (crawl .*)$", TEXT, re.M)
    return CliRunner().invoke(app, [*shlex.split(command), "--configfile", "local.yaml"])


def test_from_an_account_to_its_tables(here):
    world = make_world(fans=1)
    photographer = list(world.users.values())[-1]
    photographer.alias = "annas-pictures"
    with running(world) as server:
        done = crawl(server, here)
        assert done.exit_code == 0, done.output
        own = {photo.id for photo in world.photos_of(photographer.id) if photo.media == "photo"}
        assert done.stdout == f"data/flickr/tables: 1 users, {len(own)} photos, {len(own)} sightings, 0 gone\n"
        photos = pd.read_parquet("data/flickr/tables/photos.parquet")
        assert set(photos["photo_id"]) == own and (photos["picture_status"] == "ok").all()
        assert all((here / "data/flickr/pictures" / name).is_file() for name in photos["picture"])
        assert {method for _, method, _, _ in server.calls()} == {
            "flickr.urls.lookupUser", "flickr.people.getInfo", "flickr.people.getPublicPhotos",
            "flickr.contacts.getPublicList", "flickr.people.getPublicGroups",
        }  # fmt: skip
        server.forget()
        assert crawl(server, here).stdout == done.stdout and not server.requests


def test_a_misspelt_account_is_named(here):
    with running(make_world()) as server:
        done = crawl(server, here)
    assert (
        done.exit_code == 1 and "https://www.flickr.com/people/annas-pictures/' (code 1: User not found)" in done.stderr
    )
    assert not (here / "data/flickr/tables").exists()


def test_what_the_tutorial_says_of_its_keys():
    config = load_config(yaml.safe_load(MY_YAML))
    assert config.corpus.flickr.user_mix.max_photos == 20_000 and config.corpus.flickr.pictures.per_second == 1
    # Fewer photos than this are no setting.
    assert config.settings.user_mix.min_photos_per_user == 8 * config.evaluation.folds == 40
