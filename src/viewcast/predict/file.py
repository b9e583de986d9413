"""The one file that a model is taken away in: everything that scoring, explaining and coaching need, and no code."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import h5py
import numpy as np

from viewcast.errors import ViewcastError
from viewcast.gaussian import GaussianMachine
from viewcast.predict.calibration import Calibration
from viewcast.predict.cues import CueInputs
from viewcast.predict.describe import Attachment, Recipe
from viewcast.predict.results import Card
from viewcast.predict.weights import Fusion, Regressions
from viewcast.store.hdf5 import TEXT, reading, sealed
from viewcast.store.seal import Layout, check_seal

LAYOUT = Layout("viewcast model", 1)

_REMEDY = (
    "Copy the file again, or make it anew with `snakemake results/model.viewcast`, by the version of Viewcast that is "
    "to use it."
)
_MACHINE = ("landmark", "coefficient", "scale", "width")


@dataclass(frozen=True)
class Reference:
    """The average photo, as one feature sees it.

    :ivar mean: link -> (d,) float64, the mean of what it makes of the vectors.
    :ivar centre, spread: (d,) float64, mean and standard deviation of the vectors as they stand; 1 where a number does
        not vary.
    """

    mean: Mapping[str, np.ndarray]
    centre: np.ndarray
    spread: np.ndarray


@dataclass(frozen=True)
class Saved:
    """All of a saved model.

    :ivar card: what it is; :ivar recipe: how pictures are described.
    :ivar regressions: name -> the regressions of a feature; :ivar fusions: by their names in ``predict.weights``.
    :ivar social: weights (s, d) and intercepts (s,) on the cues; None where no cue tells photos apart.
    :ivar cues: the inputs of ``social``; :ivar calibration: what the models had not seen.
    :ivar reference: feature -> the average photo.
    """

    card: Card
    recipe: Recipe
    regressions: Mapping[str, Regressions]
    fusions: Mapping[str, Fusion]
    social: tuple[np.ndarray, np.ndarray] | None
    cues: CueInputs
    calibration: Calibration
    reference: Mapping[str, Reference]


def save_model(saved: Saved, path: str | os.PathLike[str]) -> None:
    """Write a model as HDF5, atomically."""
    with sealed(path, LAYOUT, anywhere=True) as file:
        file.attrs["card"] = json.dumps(asdict(saved.card))
        recipe = saved.recipe
        file.attrs["parameters"] = json.dumps({name: dict(values) for name, values in recipe.parameters.items()})
        file.attrs["dtype"] = recipe.dtype
        for name, words in recipe.dictionaries.items():
            file[f"dictionaries/{name}"] = words
        for name, content in recipe.networks.items():
            file[f"networks/{name}"] = np.frombuffer(content, dtype=np.uint8)
        for number, (name, attachment) in enumerate(recipe.attachments.items()):
            one = file.create_dataset(f"attachments/{number}", data=np.frombuffer(attachment.content, dtype=np.uint8))
            one.attrs["name"], one.attrs["suffix"] = name, attachment.suffix
        for name, own in saved.regressions.items():
            group = file.create_group(f"regressions/{_stem(name)}")
            group.attrs["name"] = name
            group.create_dataset("link", data=own.link, dtype=TEXT)
            group["weights"], group["intercept"] = own.weights, own.intercept
            group["landmarks"] = own.landmarks
            for s, machine in own.machines.items():
                for what in _MACHINE:
                    group[f"machines/{s}/{what}"] = getattr(machine, what)
        for name, fusion in saved.fusions.items():
            group = file.create_group(f"fusions/{name}")
            group.create_dataset("inputs", data=np.array(fusion.inputs, dtype=object), dtype=TEXT)
            group.attrs["base"] = fusion.base
            for what in ("weights", "intercept", "low", "high"):
                group[what] = getattr(fusion, what)
        if saved.social is not None:
            file["social/weights"], file["social/intercept"] = saved.social
        file.create_dataset("cues/labels", data=np.array(saved.cues.labels, dtype=object), dtype=TEXT)
        logarithmic = np.array(sorted(saved.cues.logarithmic), dtype=object)
        file.create_dataset("cues/logarithmic", data=logarithmic, dtype=TEXT)
        file["cues/mean"], file["cues/covariance"] = saved.cues.mean, saved.cues.covariance
        for what in ("part", "target", "cues", "user"):
            file[f"calibration/{what}"] = getattr(saved.calibration, what)
        for name, values in saved.calibration.members.items():
            one = file.create_dataset(f"calibration/members/{_stem(name)}", data=values)
            one.attrs["name"] = name
        for name, values in saved.calibration.strangeness.items():
            file[f"calibration/strangeness/{name}"] = values
        for name, reference in saved.reference.items():
            group = file.create_group(f"reference/{name}")
            group["centre"], group["spread"] = reference.centre, reference.spread
            for link, mean in reference.mean.items():
                group[f"mean/{link}"] = mean


def load_model(path: str | os.PathLike[str]) -> Saved:
    """Read what :func:`save_model` wrote.

    :raises ViewcastError: it is not such a file, is damaged or cut short, or is of another version.
    """
    name = os.fspath(path)
    if not os.path.exists(path):
        raise ViewcastError(
            f"There is no model at {name}. Make one with `snakemake results/model.viewcast`, or give the path of one "
            "with --model."
        )
    check_seal(path, LAYOUT, remedy=_REMEDY)
    with reading(path, _REMEDY) as file:
        return _read(file)


def _read(file: h5py.File) -> Saved:
    card: dict[str, Any] = json.loads(file.attrs["card"])
    for what in ("features", "cues", "protocols"):
        card[what] = tuple(card[what])
    card["coverage"] = tuple(tuple(pair) for pair in card["coverage"])
    recipe = Recipe(
        json.loads(file.attrs["parameters"]),
        {name: one[()] for name, one in file.get("dictionaries", {}).items()},
        {name: one[()].tobytes() for name, one in file.get("networks", {}).items()},
        {
            one.attrs["name"]: Attachment(one.attrs["suffix"], one[()].tobytes())
            for one in file.get("attachments", {}).values()
        },
        str(file.attrs["dtype"]),
    )
    regressions = {
        str(group.attrs["name"]): Regressions(
            group["link"].asstr()[()],
            group["weights"][()],
            group["intercept"][()],
            {
                int(s): GaussianMachine(**{what: one[what][()] for what in _MACHINE})
                for s, one in group.get("machines", {}).items()
            },
            group["landmarks"][()],
        )
        for group in file["regressions"].values()
    }
    fusions = {
        name: Fusion(
            tuple(group["inputs"].asstr()[()]),
            group["weights"][()],
            group["intercept"][()],
            group["low"][()],
            group["high"][()],
            str(group.attrs["base"]),
        )
        for name, group in file["fusions"].items()
    }
    calibration = file["calibration"]
    return Saved(
        Card(**card),
        recipe,
        regressions,
        fusions,
        (file["social/weights"][()], file["social/intercept"][()]) if "social" in file else None,
        CueInputs(
            tuple(file["cues/labels"].asstr()[()]),
            frozenset(file["cues/logarithmic"].asstr()[()]),
            file["cues/mean"][()],
            file["cues/covariance"][()],
        ),
        Calibration(
            calibration["part"][()],
            calibration["target"][()],
            {str(one.attrs["name"]): one[()] for one in calibration["members"].values()},
            calibration["cues"][()],
            {name: one[()] for name, one in calibration["strangeness"].items()},
            calibration["user"][()],
        ),
        {
            name: Reference(
                {link: one[()] for link, one in group["mean"].items()}, group["centre"][()], group["spread"][()]
            )
            for name, group in file["reference"].items()
        },
    )


def _stem(name: str) -> str:
    """A name without a slash, which HDF5 takes for a folder."""
    return name.replace("/", "-")
