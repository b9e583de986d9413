"""Many small protocols at once: a model for each of a hundred users, a fusion for each split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from viewcast.svr.backend import Backend, load_backend
from viewcast.svr.matrix import split_scaling, standardise
from viewcast.svr.parameters import TEST, ProtocolFit, SVRParameters, check_problem
from viewcast.svr.protocol import (
    GIB,
    ROW_ARRAYS,
    fit_protocol,
    halves_of,
    in_features,
    pairs,
    predict,
    prefers_eigenbasis,
    varying,
    write,
)
from viewcast.svr.rows import ArrayRows
from viewcast.svr.search import Targets, search
from viewcast.svr.systems import EigenSystem, SharedSystem, eigenbasis

Problem = tuple[np.ndarray, np.ndarray, np.ndarray]


def fit_many(
    problems: Sequence[Problem],
    parameters: SVRParameters = SVRParameters(),  # noqa: B008 (frozen)
    *,
    backend: Backend | None = None,
    memory_budget: int = 4 * GIB,
) -> list[ProtocolFit]:
    """Fit every problem's protocol, as `fit_protocol` would one by one, but with their steps in common.

    Args:
        problems: (X, y, folds) of each user: (n_u, d) float, (n_u,) or (S_u, n_u) float64, (S_u, n_u)
            int8.
        parameters: for all.
        backend: of `load_backend`; None: NumPy.
        memory_budget: bytes of working arrays; more problems than fit are solved in turns.

    The halves are small, so each goes into the eigenbasis of its Gram matrix (of its photos where these
    are fewer than the dimensions), and all splits, folds and values of C of all users advance together.

    Raises: ViewcastError as `fit_protocol`, naming the problem by its number.
    """
    cleaned = [
        (np.asarray(X), np.asarray(y, dtype=np.float64), np.asarray(folds, dtype=np.int8)) for X, y, folds in problems
    ]
    cleaned = [(X, check_problem(X.shape, y, folds, parameters), folds) for X, y, folds in cleaned]
    backend = backend or load_backend()
    fits: list[ProtocolFit | None] = [None] * len(cleaned)
    # Rows are padded to the longest half solved at a time, so halves of like size go together.
    sizes = [int((folds >= 0).sum(axis=1).max()) for _, _, folds in cleaned]
    turn: list[int] = []
    space = 0
    for number in np.argsort(sizes, kind="stable"):
        X, y, folds = cleaned[number]
        if parameters.solver == "liblinear":
            from viewcast.svr import reference  # scikit-learn takes seconds to import

            fits[number] = reference.fit_protocol(X, y, folds, parameters)
            continue
        if not prefers_eigenbasis(sizes[number], X.shape[1]):
            fits[number] = fit_protocol(X, y, folds, parameters, backend=backend, memory_budget=memory_budget)
            continue
        width = min(sizes[number], X.shape[1])
        fit_bytes = 4 * len(parameters.C) * parameters.folds * ROW_ARRAYS * (sizes[number] + width)
        need = len(folds) * (fit_bytes + 8 * sizes[number] * width) + 4 * X.size
        if turn and space + need > memory_budget:
            _fit_together(cleaned, turn, fits, parameters, backend)
            turn, space = [], 0
        turn.append(number)
        space += need
    if turn:
        _fit_together(cleaned, turn, fits, parameters, backend)
    return fits


def _fit_together(
    problems: list[Problem],
    turn: list[int],
    fits: list[ProtocolFit | None],
    parameters: SVRParameters,
    backend: Backend,
) -> None:
    """Solve the problems whose numbers are in `turn`, and fill in their places in `fits`."""
    ready, bases, targets = [], [], []
    for number in turn:
        X, y, folds = problems[number]
        fits[number] = ProtocolFit.empty(y, folds, X.shape[1], parameters)
        todo = varying(y, folds)
        if not len(todo):
            continue
        used = (folds[todo] >= TEST).any(axis=0)
        matrix = standardise(ArrayRows(X), used, parameters.scaling, backend)
        matrix.keep()
        shared = SharedSystem(matrix, split_scaling(matrix, folds[todo], parameters.scaling), halves_of(folds[todo]))
        bases += [eigenbasis(x, backend) for x in shared.scaled_halves()]
        targets += pairs(y[todo], folds[todo])
        ready.append((number, todo, shared))
    if not ready:
        return
    parts, values, back = zip(*bases, strict=True)
    system = EigenSystem(parts, values, 1 - 1 / parameters.folds)
    found = search(system, Targets.of(targets, backend), parameters, backend)
    first = 0
    for number, todo, shared in ready:
        last, fit, folds = first + len(todo), fits[number], problems[number][2]
        own = found.part(first, last, shared.n)
        at = in_features(shared, own, back[first:last], parameters)
        write(fit, todo, shared, folds, own, at, parameters)
        predict(fit, todo, shared.matrix, folds)
        first = last
