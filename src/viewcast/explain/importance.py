"""What each object, colour and cue weighs, and which weights can be told from no effect (paper sections 4.1, 4.3 and
5).

The weight is that of the regression on this kind of input alone, the mean over the splits, in the target's units per
standard deviation of the input: by how much the forecast rises when this input grows by one deviation and no other one
changes.

How sure it is. The error of a mean weight is that of a sandwich estimator (Huber 1967; White, Econometrica 48, 1980,
DOI 10.2307/1912934): the influence of every photo on the weights of the halves that it trains, added up over the
halves, and squared. Residuals are out of fold, so that a regression of many dimensions does not pass for sure by
overfitting. Where few photos have most of the influence, or would have it by what they show, as on a colour that hardly
any picture has, no estimate of the error is worth much, and the weight counts as not told from no effect; otherwise the
weight is compared with Student's t of as many degrees of freedom as photos that share the influence. (By the normal
distribution, half of all shuffles of the demo's targets listed an object, and a fifth a colour; so, a twentieth.) The
common size of all weights follows from the C that cross-validation chose, and other photos would choose another one:
the spread of that size over the random halves, which estimates its variance in the whole sample (the delete-half
jackknife: Shao and Tu, The Jackknife and Bootstrap, 1995, section 2.3), widens the intervals, but makes no weight
doubtful: whether it is 0 has nothing to do with the size of all. What the intervals cover is the mean weight of models
that are trained on so many photos, shrunken as these are by their regularisation: where two names go together, each
carries a part of the other.
``tests/unit/explain/test_importance.py`` simulates coverage and false alarms.

A thousand objects are tested at once, so a weight counts as told from no effect only where its p value, adjusted for
all names of its kind (Benjamini and Hochberg, 1995), is at most 0.05: of the names that are listed, one in twenty may
be listed in error. Deviation: the paper lists the largest mean weights, without any measure of their noise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm
from scipy.stats import t as student

from viewcast.corpus.settings import Setting
from viewcast.explain.shards import choose_shards
from viewcast.features.matrix import FeatureMatrix
from viewcast.forecasts import Forecasts, load_forecasts
from viewcast.svr.rows import LINKS
from viewcast.training import SocialInputs, svr_parameters

COLUMNS = (
    "setting", "kind", "name", "number", "rgb", "weight", "low", "high", "splits", "agree", "q", "band",
)  # fmt: skip
#: Share of listed names that may be listed in error.
FALSE_DISCOVERIES = 0.05
#: Photos of a setting, at most, whose influence on the weights of a feature is looked at.
IMPORTANCE_PHOTOS = 20_000
NOISE = "not distinguishable"
#: Fewer photos of influence than this tell nothing of a weight.
LEAST_PHOTOS = 12
_Z = float(norm.ppf(0.975))
#: A column whose deviation is under this share of the widest one's is constant in a half.
_CONSTANT = 1e-9


class Errors(NamedTuple):
    """How sure mean weights are.

    :ivar error: (d,) standard errors, in the target's units per standard deviation; 0 where nothing is known.
    :ivar photos: (d,) how many photos of equal influence would have as uneven a sum of squares (fourth powers); or, if
        that is fewer, how many if all residuals were one: that of the only photo with a colour may be 0 by chance.
    """

    error: np.ndarray
    photos: np.ndarray


def importance(weights: np.ndarray, errors: Errors) -> pd.DataFrame:
    """Mean weights over splits, their intervals, and the paper's bands.

    :param weights: (S, d) float, per standard deviation of each input; NaN where a split has no such input.
    :param errors: of the mean weights, by :func:`weight_errors`.
    :returns: a row for each of d: ``weight``, ``low`` and ``high`` (95%), ``splits`` (how many have it), ``agree`` (the
        share of these whose sign is the mean's), ``q`` (adjusted p value) and ``band``: positive ones are ``strong``,
        ``medium`` or ``low positive`` by thirds of the largest weight that can be told from no effect, the others
        ``negative`` or ``not distinguishable``. The interval of a weight that can be told from no effect never holds 0.
    """
    known = np.isfinite(weights)
    filled = np.nan_to_num(weights)
    count = np.maximum(known.sum(axis=0), 1)
    mean = filled.sum(axis=0) / count
    # A weight that is 0 in every half, as that of an object which is never there, shows nothing.
    error, photos = errors
    shown = (error > 0) & (photos >= LEAST_PHOTOS)
    p = np.where(shown, 2 * student.sf(np.abs(mean) / np.where(shown, error, 1), np.maximum(photos, 1)), 1.0)
    q = false_discovery_control(p) if len(p) else p
    told = q <= FALSE_DISCOVERIES
    size = _spread_of_size(filled)
    plain = _Z * np.sqrt(error**2 + size**2 * mean**2)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        factor = np.exp(_Z * np.sqrt(size**2 + (error / mean) ** 2))
        ends = np.where(told, [mean / factor, mean * factor], [mean - plain, mean + plain])
    return pd.DataFrame(
        {
            "weight": mean,
            "low": ends.min(axis=0),
            "high": ends.max(axis=0),
            "splits": known.sum(axis=0),
            "agree": (known & (np.sign(filled) == np.sign(mean))).sum(axis=0) / count,
            "q": q,
            "band": _bands(mean, told),
        }
    )


def _spread_of_size(weights: np.ndarray) -> float:
    """The standard error of the logarithm of the weights' common size."""
    norms = np.linalg.norm(weights, axis=1)
    if len(norms) < 2 or (norms == 0).any():
        return 0.0
    return float(np.log(norms).std(ddof=1) * np.sqrt(1 + 1 / len(norms)))


def _bands(weight: np.ndarray, told: np.ndarray) -> list[str]:
    largest = weight[told].max(initial=0.0)

    def band(value: float, sure: bool) -> str:
        if not sure:
            return NOISE
        if value <= 0:
            return "negative"
        return ("low", "medium", "strong")[min(int(3 * value / largest), 2)] + " positive"

    return [band(value, sure) for value, sure in zip(weight, told, strict=True)]


def weight_errors(
    inputs: Callable[[int], np.ndarray],
    setting: Setting,
    rows: np.ndarray,
    model: Forecasts,
    scaling: Sequence[str],
    *,
    epsilon: float,
    plain: bool,
) -> Errors:
    """Standard errors of the mean weights, see the module's text.

    :param inputs: split -> (n, d) float, what that split's model takes of the photos ``rows``; a column of one value
        where it has no such input.
    :param setting: whose photos are one group.
    :param rows: (n,) photos of the setting, all of them or a random part.
    :param model: its forecasts and its C; :param scaling: of each split, see ``svr.SVRParameters``.
    :param epsilon: of the loss, in deviations of the target.
    :param plain: is the loss not squared? Its curvature, which lies at the tube's edges alone, is then a kernel
        estimate (Powell, 1991), and the errors are rougher.
    """
    influence: np.ndarray | None = None
    reach: np.ndarray | None = None  # the influence of photos whose residuals were all one
    for split in range(len(setting.folds)):
        train = setting.folds[split, rows] >= 0
        x = np.asarray(inputs(split), dtype=np.float64)[train]
        influence = np.zeros((len(rows), x.shape[1])) if influence is None else influence
        reach = np.zeros_like(influence) if reach is None else reach
        deviation = x.std(axis=0)
        kept = deviation > _CONSTANT * deviation.max(initial=0)
        if not kept.any():
            continue
        total = (setting.folds[split] >= 0).sum()
        target = setting.target[rows][train]
        unit = setting.target[setting.folds[split] >= 0].std()
        slope, curvature = _loss((target - model.prediction[split, rows][train]) / unit, epsilon, plain)
        scale = _scale(deviation[kept], scaling[split])
        z = (x[:, kept] - x[:, kept].mean(axis=0)) * scale
        if curvature.sum() > 0:  # the free intercept
            z = z - curvature @ z / curvature.sum()
        C = float(model.C[0, split])
        hessian = np.eye(z.shape[1]) + C * total / train.sum() * (z.T * curvature) @ z
        step = np.linalg.solve(hessian, C * z.T).T * (unit * scale * deviation[kept])
        influence[np.ix_(train, kept)] += step * slope[:, None]
        reach[np.ix_(train, kept)] += np.abs(step)
    assert influence is not None and reach is not None  # a setting has splits
    squares = (influence**2).sum(axis=0)
    photos = np.minimum(_even(influence), _even(reach))
    error = np.sqrt(squares * len(setting.photo_id) / len(rows)) / len(setting.folds)
    return Errors(error, photos)


def _even(amount: np.ndarray) -> np.ndarray:
    """How many rows of equal amounts would have as uneven a sum of squares, for each column."""
    squares = amount**2
    return squares.sum(axis=0) ** 2 / np.maximum((squares**2).sum(axis=0), np.finfo(float).tiny)


def _loss(residual: np.ndarray, epsilon: float, plain: bool) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivative of the loss at residuals."""
    beyond = np.abs(residual) - epsilon
    if plain:
        width = 1.06 * residual.std() * len(residual) ** -0.2
        # Both edges: a kernel at one alone would lose what of it reaches beyond the middle.
        edges = norm.pdf((residual - epsilon) / width) + norm.pdf((residual + epsilon) / width)
        return np.sign(residual) * (beyond > 0), edges / width
    return 2 * np.sign(residual) * np.maximum(beyond, 0), 2.0 * (beyond > 0)


def _scale(deviation: np.ndarray, scaling: str) -> np.ndarray:
    """What columns are multiplied by, see ``svr.SVRParameters.scaling``."""
    if scaling == "standard":
        return 1 / (deviation * np.sqrt(len(deviation)))
    if scaling == "global":
        return np.full(len(deviation), 1 / np.sqrt((deviation**2).sum()))
    return np.ones(len(deviation))


def feature_importance(
    setting: Setting, model: Forecasts, rows: np.ndarray, vectors: np.ndarray, *, epsilon: float, plain: bool
) -> pd.DataFrame:
    """:func:`importance` of a feature's numbers in a setting whose photos are one group.

    :param model: of ``train_feature``.
    :param rows: (n,) photos of the setting, all or a random part; :param vectors: (n, d) theirs.
    :param epsilon, plain: as for :func:`weight_errors`.
    """
    links = [str(link) for link in model.link[0]]
    linked = {link: LINKS[link](vectors) for link in set(links)}
    deviation = {link: x.std(axis=0, dtype=np.float64) for link, x in linked.items()}
    scaling = [str(one) for one in model.scaling[0]]
    errors = weight_errors(
        lambda split: linked[links[split]], setting, rows, model, scaling, epsilon=epsilon, plain=plain
    )
    return importance(model.weights[0] * np.stack([deviation[link] for link in links]), errors)


def social_importance(
    setting: Setting,
    model: Forecasts,
    cues: pd.DataFrame,
    mean_views: str,
    *,
    rows: np.ndarray,
    epsilon: float,
    plain: bool,
) -> pd.DataFrame:
    """:func:`importance` of the social cues, with their names in the column ``name``.

    :param model: of ``train_social``, trained on the same cues.
    :param mean_views: what the mean of views knows, one of ``user_means.MEAN_VIEWS``.
    :param rows, epsilon, plain: as for :func:`weight_errors`.
    """
    inputs = SocialInputs(setting, cues, mean_views)
    (everyone,) = setting.groups
    designs = []
    weights = model.weights[0].astype(float)
    for split, own in enumerate(weights):
        x, labels = inputs.labelled_design(split, everyone)
        columns = [model.labels.index(label) for label in labels]
        placed = np.zeros((len(rows), len(model.labels)))
        placed[:, columns] = x[rows]
        designs.append(placed)
        own[columns] *= x[setting.folds[split] >= 0].std(axis=0)
    scaling = ["standard"] * len(designs)
    errors = weight_errors(designs.__getitem__, setting, rows, model, scaling, epsilon=epsilon, plain=plain)
    # The mean weight is over the splits that have a cue, and so is its error.
    having = np.maximum(np.isfinite(weights).sum(axis=0), 1)
    errors = errors._replace(error=errors.error * len(weights) / having)
    return importance(weights, errors).assign(name=model.labels)


def collected(parts: Sequence[tuple[str, str, pd.DataFrame]]) -> pd.DataFrame:
    """The table ``importance.csv``.

    :param parts: setting, kind (object, color, cue, word) and rows of :func:`importance`, with ``name`` and, for
        colours, ``rgb``.
    """
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    tables = [table.assign(setting=setting, kind=kind, number=np.arange(len(table))) for setting, kind, table in parts]
    return pd.concat(tables, ignore_index=True).reindex(columns=list(COLUMNS))


def read_importance(
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[str | Path]],
    features: Mapping[str, Sequence[str | Path]],
    cues: pd.DataFrame,
    *,
    mean_views: str,
    color_table: str | None,
    svr: Mapping[str, Any],
    photos: str | Path,
    seed: int,
) -> pd.DataFrame:
    """The table ``importance.csv``: colours, objects, cues and words of every setting that can be had.

    :param models: ``color_histogram``, ``objects``, ``photographic`` and ``social``, as far as they are in use -> the
        files of their models, in the order of ``settings``.
    :param features: the first three likewise -> their feature files.
    :param cues: rows of ``make_cues``.
    :param mean_views: what the mean of views knows, one of ``user_means.MEAN_VIEWS``.
    :param svr: the regressions, as the configuration's section ``evaluation`` says it.
    :param photos: photos.parquet, for its texts.
    """
    from viewcast.explain.words import read_words

    loss: dict[str, Any] = {"epsilon": svr["epsilon"], "plain": svr["loss"] == "epsilon_insensitive"}
    parts: list[tuple[str, str, pd.DataFrame]] = []

    def drawn(rows: np.ndarray) -> np.ndarray:
        return np.sort(np.random.default_rng([seed, 23]).permutation(rows)[:IMPORTANCE_PHOTOS])

    names = {
        "objects": _objects,
        "color_histogram": lambda: _colors(color_table),
        "photographic": _measurements,
    }
    for feature, kind in (("objects", "object"), ("color_histogram", "color"), ("photographic", "measurement")):
        if feature not in models:
            continue
        matrix = FeatureMatrix(choose_shards(features[feature], seed))
        labels = names[feature]()
        for setting, path in zip(settings, models[feature], strict=True):
            if not setting.unavailable:
                rows = drawn(np.flatnonzero(pd.Index(setting.photo_id).isin(matrix.index)))
                vectors = matrix.rows(setting.photo_id[rows].tolist())
                table = feature_importance(setting, load_forecasts(path), rows, vectors, **loss)
                parts.append((setting.name, kind, table.join(labels)))
    for setting, path in zip(settings, models["social"], strict=True):
        model = load_forecasts(path)
        if model.labels:
            rows = drawn(np.arange(len(setting.photo_id)))
            table = social_importance(setting, model, cues, mean_views, rows=rows, **loss)
            parts.append((setting.name, "cue", table))
    chosen = {number: drawn(np.arange(len(one.photo_id))) for number, one in enumerate(settings) if not one.unavailable}
    for number, table in read_words(photos, settings, chosen, svr_parameters(svr)).items():
        parts.append((settings[number].name, "word", table))
    return collected(parts)


def _objects() -> pd.DataFrame:
    from viewcast.descriptors.imagenet import class_names

    return pd.DataFrame({"name": class_names()})


def _measurements() -> pd.DataFrame:
    from viewcast.descriptors.photographic import feature_names

    return pd.DataFrame({"name": feature_names()})


def _colors(color_table: str | None) -> pd.DataFrame:
    from viewcast.descriptors.colors import read_palette

    codes = ["#" + bytes(rgb).hex() for rgb in read_palette(color_table).rgb]
    return pd.DataFrame({"name": [f"color {number}" for number in range(len(codes))], "rgb": codes})
