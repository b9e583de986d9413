"""Models of a setting whose folds are ordered in time, and fusions to the letter of the paper."""

from dataclasses import replace

import numpy as np
import pytest
from test_training import PARAMETERS, Matrix, N, photos, setting

from viewcast.corpus.settings import Setting
from viewcast.training import train_feature, train_fusion


def forward(frame) -> Setting:
    """The older half trains, in five folds that follow each other."""
    made = setting(frame, splits=1)
    folds = np.full(N, -1, dtype=np.int8)
    folds[: N // 2] = np.arange(N // 2) * 5 // (N // 2)
    return replace(made, name="time_forward", folds=folds[None])


def models(made, frame):
    rng = np.random.default_rng(7)
    signal = frame["popularity"].to_numpy()[:, None]
    return [
        train_feature(made, name, Matrix(frame["photo_id"], signal + rng.normal(0, noise, (N, 6))), PARAMETERS)
        for name, noise in (("gist", 2), ("texture", 3))
    ]


def test_each_model_on_top_of_another_has_one_fold_of_forecasts_fewer():
    frame = photos()
    made = forward(frame)
    base, other = models(made, frame)
    fused = train_fusion(made, "content", [base, other], PARAMETERS)
    x = Matrix(frame["photo_id"], np.random.default_rng(8).normal(size=(N, 5)))
    beyond = train_feature(made, "deep", x, PARAMETERS, base=base)
    added = train_fusion(made, "content_social", [beyond], PARAMETERS, base=base)
    for model, first in ((base, 1), (fused, 2), (beyond, 2), (added, 3)):
        known = (made.folds[0] == -1) | (made.folds[0] >= first)
        np.testing.assert_array_equal(np.isfinite(model.prediction[0]), known)
        assert model.converged.all()
    test = made.folds[0] == -1
    assert np.corrcoef(added.prediction[0, test], base.prediction[0, test])[0, 1] > 0.9


def test_no_later_target_reaches_an_earlier_forecast():
    frame = photos()
    made = forward(frame)
    x = Matrix(
        frame["photo_id"], frame["popularity"].to_numpy()[:, None] + np.random.default_rng(9).normal(size=(N, 3))
    )
    target = made.target.copy()
    last = made.folds[0] == 4
    target[last] = np.random.default_rng(10).permutation(target[last])
    # With one C nothing of the last fold is in the choice either.
    one = replace(PARAMETERS, C=(1.0,))
    before, after = (train_feature(m, "gist", x, one) for m in (made, replace(made, target=target)))
    early = made.folds[0] >= 1
    np.testing.assert_allclose(before.prediction[0, early], after.prediction[0, early], atol=1e-3)
    assert np.abs(before.prediction[0] - after.prediction[0])[made.folds[0] == -1].max() > 0.01


@pytest.mark.parametrize("clip", [True, False])
def test_clipping_of_a_fusion_s_inputs_can_be_turned_off(clip):
    """A forecast far beyond the training targets moves the fusion unless it is put at their end."""
    frame = photos()
    made = setting(frame, splits=2)
    first, second = models(made, frame)
    far = np.flatnonzero((made.folds == -1).all(axis=0))[0]
    wild = first.prediction.copy()
    wild[:, far] = 1e3
    fused = train_fusion(made, "content", [replace(first, prediction=wild), second], PARAMETERS, clip=clip)
    assert (fused.prediction[:, far].max() < made.target.max() + 3) == clip


def test_weights_of_a_fusion_may_be_free():
    frame = photos()
    made = setting(frame, splits=2)
    first, second = models(made, frame)
    turned = replace(second, prediction=-second.prediction)
    free = train_fusion(made, "content", [first, turned], PARAMETERS, nonnegative=False)
    kept = train_fusion(made, "content", [first, turned], PARAMETERS)
    assert (free.weights[0][:, 1] < 0).all() and (kept.weights[0][:, 1] == 0).all()
