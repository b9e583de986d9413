"""Forecasts of models with a kernel, taken apart: integrated gradients, whose sums are exact."""

from __future__ import annotations

import numpy as np
import pytest
from small_settings import Matrix, small_setting

from viewcast.explain.contributions import ContentModel, reference_of
from viewcast.folds import TEST
from viewcast.forecasts import load_forecasts, save_forecasts
from viewcast.svr import SVRParameters
from viewcast.training import train_feature, train_fusion

N = 240
#: A kernel where it forecasts better, and other splits and groups as they choose.
CHOICES = {
    "deep": [("identity", "global"), ("identity", "global", "gaussian"), ("identity", "standard", "gaussian")],
    "texture": [("root", "standard"), ("root", "standard", "gaussian")],
}


class Curved:
    """Models of two features, of which one is to take a kernel and the other not, and their fusion."""

    def __init__(self, groups: int) -> None:
        rng = np.random.default_rng(groups)
        deep, texture = rng.normal(size=(N, 6)), rng.dirichlet(np.full(9, 0.7), N)
        # No weights on deep's numbers forecast a product of two; those on the roots of texture's do what can be done.
        signal = 2 * deep[:, 0] * deep[:, 1] + 5 * np.sqrt(texture[:, 0])
        self.setting = small_setting(signal + 0.4 * rng.normal(size=N), groups=groups)
        self.matrices = {
            name: Matrix(self.setting.photo_id, x) for name, x in {"deep": deep, "texture": texture}.items()
        }
        self.models = [
            train_feature(self.setting, name, matrix, SVRParameters(), preparations=CHOICES[name])
            for name, matrix in self.matrices.items()
        ]
        self.fusion = train_fusion(self.setting, "content", self.models, SVRParameters())
        self.reference = {
            model.name: reference_of(self.matrices[model.name].values[50:90], np.unique(model.link.astype(str)))
            for model in self.models
        }

    def content(self, *models) -> ContentModel:
        *features, fusion = models or (*self.models, self.fusion)
        return ContentModel(self.setting, fusion, features, clip=True, matrices=self.matrices)

    def vectors(self, row: int) -> dict[str, np.ndarray]:
        return {name: matrix.values[row] for name, matrix in self.matrices.items()}


@pytest.fixture(scope="module", params=[1, 2])
def curved(request) -> Curved:
    return Curved(request.param)


def test_kernels_are_chosen_in_some_splits_and_recorded(curved):
    for model in curved.models:
        assert set(model.machines) == set(zip(*map(list, np.nonzero(model.kernel == "gaussian")), strict=True))
        for (group, split), machine in model.machines.items():
            rows = np.flatnonzero(curved.setting.group == np.unique(curved.setting.group)[group])
            assert set(machine.landmark) <= set(rows[curved.setting.folds[split, rows] >= 0])
            assert np.isnan(model.weights[group][split]).all()
    deep, texture = (model.kernel for model in curved.models)
    assert (deep == "gaussian").all() and (texture == "linear").any()


def test_the_parts_give_the_forecast_back(curved, tmp_path):
    kept = []
    for model in (*curved.models, curved.fusion):
        save_forecasts(model, tmp_path / f"{model.name}.h5")
        kept.append(load_forecasts(tmp_path / f"{model.name}.h5"))
        np.testing.assert_array_equal(kept[-1].kernel, model.kernel)
    for content in (curved.content(), curved.content(*kept)):
        for row in np.flatnonzero((curved.setting.folds == TEST).any(axis=0))[::7]:
            explained = content.explain(row, curved.vectors(row), curved.reference)
            test = curved.setting.folds[:, row] == TEST
            assert explained.forecast == pytest.approx(curved.fusion.prediction[test, row].mean(), abs=1e-12)
            total = sum(part.sum() for part in explained.contributions.values())
            assert explained.forecast == pytest.approx(explained.constant + total, abs=1e-4)
            assert {name: part.shape for name, part in explained.contributions.items()} == {
                "deep": (6,),
                "texture": (9,),
            }


def test_a_mean_model_is_the_mean_of_the_splits_forecasts(curved):
    """Of photos that the splits hold out, each feature's forecasts are kept."""
    content = curved.content()
    for row in np.flatnonzero((curved.setting.folds == TEST).any(axis=0))[::11]:
        splits, group = content.splits_of(row), content.group_of(row)
        for number, model in enumerate(curved.models):
            share = curved.fusion.weights[group][splits, number]
            mean = content.mean_models(group, splits)[model.name]
            expected = (share * model.prediction[splits, row]).mean()
            assert mean(curved.vectors(row)[model.name][None])[0] == pytest.approx(expected, abs=1e-4)


def test_contributions_are_integrated_gradients(curved):
    """By central differences at a thousand points of the way."""
    content, reference = curved.content(), curved.reference
    row = int(np.flatnonzero((curved.setting.folds == TEST).any(axis=0))[5])
    model = content.mean_models(content.group_of(row), content.splits_of(row))["deep"]
    start, end = reference["deep"]["identity"], curved.vectors(row)["deep"].astype(float)
    found = model.contributions(end, reference["deep"])
    times = (np.arange(1000) + 0.5) / 1000
    way = start + times[:, None] * (end - start)
    for j in range(len(end)):
        step = 1e-4 * np.eye(len(end))[j]
        slope = (model(way + step) - model(way - step)) / 2e-4
        assert found[j] == pytest.approx(slope.mean() * (end - start)[j], abs=1e-5)
    assert found.sum() == pytest.approx(model(end[None])[0] - model.of_reference(reference["deep"]), abs=1e-9)
