"""What each model chose of a feature, where that is kept, and fits that did not converge."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from test_training import PARAMETERS, Matrix, N, photos, setting

from viewcast.descriptors.registry import DESCRIPTORS
from viewcast.forecasts import count_choices, load_forecasts, save_forecasts
from viewcast.svr import LINKS
from viewcast.training import train_feature, train_fusion

AUTO = DESCRIPTORS["objects"].preparations("auto", "auto")


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, logger="viewcast")
    return caplog


def logarithmic(frame):
    """Probabilities whose logarithms tell of the target."""
    rng = np.random.default_rng(3)
    values = np.exp(rng.normal(-4, 2, (N, 12)) + np.outer(frame["popularity"], [2.0] * 6 + [0.0] * 6))
    return (values / values.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("name", ["one_per_user", "user_specific"])
def test_each_group_and_split_records_its_choice(name, tmp_path, log):
    frame = photos(3 if name == "user_specific" else N)
    made, values = setting(frame, name), logarithmic(frame)
    model = train_feature(made, "objects", Matrix(frame["photo_id"], values), PARAMETERS, preparations=AUTO)
    save_forecasts(model, tmp_path / "m.h5")
    read = load_forecasts(tmp_path / "m.h5")
    for kept in (model, read):
        assert kept.link.shape == kept.scaling.shape == kept.C.shape == (len(made.groups), 10)
        np.testing.assert_array_equal(kept.link, model.link)
        np.testing.assert_array_equal(kept.scaling, model.scaling)
    assert (model.link == "log").mean() > 0.8 and model.converged.all()
    for group, rows in enumerate(made.groups):
        x = values[[frame["photo_id"].tolist().index(one) for one in made.photo_id[rows]]]
        for split in range(10):
            test = made.folds[split, rows] == -1
            inputs = LINKS[model.link[group, split]](x[test])
            forecast = inputs @ model.weights[group][split] + model.intercept[group][split]
            np.testing.assert_allclose(forecast, model.prediction[split, rows[test]], atol=1e-3)

    table = count_choices([model, read])
    half = table.iloc[: len(table) // 2]
    assert half["models"].sum() == model.C.size and half["share"].sum() == pytest.approx(1)
    assert half["models"].tolist() == sorted(half["models"], reverse=True)
    first = table.iloc[0]
    pairs = (model.link == first["link"]) & (model.scaling == first["scaling"])
    assert (first["setting"], first["feature"], first["models"]) == (name, "objects", pairs.sum())
    assert f"{name}, objects: {first['models']} of {model.C.size} models take {first['link']}" in log.text


def test_models_of_no_feature_count_no_choice():
    frame = photos()
    made = setting(frame, splits=2)
    model = train_feature(made, "gist", Matrix(frame["photo_id"], logarithmic(frame)), PARAMETERS)
    fused = train_fusion(made, "content", [model], PARAMETERS)
    assert fused.link.size == 0 and count_choices([fused]).empty
    assert count_choices([model])[["link", "scaling", "models"]].values.tolist() == [["identity", "standard", 2]]


def test_fits_that_did_not_converge_are_warned_of_by_name(log):
    frame = photos(3)
    made = setting(frame, "user_specific", splits=2)
    x = Matrix(frame["photo_id"], logarithmic(frame))
    unreachable = replace(PARAMETERS, tolerance=1e-30)
    bad, good = train_feature(made, "gist", x, unreachable), train_feature(made, "gist", x, PARAMETERS)
    assert not bad.converged.any() and good.converged.all() and bad.converged.shape == (len(made.groups), 2)
    assert np.isfinite(bad.gap).all() and (bad.gap > 1e-30).all()
    warned = [record.getMessage() for record in log.records if record.levelname == "WARNING"]
    assert len(warned) == 1
    assert f"user_specific, gist: {bad.converged.size} of {bad.converged.size} models" in warned[0]
    assert "splits 0, 1;" in warned[0]
    train_fusion(made, "content", [good], unreachable)
    assert "user_specific, content: " in log.records[-1].getMessage()
