"""How long do the reasons and the figures of a large corpus take?

    python benchmarks/report.py [PHOTOS]

makes, from random numbers, what a run would have left of so many photos (one setting of ten splits, its models, the
feature files of objects and colours in twenty shards, the cues), and prints seconds and the largest memory of each part
that grows with the corpus. Reading the pictures that are shown is not among them: that takes what reading 24 shards
of pictures takes, however many there are.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from viewcast.config.schema import load_config
from viewcast.corpus.cues import make_cues
from viewcast.corpus.settings import Setting, random_halves, save_setting
from viewcast.explain.importance import read_importance
from viewcast.explain.samples import choose_photos, held_out_forecast
from viewcast.features.files import FeatureAttributes, write_features
from viewcast.forecasts import Forecasts, load_forecasts, save_forecasts
from viewcast.report.drawing import Look, draw_figure
from viewcast.report.registry import FIGURES
from viewcast.store.frames import write_parquet
from viewcast.training import SocialInputs

SHARDS, SPLITS = 20, 10
WIDTHS = {"color_histogram": 50, "objects": 1000}
SVR = load_config({}).evaluation.model_dump(include={"C", "folds", "epsilon", "loss"})


def corpus(n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(1)
    crawled = pd.Timestamp("2014-07-01", tz="UTC")
    days = pd.to_timedelta(rng.uniform(1, 1000, n), unit="D")
    photos = pd.DataFrame(
        {"photo_id": np.char.mod("p%08d", np.arange(n)), "user_id": np.char.mod("u%08d", np.arange(n))}
    )
    photos = photos.astype(object).assign(
        views=pd.array((2 ** rng.normal(8, 3, n)).astype(int), dtype="Int64"), uploaded_at=crawled - days,
        crawled_at=crawled, title=[f"a title of {word}" for word in rng.integers(0, 2000, n)],
        description="some words", tags=[["sky", "sea"]] * n, status="ok",
        popularity=rng.normal(5, 2, n), in_mean_views=True,
    )  # fmt: skip
    users = pd.DataFrame({"user_id": photos["user_id"], "mean_views": rng.normal(5, 2, n), "mean_views_photos": 100.0})
    for name in ("photo_count", "contacts", "groups", "groups_admin", "groups_invite_only", "group_members"):
        users[name] = rng.integers(0, 5000, n).astype(float)
    return photos, users.assign(member_since=crawled - days, is_pro=rng.integers(0, 2, n).astype(float))


def model(setting: Setting, name: str, width: int, labels: list[str] | None = None) -> Forecasts:
    rng = np.random.default_rng(len(name))
    splits, n = setting.folds.shape
    prediction = 0.5 * setting.target + rng.normal(0, 1, (splits, n))
    one = np.ones((1, splits))
    words = (np.full((1, splits), word, dtype=object) for word in ("identity", "standard"))
    return Forecasts(
        setting.name, name, setting.photo_id, prediction, one, 0 * one, one > 0,
        [rng.normal(0, 0.1, (splits, width))], [np.zeros(splits)], labels or [], *words,
    )  # fmt: skip


def timed(what: str, do: Callable[[], object]) -> None:
    began = time.perf_counter(), time.process_time()
    do()
    wall, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{what:<28} {wall:7.1f} s {processor:7.1f} processor s   at most {peak:.2f} GiB", flush=True)


def main(n: int) -> None:
    photos, users = corpus(n)
    cues = make_cues(photos, users)
    ids, target = photos["photo_id"].to_numpy(dtype=object), photos["popularity"].to_numpy()
    folds = random_halves(n, SPLITS, 5, [1])
    setting = Setting("one_per_user", ids, photos["user_id"].to_numpy(dtype=object), target, folds, np.zeros(n, int))
    attributes = FeatureAttributes("x", "1", {}, "", "", "1", {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files: dict[str, list[Path]] = {}
        rng = np.random.default_rng(2)
        for feature, width in WIDTHS.items():
            for number, part in enumerate(np.array_split(ids, SHARDS)):
                path = folder / feature / f"{number:04}.h5"
                path.parent.mkdir(exist_ok=True)
                rows = rng.random((len(part), width), dtype=np.float32)
                write_features(path, rows, part.tolist(), ["ok"] * len(part), attributes, compression="none")
                files.setdefault(feature, []).append(path)
            save_forecasts(model(setting, feature, width), folder / f"{feature}.h5")
        names = SocialInputs(setting, cues, "cross_fitted").labelled_design(0, np.arange(n))[1]
        save_forecasts(model(setting, "social", len(names), names), folder / "social.h5")
        save_forecasts(model(setting, "content_social", 2), folder / "fusion.h5")
        save_setting(setting, folder / "setting.h5")
        write_parquet(photos, folder / "photos.parquet")
        models = {kind: [folder / f"{kind}.h5"] for kind in (*WIDTHS, "social")}
        timed(
            "importance",
            lambda: read_importance(
                [setting], models, files, cues, mean_views="cross_fitted", color_table=None, svr=SVR,
                photos=folder / "photos.parquet", seed=1,
            ),
        )  # fmt: skip
        forecast = held_out_forecast(setting, load_forecasts(folder / "fusion.h5"))
        timed("choosing photographs", lambda: choose_photos(setting, forecast, np.ones(n, bool), 1))
        given = {"photos": [folder / "photos.parquet"], "forecasts": [folder / "fusion.h5", folder / "setting.h5"]}
        for figure in FIGURES.values():
            if set(figure.inputs) <= set(given):
                out = {kind: folder / f"{figure.name}.{kind}" for kind in ("svg", "png")}
                look = Look(figure.name, synthetic=True, unit="log2(views per day + 1)")
                timed(f"figure {figure.name}", lambda: draw_figure(look, given, record=folder / "x.json", **out))  # noqa: B023


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
