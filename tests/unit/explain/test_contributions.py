"""A forecast taken apart: the parts give it back, and each is what the models' own weights say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_settings import Matrix, small_setting

from viewcast.evaluation.baselines import boosting, stacked
from viewcast.explain.contributions import ContentModel, reference_of
from viewcast.folds import TEST
from viewcast.forecasts import load_forecasts, save_forecasts
from viewcast.svr import LINKS, SVRParameters
from viewcast.training import train_feature, train_fusion

PARAMETERS = SVRParameters()
N = 240
#: Feature -> its links; the first may choose another one in every split.
CHOICES = {
    "objects": [("identity", "standard"), ("root", "standard"), ("log", "standard"), ("root", "global")],
    "texture": [("identity", "standard")],
    "color_histogram": [("identity", "global"), ("root", "standard")],
}


class Small:
    """Models of three features of random numbers and their fusion."""

    def __init__(self, groups: int, *, clip: bool = True, far: bool = False, nonnegative: bool = True) -> None:
        rng = np.random.default_rng(groups)
        shares = rng.dirichlet(np.full(12, 0.4), N)
        texture = rng.normal(size=(N, 5))
        colors = rng.dirichlet(np.full(8, 0.7), N)
        group = np.arange(N) % groups
        # What raises popularity differs between the groups.
        side = np.where(group == 0, 1.0, -1.0)
        # ... and how popular their photos are.
        target = 20 * (group == 1) + side * (
            4 * shares[:, 0] - 3 * np.sqrt(shares[:, 1]) + texture[:, 0] + 2 * colors[:, 3]
        )
        self.setting = small_setting(target + rng.normal(size=N), groups=groups)
        if far:  # no other photo is like this one
            texture[7] *= 40
        self.vectors = {"objects": shares, "texture": texture, "color_histogram": colors}
        self.matrices = {name: Matrix(self.setting.photo_id, x) for name, x in self.vectors.items()}
        self.models = [
            train_feature(self.setting, name, matrix, PARAMETERS, preparations=CHOICES[name])
            for name, matrix in self.matrices.items()
        ]
        self.fusion = train_fusion(self.setting, "content", self.models, PARAMETERS, clip=clip, nonnegative=nonnegative)
        # Models are found by their names, in whatever order their files come.
        self.content = ContentModel(self.setting, self.fusion, self.models[::-1], clip=clip)
        self.reference = {
            model.name: reference_of(self.matrices[model.name].values[50:90], np.unique(model.link.astype(str)))
            for model in self.models
        }

    def held_out(self, step: int) -> list[int]:
        """Every ``step``-th photo that some split holds out."""
        return np.flatnonzero((self.setting.folds == TEST).any(axis=0))[::step].tolist()

    def explain(self, row: int):
        vectors = {name: matrix.values[row] for name, matrix in self.matrices.items()}
        return self.content.explain(row, vectors, self.reference)


@pytest.fixture(scope="module", params=[1, 2])
def small(request) -> Small:
    return Small(request.param)


def test_the_parts_give_the_forecast_back(small):
    links = small.models[0].link
    assert (links != links[:, :1]).any(), "no two splits take different links"
    for row in small.held_out(3):
        explained = small.explain(row)
        test = small.setting.folds[:, row] == TEST
        np.testing.assert_array_equal(small.content.splits_of(row), np.flatnonzero(test))
        assert explained.forecast == pytest.approx(small.fusion.prediction[test, row].mean(), abs=1e-12)
        total = sum(part.sum() for part in explained.contributions.values())
        assert explained.forecast == pytest.approx(explained.reference + total + explained.clipped, abs=1e-4)
        assert explained.constant == explained.reference + explained.clipped
        assert {name: len(part) for name, part in explained.contributions.items()} == {
            "objects": 12,
            "texture": 5,
            "color_histogram": 8,
        }


def test_each_contribution_is_that_of_the_models_of_the_photos_own_group(small):
    groups = np.unique(small.setting.group)
    for row in small.held_out(37):
        number = int(np.flatnonzero(groups == small.setting.group[row])[0])
        assert small.content.group_of(row) == number
        explained = small.explain(row)
        splits = np.flatnonzero(small.setting.folds[:, row] == TEST)
        for feature, model in enumerate(small.models):
            place = small.fusion.labels.index(model.name)
            for j in range(len(explained.contributions[model.name])):
                expected = 0.0
                for s in splits:
                    link = LINKS[model.link[number, s]]
                    own = float(link(small.matrices[model.name].values[row, j : j + 1])[0])
                    others = float(link(small.matrices[model.name].values[50:90, j]).astype(float).mean())
                    weight = small.fusion.weights[number][s, place] * model.weights[number][s, j]
                    expected += weight * (own - others) / len(splits)
                found = explained.contributions[model.name][j]
                assert found == pytest.approx(expected, rel=1e-6, abs=1e-9), (feature, j)


def test_the_models_of_groups_differ():
    small = Small(2)
    weights = [small.content.mean_models(group, np.arange(6))["texture"].weights["identity"] for group in (0, 1)]
    assert weights[0][0] > 0.3 and weights[1][0] < -0.3


def test_a_mean_model_is_the_mean_of_the_splits_forecasts(small):
    """Its calls say what the feature adds to the fusion, for any vectors, in any splits."""
    splits = np.array([0, 3, 4])
    new = np.random.default_rng(9).dirichlet(np.full(12, 0.4), 20).astype(np.float32)
    for group in range(len(small.setting.groups)):
        model = small.models[0]
        place = small.fusion.labels.index("objects")
        expected = np.zeros(20)
        for s in splits:
            forecast = LINKS[model.link[group, s]](new) @ model.weights[group][s] + model.intercept[group][s]
            expected += small.fusion.weights[group][s, place] * forecast / len(splits)
        mean = small.content.mean_models(group, splits)["objects"]
        np.testing.assert_allclose(mean(new), expected, atol=1e-5)
        # What it contributes is the difference of its calls from the reference's.
        reference = reference_of(new[:7], list(mean.weights))
        of_reference = mean(new[:7]).mean()
        for one in new[10:]:
            assert mean.contributions(one, reference).sum() == pytest.approx(
                mean(one[None])[0] - of_reference, abs=1e-5
            )


def test_what_the_fusion_cuts_off_is_stated():
    """One photo far from all others: the features' forecasts of it lie outside the targets, and are cut."""
    small = Small(1, far=True)
    explained = small.explain(7)
    total = sum(part.sum() for part in explained.contributions.values())
    assert abs(explained.clipped) > 1
    assert explained.forecast == pytest.approx(explained.reference + total + explained.clipped, abs=1e-3)
    given = [model.prediction[s, 7] for model in small.models for s in small.content.splits_of(7)]
    assert max(given) > small.setting.target.max() or min(given) < small.setting.target.min()
    ordinary = [small.explain(row).clipped for row in small.held_out(4) if row != 7]
    assert np.mean(np.abs(ordinary) < 1e-12) > 0.5
    # Without clipping nothing is cut off, and all of it is in the contributions.
    plain = Small(1, far=True, clip=False)
    free = plain.explain(7)
    total = sum(part.sum() for part in free.contributions.values())
    assert free.clipped == 0 and free.forecast == pytest.approx(free.reference + total, abs=1e-3)


def test_a_clipped_forecast_of_the_second_group_is_cut_at_its_own_groups_targets():
    small = Small(2, far=True)
    assert small.content.group_of(7) == 1
    explained = small.explain(7)
    total = sum(part.sum() for part in explained.contributions.values())
    assert abs(explained.clipped) > 1
    assert explained.forecast == pytest.approx(explained.reference + total + explained.clipped, abs=1e-3)


def test_free_weights_of_the_fusion_are_taken_apart_alike():
    small = Small(1, nonnegative=False)
    for row in small.held_out(10):
        explained = small.explain(row)
        total = sum(part.sum() for part in explained.contributions.values())
        assert explained.forecast == pytest.approx(explained.constant + total, abs=1e-4)


def test_models_from_files_are_taken_apart_alike(small, tmp_path):
    """Weights are kept in float32."""
    kept = []
    for model in (*small.models, small.fusion):
        save_forecasts(model, tmp_path / f"{model.name}.h5")
        kept.append(load_forecasts(tmp_path / f"{model.name}.h5"))
    content = ContentModel(small.setting, kept[-1], kept[:-1], clip=True)
    for row in small.held_out(20):
        vectors = {name: matrix.values[row] for name, matrix in small.matrices.items()}
        explained = content.explain(row, vectors, small.reference)
        total = sum(part.sum() for part in explained.contributions.values())
        assert explained.forecast == pytest.approx(explained.constant + total, abs=1e-4)


def test_the_reference_is_the_mean_of_what_each_link_makes():
    rows = np.random.default_rng(1).dirichlet(np.full(6, 0.5), 30).astype(np.float32)
    found = reference_of(rows, ["identity", "root", "log"])
    np.testing.assert_allclose(found["identity"], rows.astype(float).mean(0), rtol=1e-6)
    np.testing.assert_allclose(found["root"], np.sqrt(rows.astype(float)).mean(0), rtol=1e-6)
    np.testing.assert_allclose(found["log"], np.log(rows.astype(float) + 1e-5).mean(0), rtol=1e-5)


def test_boosted_trees_are_no_sum_and_a_missing_model_is_missed(small):
    trees = stacked(small.setting, "content", boosting, small.models, None)
    with pytest.raises(ValueError, match="boosted trees"):
        ContentModel(small.setting, trees, small.models, clip=True)
    with pytest.raises(ValueError, match="texture"):
        ContentModel(small.setting, small.fusion, [m for m in small.models if m.name != "texture"], clip=True)
    with pytest.raises(ValueError, match="deep"):
        ContentModel(small.setting, replace(small.fusion, labels=["deep"]), small.models, clip=True)
