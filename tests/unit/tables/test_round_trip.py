"""A table that goes through a file of any kind comes out as it went in, or an error is raised: no third outcome."""

import csv
import gzip
import json
from datetime import UTC, datetime

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewcast.config.corpus import PhotoColumns
from viewcast.corpus.photos import make_photos
from viewcast.errors import ViewcastError
from viewcast.tables.reading import read_table

NoTags = type(None) | type(pd.NA)
ID = st.from_regex(r"[0-9]{1,12}|[A-Za-z0-9@_-]{1,10}", fullmatch=True)
# Python's writer leaves a lone \r without quotation marks, where it ends a line.
TEXT = st.text(
    st.one_of(st.characters(codec="utf-8", exclude_characters="\r"), st.sampled_from("\",;\n|\t '")), max_size=12
)
PHOTO = st.fixed_dictionaries(
    {
        "photo_id": ID,
        "user_id": ID,
        "views": st.one_of(st.none(), st.integers(0, 10**7)),
        "uploaded_at": st.one_of(st.none(), st.integers(1_100_000_000, 1_400_000_000)),
        "title": st.one_of(st.none(), TEXT.filter(bool)),
        "tags": st.lists(st.from_regex(r"[a-z]{1,5}( [a-z]{1,3})?", fullmatch=True), max_size=4),
    }
)
VIEWS = {
    "plain": str,
    "as a float": lambda n: f"{n}.0",
    "comma": lambda n: f"{n:,}",
    "point": lambda n: f"{n:,}".replace(",", "."),
    "blank": lambda n: f"{n:,}".replace(",", "\u202f"),
    "padded": lambda n: f"  {n} ",
}
TIMES = {
    "seconds": str,
    "milliseconds": lambda t: f"{t}000",
    "zone": lambda t: datetime.fromtimestamp(t, UTC).isoformat(),
    "no zone": lambda t: datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%d %H:%M:%S"),
    "UTC": lambda t: datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
}
TAGS = {"json": json.dumps, "python": repr, "comma": ",".join, "semicolon": "; ".join, "bar": "|".join}
MISSING = st.sampled_from(["", "NA", "null", "None"])


@st.composite
def written(draw):
    """Photos, and the cells that stand for them."""
    photos = draw(st.lists(PHOTO, min_size=1, max_size=8, unique_by=lambda photo: photo["photo_id"]))
    views, tags = VIEWS[draw(st.sampled_from(sorted(VIEWS)))], TAGS[draw(st.sampled_from(sorted(TAGS)))]
    if tags not in (json.dumps, repr):
        # One tag of two words alone could as well be two tags.
        photos = [photo | {"tags": [tag.replace(" ", "-") for tag in photo["tags"]]} for photo in photos]
    rows = []
    for photo in photos:
        time = TIMES[draw(st.sampled_from(sorted(TIMES)))]  # all in one column
        row = photo | {"tags": tags(photo["tags"]), "note": draw(TEXT)}
        row["views"] = draw(MISSING) if photo["views"] is None else views(photo["views"])
        row["uploaded_at"] = draw(MISSING) if photo["uploaded_at"] is None else time(photo["uploaded_at"])
        rows.append(row)
    return photos, rows


def write(path, rows, kind, separator, quoting, encoding, end):
    if kind == "parquet":
        pd.DataFrame(rows).to_parquet(path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    else:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "wt", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, rows[0], delimiter=separator, quoting=quoting, lineterminator=end)
            writer.writeheader()
            writer.writerows(rows)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=written(),
    kind=st.sampled_from(["csv", "CSV", "csv.gz", "txt", "jsonl", "parquet"]),
    separator=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_photos_come_out_as_they_went_in(tmp_path, table, kind, separator, quoting, encoding, end):
    photos, rows = table
    path = tmp_path / f"photos.{kind}"
    write(path, rows, kind, separator, quoting, encoding, end)
    try:
        found = make_photos(read_table(path), PhotoColumns().model_dump(), definition="log2_views_plus_one")
    except ViewcastError:
        return
    assert len(found) == len(photos)
    for photo, (_, row) in zip(photos, found.iterrows(), strict=True):
        for key in ("photo_id", "user_id"):
            assert row[key] == photo[key]
        for key in ("views", "title"):
            assert row[key] == photo[key] if photo[key] is not None else pd.isna(row[key])
        time = row["uploaded_at"]
        assert pd.isna(time) if photo["uploaded_at"] is None else time.timestamp() == photo["uploaded_at"]
        assert photo["tags"] == ([] if isinstance(row["tags"], NoTags) else list(row["tags"]))
