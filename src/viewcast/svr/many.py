"""Many small protocols at once: a model for each of a hundred users, a fusion for each split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from viewcast.folds import TEST
from viewcast.svr.backend import Backend, load_backend
from viewcast.svr.cross_validation import (
    GIB,
    cross_validate,
    halves_of,
    in_features,
    pairs,
    predict,
    prefers_eigenbasis,
    regression_bytes,
    varying,
    write,
)
from viewcast.svr.matrix import scaled_C, split_scaling, standardise
from viewcast.svr.parameters import CrossValidation, SVRParameters, check_problem
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
) -> list[CrossValidation]:
    """Fit every problem's cross-validation, as ``cross_validate`` would one by one, but with their steps in common.

    The halves are small, so each goes into the eigenbasis of its Gram matrix (of its photos where these are fewer than
    the dimensions), and all splits, folds and values of C of all users advance together.

    :param problems: (X, y, folds) of each user: (n_u, d) float, (n_u,) or (S_u, n_u) float64, (S_u, n_u) int8.
    :param parameters: for all.
    :param backend: of ``load_backend``; None: NumPy.
    :param memory_budget: bytes of working arrays; more problems than fit are solved in turns.
    :returns: the models of each problem, in order.
    :raises ViewcastError: as ``cross_validate``.
    """
    cleaned = [
        (np.asarray(X), np.asarray(y, dtype=np.float64), np.asarray(folds, dtype=np.int8)) for X, y, folds in problems
    ]
    cleaned = [(X, check_problem(X.shape, y, folds, parameters), folds) for X, y, folds in cleaned]
    backend = backend or load_backend()
    fits: dict[int, CrossValidation] = {}
    sizes: dict[int, int] = {}
    need: dict[int, int] = {}
    for number, (X, y, folds) in enumerate(cleaned):
        size = int((folds >= 0).sum(axis=1).max())
        if parameters.solver == "liblinear":
            from viewcast.svr import reference  # scikit-learn takes seconds to import

            fits[number] = reference.cross_validate(X, y, folds, parameters)
            continue
        if not prefers_eigenbasis(size, X.shape[1]):
            fits[number] = cross_validate(X, y, folds, parameters, backend=backend, memory_budget=memory_budget)
            continue
        width = min(size, X.shape[1])
        sizes[number] = size
        need[number] = len(folds) * (regression_bytes(size, width, parameters) + 8 * size * width) + 4 * X.size
    for turn in in_turns(sizes, need, memory_budget):
        _fit_together(cleaned, turn, fits, parameters, backend)
    return [fits[number] for number in range(len(cleaned))]


def in_turns(sizes: Mapping[int, int], need: Mapping[int, int], budget: int) -> Iterator[list[int]]:
    """Which problems are solved together: as many as fit the budget, and one at least.

    Rows are padded to the longest half solved at a time, so halves of like ``sizes`` go together.

    :param sizes: problem's number -> training photos.
    :param need: problem's number -> bytes.
    :param budget: bytes.
    :returns: lists of problems' numbers.

    >>> list(in_turns({0: 90, 1: 10, 2: 20}, {0: 6, 1: 2, 2: 3}, 5))
    [[1, 2], [0]]
    """
    turn: list[int] = []
    space = 0
    for number in sorted(sizes, key=sizes.__getitem__):
        if turn and space + need[number] > budget:
            yield turn
            turn, space = [], 0
        turn.append(number)
        space += need[number]
    if turn:
        yield turn


def _fit_together(
    problems: list[Problem],
    turn: list[int],
    fits: dict[int, CrossValidation],
    parameters: SVRParameters,
    backend: Backend,
) -> None:
    """Solve the problems whose numbers are in ``turn``, and fill in their places in ``fits``."""
    ready, bases, targets, C = [], [], [], []
    for number in turn:
        X, y, folds = problems[number]
        fits[number] = CrossValidation.empty(y, folds, X.shape[1], parameters)
        todo = varying(y, folds)
        if not len(todo):
            continue
        used = (folds[todo] >= TEST).any(axis=0)
        matrix = standardise(ArrayRows(X), used, parameters.scaling, backend)
        matrix.keep()
        shared = SharedSystem(matrix, split_scaling(matrix, folds[todo], parameters.scaling), halves_of(folds[todo]))
        bases += [eigenbasis(x, backend) for x in shared.scaled_halves()]
        targets += pairs(y[todo], folds[todo])
        C.append(scaled_C(parameters.C, matrix, shared.scaling))
        ready.append((number, todo, shared))
    if not ready:
        return
    parts, values, basis = zip(*bases, strict=True)
    system = EigenSystem(parts, values, parameters.fold_share)
    result = search(system, Targets.of(targets, backend), np.concatenate(C), parameters, backend)
    first = 0
    for number, todo, shared in ready:
        last, fit, folds = first + len(todo), fits[number], problems[number][2]
        own = result.part(first, last, shared.n)
        at = in_features(shared, own, basis[first:last], parameters)
        write(fit, todo, shared, folds, own, at, parameters)
        predict(fit, todo, shared.matrix, folds)
        first = last
