"""What every number of every descriptor contributes to a photo's content forecast (paper section 6.3, made exact).

The forecast of a photo is the mean over the splits that hold it out. In each, the fusion is a weighted sum of the
features' forecasts, and each of these a weighted sum of the feature's numbers, or of what their link makes of them. So
number j of feature k contributes ``mean over splits of v_k w_kj (link(x_j) - reference_j)``, where the reference is the
average of other photos: the sum of all contributions is by how much the forecast differs from theirs, and nothing else
is left but what the fusion's clipping cuts off, which is stated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from viewcast.corpus.settings import Setting
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts
from viewcast.svr.rows import LINKS


@dataclass(frozen=True)
class Explained:
    """One photo's content forecast, taken apart: ``forecast = reference + sum of contributions + clipped``.

    :ivar forecast: in the target's units, the mean over the splits.
    :ivar reference: what the same models forecast for the reference.
    :ivar clipped: what the fusion cuts off of features' forecasts that are outside the range of the training targets.
    :ivar contributions: feature -> (d,) float64.
    """

    forecast: float
    reference: float
    clipped: float
    contributions: dict[str, np.ndarray]

    @property
    def constant(self) -> float:
        """All of the forecast that is not in ``contributions``."""
        return self.reference + self.clipped


@dataclass(frozen=True)
class MeanModel:
    """A feature's part of the fusion, as the mean over some splits: ``constant + sum of weights[link] . link(x)``.

    :ivar weights: link -> (d,) float64, those of the splits that take this link, times the fusion's.
    :ivar constant: in the target's units.
    """

    weights: dict[str, np.ndarray]
    constant: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Its part of the forecasts of (n, d) vectors: (n,) float64."""
        return self.constant + sum(LINKS[link](x).astype(np.float64) @ w for link, w in self.weights.items())

    def contributions(self, x: np.ndarray, reference: Mapping[str, np.ndarray]) -> np.ndarray:
        """What each of the numbers (d,) adds to what the reference has."""
        parts = [w * (LINKS[link](x).astype(np.float64) - reference[link]) for link, w in self.weights.items()]
        return np.sum(parts, axis=0)


class ContentModel:
    """The content fusion of a setting, ready to be explained.

    :param fusion: of ``train_fusion``, with ``base`` None.
    :param features: the models that it fuses, in any order.
    :param clip: did it clip their forecasts?
    :raises ValueError: the fusion keeps no weights (it is of boosted trees), or a model is missing.
    """

    def __init__(self, setting: Setting, fusion: Forecasts, features: Sequence[Forecasts], *, clip: bool) -> None:
        if not fusion.weights:
            raise ValueError("a fusion by boosted trees is no weighted sum")
        by_name = {model.name: model for model in features}
        missing = [name for name in fusion.labels if name not in by_name]
        if missing:
            raise ValueError(f"the fusion's models are missing: {', '.join(missing)}")
        self.setting, self.fusion, self.clip = setting, fusion, clip
        self.features = [by_name[name] for name in fusion.labels]
        self._groups = np.unique(setting.group)

    def splits_of(self, row: int) -> np.ndarray:
        """The splits that hold a photo of the setting out: their numbers."""
        return np.flatnonzero(self.setting.folds[:, row] == TEST)

    def group_of(self, row: int) -> int:
        """The number of a photo's group."""
        return int(np.searchsorted(self._groups, self.setting.group[row]))

    def mean_models(self, group: int, splits: np.ndarray) -> dict[str, MeanModel]:
        """Feature -> its part of the fusion in a group's models of these splits."""
        found = {}
        for number, model in enumerate(self.features):
            share = self.fusion.weights[group][splits, number].astype(np.float64) / len(splits)
            weights: dict[str, np.ndarray] = {}
            for v, s in zip(share, splits, strict=True):
                link = str(model.link[group, s])
                own = v * model.weights[group][s].astype(np.float64)
                weights[link] = weights[link] + own if link in weights else own
            found[model.name] = MeanModel(weights, float(share @ model.intercept[group][splits]))
        return found

    def explain(
        self, row: int, vectors: Mapping[str, np.ndarray], reference: Mapping[str, Mapping[str, np.ndarray]]
    ) -> Explained:
        """Take a photo's forecast apart.

        :param row: the place in the setting of a photo that some split holds out.
        :param vectors: feature -> (d,), the photo's.
        :param reference: feature -> link -> (d,), of :func:`reference_of`.
        """
        splits = self.splits_of(row)
        group = self.group_of(row)
        models = self.mean_models(group, splits)
        level = float(self.fusion.intercept[group][splits].mean())
        of_reference = level + sum(
            model.constant + sum(float(w @ reference[name][link]) for link, w in model.weights.items())
            for name, model in models.items()
        )
        contributions = {name: model.contributions(vectors[name], reference[name]) for name, model in models.items()}
        return Explained(
            float(self.fusion.prediction[splits, row].mean()),
            float(of_reference),
            self._clipped(row, group, splits),
            contributions,
        )

    def _clipped(self, row: int, group: int, splits: np.ndarray) -> float:
        if not self.clip:
            return 0.0
        mine = self.setting.group == self._groups[group]
        total = 0.0
        for s in splits:
            trained = self.setting.target[mine & (self.setting.folds[s] >= 0)]
            given = np.array([model.prediction[s, row] for model in self.features])
            cut = np.clip(given, trained.min(), trained.max()) - given
            total += float(self.fusion.weights[group][s] @ cut)
        return total / len(splits)


def reference_of(rows: np.ndarray, links: Sequence[str]) -> dict[str, np.ndarray]:
    """The average of photos: link -> the mean (d,) float64 of what it makes of their vectors.

    :param rows: (n, d) float32.
    """
    return {link: LINKS[link](rows).mean(axis=0, dtype=np.float64) for link in links}
