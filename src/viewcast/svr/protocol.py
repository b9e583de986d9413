"""One feature's whole protocol: every split, fold and C."""

from __future__ import annotations

import numpy as np

from viewcast.svr import reference
from viewcast.svr.parameters import ProtocolFit, SVRParameters, check_problem
from viewcast.svr.rows import RowBlocks, as_rows, read_all

GIB = 1 << 30


def fit_protocol(
    X: np.ndarray | RowBlocks,
    y: np.ndarray,
    folds: np.ndarray,
    parameters: SVRParameters = SVRParameters(),  # noqa: B008 (frozen)
    *,
    device: str = "cpu",
    memory_budget: int = 4 * GIB,
) -> ProtocolFit:
    """Fit every split's cross-validated path over C, and its model at the chosen C.

    Args:
        X: (n, d) features of float16, float32 or float64, or a `RowBlocks` reader of them.
        y: (n,) float64 targets; not read where a photo takes no part.
        folds: (S, n) int8: in each split -1 for a test photo, 0.. for the fold of a training photo, and -2
            for a photo that takes no part.
        parameters: loss, scaling, values of C.
        device: `cpu`, `cuda` or another torch device.
        memory_budget: bytes that the matrix and its working copies may take; above it X is read from its
            blocks on every pass.

    A split whose training targets are all equal predicts that value: weights 0, C the smallest, scores NaN.

    Raises: ViewcastError for shapes that do not match, values that are not finite, or an empty fold.
    """
    rows, y, folds = as_rows(X), np.asarray(y, dtype=np.float64), np.asarray(folds, dtype=np.int8)
    check_problem(rows.shape, y, folds, parameters)
    return reference.fit_protocol(read_all(rows), y, folds, parameters)
