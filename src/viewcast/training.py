"""Training a setting's models: a support vector regression per feature, one on the cues, and late fusions."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from viewcast.corpus.cues import PHOTO_CUES, USER_CUES, design_matrix, extra_cues
from viewcast.corpus.settings import Setting
from viewcast.corpus.user_means import MEAN_CUES, UserMeans
from viewcast.features.matrix import FeatureMatrix, PhotoRows
from viewcast.folds import TEST
from viewcast.forecasts import NO_CUE, Forecasts
from viewcast.svr import (
    Backend,
    CrossValidation,
    Preparation,
    SVRParameters,
    fit_chosen,
    fit_nested,
    fuse,
    leading_gap,
    without_gap,
)
from viewcast.svr.nested import NestedProblem
from viewcast.svr.parameters import Scaling

logger = logging.getLogger(__name__)


def svr_parameters(values: Mapping[str, Any]) -> SVRParameters:
    """The solver's parameters from the configuration's section ``evaluation``."""
    chosen = {name: values[name] for name in ("folds", "epsilon", "loss")}
    return SVRParameters(C=tuple(values["C"]), **chosen)


#: Numbers of the social designs that are built before they are solved together.
DESIGN_NUMBERS = 20_000_000


def social_cues(setting: str, mean_views: str) -> tuple[str, ...]:
    """The cues that the social model of a setting learns from.

    :param setting: a :attr:`Setting.kind`.
    :param mean_views: which mean of views is among them, one of ``user_means.MEAN_VIEWS``.

    Within one user, a user cue is constant; the leave-one-out mean is not, but it falls as the photo's own
    target rises, and so would give it away. So user_specific takes the photo cues alone, as the paper's
    Table 2 does.
    """
    if setting == "user_specific":
        return PHOTO_CUES
    others = set(MEAN_CUES) - {f"mean_views_{mean_views}"}
    return tuple(name for name in USER_CUES if name not in others) + PHOTO_CUES


class SocialInputs:
    """The social cues of a setting's photos, as inputs that know nothing of the photos that are held out.

    :param setting: the setting; :param cues: rows of ``make_cues``.
    :param mean_views: what the mean of views knows, one of ``user_means.MEAN_VIEWS``.
    """

    def __init__(self, setting: Setting, cues: pd.DataFrame, mean_views: str) -> None:
        self.setting, self.mean_views = setting, mean_views
        self.names = social_cues(setting.kind, mean_views) + extra_cues(cues)
        self.cues = cues.set_index("photo_id").loc[list(setting.photo_id)]
        self.means = UserMeans.of(self.cues, setting.user, setting.target)

    def design(self, split: int, rows: np.ndarray, held: int | None = None) -> np.ndarray:
        """Inputs (rows, d) float64 of some photos in a split.

        :param held: the fold that the model will forecast, and so must not know; None: the test half alone. How gaps
            are filled is learned on the photos that train, and the mean of views is made without those that do not.
            Where no cue tells the photos apart there is one input, which is 0, so that a regression forecasts its
            constant.
        """
        return _at_least_one(self.labelled_design(split, rows, held)[0])

    def labelled_design(self, split: int, rows: np.ndarray, held: int | None = None) -> tuple[np.ndarray, list[str]]:
        """:meth:`design`, and the names of its d inputs; d is 0 where there is none."""
        folds = self.setting.folds[split]
        if self.setting.forward and held is not None:
            # What is later than the fold is as unknown then as the test half.
            folds = np.where(folds > held, TEST, folds)
        train = (folds >= 0) & (folds != held)
        cue = f"mean_views_{self.mean_views}"
        part = self.cues
        if cue in self.names:
            part = part.assign(**{cue: self.means.cue(self.mean_views, folds, held)})
        return design_matrix(part.iloc[rows], self.names, train[rows])

    @property
    def labels(self) -> list[str]:
        """Every name that an input may have, in the order of the cues."""
        return [label for name in self.names for label in (name, f"{name}_missing")]


def _at_least_one(x: np.ndarray) -> np.ndarray:
    return x if x.shape[1] else np.zeros((len(x), 1))


def train_feature(
    setting: Setting,
    name: str,
    matrix: FeatureMatrix,
    parameters: SVRParameters,
    *,
    preparations: Sequence[tuple[str, ...]] = (Preparation(),),
    base: Forecasts | None = None,
    backend: Backend | None = None,
    memory_budget: int = 4 << 30,
) -> Forecasts:
    """A regression on one descriptor, for every split and group of the setting.

    :param base: another model; this one then learns what that one's out-of-fold forecasts leave over. Photos without
        one (in the first folds of a setting forward in time) take no part.
    :param preparations: link, scaling and, where it is not ``linear``, kernel: what it may take of the descriptor's
        numbers, see ``DescriptorSpec.preparations``. Each group and split chooses by its own cross-validation
        (``svr.fit_chosen``).
    :param backend: of ``svr.load_backend``; None: NumPy.
    :param memory_budget: bytes for the matrix and the solver's arrays. A matrix beyond half of it stays in its
        files, and every pass of the solver reads them in their own order; groups (users) are solved together, as
        many at a time as fit.
    """
    row_bytes = 4 * matrix.shape[1]
    groups = [rows[matrix.aligned(setting.photo_id[rows])] for rows in setting.groups]
    targets = targets_of(setting, base)
    all_folds, parameters = without_gap(
        setting.folds, np.isfinite(targets), replace(parameters, forward=setting.forward)
    )
    fits: list[tuple[CrossValidation, np.ndarray]] = []
    options = [Preparation(*cast(tuple[str, Scaling], how)) for how in preparations]
    for turn in turns(groups, memory_budget // 2 // row_bytes):
        problems = []
        for rows in turn:
            photo_id = setting.photo_id[rows]
            x = PhotoRows(matrix, photo_id, memory_budget // 2) if len(turn) == 1 else matrix.rows(photo_id)
            problems.append((x, targets[:, rows], all_folds[:, rows]))
        fits += fit_chosen(problems, parameters, options, backend=backend, memory_budget=memory_budget)
    chosen = np.array([choice for _, choice in fits], dtype=int).reshape(len(groups), len(setting.folds))
    for number, count in Counter(chosen.ravel().tolist()).most_common():
        logger.info(
            "%s, %s: %d of %d models take %s, scaling %s, kernel %s",
            setting.name, name, count, chosen.size, *options[number],
        )  # fmt: skip
    link, scaling, kernel = np.array(options, dtype=object).T
    model = _assemble(setting, name, groups, [fit for fit, _ in fits])
    machines = {
        (group, split): replace(machine, landmark=rows[machine.landmark])
        for group, (rows, (fit, _)) in enumerate(zip(groups, fits, strict=True))
        for split, machine in enumerate(fit.machine)
        if machine is not None
    }
    return replace(model, link=link[chosen], scaling=scaling[chosen], kernel=kernel[chosen], machines=machines)


def turns(groups: Sequence[np.ndarray], limit: int) -> Iterator[list[np.ndarray]]:
    """Groups in order, as many together as have at most ``limit`` rows; a larger one by itself."""
    turn: list[np.ndarray] = []
    for rows in groups:
        if turn and sum(map(len, turn)) + len(rows) > limit:
            yield turn
            turn = []
        turn.append(rows)
    if turn:
        yield turn


def train_social(
    setting: Setting,
    cues: pd.DataFrame,
    parameters: SVRParameters,
    *,
    name: str = "social",
    mean_views: str,
    backend: Backend | None = None,
) -> Forecasts:
    """A regression on the social cues, whose inputs are made anew for every fold (:class:`SocialInputs`).

    :param cues: rows of ``make_cues``.
    :param mean_views: what the mean of views knows, one of ``user_means.MEAN_VIEWS``.
    :returns: the model, whose ``labels`` are the inputs that any group and split has. Where there is none, it forecasts
        a constant, and the tables say n/a in its place (``forecasts.load_models``).

    Were the mean of views made once for a training half, each fold's own mean would stand in the cues of the other
    folds, and a model that can tell users apart would read it there: its out-of-fold forecasts would look better than
    its forecasts of the test half are.
    """
    inputs = SocialInputs(setting, cues, mean_views)
    parameters = replace(parameters, forward=setting.forward)
    problems: list[NestedProblem] = []
    fits: list[CrossValidation] = []
    named: list[list[str]] = []
    for rows in setting.groups:
        for split, folds in enumerate(setting.folds[:, rows]):
            refit, labels = inputs.labelled_design(split, rows)
            named.append(labels)
            designs = [_at_least_one(refit), *(inputs.design(split, rows, held) for held in range(parameters.folds))]
            problems.append((designs, setting.targets[split, rows], folds))
            if sum(x.size for designs, _, _ in problems for x in designs) > DESIGN_NUMBERS:
                fits += fit_nested(problems, parameters, backend=backend)
                problems = []
    fits += fit_nested(problems, parameters, backend=backend)
    splits = len(setting.folds)
    known = [label for label in inputs.labels if any(label in labels for labels in named)]
    if named and not known:
        logger.warning("%s: %s; the tables say n/a in place of a model of them.", setting.name, NO_CUE)
    weights = _by_name(fits, named, known)
    fits = [_stack(fits[first : first + splits]) for first in range(0, len(fits), splits)]
    model = _assemble(setting, name, setting.groups, fits, known)
    return replace(model, weights=[weights[first : first + splits] for first in range(0, len(weights), splits)])


def train_fusion(
    setting: Setting,
    name: str,
    models: Sequence[Forecasts],
    parameters: SVRParameters,
    *,
    base: Forecasts | None = None,
    nonnegative: bool = True,
    clip: bool = True,
    backend: Backend | None = None,
) -> Forecasts:
    """Late fusion (section 6.1): a regression on the outputs of other models.

    It learns from their out-of-fold outputs. Their outputs on the very photos that they were trained on would
    be nearly right by overfitting, the more so the more dimensions a feature has, and the fusion would trust
    the feature that overfits best.

    :param base: the model that ``models`` add to, each trained on what it leaves over; the fusion then forecasts the
        base's forecast plus theirs. A content model that learns the popularity itself spends its weights on what
        the cues tell better; one that learns the rest has only that to find.
    :param nonnegative: no weight is negative, see ``svr.fuse``; False: free weights, as in the paper.
    :param clip: forecasts outside the range of the training targets are put at its ends first. A photo with a rare
        colour or object can have one far off, and a few such would spoil the fusion's weights. The paper says nothing
        of this.
    """
    for model in models:
        if not np.array_equal(model.photo_id, setting.photo_id):
            raise ValueError(f"model {model.name} is of other photos than setting {setting.name}")
    inputs = np.stack([model.prediction for model in models])
    targets = targets_of(setting, base)
    parameters = replace(parameters, forward=setting.forward)
    fits = []
    for rows in setting.groups:
        own, target, folds = inputs[:, :, rows], targets[:, rows], setting.folds[:, rows]
        if clip:
            trained = np.where(folds >= 0, target, np.nan)
            own = np.clip(own, *(f(trained, axis=1, keepdims=True) for f in (np.nanmin, np.nanmax)))
        fits.append(fuse(own, target, folds, parameters, nonnegative=nonnegative, backend=backend))
    fused = _assemble(setting, name, setting.groups, fits, labels=[model.name for model in models])
    return fused if base is None else replace(fused, prediction=base.prediction + fused.prediction)


def targets_of(setting: Setting, base: Forecasts | None) -> np.ndarray:
    """What every split is to learn, (splits, n): the target, or what the out-of-fold forecasts of ``base`` leave of it
    (0 for photos that do not train, NaN where ``base`` has no forecast).
    """
    if base is None:
        return setting.targets
    return np.where(setting.folds >= 0, setting.targets - base.prediction, 0)


def _by_name(fits: Sequence[CrossValidation], named: Sequence[Sequence[str]], known: Sequence[str]) -> np.ndarray:
    """The weights of fits of one split each, whose inputs bear the names ``named``, as (fits, known); NaN where a fit
    has no such input.
    """
    table = np.full((len(fits), len(known)), np.nan)
    for row, fit, labels in zip(table, fits, named, strict=True):
        row[[known.index(label) for label in labels]] = fit.weights[0, : len(labels)]
    return table


def _stack(fits: Sequence[CrossValidation]) -> CrossValidation:
    """Splits fitted one by one, as one; without weights, because their inputs may differ (:func:`_by_name`)."""
    first = fits[0]
    return type(first)(
        **{
            name: np.concatenate([getattr(fit, name) for fit in fits])
            if name != "weights"
            else np.empty((len(fits), 0))
            for name in first.__dataclass_fields__
        }
    )


def _assemble(
    setting: Setting,
    name: str,
    groups: Sequence[np.ndarray],
    fits: Sequence[CrossValidation],
    labels: Sequence[str] = (),
) -> Forecasts:
    """One model of the fits of all groups; ``groups`` says which photos each fit's columns are."""
    splits, n = setting.folds.shape
    prediction = np.full((splits, n), np.nan)
    for rows, fit in zip(groups, fits, strict=True):
        prediction[:, rows] = fit.prediction
    known = np.isfinite(prediction)
    first = leading_gap(setting.folds, known) if setting.forward else 0
    bad = ~known & ((setting.folds == TEST) | (setting.folds >= first))
    if bad.any():
        raise ValueError(f"{name}, {setting.name}: {int(bad.sum())} forecasts are not finite")

    def per_group(what: str, dtype: type) -> np.ndarray:
        return np.array([getattr(fit, what) for fit in fits], dtype=dtype).reshape(len(fits), splits)

    converged = per_group("converged", bool)
    if not converged.all():
        worst = np.fmax.reduce([fit.gap for fit in fits] + [fit.cv_gap for fit in fits]).max()
        logger.warning(
            "%s, %s: %d of %d models or their cross-validation did not converge (splits %s; largest relative duality "
            "gap %.1e): their forecasts may be off. Smaller values of evaluation.C or another evaluation.scaling help.",
            setting.name, name, (~converged).sum(), converged.size,
            ", ".join(map(str, np.flatnonzero(~converged.all(axis=0)))), worst,
        )  # fmt: skip
    return Forecasts(
        setting.name,
        name,
        setting.photo_id,
        prediction,
        per_group("C", float),
        per_group("gap", float),
        converged,
        [fit.weights for fit in fits],
        [fit.intercept for fit in fits],
        list(labels),
    )
