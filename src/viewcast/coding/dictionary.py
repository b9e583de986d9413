"""Dictionaries of visual words, and their files."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field

import numpy as np

from viewcast.errors import ViewcastError
from viewcast.store.hdf5 import reading_sealed, sealed
from viewcast.store.seal import Layout

LAYOUT = Layout("dictionary", 1)


@dataclass(frozen=True)
class Dictionary:
    """A dictionary of visual words.

    :ivar words: (k, d) float32.
    :ivar provenance: how they were made, in plain JSON values.
    """

    words: np.ndarray
    provenance: dict = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the words' shape and bytes, in hexadecimal digits: what features made with this dictionary depend
        on.
        """
        words = np.ascontiguousarray(self.words, dtype="<f4")
        return hashlib.sha256(repr(words.shape).encode() + words.tobytes()).hexdigest()


def save_dictionary(path: str | os.PathLike[str], dictionary: Dictionary) -> None:
    """Write ``words`` (k, d) float32, with ``digest`` and ``provenance`` (JSON) as attributes, to an HDF5 file,
    atomically.
    """
    with sealed(path, LAYOUT) as file:
        words = file.create_dataset("words", data=np.asarray(dictionary.words, dtype=np.float32))
        words.attrs["digest"] = dictionary.digest
        words.attrs["provenance"] = json.dumps(dictionary.provenance, sort_keys=True)


def load_dictionary(path: str | os.PathLike[str]) -> Dictionary:
    """Read what ``save_dictionary`` wrote.

    :raises ViewcastError: the file is absent, no dictionary, or its words do not match the recorded digest.
    """
    try:
        with reading_sealed(path, LAYOUT) as file:
            words = file["words"]
            dictionary = Dictionary(words[:], json.loads(words.attrs["provenance"]))
            recorded = words.attrs["digest"]
    except (OSError, KeyError, ValueError) as error:
        raise ViewcastError(f"{path} is not a readable dictionary file ({error}). Delete it and rerun.") from error
    if dictionary.digest != recorded:
        raise ViewcastError(f"{path}: the words do not match their recorded digest. Delete it and rerun.")
    return dictionary
