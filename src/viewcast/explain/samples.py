"""Which photographs are shown, chosen by the seed and never for being good examples."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from viewcast.corpus.settings import Setting
from viewcast.explain.shards import choose_shards
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts
from viewcast.pictures.resize import reduce
from viewcast.pictures.shards import read_sides
from viewcast.store.frames import read_parquet

#: Photographs of Figure 1, of each quadrant of Figure 6, and of each level of Figure 7.
RANKED, PER_QUADRANT, PER_LEVEL = 30, 6, 3
#: "High" and "low" are the upper and lower quarter; the levels of Figure 7 are tenths.
QUARTER, TENTH = 0.25, 0.1
#: Longest side of a small picture, pixels, and its JPEG quality; the side of the picture that it is made of.
SIDE, QUALITY = 240, 80
READ = 500


def choose_setting(settings: Sequence[Setting]) -> Setting | None:
    """The setting whose models have learned from most photos; of equal ones the first. None: there is none."""
    available = [setting for setting in settings if not setting.unavailable]
    return max(available, key=lambda setting: len(setting.photo_id) / len(setting.groups), default=None)


def held_out_forecast(setting: Setting, model: Forecasts) -> np.ndarray:
    """Each photo's forecast (n,), the mean over the splits that hold it out; NaN where none does."""
    test = setting.folds == TEST
    return np.where(test, model.prediction, 0).sum(axis=0) / np.where(test.any(axis=0), test.sum(axis=0), np.nan)


def choose_photos(setting: Setting, forecast: np.ndarray, allowed: np.ndarray, seed: int) -> pd.DataFrame:
    """The photos of Figures 1, 6 and 7.

    Figure 1 takes photos evenly spaced by rank of their popularity. Figure 6 draws from those whose forecast and whose
    popularity lie in the upper or lower quarter. Figure 7 draws from the upper, the middle and the lower tenth of the
    forecast. Draws are random, so that the pictures are what the models do, and not what they do best.

    :param forecast: (n,) held-out forecasts of content alone.
    :param allowed: (n,) bool: photos that may be shown.
    :returns: columns ``figure`` (samples, quadrants, regions), ``panel``, ``place`` (from 0), ``photo_id``, ``target``,
        ``forecast``.
    """
    rows = np.flatnonzero(allowed & np.isfinite(forecast))
    chosen: list[tuple[str, str, int, int]] = []
    if len(rows):
        order = rows[np.argsort(-setting.target[rows], kind="stable")]
        evenly = np.unique(np.linspace(0, len(order) - 1, min(RANKED, len(order))).round().astype(int))
        chosen += [("samples", "", place, row) for place, row in enumerate(order[evenly])]
        rng = np.random.default_rng([seed, 21])
        levels = [_levels(values[rows]) for values in (forecast, setting.target)]
        rank = forecast[rows].argsort(kind="stable").argsort(kind="stable") / len(rows)
        pools = {
            ("quadrants", panel, PER_QUADRANT): (levels[0] == own[0]) & (levels[1] == own[1])
            for panel, own in QUADRANTS.items()
        } | {
            ("regions", panel, PER_LEVEL): (rank >= start) & (rank < start + TENTH)
            for panel, start in {"high": 1 - TENTH, "medium": 0.5 - TENTH / 2, "low": 0.0}.items()
        }
        for (figure, panel, most), pool in pools.items():
            chosen += [(figure, panel, place, row) for place, row in enumerate(rng.permutation(rows[pool])[:most])]
    table = pd.DataFrame(chosen, columns=["figure", "panel", "place", "row"])
    row = table.pop("row").to_numpy(dtype=int)
    return table.assign(photo_id=setting.photo_id[row], target=setting.target[row], forecast=forecast[row])


#: Panel -> (is the forecast high?, is the popularity?), 1 or -1.
QUADRANTS: Mapping[str, tuple[int, int]] = {
    "forecast low, truth high": (-1, 1),
    "forecast high, truth high": (1, 1),
    "forecast low, truth low": (-1, -1),
    "forecast high, truth low": (1, -1),
}


def _levels(values: np.ndarray) -> np.ndarray:
    """1 in the upper quarter, -1 in the lower one, else 0."""
    low, high = np.quantile(values, [QUARTER, 1 - QUARTER])
    return (values >= high).astype(int) - (values <= low).astype(int)


def sample_photos(
    settings: Sequence[Setting],
    models: Mapping[str, Sequence[tuple[str, Forecasts]]],
    statuses: Sequence[str | Path],
    *,
    seed: int,
    pictures: bool,
) -> pd.DataFrame:
    """The table ``samples.parquet``: :func:`choose_photos` in the setting of :func:`choose_setting`, with pictures.

    :param models: setting -> pairs of a kind and a model, among them the fusion ``content``.
    :param statuses: the shards' status files; the pictures lie beside them.
    :param pictures: are photographs shown? False: no photo is listed.
    :returns: further columns ``setting``, ``shard`` (the stem of its file's name) and ``picture`` (JPEG).
    """
    columns = ["setting", "figure", "panel", "place", "photo_id", "shard", "target", "forecast", "picture"]
    setting = choose_setting(settings)
    if setting is None or not pictures:
        return pd.DataFrame({name: pd.Series(dtype=object if name == "picture" else None) for name in columns})
    own = {model.name: model for _, model in models[setting.name]}
    forecast = held_out_forecast(setting, own["content"])
    shard_of: dict[str, str] = {}
    for path in choose_shards(statuses, seed):
        shard_of |= dict.fromkeys(read_parquet(path, ["photo_id"])["photo_id"], str(path.with_suffix("")))
    allowed = np.array([photo_id in shard_of for photo_id in setting.photo_id], dtype=bool)
    table = choose_photos(setting, forecast, allowed, seed)
    table["setting"] = setting.name
    stems = [shard_of[photo_id] for photo_id in table["photo_id"]]
    table["shard"] = [Path(stem).name for stem in stems]
    small = {photo_id: jpeg(own[READ], SIDE) for photo_id, own in read_images(stems, table["photo_id"], READ)}
    table["picture"] = [small[photo_id] for photo_id in table["photo_id"]]
    return table[columns]


def read_images(
    stems: Sequence[str], photo_ids: Sequence[str], *sides: int
) -> Iterator[tuple[str, dict[int, np.ndarray]]]:
    """Pictures of some photos by their longest side, RGB uint8.

    :param stems: of each photo, its shard's file without the suffix.
    :param sides: of those that the shards were made for.
    """
    for stem in sorted(set(stems)):
        wanted = {photo_id for photo_id, own in zip(photo_ids, stems, strict=True) if own == stem}
        yield from read_sides(f"{stem}.h5", sides, only=wanted)


def jpeg(image: np.ndarray, side: int) -> bytes:
    """A picture reduced to a longest side, as JPEG."""
    held = io.BytesIO()
    Image.fromarray(reduce(image, side)).save(held, "JPEG", quality=QUALITY)
    return held.getvalue()
