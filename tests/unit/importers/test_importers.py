"""Published data sets in their published layouts."""

from __future__ import annotations

import bz2
import csv
import json

import pandas as pd
import pytest
import yaml

from viewcast.config.schema import load_config
from viewcast.corpus.cues import make_cues
from viewcast.corpus.photos import make_photos, make_users
from viewcast.errors import ViewcastError
from viewcast.importers import IMPORTERS, import_dataset

NASTY = [
    '<b>bold</b> "quoted", comma',
    "line\r\nbreak\ttab",
    "a NUL \x00 here",
    "y" * 140_000,
    "\u202ertl \U0001f468\u200d\U0001f469\u200d\U0001f467",
]


@pytest.fixture
def run(tmp_path):
    """Import the files of tmp_path/in; (photos, users, config) as the workflow would make them."""
    (tmp_path / "in").mkdir()

    def go(name):
        import_dataset(name, tmp_path / "in", tmp_path / "out")
        config = load_config(yaml.safe_load((tmp_path / "out" / "corpus.yaml").read_text())).corpus
        photos = pd.read_parquet(config.photos)
        users = pd.read_parquet(config.users) if config.users else None
        contract = make_photos(photos, config.columns.model_dump(), **config.popularity.model_dump())
        make_users(users, config.user_columns.model_dump(), contract["user_id"])
        return photos, users, contract

    return go


def write_csv(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


# -- SPID --------------------------------------------------------------------------------------------


def spid_files(folder, days=30):
    posted = 1_507_148_136
    ids = [f"37{n}" for n in range(len(NASTY))]
    write_csv(
        folder / "headers_TRAIN.csv",
        ["FlickrId", "UserId", "URL", "Path", "DatePosted", "DateTaken", "DateCrawl"],
        [[i, f"{n % 2}@N0", "http://x", f"/a/{i}.jpg", posted + n, posted, posted + 900]
         for n, i in enumerate(ids)],
    )  # fmt: skip
    write_csv(
        folder / "img_info_TRAIN.csv",
        ["FlickrId", "Camera", "Size", "Title", "Description", "NumSets", "NumGroups", "AvgGroupsMemb",
         "AvgGroupPhotos", "Tags", "Latitude", "Longitude", "Country"],
        [[i, "", 786432, text, text, n, 2, 10.5, 20.5, "['a b', \"it's\", 'c,d']", "", "", ""]
         for n, (i, text) in enumerate(zip(ids, NASTY, strict=True))],
    )  # fmt: skip
    write_csv(
        folder / "users_TRAIN.csv",
        ["UserId", "Username", "Ispro", "HasStats", "Contacts", "PhotoCount", "MeanViews", "GroupsCount",
         "GroupsAvgMembers", "GroupsAvgPictures"],
        [["0@N0", "x", 1, 1, 212, 2193, 106.412, 74, 14777.811, 499312.9],
         ["1@N0", "y", 0, 0, 0, 1700, 5.079, 0, 0.0, 0.0],
         ["0@N0", "again", 0, 1, 1, 1, 1, 1, 1, 1]],
    )  # fmt: skip
    write_csv(
        folder / "popularity_TRAIN.csv",
        ["FlickrId", *(f"Day{day:02d}" for day in range(1, days + 1))],
        [[i, *(10 * n + day for day in range(1, days + 1))] for n, i in enumerate(ids)],
    )
    return ids, posted


def test_spid(run, tmp_path):
    ids, posted = spid_files(tmp_path / "in")
    (tmp_path / "in" / "pic").mkdir()
    (tmp_path / "in" / "pic" / f"{ids[1]}.jpg").write_bytes(b"")
    photos, users, contract = run("spid")
    assert list(photos["photo_id"]) == ids
    assert list(photos["views"]) == [30, 40, 50, 60, 70]
    days = (photos["crawled_at"] - photos["uploaded_at"]).dt.total_seconds() / 86_400
    assert (days == 30).all() and (contract["status"] == "ok").all()
    assert list(photos["title"]) == NASTY == list(photos["description"])
    assert [list(tags) for tags in photos["tags"]] == [["a b", "it's", "c,d"]] * 5
    assert photos["picture"][1] == f"pic/{ids[1]}.jpg" and photos["picture"][0] == f"{ids[0]}.jpg"
    assert list(photos["albums"]) == [0, 1, 2, 3, 4]
    assert users.set_index("user_id").loc["0@N0", ["contacts", "groups", "is_pro"]].tolist() == [212, 74, 1]
    assert users["groups_admin"].isna().all() and users["member_since"].isna().all()
    log = pd.read_parquet(tmp_path / "out" / "views_log.parquet")
    assert len(log) == 150
    assert log["observed_at"].min().timestamp() == posted + 86_400
    settings = yaml.safe_load((tmp_path / "out" / "corpus.yaml").read_text())["corpus"]
    assert settings["mean_views_unit"] == "views"


def test_spid_of_which_only_the_headers_are_left(run, tmp_path):
    spid_files(tmp_path / "in")
    for name in ("img_info", "users", "popularity"):
        (tmp_path / "in" / f"{name}_TRAIN.csv").unlink()
    photos, users, contract = run("spid")
    assert users is None and photos["views"].isna().all() and (contract["status"] == "no_views").all()


def test_a_photo_that_was_not_followed_to_the_end(run, tmp_path):
    ids, posted = spid_files(tmp_path / "in", days=3)
    rows = [["FlickrId", "Day1", "Day2", "Day3"], [ids[0], "5", "8", ""], [ids[1], "x", "", "-2"]]
    write_csv(tmp_path / "in" / "popularity_TRAIN.csv", rows[0], rows[1:])
    photos, _, contract = run("spid")
    assert list(photos["views"].astype(object).where(photos["views"].notna(), None))[:3] == [8, -2, None]
    assert photos["crawled_at"][0].timestamp() == posted + 2 * 86_400
    assert list(contract["status"][:3]) == ["ok", "negative_views", "no_views"]


# -- SMPD --------------------------------------------------------------------------------------------


def smpd_files(folder, columns_of_numbers=False):
    posts = [{"Pid": str(700 + n), "Uid": f"{n % 3}@N{n % 3}"} for n in range(len(NASTY))]

    def put(name, rows):
        if columns_of_numbers:
            rows = {key: {str(i): row[key] for i, row in enumerate(rows)} for key in rows[0]}
        (folder / f"train_{name}.json").write_text(json.dumps(rows), encoding="utf-8")

    put(
        "text",
        [p | {"Title": t, "Mediatype": "photo", "Alltags": "rock pop"} for p, t in zip(posts, NASTY, strict=True)],
    )
    put("category", [p | {"Category": "Travel", "Subcategory": "Sea", "Concept": "boat"} for p in posts])
    put(
        "temporalspatial_information",
        [p | {"Postdate": str(1_457_068_974 + n), "Latitude": 0} for n, p in enumerate(posts)],
    )
    put(
        "additional_information",
        [p | {"Pathalias": "x", "Ispublic": 1, "Mediastatus": "ready"} for p in posts],
    )
    put(
        "user_data",
        [p | {"photo_firstdate": "1289000000", "photo_count": 55, "ispro": 1.0, "canbuypro": 0} for p in posts],
    )
    (folder / "train_label.txt").write_text("11.18\n15.15\n10.99\n1.0\n7.5\n")
    (folder / "train_img_filepath.txt").write_text("".join(f"train/{p['Uid']}/{p['Pid']}.jpg\n" for p in posts))
    return posts


@pytest.mark.parametrize("columns_of_numbers", [False, True])
def test_smpd(run, tmp_path, columns_of_numbers):
    posts = smpd_files(tmp_path / "in", columns_of_numbers)
    photos, users, contract = run("smpd")
    assert list(photos["photo_id"]) == [p["Pid"] for p in posts]
    assert list(photos["user_id"]) == [p["Uid"] for p in posts]
    assert photos["picture"][2] == "train/2@N2/702.jpg"
    assert list(photos["title"]) == NASTY and list(photos["tags"][0]) == ["rock", "pop"]
    assert photos["uploaded_at"][1].timestamp() == 1_457_068_975
    assert list(photos["label"]) == [11.18, 15.15, 10.99, 1.0, 7.5] == list(contract["popularity"])
    assert (contract["status"] == "ok").all() and set(photos["category"]) == {"Travel"}
    assert len(users) == 3 and users["photo_count"].tolist() == [55.0] * 3 and users["is_pro"].tolist() == [1.0] * 3
    assert users["member_since"][0].timestamp() == 1_289_000_000
    cues = make_cues(contract, users)
    assert cues["tags"].tolist() == [2.0] * 5


def test_smpd_without_all_its_files(run, tmp_path):
    smpd_files(tmp_path / "in")
    for name in ("text.json", "user_data.json", "img_filepath.txt", "temporalspatial_information.json"):
        (tmp_path / "in" / f"train_{name}").unlink()
    photos, users, _ = run("smpd")
    assert users is None and photos["picture"][0] == "0@N0/700.jpg" and photos["title"].isna().all()


def test_smpd_files_that_do_not_belong_together(run, tmp_path):
    posts = smpd_files(tmp_path / "in")
    (tmp_path / "in" / "train_text.json").write_text(json.dumps([p | {"Title": ""} for p in posts[::-1]]))
    with pytest.raises(ViewcastError, match="another order: row 1 has"):
        run("smpd")
    (tmp_path / "in" / "train_text.json").write_text(json.dumps(posts[1:]))
    with pytest.raises(ViewcastError, match="4 rows, and there are 5 posts"):
        run("smpd")
    (tmp_path / "in" / "train_text.json").write_text("[{")
    with pytest.raises(ViewcastError, match="is no JSON"):
        run("smpd")
    (tmp_path / "in" / "train_text.json").unlink()
    (tmp_path / "in" / "train_label.txt").write_text("1.0\n")
    with pytest.raises(ViewcastError, match="1 labels, and there are 5 posts"):
        run("smpd")


# -- the others --------------------------------------------------------------------------------------


def test_flickruser(run, tmp_path):
    header = ["user_id", "user_gender", "favimg_url", "favimg_num_views", "favimg_num_favorites",
              "favimg_num_comments", "favimg_upload_date", "favimg_owner_ispro", "ci_score"]  # fmt: skip
    host = "https://live.staticflickr.com/65535"
    liked = [f"{host}/501_0a1b_b.jpg", 1023, 5, 1, "2015-03-01 10:00:00", "True", 0.5]
    other = [f"{host}/502_9c9c.jpg", 7, 0, 0, "1456789012", "False", 0.1]
    write_csv(
        tmp_path / "in" / "FlickrUser.csv",
        header,
        [["u1", "f", *liked], ["u2", "m", *liked], ["u2", "m", *other]],
    )
    photos, users, contract = run("flickruser")
    assert list(photos["photo_id"]) == ["501", "502"] == list(photos["user_id"])
    assert list(photos["favored_by"]) == ["u1", "u2"] and list(photos["faves"]) == [5, 0]
    assert photos["uploaded_at"].dt.year.tolist() == [2015, 2016]
    assert list(contract["popularity"]) == [10.0, 3.0]
    assert users["is_pro"].tolist() == [1.0, 0.0]


def test_flickruser_as_it_was_described_before(run, tmp_path):
    header = ["user", "img_id", "img_url", "views", "favorites", "comments", "upload_date", "img_owner_ispro"]
    write_csv(tmp_path / "in" / "FlickrUser.csv", header, [["u1", "77", "http://x", 3, 1, 0, "2014-01-01", "1"]])
    photos, _, contract = run("flickruser")
    assert photos["photo_id"].tolist() == ["77"] and contract["popularity"].tolist() == [2.0]


@pytest.mark.parametrize("layout", [23, 25])
def test_yfcc(run, tmp_path, layout):
    def line(number, marker="0"):
        values = [f"618{number}", "39019111@N00", "nick", "2012-02-16 09:56:37.0", "1331840483",
                  "Canon+PowerShot", "caf%C3%A9+%00+%09", "%3Cb%3E%2C", "canon,key+west,a%2Cb", "", "-81.8",
                  "24.5", "12", "http://page", "http://farm8/1.jpg", "Attribution License", "http://cc", "7205",
                  "8", "9d1", "000", "jpg", marker]  # fmt: skip
        return "\t".join(values if layout == 23 else [str(number), values[0], "hash", *values[1:]])

    with bz2.open(tmp_path / "in" / "yfcc100m_dataset.bz2", "wt", encoding="utf-8") as file:
        file.write("".join(line(n, m) + "\n" for n, m in ((1, "0"), (2, "1"), (3, "0"), (3, "0"))))
    photos, users, contract = run("yfcc")
    assert list(photos["photo_id"]) == ["6181", "6183"] and users is None
    assert photos["title"][0] == "café \x00 \t" and photos["description"][0] == "<b>,"
    assert list(photos["tags"][0]) == ["canon", "key west", "a,b"]
    assert photos["uploaded_at"][0].timestamp() == 1_331_840_483
    assert photos["license"][0] == "Attribution License" and (contract["status"] == "no_views").all()


def test_yfcc_of_another_shape(run, tmp_path):
    (tmp_path / "in" / "yfcc100m_dataset").write_text("a\tb\n")
    with pytest.raises(ViewcastError, match="line 1: 2 columns"):
        run("yfcc")


def test_own_tables(run, tmp_path):
    rows = [
        ["007", "u/../1", "3", "2020-01-01", "1578000000", NASTY[0], "a b"],
        ["8", "u2", "NA", "0", "99999999999999999", NASTY[2], ""],
    ]
    header = ["photo_id", "user_id", "views", "uploaded_at", "crawled_at", "title", "tags"]
    write_csv(tmp_path / "in" / "photos.csv", [*header, "camera"], [[*row, "X"] for row in rows])
    write_csv(tmp_path / "in" / "users.csv", ["user_id", "contacts"], [["u/../1", "12"]])
    (tmp_path / "in" / "007.png").write_bytes(b"")
    photos, users, contract = run("table")
    assert photos["photo_id"].tolist() == ["007", "8"] and photos["user_id"][0] == "u/../1"
    assert photos["picture"][0] == "007.png" and photos["title"].tolist() == [NASTY[0], NASTY[2]]
    assert [list(tags) for tags in photos["tags"]] == [["a", "b"], []] and list(photos["camera"]) == [
        "X",
        "X",
    ]
    assert contract["status"].tolist() == ["ok", "no_views"] and users["contacts"].tolist() == [12.0]


def test_own_parquet_tables(run, tmp_path):
    frame = pd.DataFrame({"photo_id": ["1"], "views": [4], "tags": [["x", "y z"]]})
    frame.to_parquet(tmp_path / "in" / "photos.parquet")
    photos, _, _ = run("table")
    assert photos["user_id"].tolist() == ["1"] and list(photos["tags"][0]) == ["x", "y z"]


def test_more_views_than_a_few_that_cannot_be_read_stop_an_import(run, tmp_path):
    write_csv(tmp_path / "in" / "photos.csv", ["photo_id", "views"], [["1", "3"], ["2", "many"]])
    with pytest.raises(ViewcastError, match="1 of 2 values of views cannot be read: 'many' in row 3"):
        run("table")


def test_a_configuration_names_no_column_that_holds_nothing(run, tmp_path):
    write_csv(tmp_path / "in" / "photos.csv", ["photo_id", "views", "title"], [["1", "3", ""]])
    write_csv(tmp_path / "in" / "users.csv", ["user_id", "contacts"], [["1", "12"]])
    run("table")
    corpus = load_config(yaml.safe_load((tmp_path / "out" / "corpus.yaml").read_text())).corpus
    photos, users = corpus.columns.model_dump(), corpus.user_columns.model_dump()
    assert (photos["title"], photos["tags"], photos["uploaded_at"], photos["views"]) == (None, None, None, "views")
    assert (users["groups"], users["contacts"], users["member_since"]) == (None, "contacts", None)
    strict = make_photos(pd.read_parquet(corpus.photos), photos, definition="log2_views_plus_one", empty_columns=False)
    make_users(pd.read_parquet(corpus.users), users, strict["user_id"], empty_columns=False)


def test_pictures_under_other_folders_are_found_by_user_and_post(run, tmp_path, caplog):
    caplog.set_level("INFO")
    posts = smpd_files(tmp_path / "in")
    for post in posts[:3]:
        folder = tmp_path / "in" / "images" / "all" / post["Uid"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{post['Pid']}.JPG").write_bytes(b"")
    photos, _, _ = run("smpd")
    assert photos["picture"][0] == "images/all/0@N0/700.JPG"
    assert "5 photos; the pictures of 3 of them are in" in caplog.text
    assert "5 of 5 photos have a label" in caplog.text
    (tmp_path / "in" / "thumbnails" / "0@N0").mkdir(parents=True)
    (tmp_path / "in" / "thumbnails" / "0@N0" / "700.jpg").write_bytes(b"")
    with pytest.raises(ViewcastError, match="Two files may be the picture of the photo 700: images/all.* and thumb"):
        run("smpd")


def test_yfcc_in_parts_with_pictures_named_by_hash(run, tmp_path):
    def line(number):
        values = [f"618{number}", "39@N00", *["x"] * 2, "1331840483", *[""] * 17, "0"]
        return "\t".join(values) + "\n"

    for part in range(3):
        with bz2.open(tmp_path / "in" / f"yfcc100m_dataset-{part}.bz2", "wt") as file:
            file.write(line(2 * part) + line(2 * part + 1))
    (tmp_path / "in" / "yfcc100m_hash").write_text("".join(f"618{n}\t{n}abc{n}\n" for n in range(6)))
    folder = tmp_path / "in" / "data" / "images" / "4ab" / "c4"
    folder.mkdir(parents=True)
    (folder / "4abc4.jpg").write_bytes(b"")
    photos, _, _ = run("yfcc")
    assert photos["photo_id"].tolist() == [f"618{n}" for n in range(6)]
    assert photos["picture"][4] == "data/images/4ab/c4/4abc4.jpg"


@pytest.mark.parametrize("tables", [True, False])
def test_img2dataset(run, tmp_path, tables, caplog):
    caplog.set_level("INFO")
    folder = tmp_path / "in" / "out" / "00000"
    folder.mkdir(parents=True)
    rows = [
        {"url": "http://x", "caption": f"text {n}", "key": f"00000000{n}", "status": s, "error_message": None,
         "width": 3, "post_id": f"p{n}", "view_count": n, "tags": "a b", "created_at": "2014-01-01"}
        for n, s in enumerate(["success", "failed_to_download", "success"])
    ]  # fmt: skip
    for row in rows:
        if row["status"] == "success":
            (folder / f"{row['key']}.jpg").write_bytes(b"")
        if not tables:
            (folder / f"{row['key']}.json").write_text(json.dumps(row))
    if tables:
        for part in (0, 1):
            pd.DataFrame(rows[2 * part : 2 * part + 2]).to_parquet(folder.parent / f"0000{part}.parquet")
    photos, users, _ = run("img2dataset")
    assert users is None and photos["photo_id"].tolist() == ["p0", "p1", "p2"]
    assert photos["views"].tolist() == [0, 1, 2] and photos["description"][1] == "text 1"
    assert photos["picture"].tolist()[::2] == ["out/00000/000000000.jpg", "out/00000/000000002.jpg"]
    assert photos["source_status"][1] == "failed_to_download" and "kept as source_status" in caplog.text
    assert "the pictures of 2 of them" in caplog.text


def test_img2dataset_that_is_still_packed(run, tmp_path):
    (tmp_path / "in" / "00000.tar").write_bytes(b"")
    with pytest.raises(ViewcastError, match="Unpack its .tar files first"):
        run("img2dataset")


@pytest.mark.parametrize("name", IMPORTERS)
def test_the_wrong_folder(run, name):
    with pytest.raises(ViewcastError, match=r"has no|No file"):
        run(name)


def test_a_table_of_another_encoding_is_refused_by_its_byte(run, tmp_path):
    (tmp_path / "in" / "photos.csv").write_bytes(b"photo_id,title,views\n1,caf\xe9 \xff,3\n")
    with pytest.raises(ViewcastError, match="not UTF-8: byte 0xe9 at position 26, in row 2. Save it as UTF-8"):
        run("table")
