"""The paper's tables, from the scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from viewcast.corpus.cues import CUES
from viewcast.corpus.settings import Setting
from viewcast.ranks import spearman

#: Table 1's columns, in its order.
FEATURES = ("gist", "color_histogram", "texture", "color_patches", "gradient", "deep", "objects")

NOT_AVAILABLE = "n/a"


def per_split(scores: pd.DataFrame, kind: str, name: str) -> np.ndarray:
    """The splits' rank correlations of one model, in user_specific averaged over its users first.

    :returns: (splits,), empty where there is none. A user without a value (a constant cue) is left out.
    """
    part = scores[(scores["kind"] == kind) & (scores["name"] == name)].dropna(subset="rho")
    return part.groupby("split", sort=True)["rho"].mean().to_numpy()


def make_table(
    settings: Sequence[Setting], scores: pd.DataFrame, columns: Sequence[tuple[str, str, str]]
) -> pd.DataFrame:
    """One row per setting: photos, users, and for every column its mean over the splits and the standard
    deviation (n - 1) beside it, as text with four decimals; n/a where there is no value.

    :param columns: triples of the column's name, and the kind and name in ``scores``.
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
        rows.append(row)
    return pd.DataFrame(rows)


def table1(settings: Sequence[Setting], scores: pd.DataFrame) -> pd.DataFrame:
    """Image content alone: the seven features and their fusion."""
    columns = [(name, "feature", name) for name in FEATURES]
    return make_table(settings, scores, [*columns, ("combined", "fusion", "content")])


def table2(settings: Sequence[Setting], scores: pd.DataFrame) -> pd.DataFrame:
    """Social cues alone: each by its own rank correlation, and all together in a regression."""
    return make_table(settings, scores, [*((name, "cue", name) for name in CUES), ("all", "social", "social")])


def table3(settings: Sequence[Setting], scores: pd.DataFrame) -> pd.DataFrame:
    """Image content, social cues, and both."""
    return make_table(
        settings,
        scores,
        [
            ("content", "fusion", "content"),
            ("social", "social", "social"),
            ("content_social", "fusion", "content_social"),
        ],
    )


def simple_table(names: Sequence[str], features: np.ndarray, target: np.ndarray) -> pd.DataFrame:
    """Figure 3's numbers: the rank correlation of each simple feature with popularity, over all photos.

    :param features: (n, 6); :param target: (n,).
    """
    rho = [_text(spearman(features[:, column], target)) for column in range(len(names))]
    return pd.DataFrame({"feature": list(names), "photos": len(target), "rho": rho})


def _text(value: float) -> str:
    # Zero without a sign: -0.0000 and 0.0000 are the same number to a reader.
    return f"{value:.4f}".replace("-0.0000", "0.0000")
