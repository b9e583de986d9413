"""From pictures to the vectors of every feature that a saved model knows, as the workflow computes them."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from viewcast.descriptors.registry import spec_of

#: Threads of one call: no digit depends on the machine's size.
THREADS = 1


@dataclass(frozen=True)
class Attachment:
    """A file that a description needs, in memory.

    :ivar suffix: of its name, with the dot; :ivar content: its bytes.
    """

    suffix: str
    content: bytes


@dataclass(frozen=True)
class Recipe:
    """How pictures are described.

    :ivar parameters: feature -> what the configuration says of it; those that others are made of are among them.
    :ivar dictionaries: name -> words.
    :ivar networks: file name -> the weights of networks and their records.
    :ivar attachments: ``feature/parameter`` -> the file that this parameter names.
    :ivar dtype: of the feature files that the model learned from, to which vectors are rounded.
    """

    parameters: Mapping[str, Mapping[str, Any]]
    dictionaries: Mapping[str, np.ndarray] = field(default_factory=dict)
    networks: Mapping[str, bytes] = field(default_factory=dict)
    attachments: Mapping[str, Attachment] = field(default_factory=dict)
    dtype: str = "float32"


class Describer:
    """Pictures to vectors; the descriptors are loaded when they are first needed.

    :ivar parameters: feature -> its module's ``Parameters``, once it is loaded.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.parameters: dict[str, Any] = {}
        self._extract: dict[str, Callable[[Sequence[np.ndarray]], np.ndarray]] = {}
        self._palette: np.ndarray | None = None
        self._order = sorted(recipe.parameters, key=lambda name: (spec_of(name).made_of is not None, name))

    def load(self) -> None:
        """Make everything ready: dictionaries, filters, networks."""
        if self._extract:
            return
        import cv2
        import torch

        from viewcast.features.pipeline import parameters_of

        torch.set_num_threads(THREADS)
        cv2.setNumThreads(THREADS)
        recipe = self.recipe
        with ExitStack() as stack:
            # Libraries of networks and detectors read files alone.
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="viewcast-")))
            for name, content in recipe.networks.items():
                (folder / name).write_bytes(content)
            given = {name: dict(values) for name, values in recipe.parameters.items()}
            for number, (place, attachment) in enumerate(recipe.attachments.items()):
                path = folder / f"{number}{attachment.suffix}"
                path.write_bytes(attachment.content)
                feature, _, parameter = place.partition("/")
                given[feature][parameter] = str(path)
            found = {}
            for name in self._order:
                spec = spec_of(name)
                module = importlib.import_module(spec.module)
                self.parameters[name] = parameters_of(module, given[name])
                words = {one: recipe.dictionaries[one] for one in spec.dictionaries}
                extra = {"weights": folder} if spec.weights else {}
                found[name] = module.extractor(self.parameters[name], words, "cpu", **extra)
            own = given.get("color_histogram", {}).get("color_table")
            if own:
                from viewcast.descriptors.colors import read_palette

                self._palette = read_palette(own).rgb
        self._extract = found

    def __call__(self, pictures: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        """The vectors of n pictures.

        :param pictures: RGB uint8 (h, w, 3) of any sizes; they are reduced as those of a corpus are.
        :returns: feature -> (n, d) float32.
        """
        return self.only(self._order, pictures)

    def only(self, features: Sequence[str], pictures: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        """The vectors of some features, and of those that they are made of."""
        self.load()
        made_of = {spec_of(name).made_of for name in features}
        order = [name for name in self._order if name in features or name in made_of]
        sized = {
            side: [reduced(picture, side) for picture in pictures]
            for side in {spec_of(name).longest_side for name in order}
        }
        found: dict[str, np.ndarray] = {}
        for name in order:
            spec = spec_of(name)
            rows = sized[spec.longest_side] if spec.made_of is None else list(found[spec.made_of])
            # Of the rounded vectors, as the workflow reads them from a file.
            found[name] = self._extract[name](rows).astype(self.recipe.dtype).astype(np.float32)
        return found

    @property
    def palette(self) -> np.ndarray:
        """The 50 colours of the colour histogram: (50, 3) uint8."""
        from viewcast.descriptors.colors import read_palette

        self.load()
        return self._palette if self._palette is not None else read_palette(None).rgb


def reduced(picture: np.ndarray, side: int) -> np.ndarray:
    """A picture whose longest side has at most ``side`` pixels."""
    from viewcast.pictures.resize import reduce

    return reduce(picture, side)
