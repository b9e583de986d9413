"""The commands."""

from __future__ import annotations

import yaml
from fake_flickr import KEY, SECRET
from flickr_runs import make_config
from typer.testing import CliRunner

from viewcast.cli import app


def test_crawl_and_purge(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLICKR_API_KEY", KEY)
    monkeypatch.setenv("FLICKR_API_SECRET", SECRET)
    config = make_config(server, tmp_path / "data")
    corpus = {"source": "flickr", "flickr": config.model_dump(mode="json")}
    (tmp_path / "a.yaml").write_text(yaml.safe_dump({"seed": 3, "corpus": corpus}))
    (tmp_path / "b.yaml").write_text(yaml.safe_dump({"corpus": {"flickr": {"users": {"sample": 5}}}}))
    files = ["--configfile", "a.yaml", "--configfile", "b.yaml"]
    done = CliRunner().invoke(app, ["crawl", *files])
    assert done.exit_code == 0 and "5 users" in done.stdout
    (tmp_path / "ids.txt").write_text(f"{server.world.photos[0].id}\n\n")
    done = CliRunner().invoke(app, ["purge", "ids.txt", *files])
    assert done.exit_code == 0 and done.stdout.startswith("removed from")
    (tmp_path / "ids.txt").write_text("\n")
    done = CliRunner().invoke(app, ["purge", "ids.txt", *files])
    assert done.exit_code == 1 and "one photo id a line" in done.stderr


def test_what_a_user_can_mend_is_said_in_a_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["crawl"])
    assert done.exit_code == 1 and "config/flickr.yaml cannot be read" in done.stderr
    done = CliRunner().invoke(app, ["import", "instagram", "."])
    assert done.exit_code == 1 and "smpd, spid, flickruser, yfcc, img2dataset, table" in done.stderr
    done = CliRunner().invoke(app, ["import", "spid", "nowhere"])
    assert done.exit_code == 1 and "no folder" in done.stderr


def test_import(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photos.csv").write_text("photo_id,views\n007,3\n8,4\n")
    done = CliRunner().invoke(app, ["import", "table", "mine"])
    assert done.exit_code == 0 and "data/table/corpus.yaml" in done.stdout
    said = yaml.safe_load((tmp_path / "data/table/corpus.yaml").read_text())
    assert said["corpus"]["source"] == "table" and (tmp_path / said["corpus"]["photos"]).is_file()
