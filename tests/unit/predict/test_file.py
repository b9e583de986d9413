"""The file that a model is taken away in."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from viewcast.errors import ViewcastError
from viewcast.gaussian import GaussianMachine
from viewcast.predict.calibration import Calibration
from viewcast.predict.cues import inputs_of
from viewcast.predict.describe import Attachment, Recipe
from viewcast.predict.file import LAYOUT, Reference, Saved, load_model, save_model
from viewcast.predict.results import Card
from viewcast.predict.weights import CONTENT, SOCIAL, TOTAL, Fusion, Regressions
from viewcast.store.hdf5 import sealed
from viewcast.store.seal import Layout

MODELS, PHOTOS = 11, 60


def saved(seed: int = 0) -> Saved:
    """A model of two features and two cues, with random numbers."""
    rng = np.random.default_rng(seed)
    regressions = {
        "color_histogram": Regressions(
            np.array(["root"] * MODELS, dtype=object), rng.standard_normal((MODELS, 50)).astype(np.float32),
            rng.standard_normal(MODELS),
        ),
        "simple": Regressions(
            np.array(["identity"] * MODELS, dtype=object), np.full((MODELS, 6), np.nan, dtype=np.float32),
            rng.standard_normal(MODELS),
            {s: GaussianMachine(np.array([0, 2]), rng.standard_normal(2), rng.random(6), 2.5) for s in range(MODELS)},
            rng.random((3, 6)).astype(np.float32),
        ),
    }  # fmt: skip

    def fusion(*inputs: str) -> Fusion:
        edges = np.full(MODELS, 0.0), np.full(MODELS, 9.0)
        return Fusion(inputs, rng.random((MODELS, len(inputs))), rng.standard_normal(MODELS), *edges)

    card = Card(
        "table", False, PHOTOS, 50, "2013-01-01", "2014-01-01", "log2_rate_plus_one", "log2(views per day + 1)",
        "popularity", ("color_histogram", "simple"), ("contacts", "mean_views"), 3, {"content": 0.3},
        ({"setting": "user_disjoint", "content": "0.3"},), ((1.0, 0.8), (2.0, 0.79)), "", {"numpy": "2"},
    )  # fmt: skip
    return Saved(
        card,
        Recipe(
            {"color_histogram": {"color_table": None}, "simple": {}},
            {"words": rng.random((3, 4)).astype(np.float32)},
            {"net.json": b"{}"},
            {"faces/face_model": Attachment(".onnx", b"\x00\x01")},
            "float16",
        ),
        regressions,
        {CONTENT: fusion("color_histogram", "simple"), TOTAL: fusion(CONTENT, SOCIAL)},
        (rng.standard_normal((MODELS, 2)), rng.standard_normal(MODELS)),
        inputs_of(rng.random((PHOTOS, 2)), ["contacts", "mean_views"], ["contacts", "mean_views"]),
        Calibration(
            rng.permutation(PHOTOS) % 10, rng.random(PHOTOS), {name: rng.random(PHOTOS) for name in regressions},
            rng.random((PHOTOS, 2)), {name: 0.5 + rng.random(PHOTOS) for name in regressions},
            rng.integers(0, 30, PHOTOS),
        ),
        {
            "color_histogram": Reference({"root": rng.random(50)}, rng.random(50) / 50, np.full(50, 0.05)),
            "simple": Reference({"identity": rng.random(6)}, rng.random(6), np.ones(6)),
        },
    )  # fmt: skip


def assert_same(one, other):
    if is_dataclass(one):
        assert type(one) is type(other)
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, dict):
        assert set(one) == set(other)
        for name in one:
            assert_same(one[name], other[name])
    elif isinstance(one, tuple) and one and isinstance(one[0], np.ndarray):
        for first, second in zip(one, other, strict=True):
            np.testing.assert_array_equal(first, second)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


def test_what_is_saved_comes_back(tmp_path):
    model = saved()
    save_model(model, tmp_path / "model.viewcast")
    assert_same(model, load_model(tmp_path / "model.viewcast"))


def test_a_model_of_content_alone_comes_back(tmp_path):
    model = replace(saved(), social=None, cues=inputs_of(np.zeros((0, 0)), [], []))
    save_model(model, tmp_path / "model.viewcast")
    back = load_model(tmp_path / "model.viewcast")
    assert back.social is None and back.cues.labels == ()


def test_a_model_can_be_copied_and_renamed(tmp_path):
    inside = tmp_path / "results/model.viewcast"
    save_model(saved(), inside)
    for name in ("my model.viewcast", "deeper/results/other.viewcast"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(inside.read_bytes())
        load_model(tmp_path / name)


@pytest.mark.parametrize("damage", ["absent", "empty", "short", "flipped", "picture", "folder", "version", "kind"])
def test_another_file_gives_one_clear_paragraph(tmp_path, damage):
    path = tmp_path / "model.viewcast"
    save_model(saved(), path)
    data = path.read_bytes()
    if damage == "absent":
        path.unlink()
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    elif damage in ("version", "kind"):
        layout = Layout(LAYOUT.kind, 99) if damage == "version" else Layout("setting", 1)
        with sealed(path, layout) as file:
            file["x"] = 1
    else:
        flipped = bytearray(data)
        flipped[len(data) // 2] ^= 1
        content = {"empty": b"", "short": data[:-100], "flipped": bytes(flipped), "picture": b"\xff\xd8\xff"}
        path.write_bytes(content[damage])
    with pytest.raises(ViewcastError) as caught:
        load_model(path)
    said = str(caught.value)
    assert str(path) in said and "snakemake results/model.viewcast" in said and "\n" not in said


def test_who_changes_a_text_has_no_other_account_for_that():
    """What is not known stays what it was expected to be before; that which is expected of the new text is another."""
    from viewcast.predict.cues import Cues
    from viewcast.predict.model import Model

    rng = np.random.default_rng(1)
    contacts = rng.standard_normal(400) + 5
    rows = np.stack([contacts, 0.9 * contacts + 0.2 * rng.standard_normal(400)], axis=1)
    cues = inputs_of(rows, ["contacts", "tags"], ["contacts", "tags"])
    base = saved()
    model = Model(replace(base, cues=cues, card=replace(base.card, cues=("contacts", "tags"))))
    vectors = {"color_histogram": rng.random((1, 50)), "simple": rng.random((1, 6))}
    before, after = Cues(tags=("a",) * 20), Cues(tags=("a",) * 40)
    weights, intercept = base.social
    expected = cues.complete(np.array([[np.nan, np.log2(21)]]))[0]
    for known, contacts_then in (
        ([after], cues.complete(np.array([[np.nan, np.log2(41)]]))[0][0]),
        (None, expected[0]),
    ):
        forecast = model.forecast(vectors, known or [before], None if known else [after])
        social = weights @ [contacts_then, np.log2(41)] + intercept
        assert np.allclose(forecast.social, social[0])
    assert contacts_then != cues.complete(np.array([[np.nan, np.log2(41)]]))[0][0]
    same = model.forecast(vectors, [before], [before])
    assert np.array_equal(same.total, model.forecast(vectors, [before]).total)
    assert np.array_equal(same.replicates, model.forecast(vectors, [before]).replicates)
