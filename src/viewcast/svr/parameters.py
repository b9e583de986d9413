"""The parameters of a regression and its cross-validation, and the results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from viewcast.errors import ViewcastError
from viewcast.folds import TEST, UNUSED
from viewcast.svr.backend import Array

Loss = Literal["squared_epsilon_insensitive", "epsilon_insensitive"]
Scaling = Literal["standard", "global", "none"]
Solver = Literal["newton", "liblinear"]


@dataclass(frozen=True)
class SVRParameters:
    """The linear support vector regression of the paper's section 4.1, and its search for C.

    A fit minimises ``1/2 |w|^2 + C sum_i L(max(0, |y_i - w.x_i - b| - epsilon))`` with ``L(t) = t^2``
    (``squared_epsilon_insensitive``, LIBLINEAR's ``-s 11``) or ``L(t) = t`` (``epsilon_insensitive``, ``-s 13``); see
    Smola and Schölkopf, Statistics and Computing 14, 2004, DOI 10.1023/B:STCO.0000035301.49549.88. The intercept ``b``
    is free: unlike in LIBLINEAR and scikit-learn it is not regularised.

    The paper gives the linear kernel, LIBLINEAR, the values of C and five folds. It says nothing of the loss, of
    epsilon, of the scaling, and of the score that chooses C.

    :ivar C: the values searched, increasing.
    :ivar folds: the number of cross-validation folds inside each training half.
    :ivar forward: the folds are ordered in time, and a fold is forecast by a model of the earlier folds alone. Fold 0
        then has no out-of-fold forecast (NaN), and scores are means over the other folds. The refit learns from the
        whole half either way.
    :ivar epsilon: half the width of the tube, in standard deviations of the target over the training half.
    :ivar loss: the loss above.
    :ivar scaling: ``standard`` divides each column by its standard deviation, ``global`` divides all by one number;
        both centre, and both make the mean squared norm of a training row 1, so that a value of C means the same for
        every feature. Learned on the training half alone. ``none`` takes the numbers as they stand; a C then means
        another thing for every feature.
    :ivar tolerance: a fit has converged once its duality gap is at most this share of its objective; for the plain loss
        100 times this share, as its gap is a difference of rounded sums.
    :ivar solver: ``newton`` solves all fits of a cross-validation together; ``liblinear`` calls scikit-learn for one
        fit after another, slowly, as an independent check.

    :raises ViewcastError: a value is outside its range.
    """

    C: tuple[float, ...] = (0.01, 0.1, 1.0, 10.0, 100.0)
    folds: int = 5
    forward: bool = False
    epsilon: float = 0.1
    loss: Loss = "squared_epsilon_insensitive"
    scaling: Scaling = "standard"
    tolerance: float = 1e-7
    solver: Solver = "newton"

    @property
    def reachable_tolerance(self) -> float:
        """The relative duality gap at which a fit of this loss counts as converged."""
        return self.tolerance * (100 if self.loss == "epsilon_insensitive" else 1)

    @property
    def forecast_folds(self) -> tuple[int, ...]:
        """The folds that get an out-of-fold forecast: all, or all but the first where they are ordered in time."""
        return tuple(range(1 if self.forward else 0, self.folds))

    @property
    def fold_share(self) -> float:
        """The share of a half that a fold's model learns from, on average over ``forecast_folds``."""
        return 0.5 if self.forward else 1 - 1 / self.folds

    def trains(self, folds: Array, forecast: Array | int) -> Array:
        """Which photos the model learns from that forecasts a fold.

        :param folds: fold numbers; negative for photos that do not train.
        :param forecast: the fold, or one for each.
        :returns: bool, in the arguments' common shape.

        >>> SVRParameters(forward=True).trains(np.array([0, 1, 2, -1]), 2).tolist()
        [True, True, False, False]
        """
        return (folds >= 0) & (folds < forecast if self.forward else folds != forecast)

    def __post_init__(self) -> None:
        if not self.C or min(self.C) <= 0 or list(self.C) != sorted(set(self.C)):
            raise ViewcastError(f"svr: C must be increasing positive numbers, not {self.C}.")
        if self.folds < 2:
            raise ViewcastError(f"svr: folds must be at least 2, not {self.folds}.")
        if self.epsilon < 0 or not 0 < self.tolerance < 1:
            raise ViewcastError("svr: epsilon must not be negative, and tolerance lies between 0 and 1.")


@dataclass(frozen=True)
class CrossValidation:
    """The models of all splits of one feature.

    :ivar C: (S,) float64, the value chosen in each split.
    :ivar weights: (S, d) float64, the model refitted on the whole half, in the feature's own units:
        ``popularity = X @ weights[s] + intercept[s]``.
    :ivar intercept: (S,) float64.
    :ivar prediction: (S, n) float64. For a test photo the refitted model's prediction; for a training photo
        the prediction of the fold model that did not see it, at the chosen C; NaN where unused.
    :ivar cv_score: (S, len(C)) float64, 1 - the mean over folds of the squared error, in units of the training
        target's variance; the largest is chosen.
    :ivar gap: (S,) float64, the refitted model's duality gap as a share of its objective, or, where that is
        less, of ten times its penalty |w|^2 / 2 or a hundredth of C times the photos outside the tube:
        the objective is at most this far above the optimum, and either the weights are within sqrt(10 gap)
        of it or the forecasts for these photos within sqrt(gap / 100), in the mean square and in standard
        deviations of the target. NaN where the solver gives none. (For the plain loss always a share of the
        objective.)
    :ivar cv_gap: (S,) float64, the largest gap among the split's cross-validation fits.
    :ivar converged: (S,) bool, whether all fits of the split reached the tolerance.
    :ivar machine: (S,) object, a ``GaussianMachine`` where the split's model has a kernel, else None.
    """

    C: np.ndarray
    weights: np.ndarray
    intercept: np.ndarray
    prediction: np.ndarray
    cv_score: np.ndarray
    gap: np.ndarray
    cv_gap: np.ndarray
    converged: np.ndarray
    machine: np.ndarray

    @classmethod
    def empty(cls, y: np.ndarray, folds: np.ndarray, d: int, parameters: SVRParameters) -> CrossValidation:
        """Room for the fits, where a split with a constant training target already predicts that constant."""
        S, n = folds.shape
        intercept, prediction = np.zeros(S), np.full((S, n), np.nan)
        for s, row in enumerate(folds):
            half = y[s, row >= 0]
            if np.ptp(half) == 0:
                intercept[s] = half[0]
                prediction[s, row >= TEST] = half[0]
        return cls(
            C=np.full(S, parameters.C[0]),
            weights=np.zeros((S, d)),
            intercept=intercept,
            prediction=prediction,
            cv_score=np.full((S, len(parameters.C)), np.nan),
            gap=np.zeros(S),
            cv_gap=np.zeros(S),
            converged=np.ones(S, dtype=bool),
            machine=np.full(S, None),
        )


def check_problem(shape: tuple[int, int], y: np.ndarray, folds: np.ndarray, parameters: SVRParameters) -> np.ndarray:
    """Check that the parts of a problem fit each other.

    :param shape: (n, d) of X.
    :param y: (n,) or (S, n) targets.
    :param folds: (S, n) codes.
    :returns: the targets of every split (S, n).
    :raises ViewcastError: they do not fit each other, a target of a photo that takes part is not finite, or a fold is
        empty.
    """
    n = shape[0]
    if folds.ndim != 2 or folds.shape[1] != n or not folds.shape[0] or y.shape not in ((n,), folds.shape):
        raise ViewcastError(
            f"svr: {n} feature rows need a target of shape ({n},) or (splits, {n}) and folds of shape (splits, {n}), "
            f"not {y.shape} and {folds.shape}."
        )
    if folds.min() < UNUSED or folds.max() >= parameters.folds:
        raise ViewcastError(f"svr: fold numbers must lie between {UNUSED} and {parameters.folds - 1}.")
    targets = np.broadcast_to(y, folds.shape)
    if not np.isfinite(targets[folds != UNUSED]).all():
        raise ViewcastError("svr: a photo without a finite target takes part; give it the fold code -2.")
    for s, row in enumerate(folds):
        sizes = np.bincount(row[row >= 0], minlength=parameters.folds)
        if sizes.min() == 0:
            raise ViewcastError(
                f"svr: split {s} has {sizes.sum()} training photos, and a fold without any. Each of the "
                f"{parameters.folds} folds needs at least one: add photos or lower the number of folds."
            )
    return targets
