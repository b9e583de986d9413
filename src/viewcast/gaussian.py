"""A Gaussian kernel, and a model that is a weighted sum of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GaussianMachine:
    """A regression with a Gaussian kernel: ``f(x) = sum of coefficient k(x, landmark)``, and an intercept besides.

    :ivar landmark: (m,) int64, which photos are the landmarks: rows of the feature matrix.
    :ivar coefficient: (m,) float64, in the target's units.
    :ivar scale: (d,) float64, of what a link makes of a feature's numbers.
    :ivar width: of the kernel.
    """

    landmark: np.ndarray
    coefficient: np.ndarray
    scale: np.ndarray
    width: float

    def forecast(self, x: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """The forecasts (n,) float64 without the intercept.

        :param x: (n, d), behind the link; :param landmarks: (m, d), the rows ``landmark`` likewise.
        """
        kernel = gaussian(x * self.scale, landmarks * self.scale, self.width)
        return np.asarray(kernel @ self.coefficient)


def gaussian(x: np.ndarray, z: np.ndarray, width: float) -> np.ndarray:
    """``exp(-|x_i - z_j|^2 / width)``, (n, m) float64, of (n, d) and (m, d) float64."""
    return np.asarray(np.exp(-distances(x, z) / width))


def distances(x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """``|x_i - z_j|^2``, (n, m), of (n, d) and (m, d) float64."""
    squared = (x**2).sum(axis=1)[:, None] + (z**2).sum(axis=1) - 2 * x @ z.T
    return np.maximum(squared, 0)
