"""What users alone tell under the SMP Challenge's split, and for users whom nobody has seen.

    python benchmarks/smpd.py FOLDER

FOLDER holds smpd_uid_pid_label_50000.csv.gz: 50,000 posts of the challenge's training set with their users and labels
(columns pid, uid, log_views_per_day_label). No picture, title or cue is used: the forecast is the mean of the labels of
the user's other posts. Ids of posts follow their time. See docs/evaluation.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from viewcast.corpus.cues import make_cues
from viewcast.corpus.photos import USER_NUMBERS
from viewcast.corpus.protocols import TRAINING_SHARE, make_protocol
from viewcast.evaluation.challenge import PUBLISHED, mean_absolute_error
from viewcast.evaluation.intervals import estimate
from viewcast.evaluation.protocols import mean_views_alone
from viewcast.folds import TEST

SEED, SPLITS, FOLDS = 2014, 10, 5
#: What the user's mean may know -> in words.
KNOWS = {"training_half": "training posts", "leave_one_out": "all other posts"}


def corpus(folder: Path) -> pd.DataFrame:
    posts = pd.read_csv(folder / "smpd_uid_pid_label_50000.csv.gz", dtype={"uid": str}).sort_values("pid")
    n = len(posts)
    return pd.DataFrame(
        {
            "photo_id": [f"{pid:09d}" for pid in posts["pid"]],
            "user_id": posts["uid"].to_numpy(),
            "popularity": posts["log_views_per_day_label"].to_numpy(dtype=float),
            "views": pd.array([None] * n, dtype="Int64"),
            # Only the order is known, and only it is used.
            "uploaded_at": pd.Timestamp("2015-03-01", tz="UTC") + pd.to_timedelta(np.arange(n), unit="s"),
            "crawled_at": pd.Timestamp("2016-07-01", tz="UTC"),
            **dict.fromkeys(("title", "description", "tags")),
        }
    )


def main() -> None:
    photos = corpus(Path(sys.argv[1]))
    users = pd.DataFrame({"user_id": sorted(photos["user_id"].unique())})
    users = users.assign(**dict.fromkeys(USER_NUMBERS, np.nan), member_since=pd.NaT)
    cues = make_cues(photos, users)
    usable = np.ones(len(photos), dtype=bool)
    table = Table(title=f"{len(photos)} posts of {len(users)} users: the mean of the user's posts, and nothing else")
    for name in ("split", "the mean knows", "test posts", "of known users", "Spearman", "MAE"):
        table.add_column(name, justify="left" if name in ("split", "the mean knows") else "right")
    for name in ("time_forward", "random_halves", "user_disjoint"):
        share = {"training": TRAINING_SHARE["smpd"]} if name == "time_forward" else {}
        setting = make_protocol(name, photos, usable, seed=SEED, splits=SPLITS, folds=FOLDS, **share)
        user = pd.factorize(setting.user)[0]
        known = [np.isin(user[folds == TEST], user[folds >= 0]).mean() for folds in setting.folds]
        for knows, words in KNOWS.items():
            forecast = mean_views_alone(setting, cues, knows)
            cells = []
            for found in (estimate(setting, forecast), mean_absolute_error(setting, forecast)):
                low, high = found.interval()
                cells.append(f"{found.value:.3f} [{low:.3f}, {high:.3f}]")
            tests = int((setting.folds == TEST).sum(axis=1).mean())
            table.add_row(name, words, str(tests), f"{np.mean(known):.1%}", *cells)
    for one in PUBLISHED:
        table.add_row("chronological, published", one.entry, "180581", "", one.spearman, one.mae)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
