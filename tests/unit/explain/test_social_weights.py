"""The social model keeps its weights by the names of its inputs, which may differ from half to half."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_settings import small_setting

from viewcast.corpus.cues import CUES
from viewcast.corpus.user_means import MEAN_CUES, SUMS
from viewcast.folds import TEST
from viewcast.forecasts import load_forecasts, save_forecasts
from viewcast.svr import SVRParameters
from viewcast.training import SocialInputs, train_social

N = 160


def social(groups: int):
    """Cues of which some are rare, some have gaps, and one says nothing; the model of them."""
    rng = np.random.default_rng(groups)
    tags = rng.poisson(8, N).astype(float)
    title = np.where(rng.random(N) < 0.2, np.nan, rng.poisson(20, N))
    # Of two photos only, and a gap of three: some halves have neither.
    description, pro = np.zeros(N), np.zeros(N)
    description[[4, 5]], pro[[10, 11]] = 30, 1
    camera = np.full(N, 2.5)
    camera[[20, 21, 33]] = np.nan
    target = np.log2(1 + tags) - 0.1 * np.nan_to_num(title, nan=20) + rng.normal(size=N)
    setting = small_setting(target, groups=groups, splits=10)
    nothing = dict.fromkeys((*SUMS, *(name for name in CUES if name not in MEAN_CUES)), np.nan)
    columns = {"tags": tags, "title_length": title, "description_length": description, "is_pro": pro, "camera": camera}
    cues = pd.DataFrame({"photo_id": setting.photo_id} | nothing | {"mean_views_unit": "popularity"} | columns)
    # In the table photos come in another order.
    cues = cues.sample(frac=1, random_state=0)
    return setting, cues, train_social(setting, cues, SVRParameters(), mean_views="leave_one_out")


@pytest.fixture(scope="module", params=[1, 2])
def trained(request):
    return social(request.param)


def test_the_weights_give_the_forecasts_of_the_test_half_back(trained):
    setting, cues, model = trained
    inputs = SocialInputs(setting, cues, "leave_one_out")
    for group, rows in enumerate(setting.groups):
        assert model.weights[group].shape == (10, len(model.labels)) and len(model.intercept[group]) == 10
        for split in range(10):
            x, labels = inputs.labelled_design(split, rows)
            assert len(set(labels)) == len(labels) == x.shape[1]
            np.testing.assert_array_equal(x, inputs.design(split, rows))
            forecast = np.full(len(rows), model.intercept[group][split])
            for column, label in enumerate(labels):
                forecast = forecast + x[:, column] * model.weights[group][split, model.labels.index(label)]
            test = setting.folds[split, rows] == TEST
            np.testing.assert_allclose(forecast[test], model.prediction[split, rows[test]], atol=1e-4)


def test_what_a_half_lacks_has_no_weight_there(trained):
    setting, cues, model = trained
    ordered = cues.set_index("photo_id").loc[list(setting.photo_id)]
    lacking = 0
    for group, rows in enumerate(setting.groups):
        for split in range(10):
            train = rows[setting.folds[split, rows] >= 0]
            known = dict(zip(model.labels, np.isfinite(model.weights[group][split]), strict=True))
            for name in ("tags", "title_length", "description_length", "is_pro", "camera"):
                if name not in known and name in ("is_pro", "camera"):
                    continue  # no cue of a photo among others of one user, or the same in every half
                values = ordered[name].to_numpy()[train]
                varies = len(set(values[~np.isnan(values)])) > 1
                assert known[name] == varies, (name, split)
                gaps = f"{name}_missing"
                assert known.get(gaps, False) == np.isnan(values).any(), (gaps, split)
                lacking += not varies or (gaps in known and not known[gaps])
    assert lacking, "every half had every input"


def test_the_labels_are_the_inputs_that_any_half_has_in_the_order_of_the_cues(trained):
    setting, cues, model = trained
    inputs = SocialInputs(setting, cues, "leave_one_out")
    found = {
        label for rows in setting.groups for split in range(10) for label in inputs.labelled_design(split, rows)[1]
    }
    assert model.labels == [label for label in inputs.labels if label in found]
    assert {"tags", "title_length", "title_length_missing", "camera_missing"} <= set(model.labels)
    # Of one user's photos a user cue says nothing.
    assert ("is_pro" in model.labels) == (len(setting.groups) == 1)
    assert "camera" not in model.labels


def test_the_weights_are_kept_in_the_file(trained, tmp_path):
    _, _, model = trained
    save_forecasts(model, tmp_path / "social.h5")
    read = load_forecasts(tmp_path / "social.h5")
    assert read.labels == model.labels
    for kept, own in zip(read.weights, model.weights, strict=True):
        np.testing.assert_array_equal(np.isnan(kept), np.isnan(own))
        np.testing.assert_allclose(kept, own, rtol=1e-6)
