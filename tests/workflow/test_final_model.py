"""From a corpus to a model to take away, and what that says of a picture's file."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.settings import load_setting
from viewcast.folds import TEST
from viewcast.forecasts import load_forecasts
from viewcast.predict import load
from viewcast.predict.pictures import read_picture

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def with_model(finished):
    finished("results/model.viewcast")
    return finished


def test_a_files_forecast_is_that_of_the_workflow(with_model):
    """Each photo by the model that has not seen it: decoding, all seven features, fusion."""
    results = with_model.folder / "results"
    model = load(results / "model.viewcast")
    setting = load_setting(results / "models/final/setting.h5")
    rows = np.random.default_rng(0).permutation(len(setting.photo_id))[:12]
    photos = pd.read_parquet(results / "corpus/photos.parquet").set_index("photo_id")
    paths = [results / "demo/pictures" / photos.loc[setting.photo_id[row], "picture"] for row in rows]
    combined = model.combine(model.describe([read_picture(path) for path in paths]), [])
    held = setting.folds[1:, rows] == TEST
    assert len(model.features) == 7 and (held.sum(axis=0) == 1).all()
    for name in model.features:
        expected = load_forecasts(results / f"models/final/{name}.h5").prediction[1:, rows]
        np.testing.assert_allclose(combined.members[name][1:][held], expected[held], rtol=1e-4, atol=1e-4)
    expected = load_forecasts(results / "models/final/fusion/content.h5").prediction[1:, rows]
    np.testing.assert_allclose(combined.content[1:][held], expected[held], rtol=1e-4, atol=1e-4)
    assert model.card.synthetic and model.card.photos == len(setting.photo_id)


def test_the_command_says_the_same_and_a_second_run_has_nothing_to_do(with_model):
    assert with_model.planned("results/model.viewcast") == {}
    results = with_model.folder / "results"
    pictures = sorted((results / "demo/pictures").glob("*.jpg"))[:3]
    command = [
        sys.executable,
        "-m",
        "viewcast.cli.commands",
        "score",
        *map(str, pictures),
        "--json",
        "--contacts",
        "12",
    ]
    done = subprocess.run([*command, "--model", str(results / "model.viewcast")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    model = load(results / "model.viewcast")
    from viewcast.predict import Cues

    for path, one in zip(pictures, said, strict=True):
        assert one["photo"] == str(path) and one["synthetic"]
        assert one["popularity"] == pytest.approx(model.score(path, Cues(contacts=12)).popularity, abs=1e-6)


def test_the_same_model_again_to_the_last_byte(with_model):
    path = with_model.folder / "results/model.viewcast"
    before = path.read_bytes()
    with_model("results/model.viewcast", "--forcerun", "final_model", cores=1)
    assert path.read_bytes() == before
