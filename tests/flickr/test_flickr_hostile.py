"""Metadata that would like to break something."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pyarrow.parquet as pq
import pytest
from flickr_runs import make_config, run, tables
from flickr_world import BEGIN, Photo

from viewcast.flickr import fields
from viewcast.flickr.membership import PHOTO, pictures_path, tables_path
from viewcast.flickr.purge import purge
from viewcast.flickr.search import METHOD
from viewcast.flickr.store import ReplyStore
from viewcast.store.frames import write_parquet

TEXTS = [
    '<script>alert("x")</script><a href="//evil">buy</a> &amp; &lt;',
    "bell \x07, escape \x1b[31m, vertical tab \x0b, next line \x85",
    "a NUL \x00 in the middle\x00",
    "x" * 100_000,
    "\u202eright to left\u202c \u200f\u061c",
    "emoji \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e6\U0001f1fa \u2764\ufe0f",
    '"quoted", comma; semicolon\ttab\r\nline\nend\rreturn',
    "=cmd|' /C calc'!A0",
    "  blanks around  ",
    "line separator \u2028 paragraph \u2029",
]
IDS = [
    "../../../etc/passwd",
    "a/b/c",
    "..",
    "/absolute",
    "C:\\x",
    "id\nnewline",
    "\x00nul",
    "é\u202e",
    "-rf",
    "'; --",
]


def hostile_photos(owner: str) -> list[Photo]:
    photos = []
    for number, (content, photo_id) in enumerate(zip(TEXTS, IDS, strict=True)):
        photos.append(
            Photo(photo_id, owner, "odd", BEGIN + number, 5, title=content, description=content, tags=content)
        )
    # What a client makes of bytes that are no UTF-8, and what JSON can write.
    photos.append(Photo("8000000001", owner, "odd", BEGIN + 20, 5, title="b\udcffd \ud83d half"))
    return photos


def views_and_dates(owner: str) -> list[Photo]:
    values = ["many", "-4", "", None, "1e9", 1.5, "\uff11\uff12", [1], "12 ", "9" * 40, ...]
    photos = [Photo(str(8_100_000_000 + n), owner, "odd", BEGIN + 100 + n, views=v) for n, v in enumerate(values)]
    dates = ["0", "4102444800", "99999999999999", "-5"]
    photos += [Photo(str(8_200_000_000 + n), owner, "odd", date, 7) for n, date in enumerate(dates)]
    return photos


@pytest.fixture
def odd(server, tmp_path):
    """A crawl of nothing but oddities, through the socket."""
    world = server.world
    owner = next(iter(world.users))
    world.photos = hostile_photos(owner) + views_and_dates(owner)
    world._photos_search = lambda a, base: world._list(
        [p for p in world.photos if "odd" in p.words], 1, 1, 500, len(world.photos), a, base
    )
    config = make_config(server, tmp_path / "data", search={"queries": ["odd"]})
    run(config)
    return config, tables(config)


def test_texts_survive_unchanged(odd, tmp_path):
    config, found = odd
    photos = found["photos"].to_pylist()
    by_id = {row["photo_id"]: row for row in photos}
    for content, photo_id in zip(TEXTS, IDS, strict=True):
        row = by_id[photo_id]
        assert row["title"] == content and row["description"] == content
        assert " ".join(row["tags"]) == content
    broken = by_id["8000000001"]
    assert broken["title"] == "b\ufffdd \ufffd half"
    with ReplyStore(tmp_path / "data" / "replies.sqlite") as store:
        kept = [e for *_, reply in store.replies(METHOD) for e in fields.entries(reply.body, "photos", "photo")]
    assert "b\udcffd \ud83d half" in [entry["title"] for entry in kept]


def test_no_id_reaches_a_path(odd, tmp_path):
    config, found = odd
    folder = pictures_path(config).resolve()
    for row in found["photos"].to_pylist():
        if row["picture"] is not None:
            file = (folder / row["picture"]).resolve()
            assert file.is_relative_to(folder) and file.is_file()
            assert row["picture"].isascii() and row["picture"].isprintable()
    inside = {"data", "bucket", "pictures", "tables"}
    assert {p.name for p in tmp_path.iterdir()} == {"data"}
    assert {p.name for p in (tmp_path / "data").iterdir() if p.is_dir()} <= inside


def test_views_and_dates(odd):
    _, found = odd
    rows = {row["photo_id"]: row for row in found["photos"].to_pylist()}
    views = [rows[str(8_100_000_000 + n)]["views"] for n in range(11)]
    assert views == [None, -4, None, None, None, None, None, None, 12, None, None]
    years = [rows[str(8_200_000_000 + n)]["uploaded_at"] for n in range(4)]
    assert [when and when.year for when in years] == [1970, 2100, None, None]


def test_a_csv_of_them_is_read_back(odd):
    _, found = odd
    rows = found["photos"].drop_columns(["tags"]).to_pylist()
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    file.seek(0)
    for read, row in zip(csv.DictReader(file), rows, strict=True):
        assert read["title"] == (row["title"] or "") and read["photo_id"] == row["photo_id"]


def test_the_contract_takes_them(odd):
    from viewcast.config.corpus import CorpusConfig
    from viewcast.corpus.photos import make_photos

    config, _ = odd
    source = pq.read_table(tables_path(config) / "photos.parquet").to_pandas()
    photos = make_photos(source, CorpusConfig().columns.model_dump())
    assert len(photos) == len(source)
    status = photos.set_index("photo_id")["status"]
    assert status["8100000000"] == "no_views" and status["8100000001"] == "negative_views"
    assert status["8200000001"] == "upload_after_crawl" and status["8200000000"] == "no_upload_time"
    assert (status[IDS] == "ok").all()


# -- purging -----------------------------------------------------------------------------------------


def test_purged_photos_leave_nothing_but_their_place(server, tmp_path):
    config = make_config(server, tmp_path / "data")
    run(config)
    before = tables(config)["photos"].to_pandas()
    for photo in server.world.photos:
        photo.title = "unchanged"
    gone = before.loc[before["picture_status"] == "ok", "photo_id"].iloc[[1, 4]].tolist()
    titles = before.loc[before["photo_id"].isin(gone), "title"].tolist()
    results = tmp_path / "results"
    (results / "corpus" / "shards").mkdir(parents=True)
    half = len(before) // 2
    for number, part in enumerate((before.iloc[:half], before.iloc[half:])):
        write_parquet(part[["photo_id", "picture"]], results / "corpus" / "shards" / f"000{number}.parquet")
        for folder in ("pictures", "features/gist"):
            (results / folder).mkdir(parents=True, exist_ok=True)
            (results / folder / f"000{number}.h5").write_bytes(b"pixels")
        (results / "pictures" / f"000{number}.parquet").write_bytes(b"statuses")
    cached = tmp_path / "cached.h5"
    (results / "features/gist/0000.h5").rename(cached)
    (results / "features/gist/0000.h5").symlink_to(cached)
    write_parquet(before.assign(status="ok", popularity=1.0), results / "corpus" / "photos.parquet")

    counts = purge(gone, config, 0, results)
    assert counts["pictures"] == 2 and counts["tables"] == 2 and counts["shard files"] == 3
    after = pq.read_table(tables_path(config) / "photos.parquet").to_pandas()
    assert list(after["photo_id"]) == list(before["photo_id"])
    row = after.set_index("photo_id").loc[gone]
    assert (row["picture_status"] == "purged").all()
    assert row.drop(columns=["user_id", "picture_status", "tags"]).isna().all().all()
    rest = ~before["photo_id"].isin(gone)
    pd.testing.assert_frame_equal(after[rest], before[rest], check_dtype=False)
    log = pq.read_table(tables_path(config) / "views_log.parquet").to_pandas()
    assert not log["photo_id"].isin(gone).any() and len(log) > 0
    assert not (results / "pictures" / "0000.h5").exists() and (results / "pictures" / "0001.h5").exists()
    assert not (results / "pictures" / "0000.parquet").exists() and not cached.exists()
    assert not (results / "features/gist/0000.h5").is_symlink() and (results / "features/gist/0001.h5").exists()
    kept = pq.read_table(results / "corpus" / "photos.parquet").to_pandas().set_index("photo_id")
    assert (kept.loc[gone, "status"] == "purged").all() and kept.loc[gone, "title"].isna().all()
    assert (kept.loc[before.loc[rest, "photo_id"], "popularity"] == 1).all()
    with ReplyStore(config.folder + "/replies.sqlite") as store:
        content = repr([reply.body for *_, reply in store.replies(METHOD, PHOTO)])
    assert not any(title in content for title in titles)

    # Neither a rerun nor a later pass brings them back, and purging again is harmless.
    server.forget()
    run(config)
    run(config.model_copy(update={"pass_number": 2}))
    assert not any(i in arguments for _, method, arguments, _ in server.requests for i in gone)
    final = tables(config)["photos"].to_pandas().set_index("photo_id")
    assert (final.loc[gone, "picture_status"] == "purged").all() and final.loc[gone, "title"].isna().all()
    assert purge(gone, config, 0, results)["pictures"] == 0
