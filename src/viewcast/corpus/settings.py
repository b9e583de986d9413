"""The paper's three settings: which photos take part, and their random halves (section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from viewcast.corpus.relative import user_averages
from viewcast.corpus.target import RELATIVE
from viewcast.folds import TEST
from viewcast.store.hdf5 import TEXT, reading_sealed, sealed
from viewcast.store.seal import Layout

LAYOUT = Layout("setting", 1)

SETTINGS = ("one_per_user", "user_mix", "user_specific")

#: Codes in a table of folds beside the numbers of the folds, 0, 1, ...


@dataclass(frozen=True)
class Setting:
    """The photos of one setting and their splits.

    :ivar name: one of :data:`SETTINGS`.
    :ivar photo_id: (n,) the photos that take part.
    :ivar user: (n,) their users.
    :ivar target: (n,) float64; what each split learns of it, and is scored by, is in :attr:`targets`.
    :ivar folds: (splits, n) int8: :data:`TEST`, or the photo's fold within the training half.
    :ivar group: (n,) int: models are trained within a group: all 0, or the user's number (user_specific).
    :ivar unavailable: why the setting cannot be had here; empty when it can.
    :ivar note: who was left out, and why; empty when nobody was.
    """

    name: str
    photo_id: np.ndarray
    user: np.ndarray
    target: np.ndarray
    folds: np.ndarray
    group: np.ndarray
    unavailable: str = ""
    note: str = ""

    @property
    def kind(self) -> str:
        """The setting or protocol without the reading of the target, of which its name may end: ``.<definition>``."""
        return self.name.split(".")[0]

    @cached_property
    def targets(self) -> np.ndarray:
        """(splits, n) float64: the target, or, where the name ends in ``.relative_to_user``, what is over the user's
        average by the split's training photos (:func:`~viewcast.corpus.relative.user_averages`).
        """
        if not self.name.endswith(f".{RELATIVE}"):
            return np.broadcast_to(self.target, self.folds.shape)
        return self.target - user_averages(self.target, self.user, self.folds)

    @property
    def forward(self) -> bool:
        """Are the folds ordered in time, so that a fold is forecast from the earlier ones alone?"""
        return self.kind == "time_forward"

    @property
    def groups(self) -> list[np.ndarray]:
        """Positions of the photos of each group."""
        return [np.flatnonzero(self.group == g) for g in np.unique(self.group)]


def readings(also: Iterable[str]) -> dict[str, str]:
    """Every setting by the corpus's own target, then by each further reading: name -> one of :data:`SETTINGS`."""
    own = {name: name for name in SETTINGS}
    return own | {f"{name}.{definition}": name for definition in also for name in SETTINGS}


def target_column(name: str) -> str:
    """The column of photos.parquet that a setting's target is made of."""
    definition = name.partition(".")[2]
    return f"popularity_{definition}" if definition not in ("", RELATIVE) else "popularity"


def random_halves(n: int, splits: int, folds: int, seed: list[int]) -> np.ndarray:
    """Random halves and the folds of their training halves.

    :param seed: entropy of the generator; split s draws from ``default_rng([*seed, s])``, so that the first
        splits stay the same when more are asked for.
    :returns: (splits, n) int8: ceil(n/2) photos carry a fold 0..folds-1, of sizes that differ by one at most,
        the others :data:`TEST`.
    """
    table = np.full((splits, n), TEST, dtype=np.int8)
    half = (n + 1) // 2
    for split in range(splits):
        order = np.random.default_rng([*seed, split]).permutation(n)
        table[split, order[:half]] = np.arange(half) % folds
    return table


def make_setting(
    name: str,
    photos: pd.DataFrame,
    usable: np.ndarray,
    *,
    seed: int,
    splits: int,
    folds: int,
    max_photos_per_user: int | None = None,
    min_photos_per_user: int = 100,
    max_users: int | None = None,
) -> Setting:
    """Choose the photos of a setting and split them.

    :param name: one of :data:`SETTINGS`, with ``.<definition>`` behind it for another reading of the target than the
        corpus's own (``popularity.also``).
    :param photos: photos.parquet.
    :param usable: (n,) bool: photos with a target and a readable picture.
    :param max_photos_per_user: one_per_user: so many of each user, chosen by the seed; None: all. The paper's
        corpus has a little over two of each user; one keeps the halves free of shared users. user_mix and
        user_specific: users with more usable photos take no part; None: no user has too many.
    :param min_photos_per_user: user_mix, user_specific: users with so many usable photos.
    :param max_users: so many of these users, chosen by the seed; None: all.
    :returns: the setting; ``unavailable`` says why where it has too few photos: at least four per fold are
        needed in each half. user_specific leaves out users whose photos all have the same popularity: they cannot be
        ranked. Photos without the reading's counts, such as faves, are left out. ``note`` counts both, and, for
        ``relative_to_user``, the held-out photos of users without a training photo.
    """
    kind, _, definition = name.partition(".")
    number = SETTINGS.index(kind)
    target = target_column(name)
    chosen = photos.loc[usable, ["photo_id", "user_id", target]].rename(columns={target: "popularity"})
    chosen = chosen.sort_values("photo_id", ignore_index=True, kind="stable")  # fast where they are sorted
    without = chosen["popularity"].isna()
    notes = [f"photos left out, because their {definition} is not known: {without.sum()}"] if without.any() else []
    chosen = chosen[~without]
    if kind == "one_per_user":
        if max_photos_per_user is not None:
            shuffled = chosen.iloc[np.random.default_rng([seed, 10, number]).permutation(len(chosen))]
            chosen = shuffled[shuffled.groupby("user_id").cumcount() < max_photos_per_user]
    else:
        counts = chosen["user_id"].value_counts()
        most = counts.max() if max_photos_per_user is None else max_photos_per_user
        heavy = sorted(counts.index[(counts >= min_photos_per_user) & (counts <= most)])
        if max_users is not None and len(heavy) > max_users:
            # user_mix and user_specific take the same users
            heavy = sorted(np.random.default_rng([seed, 11]).permutation(heavy)[:max_users])
        chosen = chosen[chosen["user_id"].isin(heavy)]
    if not chosen["photo_id"].is_monotonic_increasing:
        chosen = chosen.sort_values("photo_id")
    chosen = chosen.reset_index(drop=True)
    unavailable, flat = "", 0
    if kind == "user_specific" and not chosen.empty:
        varied = chosen.groupby("user_id")["popularity"].transform("nunique") > 1
        flat = chosen.loc[~varied, "user_id"].nunique()
        if flat:
            notes.append(f"users left out, because their photos are all equally popular and cannot be ranked: {flat}")
        chosen = chosen[varied].reset_index(drop=True)
    if kind != "one_per_user" and chosen.empty and not flat:
        span = (
            f"{min_photos_per_user} or more"
            if max_photos_per_user is None
            else (f"{min_photos_per_user} to {max_photos_per_user}")
        )
        unavailable = (
            f"no user has {span} usable photos (settings.user_mix.min_photos_per_user, max_photos_per_user); the most "
            f"is {photos.loc[usable, 'user_id'].value_counts().max() if usable.any() else 0}"
        )
    elif len(chosen) < 8 * folds:
        unavailable = f"only {len(chosen)} usable photos take part, and {8 * folds} are needed"
    elif chosen["popularity"].nunique() < 2:
        unavailable = "all photos have the same popularity"
    if unavailable:
        chosen = chosen.iloc[:0]
        unavailable = "; ".join([unavailable, *(notes if without.any() else [])])
    group = np.zeros(len(chosen), dtype=np.int64)
    table = random_halves(len(chosen), splits, folds, [seed, 12, number])
    if kind == "user_specific":
        names, group = np.unique(chosen["user_id"].to_numpy(dtype=str), return_inverse=True)
        for user in range(len(names)):
            rows = np.flatnonzero(group == user)
            table[:, rows] = random_halves(len(rows), splits, folds, [seed, 12, number, user])
    setting = Setting(
        name,
        chosen["photo_id"].to_numpy(dtype=object),
        chosen["user_id"].to_numpy(dtype=object),
        chosen["popularity"].to_numpy(dtype=float),
        table,
        group,
        unavailable,
        "; ".join(notes),
    )
    return _relative(setting) if definition == RELATIVE and not unavailable else setting


def _relative(setting: Setting) -> Setting:
    """A setting whose target is relative, with how many users have no average; unavailable where none has."""
    user = pd.factorize(setting.user)[0]
    trained = np.stack([np.bincount(user, folds >= 0, minlength=user.max() + 1)[user] > 0 for folds in setting.folds])
    held = setting.folds == TEST
    unknown = int((held & ~trained).sum()) / max(int(held.sum()), 1)
    if unknown == 1:
        return replace(
            setting,
            photo_id=setting.photo_id[:0],
            user=setting.user[:0],
            target=setting.target[:0],
            folds=setting.folds[:, :0],
            group=setting.group[:0],
            unavailable="no held-out photo is of a user with a training photo, so that there is no average of theirs",
            note="",
        )
    notes = [setting.note]
    if unknown:
        notes.append(f"share of held-out photos whose user has no training photo, and the mean of all: {unknown:.3f}")
    if setting.kind == "user_specific":
        notes.append("within one user the same order as by the popularity itself")
    return replace(setting, note="; ".join(filter(None, notes)))


def save_setting(setting: Setting, path: str | Path) -> None:
    """Write a setting as HDF5, atomically."""
    with sealed(path, LAYOUT) as file:
        file.attrs["name"] = setting.name
        file.attrs["unavailable"], file.attrs["note"] = setting.unavailable, setting.note
        file.create_dataset("photo_id", data=setting.photo_id, dtype=TEXT)
        file.create_dataset("user", data=setting.user, dtype=TEXT)
        file["target"], file["folds"], file["group"] = setting.target, setting.folds, setting.group


def load_setting(path: str | Path) -> Setting:
    """Read what :func:`save_setting` wrote.

    :raises ViewcastError: it is damaged, of another version, or the copy of another setting.
    """
    with reading_sealed(path, LAYOUT) as file:
        return Setting(
            str(file.attrs["name"]),
            file["photo_id"].asstr()[()],
            file["user"].asstr()[()],
            file["target"][()],
            file["folds"][()],
            file["group"][()],
            str(file.attrs["unavailable"]),
            str(file.attrs["note"]),
        )
