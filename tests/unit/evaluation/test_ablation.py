"""What more features add: what is planted is found, what is noise is not, and rows follow from train_fusion."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from viewcast.corpus.settings import Setting, random_halves
from viewcast.evaluation.ablation import ablation_table
from viewcast.folds import TEST
from viewcast.forecasts import NO_CUE, Forecasts
from viewcast.svr import SVRParameters
from viewcast.training import train_fusion

N = 600
PARAMETERS = SVRParameters()


@pytest.fixture(scope="module")
def setting() -> Setting:
    ids = np.array([f"p{number:04d}" for number in range(N)], dtype=object)
    parts = np.random.default_rng(1).normal(size=(4, N))
    return Setting("one_per_user", ids, ids, parts.sum(axis=0), random_halves(N, 4, 5, [1]), np.zeros(N, dtype=int))


def model(setting: Setting, name: str, values: np.ndarray) -> Forecasts:
    nothing = np.zeros((1, 4))
    return Forecasts(setting.name, name, setting.photo_id, np.tile(values, (4, 1)), nothing, nothing, nothing == 0)


@pytest.fixture(scope="module")
def models(setting):
    parts = np.random.default_rng(1).normal(size=(4, N))
    noise = np.random.default_rng(2).normal(size=N)
    return [("fusion", model(setting, "content", parts[0])), ("beyond", model(setting, "words", parts[1])),
            ("beyond", model(setting, "clip", noise)), ("social", model(setting, "social", parts[2]))]  # fmt: skip


def table(setting, models) -> pd.DataFrame:
    made = ablation_table(
        [setting], {setting.name: models}, PARAMETERS, nonnegative=True, clip=True, resamples=0, seed=1
    )
    return made.set_index("added")


def test_a_feature_that_tells_something_adds_and_noise_does_not(setting, models):
    found = table(setting, models)
    assert list(found.index) == ["nothing", "words", "clip", "everything"]
    assert (
        found.loc["words", "over_content_verdict"]
        == found.loc["words", "over_content_social_verdict"]
        == "beyond noise"
    )
    assert found.loc["clip", "over_content_verdict"] != "beyond noise"
    assert float(found.loc["everything", "content"]) == pytest.approx(float(found.loc["words", "content"]), abs=0.02)
    assert found.loc["nothing", "alone"] == found.loc["nothing", "over_content"] == "n/a"
    for name in ("words", "clip"):
        gain = float(found.loc[name, "content"]) - float(found.loc["nothing", "content"])
        assert float(found.loc[name, "over_content"]) == pytest.approx(gain, abs=1.5e-4)


def test_its_numbers_are_those_of_the_fusions(setting, models):
    found = table(setting, models)
    by_name = {one.name: one for _, one in models}
    fused = train_fusion(setting, "x", [by_name[name] for name in ("content", "words", "social")], PARAMETERS)
    rho = [
        spearmanr(forecast[folds == TEST], setting.target[folds == TEST])[0]
        for forecast, folds in zip(fused.prediction, setting.folds, strict=True)
    ]
    assert float(found.loc["words", "content_social"]) == pytest.approx(np.mean(rho), abs=6e-5)
    alone = float(found.loc["nothing", "content"])
    assert alone == pytest.approx(
        np.mean([spearmanr(by_name["content"].prediction[s][f == TEST], setting.target[f == TEST])[0]
                 for s, f in enumerate(setting.folds)]), abs=6e-5)  # fmt: skip


def test_without_social_cues_only_content_grows(setting, models):
    found = table(setting, [pair for pair in models if pair[0] != "social"])
    assert (found["content_social"] == "n/a").all() and NO_CUE in found["note"].iloc[0]
    assert float(found.loc["words", "over_content"]) > 0.1


def test_a_setting_that_cannot_be_had_is_a_row_with_its_reason(setting):
    nobody = np.empty(0, dtype=object)
    gone = Setting(
        "user_mix", nobody, nobody, np.empty(0), np.empty((4, 0), np.int8), np.empty(0, int), "too few photos"
    )
    made = ablation_table([gone], {}, PARAMETERS, nonnegative=True, clip=True, resamples=0, seed=1)
    assert made["content"].tolist() == ["n/a"] and made["note"].tolist() == ["too few photos"]
