"""Scoring the cross-validation and choosing C.

C is chosen by squared error, as LIBLINEAR's own search does, although the papers' measure is a rank
correlation. Errors use every photo's distance where ranks use only order, so they tell values of C apart
with less noise; and a rank cannot see the scale of the predictions, which late fusion needs.

Which photos decide what: within a run, C, link and scaling are chosen by this score on the training half alone.
That the score is an error and not a rank is fixed for all runs, for these two reasons. The two were also compared
by looking at test halves: over seven features of 1,200 memorability photographs and six random halves the test rank
correlation was .231 on average when C was chosen by error and .223 by rank; over six features of 1,200 covers .050 and
.046.
These are the two sets on which docs/evaluation.md reports, so the comparison is no independent evidence.
"""

from __future__ import annotations

import numpy as np


def cross_validation_scores(out_of_fold: np.ndarray, y: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The score that chooses C: 1 - the mean squared error, averaged over folds.

    :param out_of_fold: (k, m) predictions for the training photos at each of k values of C.
    :param y: (m,) targets of mean 0 and variance 1.
    :param folds: (m,) fold numbers.
    :returns: (k,) float64; 1 is perfect, and to predict 0 for all gives about 0.
    """
    squares = (out_of_fold - y).astype(np.float64) ** 2
    return 1 - np.mean([squares[:, folds == f].mean(axis=1) for f in np.unique(folds)], axis=0)


def choose(scores: np.ndarray) -> int:
    """Index of the best score; of equal ones the first, which of values of C is the most regularised.

    :param scores: (k,). One that is NaN, of a fit that diverged, is worse than any other.

    >>> choose(np.array([np.nan, 0.2, 0.2]))
    1
    """
    return int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))
