"""Tables as people have them, from the file to the corpus: nothing goes missing without a word."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from viewcast.config.corpus import PhotoColumns, UserColumns
from viewcast.corpus.write import Corpus, read_corpus
from viewcast.errors import ViewcastError


class Tables:
    """Sixty photos of sixty users, to be spoiled, written and read."""

    def __init__(self, folder) -> None:
        rng = np.random.default_rng(3)
        self.folder = folder
        number = np.arange(60)
        self.photos = pd.DataFrame({"photo_id": 53_901_234_500 + number, "user_id": 1001 + number})
        self.photos["picture"] = [f"{name}.jpg" for name in self.photos["photo_id"]]
        self.photos["views"] = (10 ** rng.uniform(0, 4, 60)).astype(int)
        self.photos["uploaded_at"], self.photos["crawled_at"] = 1_388_534_400 + 86_400 * number, 1_404_172_800
        self.users = pd.DataFrame({"user_id": self.photos["user_id"], "contacts": number, "is_pro": number % 2})
        self.users["member_since"] = 1_230_768_000
        (folder / "pictures").mkdir()
        for name in self.photos["picture"]:
            (folder / "pictures" / name).touch()

    def read(self, photos: str = "photos.csv", users: str = "users.csv", write: bool = True, **options) -> Corpus:
        if write:
            self.photos.to_csv(self.folder / "photos.csv", index=False)
            self.users.to_csv(self.folder / "users.csv", index=False)
        known = {"columns": PhotoColumns().model_dump(), "user_columns": UserColumns().model_dump()}
        known |= {"definition": "log2_rate_plus_one", "min_days": 1.0} | options
        return read_corpus(self.folder / photos, self.folder / users, self.folder / "pictures", **known)


@pytest.fixture
def tables(tmp_path):
    return Tables(tmp_path)


def statuses(corpus: Corpus) -> dict[str, int]:
    return corpus.photos["status"].value_counts().to_dict()


def test_a_comma_at_the_end_of_every_line_of_the_users(tables):
    tables.read()
    lines = tables.users.to_csv(index=False).splitlines()
    (tables.folder / "users.csv").write_text("\n".join([lines[0], *(line + "," for line in lines[1:])]) + "\n")
    users = tables.read(write=False).users
    assert users["contacts"].tolist() == list(range(60)) and users["member_since"].notna().all()


def test_one_time_that_is_a_word(tables):
    tables.photos["uploaded_at"] = tables.photos["uploaded_at"].astype(object)
    tables.photos.loc[17, "uploaded_at"] = "unknown"
    found = tables.read()
    assert statuses(found) == {"ok": 59, "no_upload_time": 1}
    report = next(column for column in found.summary["columns"] if column["key"] == "uploaded_at")
    assert (report["read"], report["rejected"], report["examples"]) == (59, 1, ["'unknown' in row 19"])


def test_times_as_text_in_parquet(tables):
    tables.photos.astype({"uploaded_at": str}).to_parquet(tables.folder / "photos.parquet")
    assert statuses(tables.read("photos.parquet")) == {"ok": 60}


@pytest.mark.parametrize(("mark", "right"), [(",", True), (" ", True), (".", False)])
def test_views_with_separators_of_thousands(tables, mark, right):
    true = tables.photos["views"].tolist()
    tables.photos["views"] = [f"{views:,}".replace(",", mark) for views in true]
    if right:
        assert tables.read().photos["views"].tolist() == true
    else:
        with pytest.raises(ViewcastError, match="column views .* which mark separates thousands"):
            tables.read()


def test_pictures_by_bare_names_with_leading_zeros(tables):
    tables.photos["picture"] = [f"{n:09d}" for n in range(60)]
    for name in tables.photos["picture"]:
        (tables.folder / "pictures" / f"{name}.png").touch()
    found = tables.read()
    assert found.photos["picture"][12] == "000000012.png" and (found.files["bytes"] >= 0).all()


def test_a_column_that_nobody_named_holds_numbers_and_far_below_a_word(tables):
    many = pd.concat([tables.photos] * 1500, ignore_index=True)
    many["photo_id"], many["place"] = np.arange(len(many)), np.arange(len(many)).astype(object)
    many.loc[len(many) - 1, "place"] = "Kyoto"
    tables.photos = many
    assert len(tables.read().photos) == 90_000


def test_hidden_counts_written_as_minus_one(tables, caplog):
    tables.users.loc[[3, 9, 20, 33, 41], "contacts"] = -1
    assert tables.read().users["contacts"].isna().sum() == 5
    assert "column contacts (contacts): 55 read, 5 impossible, taken as missing ('-1' in row 5" in caplog.text


def test_user_ids_that_went_through_a_float_and_users_that_do_not_match(tables):
    tables.users["user_id"] = tables.users["user_id"].astype(float)
    assert tables.read().summary["users_matched"] == 60
    tables.users["user_id"] = [f"u{number}" for number in range(60)]
    with pytest.raises(ViewcastError, match="Only 0 of the photos' 60 users.*min_matched_users.*'1001'.*'u0'"):
        tables.read()


def test_rejected_targets_stop_from_a_share_on_that_is_a_key(tables):
    tables.photos["views"] = tables.photos["views"].astype(str)
    tables.photos.loc[:5, "views"] = "many"
    with pytest.raises(
        ViewcastError, match="6 of 60 values of the column views.*'many' in row 2.*max_rejected_targets"
    ):
        tables.read()
    assert statuses(tables.read(max_rejected_targets=0.2)) == {"ok": 54, "no_views": 6}


def test_what_was_understood_is_told_in_numbers(tables):
    for name in tables.photos["picture"][:4]:
        (tables.folder / "pictures" / name).unlink()
    (tables.folder / "t.csv").write_text(tables.photos.to_csv(index=False) + ",,,,,\n\n")
    told = tables.read("t.csv").summary
    assert {name: told[name] for name in ("lines", "rows", "empty_rows", "photos", "users_matched")} == {
        "lines": 63, "rows": 60, "empty_rows": 2, "photos": 60, "users_matched": 60,
    }  # fmt: skip
    assert told["pictures_found"] == 56 and told["uploaded"][0].startswith("2014-01-01")
    assert told["views_quartiles"] == tables.photos["views"].quantile([0.25, 0.5, 0.75]).tolist()


@pytest.mark.parametrize(
    ("name", "options"),
    [("photos.TSV", {"sep": "\t"}), ("photos.txt", {"sep": ";"}), ("photos.csv.gz", {}), ("photos.csv", {"sep": "|"})],
)
def test_other_spellings_of_a_table(tables, name, options):
    tables.photos["title"] = "Straße; in, Łódź | or\ttab"
    tables.photos.to_csv(tables.folder / name, index=False, **options)
    tables.users.to_csv(tables.folder / "users.csv", index=False)
    found = tables.read(name, write=False)
    assert statuses(found) == {"ok": 60} and set(found.photos["title"]) == set(tables.photos["title"])
