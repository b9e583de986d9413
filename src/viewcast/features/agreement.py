"""Agreement of the pictures of a corpus with their titles, from their feature files."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from viewcast.descriptors.agreement import load_agreement
from viewcast.features.matrix import FeatureMatrix

#: The cue, and the column that holds it.
AGREEMENT = "agreement"
# Vectors that are held at a time.
_ROWS = 4096


def agreement_of(
    features: Sequence[str | os.PathLike[str]],
    photos: pd.DataFrame,
    backbone: str,
    weights: str | os.PathLike[str],
    device: str = "cpu",
) -> pd.DataFrame:
    """How well each picture agrees with its title.

    :param features: the feature files of ``backbone``.
    :param photos: the columns photo_id and title of photos.parquet.
    :param weights: the folder that holds those of the backbone's text tower.
    :param device: of torch.
    :returns: photo_id, in the order of ``photos``, and :data:`AGREEMENT`, float64 from -1 to 1; NaN for a photo without
        a title, or without a picture that can be read.
    :raises ViewcastError: as of :func:`~viewcast.descriptors.agreement.load_agreement` and
        :class:`~viewcast.features.matrix.FeatureMatrix`.
    """
    agreement, matrix = load_agreement(backbone, weights, device), FeatureMatrix(features)
    titles = pd.Series(photos["title"].to_numpy(dtype=object), index=photos["photo_id"])
    titles = titles[titles.notna()]
    wanted = matrix.index.intersection(titles.index, sort=False)
    found = np.empty(len(wanted))
    for part, vectors in matrix.blocks(list(wanted), _ROWS):
        found[part] = agreement(vectors, list(titles[wanted[part]]))
    told = pd.Series(found, index=wanted).reindex(photos["photo_id"])
    return pd.DataFrame({"photo_id": photos["photo_id"].to_numpy(), AGREEMENT: told.to_numpy()})
