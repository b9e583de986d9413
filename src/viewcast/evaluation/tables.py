"""The paper's tables, from the scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.cues import CUES
from viewcast.corpus.settings import Setting
from viewcast.evaluation.intervals import compare, interval
from viewcast.ranks import spearman

#: Table 1's columns, in its order.
FEATURES = ("gist", "color_histogram", "texture", "color_patches", "gradient", "deep", "objects")

NOT_AVAILABLE = "n/a"

#: A column's name, and the kind and name of its model or cue.
Column = tuple[str, str, str]
#: Setting -> (kind, name) -> bootstrap draws.
Draws = Mapping[str, Mapping[tuple[str, str], np.ndarray]]


def per_split(scores: pd.DataFrame, kind: str, name: str) -> np.ndarray:
    """The splits' rank correlations of one model, in user_specific averaged over its users first.

    :returns: (splits,), empty where there is none. A user without a value (a constant cue) is left out.
    """
    part = scores[(scores["kind"] == kind) & (scores["name"] == name)].dropna(subset="rho")
    return part.groupby("split", sort=True)["rho"].mean().to_numpy()


def make_table(
    settings: Sequence[Setting], scores: pd.DataFrame, columns: Sequence[Column], draws: Draws | None = None
) -> pd.DataFrame:
    """One row per setting: photos, users, and every column's mean over the splits as text with four decimals.

    Beside it stand ``_sd``, the standard deviation (n - 1) over the splits, and with ``draws`` the ends ``_low``
    and ``_high`` of the 95% interval over photos; n/a where there is no value.

    :param columns: triples of the column's name, and the kind and name in ``scores``.
    :param draws: of :func:`viewcast.evaluation.intervals.draw_all`.
    """
    rows = []
    for setting in settings:
        row: dict[str, object] = {
            "setting": setting.name,
            "photos": len(setting.photo_id),
            "users": len(np.unique(setting.user.astype(str))),
        }
        own = scores[scores["setting"] == setting.name]
        for column, kind, name in columns:
            values = per_split(own, kind, name)
            row[column] = _text(values.mean()) if len(values) else NOT_AVAILABLE
            row[f"{column}_sd"] = _text(values.std(ddof=1)) if len(values) > 1 else NOT_AVAILABLE
            if draws is not None:
                sample = draws.get(setting.name, {}).get((kind, name)) if len(values) else None
                ends = (NOT_AVAILABLE,) * 2 if sample is None else map(_text, interval(sample))
                row[f"{column}_low"], row[f"{column}_high"] = ends
        rows.append(row)
    return pd.DataFrame(rows)


def add_comparison(
    table: pd.DataFrame, column: str, draws: Draws, better: tuple[str, str], than: Mapping[str, tuple[str, str]]
) -> pd.DataFrame:
    """A table with ``column`` (the difference of two others), its 95% interval and whether it is beyond noise.

    :param better: kind and name of the one; :param than: setting -> kind and name of the other.
    """
    found = []
    for name in table["setting"]:
        own = draws.get(name, {})
        if better in own and than.get(name) in own:
            *numbers, verdict = compare(own[better], own[than[name]])
            found.append([*map(_text, numbers), verdict])
        else:
            found.append([NOT_AVAILABLE] * 4)
    names = [column, f"{column}_low", f"{column}_high", f"{column}_verdict"]
    return table.join(pd.DataFrame(found, columns=names, index=table.index))


def table1(settings: Sequence[Setting], scores: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """Image content alone: the features (the paper's, then others) and their fusion, and its gain over the best."""
    names = dict.fromkeys([*FEATURES, *scores.loc[scores["kind"] == "feature", "name"]])
    columns = [(name, "feature", name) for name in names]
    table = make_table(settings, scores, [*columns, ("combined", "fusion", "content")], draws)
    means = scores[scores["kind"] == "feature"].groupby(["setting", "name"])["rho"].mean()
    best = {setting: ("feature", str(own.idxmax()[1])) for setting, own in means.groupby("setting")}
    return add_comparison(table, "over_best_feature", draws, ("fusion", "content"), best)


def table2(settings: Sequence[Setting], scores: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """Social cues alone: each by its own rank correlation (the paper's, then others), and all in a regression."""
    names = dict.fromkeys([*CUES, *scores.loc[scores["kind"] == "cue", "name"]])
    columns = [*((name, "cue", name) for name in names), ("all", "social", "social")]
    return make_table(settings, scores, columns, draws)


def table3(settings: Sequence[Setting], scores: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """Image content, social cues, and both; what content adds to social, and whether that is beyond noise."""
    both = ("fusion", "content_social")
    columns = [("content", "fusion", "content"), ("social", "social", "social"), ("content_social", *both)]
    table = make_table(settings, scores, columns, draws)
    for kind, name in (("social", "social"), ("fusion", "content")):
        table = add_comparison(table, f"over_{name}", draws, both, {setting.name: (kind, name) for setting in settings})
    return table


def simple_table(names: Sequence[str], features: np.ndarray, target: np.ndarray) -> pd.DataFrame:
    """Figure 3's numbers: the rank correlation of each simple feature with popularity, over all photos.

    :param features: (n, 6); :param target: (n,).
    """
    rho = [_text(spearman(features[:, column], target)) for column in range(len(names))]
    return pd.DataFrame({"feature": list(names), "photos": len(target), "rho": rho})


def _text(value: float) -> str:
    # Zero without a sign: -0.0000 and 0.0000 are the same number to a reader.
    return f"{value:.4f}".replace("-0.0000", "0.0000")
