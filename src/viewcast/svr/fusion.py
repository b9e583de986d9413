"""Late fusion: a regression on the outputs of other regressions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from viewcast.errors import ViewcastError
from viewcast.svr.parameters import ProtocolFit, SVRParameters
from viewcast.svr.protocol import fit_protocol


def fuse(
    predictions: np.ndarray,
    y: np.ndarray,
    folds: np.ndarray,
    parameters: SVRParameters = SVRParameters(),  # noqa: B008 (frozen)
) -> ProtocolFit:
    """Fit the support vector regression of section 4.1 ("late fusion") on k models' predictions.

    Args:
        predictions: (k, S, n), `ProtocolFit.prediction` of k features over the same photos and folds.
        y: (n,) targets.
        folds: (S, n) as for `fit_protocol`.
        parameters: loss and values of C.

    Returns a ProtocolFit whose `weights` are (S, k), in units of the inputs, and whose `prediction` is again
    out of fold for training photos, so that fusions can be fused.

    The training photos' inputs must be out of fold: the prediction of a model for its own training photos
    follows their targets, the more so the more dimensions it has, and a fusion that learned from those would
    trust the feature that overfits most, although its test predictions are no better.

    Raises: ViewcastError as `fit_protocol`, or where a photo that takes part has no prediction.
    """
    predictions, folds = np.asarray(predictions, dtype=np.float64), np.asarray(folds, dtype=np.int8)
    if predictions.ndim != 3 or predictions.shape[1:] != folds.shape:
        raise ViewcastError(
            f"svr: predictions of shape {predictions.shape} do not fit folds of {folds.shape}: expected (k, "
            "splits, photos)."
        )
    fits = []
    for s in range(len(folds)):
        used = folds[s] >= -1
        inputs = np.zeros((folds.shape[1], len(predictions)))
        inputs[used] = predictions[:, s, used].T
        fits.append(fit_protocol(inputs, y, folds[s : s + 1], replace(parameters)))
    return ProtocolFit(*(np.concatenate(parts) for parts in zip(*map(_fields, fits), strict=True)))


def _fields(fit: ProtocolFit) -> list[np.ndarray]:
    return [getattr(fit, name) for name in ProtocolFit.__dataclass_fields__]
