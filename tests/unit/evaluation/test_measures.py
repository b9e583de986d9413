"""All measures of a model against scikit-learn, SciPy and loops, on every test half and user."""

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from viewcast.corpus.settings import Setting, random_halves
from viewcast.evaluation.measures import MEASURES, measure
from viewcast.evaluation.ranking import kendall
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts


@pytest.mark.parametrize("kind", ["one_per_user", "user_specific"])
def test_every_measure_against_its_definition(kind):
    rng = np.random.default_rng(4)
    n, splits, group = 240, 3, np.repeat([0, 1], 120) if kind == "user_specific" else np.zeros(240, dtype=int)
    target = rng.normal(size=n)
    names = np.array([f"{i:03d}" for i in range(n)], dtype=object)
    setting = Setting(kind, names, group.astype(str).astype(object), target, random_halves(n, splits, 5, [7]), group)
    prediction = target + rng.normal(size=(splits, n))
    nothing = np.full((len(setting.groups), splits), np.nan)
    model = Forecasts(kind, "content", names, prediction, nothing, nothing, np.ones_like(nothing, dtype=bool))
    found = measure(setting, model)
    assert list(found.columns) == ["setting", "name", "split", *MEASURES]
    rows = iter(found.to_dict("records"))
    for rows_of_user in setting.groups:
        for split in range(splits):
            test = rows_of_user[setting.folds[split, rows_of_user] == TEST]
            forecast, truth, row = prediction[split, test], target[test], next(rows)
            assert row["split"] == split
            assert row["rho"] == pytest.approx(spearmanr(forecast, truth).statistic, abs=1e-12)
            assert row["kendall"] == pytest.approx(kendalltau(forecast, truth).statistic, abs=1e-12)
            assert row["mae"] == pytest.approx(mean_absolute_error(truth, forecast))
            assert row["rmse"] == pytest.approx(root_mean_squared_error(truth, forecast))
            k = round(0.1 * len(test))
            best = set(np.argsort(-truth)[:k])
            assert row["top10"] == pytest.approx(len(best & set(np.argsort(-forecast)[:k])) / k)
            # The intervals' half widths are tested on their own; here, that a share within them is counted.
            assert 0.55 < row["coverage80"] <= 1 and row["coverage95"] >= row["coverage80"]
            assert row["width95"] > row["width80"] > 0
    assert next(rows, None) is None


def test_what_cannot_be_ranked_has_no_rank():
    assert kendall(np.ones(4), np.arange(4.0)) == 0 == kendall(np.arange(4.0), np.ones(4))
