"""Folds that are ordered in time: the first have no forecasts, and later models go without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from viewcast.errors import ViewcastError
from viewcast.folds import UNUSED
from viewcast.svr.parameters import SVRParameters


def leading_gap(folds: np.ndarray, known: np.ndarray) -> int:
    """How many of the first folds have no known photo, in the split that lacks most.

    :param folds: (S, n) as for ``cross_validate``.
    :param known: (S, n) bool, such as whether there is an out-of-fold forecast.

    >>> leading_gap(np.array([[0, 1, 1, 2, -1]]), np.array([[False, False, True, True, True]]))
    1
    """
    return max(
        (int(row[row >= 0].max(initial=-1) + 1 if not has[row >= 0].any() else row[(row >= 0) & has].min()))
        for row, has in zip(folds, known, strict=True)
    )


def without_gap(folds: np.ndarray, known: np.ndarray, parameters: SVRParameters) -> tuple[np.ndarray, SVRParameters]:
    """Leave out the first folds, of which a model's inputs or targets are not known; nothing changes unless
    ``forward``.

    :param folds, known: as for :func:`leading_gap`.
    :returns: folds (S, n), in which training photos of the folds that :func:`leading_gap` counts have the code -2 and
        the others are numbered from 0, and the parameters for so many folds.
    :raises ViewcastError: fewer than two folds are left.
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
