"""The maps of photographs, and the file that keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from viewcast.explain.contributions import Explained
from viewcast.store.hdf5 import TEXT, reading_sealed, sealed
from viewcast.store.seal import Layout

LAYOUT = Layout("regions", 1)


@dataclass(frozen=True)
class Regions:
    """A photo's map: ``forecast = map.sum() + reference + clipped + rest``.

    :ivar photo_id, panel, place: which photo, and where the figure shows it.
    :ivar target: its popularity.
    :ivar explained: its forecast, taken apart.
    :ivar map: (h, w) float64 of the picture, in the target's units.
    :ivar by_feature: name -> the sum of its map; those of networks are one, named ``network``.
    :ivar rest: what has no region: contributions of features of no place in the picture.
    :ivar picture: JPEG.
    """

    photo_id: str
    panel: str
    place: int
    target: float
    explained: Explained
    map: np.ndarray
    by_feature: dict[str, float]
    rest: float
    picture: bytes = b""

    @property
    def constant(self) -> float:
        """What the map's sum is added to."""
        return self.explained.constant + self.rest


def save_regions(regions: Iterable[Regions], path: str | Path, note: str = "") -> None:
    """Write regions as HDF5, atomically.

    :param note: why there are none; empty where there are.
    """
    with sealed(path, LAYOUT) as file:
        file.attrs["note"] = note
        for number, one in enumerate(regions):
            group = file.create_group(str(number))
            for name in ("photo_id", "panel", "place", "target", "rest"):
                group.attrs[name] = getattr(one, name)
            for name in ("forecast", "reference", "clipped"):
                group.attrs[name] = getattr(one.explained, name)
            group["map"] = one.map.astype(np.float32)
            group["picture"] = np.frombuffer(one.picture, np.uint8)
            group.create_dataset("feature", data=list(one.by_feature), dtype=TEXT)
            group["sum"] = np.array(list(one.by_feature.values()))


def load_regions(path: str | Path) -> tuple[list[Regions], str]:
    """Read what :func:`save_regions` wrote, and its note; contributions are not kept."""
    with reading_sealed(path, LAYOUT) as file:
        groups = [file[str(number)] for number in range(len(file))]
        return [_loaded(group) for group in groups], str(file.attrs["note"])


def _loaded(group: h5py.Group) -> Regions:
    attrs = group.attrs
    forecast, reference, clipped = (float(attrs[name]) for name in ("forecast", "reference", "clipped"))
    explained = Explained(forecast, reference, clipped, {})
    sums = dict(zip(group["feature"].asstr()[()].tolist(), group["sum"][()].tolist(), strict=True))
    return Regions(
        str(attrs["photo_id"]), str(attrs["panel"]), int(attrs["place"]), float(attrs["target"]), explained,
        group["map"][()].astype(float), sums, float(attrs["rest"]), group["picture"][()].tobytes(),
    )  # fmt: skip
