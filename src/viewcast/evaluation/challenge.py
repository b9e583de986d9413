"""The protocol of the SMP Challenge (Wu et al., ACM MM 2019, smp-challenge.com) beside what was published for it.

The challenge divides its posts by time, the older ones to train on, and states Spearman's rank correlation and the mean
absolute error. Most later posts are of users who have earlier ones, so that both mostly tell how well users are known.
The figure for users whom no model has seen, which no entry states, stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.evaluation.intervals import Estimate, estimate
from viewcast.evaluation.protocols import mean_views_alone
from viewcast.folds import TEST
from viewcast.forecasts import NO_CUE, Forecasts, has_social

COLUMNS = [
    "entry", "split", "photos", "users", "spearman", "spearman_low", "spearman_high", "mae", "mae_low", "mae_high",
    "source", "note",
]  # fmt: skip

#: The protocols of the table, by what the challenge would call them.
SPLITS = {"time_forward": "chronological", "user_disjoint": "user-disjoint"}


@dataclass(frozen=True)
class Published:
    """A published figure.

    :ivar entry: year and place.
    :ivar spearman, mae: as they are stated, on the challenge's own hidden test posts.
    :ivar source: where.
    """

    entry: str
    spearman: str
    mae: str
    source: str


#: The image track. The MAE of 2023 and the figures of 2025 are told at second hand.
PUBLISHED = (
    Published("2020, first place", "0.704", "1.37", "smp-challenge.com/2020; entry HyFea (github.com/runnerxin/HyFea)"),
    Published("2023, first place", "0.77", "1.09", "smp-challenge.com, leaderboard of 2023; rank: arXiv:2405.10497"),
    Published("2025, third place", "0.732", "1.24", "smp-challenge.com, leaderboard of 2025"),
)


def mean_absolute_error(setting: Setting, forecast: np.ndarray) -> Estimate:
    """The mean absolute error on the test half, the mean over splits, and how it changes with other users.

    :param forecast: (splits, n), in the target's units.
    :returns: an estimate without terms for other photos of the same users.
    """
    user = np.unique(setting.user.astype(str), return_inverse=True)[1]
    terms, values, present = np.zeros(user.max() + 1), [], []
    for folds, own, target in zip(setting.folds, forecast, setting.targets, strict=True):
        test = folds == TEST
        error = np.abs(target - own)[test]
        values.append(error.mean())
        terms += np.bincount(user[test], error - error.mean(), len(terms)) / len(error)
        present.append(len(np.unique(user[test])))
    several = len(terms) > 1
    users = terms / len(values) * np.sqrt(len(terms) / (len(terms) - 1)) if several else np.array([np.nan])
    return Estimate(float(np.mean(values)), users, float(np.mean(present)) - 1, None)


def challenge_table(
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[tuple[str, Forecasts]]],
    cues: pd.DataFrame,
    mean_views: str,
) -> pd.DataFrame:
    """Both measures of the challenge, of our models and of the user's mean alone, beside the published ones.

    The challenge's test posts have no public labels, so that ours are the newest of its training posts, in the
    challenge's proportion: an entry here and one there were not scored on the same posts.

    :param settings: one for each of :data:`SPLITS`.
    :param models: protocol -> pairs of a kind and a model.
    :param cues: rows of ``make_cues``.
    :param mean_views: what the mean of views may know, one of ``user_means.MEAN_VIEWS``.
    :returns: a row per split and model, then the published ones, in the columns :data:`COLUMNS`; numbers are text, with
        95% intervals over other users, or n/a; ``photos`` are those that are forecast in a split, and ``note`` says why
        a split cannot be had.
    """
    rows: list[dict[str, object]] = []
    for setting in settings:
        head: dict[str, object] = {"split": SPLITS[setting.name], "source": "this run"}
        if setting.unavailable:
            rows.append(head | {"note": setting.unavailable})
            continue
        forecasts = {"mean of the user's views alone": mean_views_alone(setting, cues, mean_views)}
        forecasts |= {model.name: model.prediction for _, model in models.get(setting.name, [])}
        head |= {
            "photos": round(float((setting.folds == TEST).sum(axis=1).mean())),
            "users": round(float(np.mean([len(np.unique(setting.user[own == TEST])) for own in setting.folds]))),
        }
        for name, forecast in forecasts.items():
            rows.append(head | {"entry": name.removesuffix(f"_{mean_views}")} | _measures(setting, forecast))
        if not has_social(models.get(setting.name, [])):
            rows.append({"entry": "social", "split": head["split"], "source": "this run", "note": NO_CUE})
    rows += [
        {"entry": one.entry, "split": "chronological", "spearman": one.spearman, "mae": one.mae, "source": one.source}
        for one in PUBLISHED
    ]
    table = pd.DataFrame(rows, columns=COLUMNS, dtype=object)
    return table.fillna(dict.fromkeys(COLUMNS, "n/a") | {"note": ""})


def _measures(setting: Setting, forecast: np.ndarray) -> dict[str, str]:
    found: dict[str, str] = {}
    pairs = {"spearman": estimate(setting, forecast), "mae": mean_absolute_error(setting, forecast)}
    for name, value in pairs.items():
        ends = (np.nan, np.nan) if value is None else value.interval()
        numbers = {name: 0.0 if value is None else value.value, f"{name}_low": ends[0], f"{name}_high": ends[1]}
        found |= {key: f"{number:.4f}" for key, number in numbers.items() if not np.isnan(number)}
    return found
