"""The page's words on pairs within one user are those of pairs.csv, as it is really written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from viewcast.corpus.settings import make_setting
from viewcast.evaluation.pairs import BURST_MINUTES, WITHIN, pair_table
from viewcast.forecasts import Forecasts
from viewcast.report.sections import two_photos as page
from viewcast.report.sections.two_photos import TwoPhotos, two_photos


def told(folder, users: int, sign: int, dates: bool = False) -> tuple[TwoPhotos, pd.DataFrame]:
    """What is told of users with 40 photos each, two of them at a time; content forecasts the target times ``sign``."""
    n = 40 * users
    minutes = np.arange(n) // 2 * 2880 + (0 if dates else np.arange(n) % 2)
    photos = pd.DataFrame(
        {
            "photo_id": [f"p{number:04}" for number in range(n)],
            "user_id": np.repeat([f"u{user}" for user in range(users)], 40),
            "popularity": np.random.default_rng(0).normal(size=n),
            "uploaded_at": pd.Timestamp("2014-01-01", tz="UTC") + pd.to_timedelta(minutes, unit="min"),
        }
    )
    usable, halves = np.ones(n, dtype=bool), {"seed": 1, "splits": 4, "folds": 2, "min_photos_per_user": 40}
    settings = [
        make_setting("one_per_user", photos, usable, **halves, max_photos_per_user=1),
        make_setting("user_mix", photos, usable, **halves),
    ]
    nothing = np.empty((0, 0))
    models = {
        one.name: [
            ("fusion", Forecasts(one.name, "content", one.photo_id, one.targets * sign, nothing, nothing, nothing))
        ]
        for one in settings
    }
    table = pair_table(settings, models, photos)
    table.to_csv(folder / "pairs.csv", index=False)
    return two_photos(folder / "pairs.csv"), table


@pytest.mark.parametrize(
    ("sign", "share", "verdict"), [(1, "100%", "better"), (-1, "0%", "worse"), (0, "50%", "may be chance")]
)
def test_it_says_what_the_table_says(tmp_path, sign, share, verdict):
    shown, table = told(tmp_path, 3, sign)
    (said,) = shown.said
    assert said.startswith(f"Content tells the more popular of two photographs of one user in {share} ")
    assert "(user mix)" in said and verdict in said
    assert [row[0].text for row in shown.table.rows] == [f"user mix: {words}" for words in page.WITHIN.values()]
    numbers = table[table["share"] != "n/a"]
    for row, known in zip(shown.table.rows, numbers.to_dict("records"), strict=True):
        content, social, both, pairs, users = (cell.text for cell in row[1:])
        assert (content, social, both) == (share, "n/a", "n/a")
        assert (float(pairs.replace(",", "")), users) == (round(float(known["pairs"])), "3")
    (note,) = shown.notes
    assert note.startswith("one photo per user: only 3 usable photos")


def test_one_user_has_no_interval_and_dates_have_no_bursts(tmp_path):
    shown, _ = told(tmp_path, 1, 1, dates=True)
    assert shown.said[0].endswith("(user mix), and one user has no interval.")
    assert len(shown.table.rows) == 1 and shown.table.rows[0][1].beside == ""
    assert any("two of one user and one hour: the upload times are dates alone" in note for note in shown.notes)


def test_no_pair_at_all(tmp_path):
    pd.DataFrame({name: ["n/a"] for name in ("setting", "within", "model", "share")} | {"note": ["why"]}).to_csv(
        tmp_path / "pairs.csv", index=False
    )
    shown = two_photos(tmp_path / "pairs.csv")
    assert shown.table is None and not shown.said and shown.notes == ["n/a: why."]


def test_the_words_are_those_of_the_kinds_of_pairs():
    assert tuple(page.WITHIN) == WITHIN and BURST_MINUTES == 60
