"""The key appears nowhere in what a run writes, whether it succeeds or fails."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import yaml
from fake_flickr import KEY, SECRET, Faults
from flickr_runs import make_config

from viewcast.flickr.membership import store_path

WRONG = "badc0ffebadc0ffebadc0ffebadc0ffe"


def command(config, folder: Path, *arguments: str, key: str | None = KEY) -> subprocess.CompletedProcess:
    """``viewcast crawl`` as a user runs it, at home in ``folder``; all it says is kept in a file there."""
    (folder / "flickr.yaml").write_text(
        yaml.safe_dump({"corpus": {"source": "flickr", "flickr": config.model_dump(mode="json")}})
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
    if key is not None:
        environment |= {"FLICKR_API_KEY": key, "FLICKR_API_SECRET": SECRET}
    script = (
        "import logging; logging.basicConfig(level=logging.DEBUG, filename='debug.log');"
        "from viewcast.cli import app; app()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "crawl", "--configfile", "flickr.yaml", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    (folder / "said.txt").write_text(done.stdout + done.stderr)
    return done


def assert_silent(folder: Path, config, *secrets: str) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        content = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, path
            assert secret not in str(path)
    with sqlite3.connect(store_path(config)) as database:
        for (blob,) in database.execute("SELECT body FROM reply"):
            assert not any(secret.encode() in zlib.decompress(blob) for secret in secrets)
    database.close()


def test_after_success(server, tmp_path):
    server.faults = Faults(0.1, seed=5)
    honest = server.world._people_getInfo
    # A host that puts the key into a good reply must not bring it into the store.
    server.world._people_getInfo = lambda a, base: honest(a, base) | {"echo": f"api_key={KEY}"}
    config = make_config(server, tmp_path / "data")
    done = command(config, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "photos" in done.stdout
    assert_silent(tmp_path, config, KEY, SECRET)
    # The tables can be had again without a key.
    again = command(config, tmp_path, "--offline", key=None)
    assert (again.returncode, again.stdout) == (0, done.stdout)


@pytest.mark.parametrize("how", ["wrong key", "always 500", "not there", "no key"])
def test_after_failure(server, tmp_path, how):
    config = make_config(server, tmp_path / "data", patience={"attempts": 2})
    key: str | None = KEY
    if how == "wrong key":
        key = WRONG
    elif how == "always 500":
        server.faults.choose = lambda *_: "500"
    elif how == "not there":
        config = make_config(server, tmp_path / "data", api_url="http://127.0.0.1:9/", patience={"attempts": 2})
    elif how == "no key":
        key = None
    done = command(config, tmp_path, key=key)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    expected = "FLICKR_API_KEY" if how.endswith("key") else "again later"
    assert expected in done.stderr
    if how == "no key":
        assert not store_path(config).exists()
    else:
        assert_silent(tmp_path, config, KEY, SECRET, WRONG)
