"""Late fusion: a regression on the outputs of other regressions."""

from __future__ import annotations

import numpy as np

from viewcast.errors import ViewcastError
from viewcast.folds import TEST
from viewcast.svr.backend import Backend
from viewcast.svr.forward import without_gap
from viewcast.svr.many import fit_many
from viewcast.svr.parameters import CrossValidation, SVRParameters


def fuse(
    predictions: np.ndarray,
    y: np.ndarray,
    folds: np.ndarray,
    parameters: SVRParameters = SVRParameters(),  # noqa: B008 (frozen)
    *,
    nonnegative: bool = True,
    backend: Backend | None = None,
) -> CrossValidation:
    """Late fusion: fit a support vector regression on the predictions of k models (paper sections 4.2 and 6.1).

    The training photos' inputs must be out of fold: the prediction of a model for its own training photos follows their
    targets, the more so the more dimensions it has, and a fusion that learned from those would give the largest weight
    to the feature that overfits most, although its test predictions are no better. The paper does not say which
    predictions its fusion learns from.

    Deviation: with ``nonnegative``, inputs whose weight is negative are left out, and the rest are fitted again until
    none is. The out-of-fold predictions of a feature without signal correlate negatively with the target, because what
    one fold has more of the others have less of; a free fusion gives such a feature a negative weight, which is wrong
    for its test predictions. Breiman (Stacked Regressions, Machine Learning 24, 1996, DOI 10.1007/BF00117832) found the
    same. The result is the constrained optimum unless an input that was left out early has a positive weight there.

    Where the folds are ordered in time (``parameters.forward``), the inputs have no forecasts for the first fold, or
    for the first few if they are fusions themselves. These photos take no part, so the fusion has so many folds fewer,
    and the first of its own folds has no forecast (NaN) either.

    :param predictions: (k, S, n) float, ``CrossValidation.prediction`` of k features over the same photos and folds.
    :param y: (n,) targets, or (S, n).
    :param folds: (S, n) as for ``cross_validate``.
    :param parameters: loss and values of C; whether the folds are ordered in time.
    :param nonnegative: no weight is negative; False: weights are free, as in the paper.
    :param backend: of ``load_backend``; None: NumPy.
    :returns: models whose ``weights`` are (S, k), in units of the inputs, and whose ``prediction`` is again out of fold
        for training photos, so that fusions can be fused.
    :raises ViewcastError: as ``cross_validate``; a photo that takes part has no prediction; or fewer than two folds are
        left.
    """
    predictions, folds = np.asarray(predictions, dtype=np.float64), np.asarray(folds, dtype=np.int8)
    if predictions.ndim != 3 or predictions.shape[1:] != folds.shape:
        raise ViewcastError(
            f"svr: predictions of shape {predictions.shape} do not fit folds of {folds.shape}: expected (k, "
            "splits, photos)."
        )
    folds, parameters = without_gap(folds, np.isfinite(predictions).all(axis=0), parameters)
    problems = []
    targets = np.broadcast_to(y, folds.shape)
    for s, row in enumerate(folds):
        # A photo without a prediction takes no part; the solver reads its zeros and gives them no weight.
        problems.append((np.where(row >= TEST, predictions[:, s], 0).T, targets[s], row[None]))
    done: dict[int, CrossValidation] = {}
    todo = list(range(len(problems)))
    while todo:
        done |= zip(todo, fit_many([problems[s] for s in todo], parameters, backend=backend), strict=True)
        todo = [s for s in todo if nonnegative and (done[s].weights < 0).any()]
        for s in todo:
            # A constant input gets the weight 0.
            problems[s][0][:, done[s].weights[0] < 0] = 0
    fits = [done[s] for s in range(len(problems))]
    fields = CrossValidation.__dataclass_fields__
    return CrossValidation(*(np.concatenate([getattr(fit, name) for fit in fits]) for name in fields))
