"""A forecast from the most similar training photos: k nearest neighbours in the space of a feature.

Similar are photos whose vectors, less the mean vector, have a small cosine distance. The search is exact, by matrix
products in float32. It is made once for all splits, because the similarity of two photos does not depend on them: the
photos nearest to each are listed in order, and every split takes the first of them that train. The paper has no such
model; recent entries of the SMP Challenge retrieve.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from viewcast.corpus.settings import Setting
from viewcast.features.matrix import FeatureMatrix
from viewcast.folds import TEST, UNUSED
from viewcast.forecasts import Forecasts
from viewcast.training import turns

logger = logging.getLogger(__name__)

#: What the folds of a training half choose from: how many neighbours, and how they are weighed.
NEIGHBOURS = (5, 10, 20, 40, 80, 160, 320)
WEIGHTS = ("uniform", "tricube")
#: Numbers of the photos among which neighbours are sought (256 MiB): 52,428 photos of 1280 numbers. Half of them train.
BANK_NUMBERS = 1 << 26
#: Similarities (64 MiB), and photos, whose neighbours are sought at once.
BLOCK_NUMBERS, BLOCK_PHOTOS = 1 << 24, 1024


class Choice(NamedTuple):
    """How many neighbours, and how they are weighed: one of :data:`WEIGHTS`."""

    k: int
    weights: str


#: Positions of photos in the setting, and their vectors (n, d) float32.
Blocks = Iterable[tuple[np.ndarray, np.ndarray]]


def nearest_neighbours(
    setting: Setting, matrix: FeatureMatrix, *, seed: int, bank_numbers: int = BANK_NUMBERS
) -> Forecasts:
    """The mean target of a photo's k nearest training photos, weighed alike or by tricube weights (as in LOESS:
    Cleveland, JASA 74, 1979, DOI 10.1080/01621459.1979.10481038), whose width is the distance of the k-th.

    In each split and group, k and the weights are those with the least squared error of the out-of-fold forecasts of
    the training half. No target of a test photo is used; the mean vector is that of photos of both halves.

    :param matrix: a feature of the setting's photos.
    :param seed: chooses the photos among which neighbours are sought where a group has too many.
    :param bank_numbers: numbers (float32) that these may have; with fewer all photos are taken.
    :returns: a model named ``knn_<descriptor>`` like any other: forecasts for test photos, out-of-fold ones for
        training photos (NaN for the first fold of a setting forward in time). Its C and gap are NaN, and it has no
        weights.
    """
    torch.set_num_threads(1)  # so that no digit depends on how many cores there are
    limit = max(bank_numbers // matrix.shape[1], 1)
    prediction = np.full(setting.folds.shape, np.nan)
    chosen: Counter[Choice] = Counter()

    def forecast(bank: _Bank, blocks: Blocks) -> None:
        choices = bank.choose()
        chosen.update(choices)
        for split, photos, target, distance in bank.neighbours(blocks, [choice.k for choice in choices]):
            prediction[split, photos] = weighted_mean(target, distance, choices[split])

    for turn in turns(setting.groups, limit):
        photos = np.concatenate(turn)
        if len(photos) <= limit:
            vectors = np.split(matrix.rows(setting.photo_id[photos]), np.cumsum([len(rows) for rows in turn])[:-1])
            for rows, own in zip(turn, vectors, strict=True):
                bank = _Bank(setting, rows, own)
                forecast(bank, bank.blocks())
        else:  # of one group
            photos = photos[matrix.aligned(setting.photo_id[photos])]
            drawn = np.random.default_rng([seed, 40, int(setting.group[photos[0]])]).permutation(len(photos))[:limit]
            rows = photos[np.sort(drawn)]
            bank = _Bank(setting, rows, matrix.rows(setting.photo_id[rows]))
            blocks = matrix.blocks(setting.photo_id[photos], bank.block)
            forecast(bank, ((photos[part], own) for part, own in blocks))
    for choice, count in chosen.most_common():
        logger.info("%s: %d of %d models take %d neighbours, weights %s", setting.name, count, chosen.total(), *choice)
    nothing = np.full((len(setting.groups), len(setting.folds)), np.nan)
    name = f"knn_{matrix.descriptor}"
    converged = np.ones(nothing.shape, bool)
    return Forecasts(setting.name, name, setting.photo_id, prediction, nothing, nothing, converged)


def weighted_mean(target: np.ndarray, distance: np.ndarray, choice: Choice) -> np.ndarray:
    """The forecast from neighbours.

    :param target: (n, k or more) of the neighbours, the nearest first.
    :param distance: (n, k or more) float64, not negative.
    :returns: (n,) float64. Where all k are equally far, they weigh alike.
    """
    target, distance = target[:, : choice.k], distance[:, : choice.k]
    if choice.weights == "uniform":
        return target.mean(axis=1)
    width = np.broadcast_to(distance[:, -1:], distance.shape)
    ratio = np.divide(distance, width, out=np.zeros_like(distance), where=width > 0)
    weight = (1 - ratio**3) ** 3
    weight[weight.sum(axis=1) == 0] = 1
    return np.asarray((weight * target).sum(axis=1) / weight.sum(axis=1))


class _Bank:
    """The photos of one group among which neighbours are sought.

    :param rows: (n,) their positions in the setting.
    :param vectors: (n, d) float32.
    """

    def __init__(self, setting: Setting, rows: np.ndarray, vectors: np.ndarray) -> None:
        self.setting, self.rows, self.vectors = setting, rows, vectors
        self.folds, self.target = setting.folds[:, rows], setting.target[rows]
        self.block = min(max(BLOCK_NUMBERS // len(rows), 1), BLOCK_PHOTOS)
        self.mean = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
        self.directions = self._directions(vectors)
        kinds = np.arange(TEST, setting.folds.max() + 1)
        #: (splits, kinds) how many photos may be neighbours of one of TEST, of fold 0, of fold 1, ...
        self.counts = np.array([[self._allowed(folds, kind).sum() for kind in kinds] for folds in self.folds])
        self.fewest = [int(counts[counts > 0].min()) for counts in self.counts]

    def blocks(self) -> Blocks:
        """The bank's own photos."""
        for start in range(0, len(self.rows), self.block):
            yield self.rows[start : start + self.block], self.vectors[start : start + self.block]

    def choose(self) -> list[Choice]:
        """Of each split, the choice with the least squared error of the out-of-fold forecasts of the bank's photos."""
        options = []
        for few in self.fewest:
            fitting = [k for k in NEIGHBOURS if k <= few] or [few]
            options.append([Choice(k, weights) for k in fitting for weights in WEIGHTS])
        errors = [np.zeros(len(own)) for own in options]
        for split, photos, target, distance in self.neighbours(self.blocks(), [own[-1].k for own in options]):
            train = self.setting.folds[split, photos] != TEST
            for number, choice in enumerate(options[split]):
                forecast = weighted_mean(target[train], distance[train], choice)
                errors[split][number] += ((forecast - self.setting.target[photos[train]]) ** 2).sum()
        return [own[int(np.argmin(error))] for own, error in zip(options, errors, strict=True)]

    def neighbours(
        self, blocks: Blocks, wanted: Sequence[int]
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """The nearest training photos of photos: for one of a fold, of other folds.

        :param wanted: how many, of each split.
        :returns: split, positions (m,) of photos, and of their neighbours the targets (m, wanted) and the distances
            (m, wanted) float64, the nearest first. Photos that take no part, or have no earlier fold, are left out.
        """
        # So many of the whole list that the first ``wanted`` which may be taken are, but for rare cases, among them.
        parts = [math.ceil(1.25 * k * len(self.rows) / few) for k, few in zip(wanted, self.fewest, strict=True)]
        depth = min(max(parts) + 64, len(self.rows))
        for photos, vectors in blocks:
            similarity = self._directions(vectors) @ self.directions.T
            listed = torch.topk(similarity, depth)
            similar, index = listed.values.numpy(), listed.indices.numpy()
            for split, k in enumerate(wanted):
                kinds = self.setting.folds[split, photos]
                known = (kinds != UNUSED) & (self.counts[split, kinds - TEST] > 0)
                own, near = index[known], similar[known]
                allowed = self._allowed(self.folds[split][own], kinds[known, None])
                first = np.argsort(~allowed, axis=1, kind="stable")[:, :k]
                own, near = np.take_along_axis(own, first, 1), np.take_along_axis(near, first, 1)
                short = allowed.sum(axis=1) < k
                if short.any():
                    rows = similarity[torch.from_numpy(np.flatnonzero(known)[short])]
                    never = ~self._allowed(self.folds[split][None], kinds[known][short][:, None])
                    whole = torch.topk(rows.masked_fill(torch.from_numpy(never), -torch.inf), k)
                    own[short], near[short] = whole.indices.numpy(), whole.values.numpy()
                yield split, photos[known], self.target[own], np.maximum(1 - near.astype(float), 0)

    def _allowed(self, folds: np.ndarray, kind: np.ndarray | int) -> np.ndarray:
        """Whether photos of these folds may be neighbours of photos of that kind, which is a fold or TEST."""
        train = folds >= 0
        if self.setting.forward:
            return np.asarray(train & ((kind == TEST) | (folds < kind)))
        return np.asarray(train & (folds != kind))

    def _directions(self, vectors: np.ndarray) -> torch.Tensor:
        """Vectors less the mean, of length 1; one that is the mean stays 0."""
        return torch.nn.functional.normalize(torch.from_numpy(vectors - self.mean), dim=1)
