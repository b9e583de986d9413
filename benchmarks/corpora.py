"""Public data sets as corpora of the `table` source, to measure the workflow on something real.

    python benchmarks/corpora.py DATA OUT

makes of DATA/covers and DATA/memorability (layouts: docs/datasets.md) OUT/covers and OUT/memorability, each with
its tables and a config.yaml for `snakemake results/table3.csv --configfile OUT/covers/config.yaml`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from viewcast.corpus.target import SECONDS_PER_DAY, popularity

#: Floor of a cover's age in days.
MIN_DAYS = 0.001
#: The covers tell their age at one crawl; its exact hour, which nobody told, moves all uploads alike.
CRAWLED = pd.Timestamp("2025-06-18", tz="UTC")


def covers(data: Path, out: Path) -> None:
    """1,825 video covers with views and followers; the uploaders' means come from 41,401 further videos.

    Many are hours old, and other work normalises by their true age: so the floor of the age is low here.
    """
    meta = pd.read_csv(data / "meta_1825.csv", dtype={"bvid": str, "uploader_sha1_12": str})
    batches = pd.read_csv(data / "meta_search_batches.csv.gz", dtype={"bvid": str, "uploader_sha1_12": str})
    photos = pd.DataFrame(
        {
            "photo_id": meta["bvid"],
            "user_id": meta["uploader_sha1_12"],
            "picture": meta["bvid"] + ".jpg",
            "views": meta["view_count"],
            "uploaded_at": CRAWLED - pd.to_timedelta(meta["seconds_since_post"], unit="s"),
            "crawled_at": CRAWLED,
            "title": meta["title"],
        }
    )
    videos = pd.concat([meta, batches]).drop_duplicates("bvid")
    days = (videos["seconds_since_post"] / SECONDS_PER_DAY).to_numpy()
    videos["popularity"] = popularity(videos["view_count"].to_numpy(), days, min_days=MIN_DAYS)
    videos["log_views"] = np.log2(videos["view_count"] + 1)
    by_user = videos.groupby("uploader_sha1_12")
    # The mean popularity of so young videos is mostly their age; the mean of their views says the rest. It is over the
    # uploader's videos that are no covers here, so that no target is in it.
    outside = videos[~videos["bvid"].isin(meta["bvid"])].groupby("uploader_sha1_12")["log_views"].mean()
    photos["uploader_log_views"] = meta["uploader_sha1_12"].map(outside)
    print(f"{int(photos['uploader_log_views'].notna().sum())} covers of uploaders with further videos")
    photos["duration"] = meta["duration_s"]
    users = pd.DataFrame(
        {
            "mean_views": by_user["popularity"].mean(),
            "photo_count": by_user.size(),
            "contacts": meta.groupby("uploader_sha1_12")["uploader_followers"].max(),
        }
    ).loc[lambda frame: frame.index.isin(photos["user_id"])]
    write(
        out,
        photos,
        users.rename_axis("user_id").reset_index(),
        data / "images",
        {
            "corpus": {"popularity": {"min_days": MIN_DAYS}},
            "settings": {"one_per_user": {"max_photos_per_user": None}},
            "social": {"extra_cues": ["uploader_log_views", "duration"]},
        },
    )


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
    columns = {"target": "score", "views": None, "user_id": None}
    write(out, photos, None, data / "images", {"corpus": {"columns": columns}})


def write(out: Path, photos: pd.DataFrame, users: pd.DataFrame | None, pictures: Path, config: dict) -> None:
    out.mkdir(parents=True, exist_ok=True)
    photos.to_parquet(out / "photos.parquet", index=False)
    corpus = {"source": "table", "photos": str(out / "photos.parquet"), "pictures": str(pictures.resolve())}
    if users is not None:
        users.to_parquet(out / "users.parquet", index=False)
        corpus["users"] = str(out / "users.parquet")
    config = config | {"corpus": corpus | config["corpus"]}
    (out / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    print(f"{out}: {len(photos)} photos")


if __name__ == "__main__":
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    for make in (covers, memorability):
        make(data / make.__name__, out / make.__name__)
