"""Dictionaries of visual words: k-means over sampled local descriptors, and their files."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

from viewcast.errors import ViewcastError
from viewcast.store.hdf5 import reading_sealed, sealed
from viewcast.store.seal import Layout

LAYOUT = Layout("dictionary", 1)

# k-means++ looks for its first words among this many samples per word: among all it takes longer than the rest.
_START = 20
# Lloyd's rounds: the quantisation error is then within 2% of running to the end (docs/performance.md).
_ROUNDS = 20


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


def learn_dictionary(samples: np.ndarray, size: int, seed: int, provenance: dict | None = None) -> Dictionary:
    """Learn visual words from sampled local descriptors, by k-means (Lloyd 1982, DOI 10.1109/TIT.1982.1056489).

    scikit-learn's k-means, seeded, on one thread: sums in a fixed order, so that the same samples give the same words
    however many cores the machine has.

    Deviation: the toolbox starts from furthest-first points and runs until nothing moves; here greedy k-means++ (Arthur
    and Vassilvitskii, SODA 2007) on a random subset and a bounded number of Lloyd rounds over all samples, which
    quantise as well in a fraction of the time. The paper (section 4.2) gives the sizes of its dictionaries and says
    only that they are learned.

    :param samples: (n, d) float32 local descriptors.
    :param size: number of words.
    :param seed: of the first words.
    :param provenance: added to the record of how the words were made.
    :raises ViewcastError: there are fewer distinct samples than words, or samples that are not finite.
    """
    # Imported here: every job that reads a dictionary would wait seconds for it.
    import sklearn
    from sklearn.cluster import KMeans, kmeans_plusplus

    samples = np.ascontiguousarray(samples, dtype=np.float32)
    if samples.ndim != 2 or not np.isfinite(samples).all():
        raise ViewcastError(f"Dictionary samples must be finite and (n, d); these are {samples.shape}.")
    start = samples[np.random.default_rng(seed).permutation(len(samples))[: _START * size]]
    distinct = len(np.unique(start, axis=0))
    if distinct < size and len(start) < len(samples):
        # Nearly all samples are alike: look for the rare others too.
        start, distinct = samples, len(np.unique(samples, axis=0))
    if distinct < size:
        raise ViewcastError(
            f"A dictionary of {size} words needs at least {size} distinct local descriptors; the sampled "
            f"photographs gave {distinct}. Sample more photographs (dictionary settings) or ask for fewer words."
        )
    with threadpool_limits(limits=1):
        first, _ = kmeans_plusplus(start, size, random_state=seed)
        fitted = KMeans(size, init=first, n_init=1, max_iter=_ROUNDS).fit(samples)
    record = {
        "method": "k-means",
        "library": f"scikit-learn {sklearn.__version__}",
        "size": size,
        "seed": seed,
        "samples": len(samples),
        "started_from": len(start),
        "rounds": int(fitted.n_iter_),
        "mean_squared_error": float(fitted.inertia_) / len(samples),
    }
    return Dictionary(fitted.cluster_centers_.astype(np.float32), record | (provenance or {}))


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
