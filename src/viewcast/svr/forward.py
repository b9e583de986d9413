"""Folds that are ordered in time: the first have no forecasts, and later models go without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from viewcast.errors import ViewcastError
from viewcast.folds import UNUSED
from viewcast.svr.parameters import SVRParameters


def leading_gap(folds: np.ndarray, known: np.ndarray) -> int:
    """How many of the first folds are without any photo of which `known` holds, in the split that lacks most.

    :param folds: (S, n) as for `cross_validate`.
    :param known: (S, n) bool, such as whether there is an out-of-fold forecast.
    """
    return max(
        (int(row[row >= 0].max(initial=-1) + 1 if not has[row >= 0].any() else row[(row >= 0) & has].min()))
        for row, has in zip(folds, known, strict=True)
    )


def without_gap(folds: np.ndarray, known: np.ndarray, parameters: SVRParameters) -> tuple[np.ndarray, SVRParameters]:
    """Folds (S, n) and parameters of a model whose inputs or targets the first folds lack; unchanged unless `forward`.

    Training photos of the folds that `leading_gap` counts get the code -2, and the other folds are numbered from 0.

    :raises ViewcastError: where fewer than two folds are left.
    """
    first = leading_gap(folds, known) if parameters.forward else 0
    if not first:
        return folds, parameters
    left = parameters.folds - first
    if left < 2:
        raise ViewcastError(
            f"svr: of {parameters.folds} folds forward in time, {left} have forecasts to learn from, and two are "
            "needed: each model that learns from another's forecasts has one fold fewer. Raise evaluation.folds."
        )
    shifted = np.where(folds >= first, folds - first, np.where(folds >= 0, UNUSED, folds))
    return shifted.astype(folds.dtype), replace(parameters, folds=left)
