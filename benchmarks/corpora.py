"""Public data sets as corpora of the `table` source, to measure the workflow on something real.

    python benchmarks/corpora.py DATA OUT

makes of DATA/covers and DATA/memorability (layouts: docs/datasets.md) OUT/covers and OUT/memorability, each with
its tables and a config.yaml for `snakemake results/table3.csv --configfile OUT/covers/config.yaml`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import yaml

from viewcast.corpus.target import SECONDS_PER_DAY, popularity

#: Floor of a cover's age in days.
MIN_DAYS = 0.001


def covers(data: Path, out: Path) -> None:
    """1,825 video covers with views and followers; the uploaders' means come from 41,401 further videos.

    Many are hours old, and peers normalise by their true age: so the floor of the age is low here.
    """
    meta = pd.read_csv(data / "meta_1825.csv", dtype={"bvid": str, "uploader_sha1_12": str})
    batches = pd.read_csv(data / "meta_search_batches.csv.gz", dtype={"bvid": str, "uploader_sha1_12": str})
    photos = pd.DataFrame(
        {
            "photo_id": meta["bvid"],
            "user_id": meta["uploader_sha1_12"],
            "picture": meta["bvid"] + ".jpg",
            "views": meta["view_count"],
            "days": meta["seconds_since_post"] / SECONDS_PER_DAY,
            "title": meta["title"],
        }
    )
    videos = pd.concat([meta, batches]).drop_duplicates("bvid")
    days = (videos["seconds_since_post"] / SECONDS_PER_DAY).to_numpy()
    videos["popularity"] = popularity(videos["view_count"].to_numpy(), days, min_days=MIN_DAYS)
    by_user = videos.groupby("uploader_sha1_12")
    users = pd.DataFrame(
        {
            "mean_views": by_user["popularity"].mean(),
            "photo_count": by_user.size(),
            "contacts": meta.groupby("uploader_sha1_12")["uploader_followers"].max(),
        }
    ).loc[lambda frame: frame.index.isin(photos["user_id"])]
    write(out, photos, users.rename_axis("user_id").reset_index(), data / "images", {"days": "days"}, min_days=MIN_DAYS)


def memorability(data: Path, out: Path) -> None:
    """1,316 outdoor photographs with a human score: content alone, every photo its own user's."""
    scores = pd.read_csv(data / "scores.csv")
    photos = pd.DataFrame(
        {
            "photo_id": scores["image"].str.removesuffix(".jpg"),
            "picture": scores["image"],
            "score": scores["memorability_mean"],
        }
    )
    write(out, photos, None, data / "images", {"target": "score", "views": None, "user_id": None})


def write(
    out: Path, photos: pd.DataFrame, users: pd.DataFrame | None, pictures: Path, columns: dict, **popularity: float
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    photos.to_parquet(out / "photos.parquet", index=False)
    corpus = {"source": "table", "photos": str(out / "photos.parquet"), "pictures": str(pictures.resolve())}
    if users is not None:
        users.to_parquet(out / "users.parquet", index=False)
        corpus["users"] = str(out / "users.parquet")
    (out / "config.yaml").write_text(
        yaml.safe_dump({"corpus": corpus | {"columns": columns, "popularity": popularity}})
    )
    print(f"{out}: {len(photos)} photos")


if __name__ == "__main__":
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    for make in (covers, memorability):
        make(data / make.__name__, out / make.__name__)
