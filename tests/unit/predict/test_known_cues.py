"""What is known of an account and a text, and what is expected of the rest."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from viewcast.cli.cues import OPTIONS
from viewcast.corpus.cues import CUES, design_matrix
from viewcast.errors import ViewcastError
from viewcast.predict.cues import Cues, inputs_of, read_cues


def test_every_cue_has_an_option():
    assert set(OPTIONS) == set(Cues.model_fields) - {"extra"}
    for name, said in OPTIONS.items():
        assert said.startswith(Cues.model_fields[name].description)


def test_values_bear_the_names_of_the_corpus():
    cues = read_cues(
        {"contacts": "120", "mean_views": 3, "is_pro": "yes", "tags": "sea, sunset,,", "title": "Evening",
         "member_since": "2012-05-31", "description": ""}
    )  # fmt: skip
    values = cues.values(date(2013, 5, 31))
    assert values == {
        "contacts": 120, "mean_views": 3, "is_pro": 1, "tags": 2, "title_length": 7, "member_duration": 365,
    }  # fmt: skip
    assert set(values) - {"mean_views"} < set(CUES)
    assert Cues().values() == {} and Cues(title="", tags=()).values() == {"title_length": 0, "tags": 0}


@pytest.mark.parametrize(
    "values",
    [
        {"contacts": -1}, {"contacts": "many"}, {"contacts": float("nan")}, {"contacts": float("inf")},
        {"member_since": "yesterday"}, {"is_pro": "perhaps"}, {"followers": 3}, {"extra": {"hour": "noon"}},
    ],
)  # fmt: skip
def test_a_wrong_cue_is_named(values):
    with pytest.raises(ViewcastError, match=next(iter(values))):
        read_cues(values)


def test_known_cues_become_the_inputs_of_the_training():
    """The same numbers as ``design_matrix`` makes of a corpus."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "contacts": rng.integers(0, 900, 50).astype(float),
            "is_pro": rng.integers(0, 2, 50).astype(float),
            "tags": np.where(rng.random(50) < 0.3, np.nan, rng.integers(0, 20, 50)),
        }
    )
    design, labels = design_matrix(frame, ("contacts", "is_pro", "tags"), np.ones(50, bool))
    inputs = inputs_of(design, labels, ["contacts", "tags"])
    assert inputs.cues == ("contacts", "is_pro", "tags")
    whole = frame.dropna()
    made = np.stack([inputs.of(row) for row in whole.to_dict("records")])
    np.testing.assert_allclose(made, design[whole.index])


def test_the_unknown_is_expected_by_linear_regression_on_the_known():
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((400, 5)) @ rng.standard_normal((5, 5)) + 3
    inputs = inputs_of(rows, list("abcde"), [])
    gappy = rng.standard_normal((20, 5))
    gappy[rng.random((20, 5)) < 0.5] = np.nan
    gappy[0], gappy[1, :] = np.nan, [1, 2, 3, 4, 5]
    filled = inputs.complete(gappy)
    np.testing.assert_allclose(filled[0], rows.mean(axis=0))
    np.testing.assert_array_equal(filled[1], gappy[1])
    for given, got in zip(gappy[2:], filled[2:], strict=True):
        gap = np.isnan(given)
        if gap.any() and not gap.all():
            model = LinearRegression().fit(rows[:, ~gap], rows[:, gap])
            np.testing.assert_allclose(got[gap], model.predict(given[None, ~gap])[0], rtol=1e-3, atol=1e-3)
            np.testing.assert_array_equal(got[~gap], given[~gap])


def test_hidden_cues_take_their_marks_along():
    inputs = inputs_of(np.eye(3), ["tags", "tags_missing", "contacts"], [])
    hidden = inputs.hide(np.ones((2, 3)), ["tags"])
    np.testing.assert_array_equal(np.isnan(hidden), [[True, True, False]] * 2)
    assert inputs.of({"tags": 3.0})[1] == 0
