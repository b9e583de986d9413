"""What every number of every descriptor contributes to a photo's content forecast (paper section 6.3, made exact).

The forecast of a photo is the mean over the splits that hold it out. In each, the fusion is a weighted sum of the
features' forecasts, and each of these a weighted sum of the feature's numbers, or of what their link makes of them. So
number j of feature k contributes ``mean over splits of v_k w_kj (link(x_j) - reference_j)``, where the reference is the
average of other photos: the sum of all contributions is by how much the forecast differs from theirs, and nothing else
is left but what the fusion's clipping cuts off, which is stated.

A model with a kernel is no weighted sum, and there is more than one way to share out its forecast. Its numbers get
their integrated gradients (Sundararajan et al., ICML 2017, arXiv:1703.01365): what each adds along the straight way
from the reference to the photo. Of a weighted sum that is the above, and they always sum to the difference of the
forecasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from viewcast.corpus.settings import Setting
from viewcast.features.matrix import FeatureMatrix
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts
from viewcast.gaussian import GaussianMachine
from viewcast.svr.rows import LINKS

#: Gauss and Legendre's rule between 0 and 1, exact to rounding for a kernel along a way of a few of its widths.
_NODES, _RULE = (np.polynomial.legendre.leggauss(32) + np.array([[1.0], [0.0]])) / 2


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
class KernelPart:
    """A model with a kernel in the fusion.

    :ivar machine: the model; :ivar landmarks: (m, d) float64, its landmarks behind the link.
    :ivar link: of ``LINKS``; :ivar share: what the fusion multiplies it by.
    """

    machine: GaussianMachine
    landmarks: np.ndarray
    link: str
    share: float

    def __call__(self, linked: np.ndarray) -> np.ndarray:
        """Its part of the forecasts of (n, d) vectors that are behind the link, without the constant."""
        return self.share * self.machine.forecast(linked, self.landmarks)

    def contributions(self, linked: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """The integrated gradients of (d,) from the reference (d,), both behind the link."""
        machine = self.machine
        step = (linked - reference) * machine.scale
        away = (reference - self.landmarks) * machine.scale
        # |away + t step|^2 at the nodes t of Gauss and Legendre's rule, (nodes, m).
        squared = (away**2).sum(axis=1) + np.outer(_NODES, 2 * away @ step) + (_NODES**2 * (step @ step))[:, None]
        kernel = machine.coefficient * np.exp(-squared / machine.width)
        slope = (_RULE @ kernel) @ away + ((_RULE * _NODES) @ kernel).sum() * step
        return np.asarray(self.share * -2 / machine.width * step * slope)


@dataclass(frozen=True)
class MeanModel:
    """A feature's part of the fusion, as the mean over some splits: ``constant + sum of weights[link] . link(x)``, and
    the parts of the splits whose models have a kernel.

    :ivar weights: link -> (d,) float64, those of the splits that take this link, times the fusion's.
    :ivar constant: in the target's units.
    """

    weights: dict[str, np.ndarray]
    constant: float
    kernels: Sequence[KernelPart] = ()

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Its part of the forecasts of (n, d) vectors: (n,) float64."""
        return self._of({link: LINKS[link](x).astype(np.float64) for link in self._links})

    def of_reference(self, reference: Mapping[str, np.ndarray]) -> float:
        """Its part of the forecast of the reference, link -> (d,)."""
        return float(self._of({link: reference[link][None] for link in self._links})[0])

    def contributions(self, x: np.ndarray, reference: Mapping[str, np.ndarray]) -> np.ndarray:
        """What each of the numbers (d,) adds to what the reference has."""
        linked = {link: LINKS[link](x).astype(np.float64) for link in self._links}
        parts = [w * (linked[link] - reference[link]) for link, w in self.weights.items()]
        parts += [part.contributions(linked[part.link], reference[part.link]) for part in self.kernels]
        return np.sum(parts, axis=0)

    @property
    def _links(self) -> set[str]:
        return {*self.weights, *(part.link for part in self.kernels)}

    def _of(self, linked: Mapping[str, np.ndarray]) -> np.ndarray:
        parts = [linked[link] @ w for link, w in self.weights.items()]
        parts += [part(linked[part.link]) for part in self.kernels]
        return np.asarray(self.constant + np.sum(parts, axis=0))


class ContentModel:
    """The content fusion of a setting, ready to be explained.

    :param fusion: of ``train_fusion``, with ``base`` None.
    :param features: the models that it fuses, in any order.
    :param clip: did it clip their forecasts?
    :param matrices: feature -> the vectors of all photos of the setting, where a model has a kernel; None: none has.
    :raises ValueError: the fusion keeps no weights (it is of boosted trees), or a model is missing.
    """

    def __init__(
        self,
        setting: Setting,
        fusion: Forecasts,
        features: Sequence[Forecasts],
        *,
        clip: bool,
        matrices: Mapping[str, FeatureMatrix] | None = None,
    ) -> None:
        if not fusion.weights:
            raise ValueError("a fusion by boosted trees is no weighted sum")
        by_name = {model.name: model for model in features}
        missing = [name for name in fusion.labels if name not in by_name]
        if missing:
            raise ValueError(f"the fusion's models are missing: {', '.join(missing)}")
        self.setting, self.fusion, self.clip = setting, fusion, clip
        self.features = [by_name[name] for name in fusion.labels]
        self._groups = np.unique(setting.group)
        # Halves draw their landmarks in one order, so that most are common to them, and are read once.
        self._places = {
            model.name: np.unique(np.concatenate([machine.landmark for machine in model.machines.values()]))
            for model in self.features
            if model.machines
        }
        self._landmarks = {
            name: (matrices or {})[name].rows(setting.photo_id[places].tolist())
            for name, places in self._places.items()
        }

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
            kernels: list[KernelPart] = []
            for v, s in zip(share, splits, strict=True):
                link = str(model.link[group, s])
                machine = model.machines.get((group, int(s)))
                if machine is not None:
                    places = np.searchsorted(self._places[model.name], machine.landmark)
                    landmarks = LINKS[link](self._landmarks[model.name][places]).astype(np.float64)
                    kernels.append(KernelPart(machine, landmarks, link, float(v)))
                    continue
                own = v * model.weights[group][s].astype(np.float64)
                weights[link] = weights[link] + own if link in weights else own
            found[model.name] = MeanModel(weights, float(share @ model.intercept[group][splits]), kernels)
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
        of_reference = level + sum(model.of_reference(reference[name]) for name, model in models.items())
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
