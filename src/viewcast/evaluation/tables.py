"""The paper's tables, from the scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.cues import CUES
from viewcast.corpus.settings import Setting
from viewcast.evaluation.best_single import NAME as BEST_SINGLE
from viewcast.evaluation.best_single import best_single
from viewcast.evaluation.intervals import Estimate, estimate_all
from viewcast.evaluation.scores import score_setting
from viewcast.forecasts import NO_CUE, Forecasts, has_social
from viewcast.ranks import spearman

#: Table 1's columns, in its order.
FEATURES = ("gist", "color_histogram", "texture", "color_patches", "gradient", "deep", "objects")

NOT_AVAILABLE = "n/a"

#: A column's name, and the kind and name of its model or cue.
Column = tuple[str, str, str]
#: Setting -> (kind, name) -> estimate.
Estimates = Mapping[str, Mapping[tuple[str, str], Estimate]]


def make_table(
    settings: Sequence[Setting], scores: pd.DataFrame, columns: Sequence[Column], estimates: Estimates
) -> pd.DataFrame:
    """One row per setting: photos, users, and every column's number as text with four decimals.

    Beside it stand ``_sd``, the standard deviation (n - 1) over the splits; ``_users_low`` and ``_users_high``, its 95%
    interval over other users; and ``_photos_low`` and ``_photos_high``, the one over other photos of the same users;
    n/a where there is no such number. Users who cannot be ranked do not count in ``users``.

    :param scores: of :func:`~viewcast.evaluation.scores.score_setting`.
    :param columns: triples of the column's name, and the kind and name in ``scores``.
    :param estimates: of :func:`viewcast.evaluation.intervals.estimate_all`.
    """
    rows = []
    for setting in settings:
        row: dict[str, object] = {
            "setting": setting.name,
            "photos": len(setting.photo_id),
            "users": len(np.unique(setting.user.astype(str))),
        }
        own = scores[scores["setting"] == setting.name].dropna(subset="rho")
        for column, kind, name in columns:
            part = own[(own["kind"] == kind) & (own["name"] == name)]
            splits = part.groupby("split")["rho"].mean()
            found = estimates.get(setting.name, {}).get((kind, name))
            row[column] = NOT_AVAILABLE if found is None else _text(found.value)
            row[f"{column}_sd"] = _text(splits.std(ddof=1))
            row |= _ends(column, found, low=-1, high=1)
        rows.append(row)
    return pd.DataFrame(rows)


def _ends(column: str, found: Estimate | None, low: float = -np.inf, high: float = np.inf) -> dict[str, str]:
    ends = {}
    for over in ("users", "photos"):
        pair = (np.nan, np.nan) if found is None else found.interval(over)
        for name, end in zip(("low", "high"), pair, strict=True):
            ends[f"{column}_{over}_{name}"] = _text(float(np.clip(end, low, high)))
    return ends


def add_comparison(
    table: pd.DataFrame, column: str, estimates: Estimates, better: tuple[str, str], than: tuple[str, str]
) -> pd.DataFrame:
    """A table with ``column``: the difference of two others, its 95% intervals, and whether it is beyond noise.

    ``_verdict`` is over other users, and n/a where there is one user only; ``_photos_verdict`` over other photos of the
    same users.

    :param table: of :func:`make_table`.
    :param better, than: kind and name of the two.
    """
    rows = []
    for name in table["setting"]:
        own = estimates.get(name, {})
        found = own[better] - own[than] if better in own and than in own else None
        row = {column: NOT_AVAILABLE if found is None else _text(found.value)} | _ends(column, found)
        row[f"{column}_verdict"] = NOT_AVAILABLE if found is None else found.verdict("users")
        row[f"{column}_photos_verdict"] = NOT_AVAILABLE if found is None else found.verdict("photos")
        rows.append(row)
    return table.join(pd.DataFrame(rows, index=table.index))


def add_notes(
    table: pd.DataFrame,
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[tuple[str, Forecasts]]] | None = None,
) -> pd.DataFrame:
    """A table with ``note``: why a setting is not available, which users it leaves out, or that there is no social cue.

    :param settings: those of the table's rows.
    :param models: setting -> pairs of a kind and a model, among which a social one is to be expected; None: it is not.
    """
    notes = {}
    for setting in settings:
        own = [setting.unavailable or setting.note]
        if models is not None and not setting.unavailable and not has_social(models.get(setting.name, [])):
            own.append(NO_CUE)
        notes[setting.name] = "; ".join(filter(None, own))
    return table.assign(note=[notes[name] for name in table["setting"]])


def table1(settings: Sequence[Setting], scores: pd.DataFrame, estimates: Estimates) -> pd.DataFrame:
    """Image content alone (the paper's Table 1): the features (the paper's, then others), their fusion, and its gain
    over the best feature; then the features beyond them, which the fusion does not have.

    Deviation: the paper gives no such gain; the best feature is chosen on the training half.

    :param scores: of :func:`~viewcast.evaluation.scores.score_setting`.
    :param estimates: of :func:`viewcast.evaluation.intervals.estimate_all`.
    """
    named = scores.loc[(scores["kind"] == "feature") & (scores["name"] != BEST_SINGLE), "name"]
    names = dict.fromkeys([*FEATURES, *named])
    columns = [*((name, "feature", name) for name in names), ("combined", "fusion", "content")]
    columns.append((BEST_SINGLE, "feature", BEST_SINGLE))
    beyond = dict.fromkeys(scores.loc[scores["kind"] == "beyond", "name"])
    columns += [(name, "beyond", name) for name in beyond]
    table = make_table(settings, scores, columns, estimates)
    return add_comparison(table, "over_best_feature", estimates, ("fusion", "content"), ("feature", BEST_SINGLE))


def table2(settings: Sequence[Setting], scores: pd.DataFrame, estimates: Estimates) -> pd.DataFrame:
    """Social cues alone (the paper's Table 2): each by its own rank correlation (the paper's, then others), and all in
    a regression.

    :param scores, estimates: as for :func:`table1`.
    """
    names = dict.fromkeys([*CUES, *scores.loc[scores["kind"] == "cue", "name"]])
    columns = [*((name, "cue", name) for name in names), ("all", "social", "social")]
    return make_table(settings, scores, columns, estimates)


def table3(settings: Sequence[Setting], scores: pd.DataFrame, estimates: Estimates) -> pd.DataFrame:
    """Image content, social cues, and both (the paper's Table 3); what each adds to the other, and whether that is
    beyond noise; then, where there is a model of the words, its own number and what all three come to together.

    :param scores, estimates: as for :func:`table1`.
    """
    both, all_three = ("fusion", "content_social"), ("fusion", "content_words_social")
    columns = [("content", "fusion", "content"), ("social", "social", "social"), ("content_social", *both)]
    words = (scores["name"] == "words").any()
    if words:
        columns += [("words", "beyond", "words"), ("content_words_social", *all_three)]
    table = make_table(settings, scores, columns, estimates)
    for kind, name in (("social", "social"), ("fusion", "content")):
        table = add_comparison(table, f"over_{name}", estimates, both, (kind, name))
    return add_comparison(table, "over_content_social", estimates, all_three, both) if words else table


def paper_table(
    number: str,
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[tuple[str, Forecasts]]],
    cues: pd.DataFrame | None,
    *,
    resamples: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One of the paper's tables, and the scores split by split behind it.

    :param number: ``table1``, ``table2`` or ``table3``.
    :param models: setting -> pairs of a kind (``feature``, ``fusion``, ``social``) and a model.
    :param cues: rows of ``make_cues``, for table 2 alone.
    :param resamples, seed: of :func:`viewcast.evaluation.intervals.estimate`.
    :returns: the table, and rows of :func:`~viewcast.evaluation.scores.score_setting`.
    """
    compared = {name: list(own) for name, own in models.items()}
    if number == "table1":
        for setting in settings:
            features = [model for kind, model in models[setting.name] if kind == "feature"]
            if not setting.unavailable:
                compared[setting.name].append(("feature", best_single(setting, features)))
    scores = pd.concat([score_setting(setting, compared[setting.name], cues) for setting in settings])
    estimates = estimate_all(settings, compared, cues, resamples=resamples, seed=seed)
    make = {"table1": table1, "table2": table2, "table3": table3}[number]
    return scores, add_notes(make(settings, scores, estimates), settings, None if number == "table1" else models)


def simple_table(names: Sequence[str], features: np.ndarray, target: np.ndarray) -> pd.DataFrame:
    """The numbers of the paper's Figure 3: the rank correlation of each simple feature with popularity, over all
    photos.

    :param names: of the features.
    :param features: (n, d), the paper's d is 6.
    :param target: (n,) popularity.
    :returns: the columns ``feature``, ``photos`` (how many) and ``rho`` (text with four decimals).
    """
    rho = [_text(spearman(features[:, column], target)) for column in range(len(names))]
    return pd.DataFrame({"feature": list(names), "photos": len(target), "rho": rho})


def _text(value: float) -> str:
    if np.isnan(value):
        return NOT_AVAILABLE
    # Zero without a sign: -0.0000 and 0.0000 are the same number to a reader.
    return f"{value:.4f}".replace("-0.0000", "0.0000")
