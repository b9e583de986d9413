"""A source's table to the contract: every photo keeps its row, with a status where it has no target."""

import os

import pandas as pd
import pytest

from viewcast.config.corpus import PhotoColumns, UserColumns
from viewcast.corpus.photos import make_photos, make_users
from viewcast.corpus.write import write_corpus
from viewcast.errors import ViewcastError
from viewcast.store.frames import read_parquet
from viewcast.tables.reading import read_table

COLUMNS = PhotoColumns().model_dump()
DAY = 86_400


def source(**changes) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "photo_id": ["007", "b", "c"],
            "user_id": ["u", "u", "v"],
            "picture": ["7.jpg", "b.jpg", "c.jpg"],
            "views": [10, 0, 5],
            "uploaded_at": [1_400_000_000, 1_400_000_000, 1_400_000_000],
            "crawled_at": [1_400_000_000 + 10 * DAY] * 3,
            "tags": ["one two", None, ""],
        }
        | changes
    )


def test_contract_columns_types_and_values():
    photos = make_photos(source(camera=["x", "y", "z"]), COLUMNS)
    assert list(photos["photo_id"]) == ["007", "b", "c"]
    assert photos["popularity"].tolist() == [1.0, 0.0, pytest.approx(0.5849625007211562)]
    assert str(photos["uploaded_at"].dtype) == "datetime64[us, UTC]" and str(photos["views"].dtype) == "Int64"
    assert photos["tags"].dropna().map(list).tolist() == [["one", "two"], []] and pd.isna(photos["tags"][1])
    assert photos["title"].isna().all() and list(photos["camera"]) == ["x", "y", "z"]


def test_unusable_photos_get_a_status_not_a_crash():
    photos = make_photos(
        pd.DataFrame(
            {
                "photo_id": list("abcdefg"),
                "user_id": "u",
                "picture": "p.jpg",
                "views": [1, -3, None, "many", 4, 5, 6],
                "uploaded_at": [
                    "2014-01-01",
                    "2014-01-01",
                    "2014-01-01",
                    "2014-01-01",
                    None,
                    "yesterday",
                    "2030-01-01",
                ],
                "crawled_at": "2014-02-01T00:00:00Z",
            }
        ),
        COLUMNS,
    )
    assert photos["status"].tolist() == [
        "ok", "negative_views", "no_views", "no_views", "no_upload_time", "no_upload_time", "upload_after_crawl",
    ]  # fmt: skip
    assert photos["popularity"].notna().tolist() == [True] + [False] * 6


def test_1970_counts_as_no_upload_time():
    assert make_photos(source(uploaded_at=[0, 86_400, 1_400_000_000]), COLUMNS)["status"].tolist() == [
        "no_upload_time", "no_upload_time", "ok",
    ]  # fmt: skip


def test_days_and_target_columns():
    days = make_photos(source(age=[5, 5, 5]), COLUMNS | {"days": "age"})
    assert days["popularity"].iloc[0] == pytest.approx(1.584962500721156)
    target = make_photos(source(score=[0.5, float("nan"), 2.0]), COLUMNS | {"target": "score", "views": None})
    assert target["status"].tolist() == ["ok", "no_target", "ok"] and target["popularity"].iloc[2] == 2.0


def test_every_photo_its_own_user():
    assert make_photos(source(), COLUMNS | {"user_id": None})["user_id"].tolist() == ["007", "b", "c"]


@pytest.mark.parametrize(
    ("frame", "columns", "message"),
    [
        (source(), {"views": "hits"}, r"no column 'hits'.*corpus\.columns\.views.*it|has: photo_id"),
        (source(photo_id=["a", "b", "a"]), {}, r"names the photo 'a' twice \(again in row 4"),
        (source(photo_id=["a", None, "c"]), {}, "no photo_id in row 3"),
        (source(user_id=["u", "u", None]), {}, "no user_id in row 4.*columns.user_id to null"),
        (source().iloc[:0], {}, "is empty"),
    ],
)
def test_errors_name_column_row_and_remedy(frame, columns, message):
    with pytest.raises(ViewcastError, match=message):
        make_photos(frame, COLUMNS | columns)


def test_a_column_of_a_name_that_viewcast_writes_is_kept_under_another_with_a_word(caplog):
    photos = make_photos(source(status=["public", "x", "y"], days=[1, 2, 3], popularity=9), COLUMNS)
    assert photos["source_status"].tolist() == ["public", "x", "y"] and photos["source_days"].tolist() == [1, 2, 3]
    assert photos["status"].tolist() == ["ok"] * 3 and photos["popularity"][0] == 1.0
    assert "its own column status is kept as source_status" in caplog.text


def test_a_named_column_that_is_empty_stops_unless_it_may_be():
    empty = source(title=[None, " ", ""], views=["1", "2", "3"])
    empty["title"] = empty["title"].astype("string").str.strip().replace("", None)
    with pytest.raises(
        ViewcastError, match="column title of the photos table.*is empty: 3 values are missing.*title to null"
    ):
        make_photos(empty, COLUMNS, empty_columns=False)
    assert len(make_photos(empty, COLUMNS, empty_columns=True)) == 3
    assert len(make_photos(empty, COLUMNS | {"title": None}, empty_columns=False)) == 3
    with pytest.raises(ViewcastError, match="must be another target"):
        make_photos(source(views=[None] * 3), COLUMNS | {"tags": None}, empty_columns=False)
    with pytest.raises(ViewcastError, match=r"column contacts.*5 impossible.*user_columns.contacts to null"):
        users = pd.DataFrame({"user_id": list("abcde"), "contacts": -1})
        make_users(users, UserColumns().model_dump(), users["user_id"], empty_columns=False)


def test_a_column_that_stands_twice_is_an_error_only_where_it_is_asked_for(tmp_path):
    (tmp_path / "t.csv").write_text("photo_id,views,views,x,x\n1,2,3,4,5\n")
    with pytest.raises(ViewcastError, match="names the column 'views' twice"):
        make_photos(read_table(tmp_path / "t.csv"), COLUMNS, definition="log2_views_plus_one")
    other = COLUMNS | {"views": "views (2)"}
    with pytest.raises(ViewcastError, match="names the column 'views' twice"):
        make_photos(read_table(tmp_path / "t.csv"), COLUMNS | {"views": "views"}, definition="log2_views_plus_one")
    assert make_photos(read_table(tmp_path / "t.csv"), other, definition="log2_views_plus_one")["views"].tolist() == [3]


def test_a_column_of_nearly_the_name_is_not_passed_over():
    with pytest.raises(ViewcastError, match="no column 'title', but one that is called 'Title'.*columns.title"):
        make_photos(source(Title="x"), COLUMNS)
    assert len(make_photos(source(Title="x"), COLUMNS | {"title": None})) == 3
    with pytest.raises(ViewcastError, match="'member_since', but one that is called 'Member Since'.*user_columns"):
        users = pd.DataFrame({"user_id": ["u"], "Member Since": ["2014-01-01"]})
        make_users(users, UserColumns().model_dump(), users["user_id"])


def test_users_one_row_each_and_nulls_for_what_is_not_known():
    users = pd.DataFrame({"user_id": ["v", "w"], "contacts": [3, 4], "is_pro": [True, False]})
    made = make_users(users, UserColumns().model_dump(), pd.Series(["v", "u", "v"]))
    assert made["user_id"].tolist() == ["u", "v"]
    assert made["contacts"].isna().tolist() == [True, False] and made["is_pro"].iloc[1] == 1.0
    assert made["groups"].isna().all() and made["member_since"].isna().all()


def test_a_user_who_is_there_twice_must_have_the_same_values():
    twice = pd.DataFrame({"user_id": ["u", "v", "u"], "contacts": [3, 5, 3]})
    made = make_users(twice, UserColumns().model_dump(), pd.Series(["u"]))
    assert made["contacts"].tolist() == [3]
    with pytest.raises(ViewcastError, match="names 'u' twice .again in row 4., with other values"):
        make_users(twice.assign(contacts=[3, 5, 4]), UserColumns().model_dump(), pd.Series(["u"]))


def corpus(tmp_path, photos: pd.DataFrame, shard_size: int = 2) -> None:
    photos.to_csv(tmp_path / "in.csv", index=False)
    write_corpus(
        tmp_path / "in.csv", None, tmp_path / "pictures", columns=COLUMNS, user_columns=UserColumns().model_dump(),
        definition="log2_rate_plus_one", min_days=1, shard_size=shard_size, photos_out=tmp_path / "photos.parquet",
        users_out=tmp_path / "users.parquet", shards_out=tmp_path / "shards", memory=tmp_path / "memory",
        summary_out=tmp_path / "s.json", synthetic=False,
    )  # fmt: skip


def test_appended_photos_leave_finished_shard_lists_as_they_are(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "7.jpg").write_bytes(b"12345")
    os.utime(tmp_path / "pictures" / "7.jpg", ns=(1_000, 2_000))
    corpus(tmp_path, source())
    first = (tmp_path / "shards" / "0000.parquet").read_bytes()
    listed = read_parquet(tmp_path / "shards" / "0000.parquet").to_numpy().tolist()
    assert listed == [["007", "7.jpg", 5, 2000], ["b", "b.jpg", -1, -1]]
    extra = source(photo_id=["d", "e", "f"])
    corpus(tmp_path, pd.concat([source(), extra]))
    assert (tmp_path / "shards" / "0000.parquet").read_bytes() == first
    assert len(list((tmp_path / "shards").iterdir())) == 3


def test_a_folder_without_the_pictures(tmp_path):
    with pytest.raises(ViewcastError, match="pictures folder .* does not exist"):
        corpus(tmp_path, source())
    (tmp_path / "pictures").mkdir()
    with pytest.raises(ViewcastError, match="None of the 3 pictures.*'7.jpg'"):
        corpus(tmp_path, source())


def test_no_usable_target(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "7.jpg").write_bytes(b"1")
    with pytest.raises(ViewcastError, match="No photo has a usable target.*negative_views"):
        corpus(tmp_path, source(views=[-1, -1, -1]))


def test_hostile_text_survives_and_no_path_escapes(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "7.jpg").write_bytes(b"1")
    title = 'a "b",\n<i>c</i>\u202e\U0001f600'
    corpus(tmp_path, source(picture=["7.jpg", "../in.csv", "/etc/passwd"], title=[title, "x" * 100_000, None]))
    photos = pd.read_parquet(tmp_path / "photos.parquet")
    assert photos["title"].iloc[0] == title and len(photos["title"].iloc[1]) == 100_000
    lists = read_parquet(tmp_path / "shards" / "0000.parquet")
    assert lists["bytes"].tolist() == [1, -1]


def test_further_readings_of_the_target_and_the_days_stand_beside_it():
    photos = make_photos(source(views=[10, None, 5]), COLUMNS, also=("log2_views_plus_one", "log2_views_plus_one_rate"))
    assert photos["days"].tolist()[::2] == [10, 10] and pd.isna(photos["days"][1])
    other, rate = photos["popularity_log2_views_plus_one"], photos["popularity_log2_views_plus_one_rate"]
    assert other.tolist()[::2] == pytest.approx([3.4594316186372973, 2.584962500721156]) and pd.isna(other[1])
    assert rate[0] == pytest.approx(0.13750352374993502)


def test_faves_and_comments_are_read_like_views_and_give_targets():
    also = ("log2_faves_plus_one", "log2_comments_plus_one", "log2_faves_per_view", "relative_to_user")
    columns = COLUMNS | {"faves": "faves", "comments": "comments"}
    photos = make_photos(source(faves=["3", "-1", "x"], comments=[0, 1, None]), columns, also=also)
    assert photos["faves"].tolist()[0] == 3 and photos["faves"].isna().tolist() == [False, True, True]
    assert photos["popularity_log2_faves_plus_one"].tolist()[0] == 2
    assert photos["popularity_log2_comments_plus_one"].tolist()[:2] == [0, 1]
    assert photos["popularity_log2_faves_per_view"].notna().sum() == 1
    assert "popularity_relative_to_user" not in photos
    with pytest.raises(
        ViewcastError, match="asks for log2_faves_per_view, and the photos table has no column of faves"
    ):
        make_photos(source(), COLUMNS, also=("log2_faves_per_view",))
