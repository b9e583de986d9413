"""The SMP Challenge's protocol on a made-up corpus in its layout: import, run, print."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from workflow_runs import Workflow

USERS, POSTS = 60, 420


def files_of_the_challenge(folder):
    """Posts whose labels are mostly their users', and a little the brightness of their pictures."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    owner = rng.integers(0, USERS, POSTS)
    bright = rng.integers(0, 256, POSTS)
    level = rng.normal(size=USERS)
    label = 6 + 2 * level[owner] + bright / 128 + 0.5 * rng.normal(size=POSTS)
    posts = [{"Pid": str(1000 + n), "Uid": f"{k}@N{k}"} for n, k in enumerate(owner)]
    for post, light in zip(posts, bright, strict=True):
        path = folder / "train" / post["Uid"] / f"{post['Pid']}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = rng.integers(-20, 20, (48, 64, 3))
        Image.fromarray(np.clip(int(light) + noise, 0, 255).astype(np.uint8)).save(path)

    def put(name, rows):
        (folder / f"train_{name}.json").write_text(json.dumps(rows))

    put("text", [post | {"Title": "a title", "Alltags": "one two"} for post in posts])
    put(
        "temporalspatial_information",
        [post | {"Postdate": str(1_457_068_974 + 3600 * n)} for n, post in enumerate(posts)],
    )
    counts = np.exp(5 + level / 3 + rng.normal(size=USERS) / 2).astype(int).tolist()
    users = [post | {"photo_count": counts[k], "ispro": 1.0} for post, k in zip(posts, owner, strict=True)]
    put("user_data", users)
    (folder / "train_label.txt").write_text("".join(f"{value:.2f}\n" for value in label))
    (folder / "train_img_filepath.txt").write_text("".join(f"train/{p['Uid']}/{p['Pid']}.jpg\n" for p in posts))


def viewcast(folder, *arguments):
    command = [Path(sys.executable).with_name("viewcast"), *arguments]
    wide = os.environ | {"COLUMNS": "200"}
    done = subprocess.run(command, cwd=folder, env=wide, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_challenges_measures_stand_beside_the_published_ones(tmp_path):
    workflow = Workflow(tmp_path)
    files_of_the_challenge(tmp_path / "in")
    viewcast(tmp_path, "import", "smpd", "in", "--to", "data/smpd")
    config = yaml.safe_load((tmp_path / "data/smpd/corpus.yaml").read_text())
    config |= yaml.safe_load((tmp_path / "config/smpd.yaml").read_text())
    config["evaluation"] |= {"features": ["color_histogram"], "splits": 3}
    workflow.configure(config)
    workflow("results/smpd.csv")
    table = pd.read_csv(tmp_path / "results/smpd.csv", keep_default_na=False)
    ours = table[table["source"] == "this run"].set_index(["split", "entry"])
    names = ["mean of the user's views alone", "social", "content", "content_social"]
    assert sorted(ours.loc["chronological"].index) == sorted(names) == sorted(ours.loc["user-disjoint"].index)
    assert ours.loc["chronological", "photos"].astype(int).eq(int(POSTS * (1 - 305_613 / 486_194))).all()
    rho = ours["spearman"].astype(float)
    # Users are known where only time divides, and not where they do.
    assert rho["chronological", "social"] > 0.6 > rho["user-disjoint", "social"] + 0.1
    assert rho["chronological", "content_social"] > rho["chronological", "content"] > 0.05
    assert table["entry"].tail(3).tolist() == ["2020, first place", "2023, first place", "2025, third place"]
    published = table[["spearman", "mae"]].tail(3).to_numpy(dtype=float)
    assert published.tolist() == [[0.704, 1.37], [0.77, 1.09], [0.732, 1.24]]
    shown = viewcast(tmp_path, "show")
    assert "SMP Challenge" in shown and "user-disjoint" in shown and "1.37" in shown
