"""Faces: how many there are, how large, and where.

They are no part of the paper. The detector is YuNet (Wu, Peng and Yu, Machine Intelligence Research 20, 2023, DOI
10.1007/s11633-023-1423-y), which OpenCV runs; its file is not shipped with Viewcast or OpenCV, and
``descriptors.face_model`` names it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from viewcast.descriptors.extractor import Extractor, one_by_one
from viewcast.descriptors.measurement import Measurement
from viewcast.errors import ViewcastError

#: A picture, RGB uint8 (h, w, 3), to its faces, (n, 5) float: left, top, width and height in pixels, and a score 0..1.
Detector = Callable[[np.ndarray], np.ndarray]

#: Least score of a face.
LEAST_SCORE = 0.6
#: Of two boxes that overlap by more than this share of their union, the one with the lower score is dropped.
MOST_OVERLAP = 0.3
_MOST_BOXES = 5000

#: Name -> what it is, in the order of the vector.
MEASUREMENTS: dict[str, Measurement] = {
    one.name: one
    for one in (
        Measurement("faces", "number of faces", "faces", 0, _MOST_BOXES),
        Measurement("faces_area", "share of the picture that faces take", "", 0, 1),
        Measurement("face_area", "share of the picture that the largest face takes", "", 0, 1),
        Measurement("face_off_centre", "how far left or right of the middle the largest face is", "widths", 0, 0.5),
        Measurement("face_height", "how far below the upper edge the largest face is", "heights", 0, 1),
        Measurement("face_certainty", "how sure the surest face is", "", 0, 1),
    )
}
NAMES = tuple(MEASUREMENTS)
_HELP = (
    "Fetch face_detection_yunet_2023mar.onnx (or a later one) from OpenCV's model zoo, "
    "https://github.com/opencv/opencv_zoo, and give its path as descriptors.face_model, or take faces out of "
    "evaluation.features and evaluation.also."
)


@dataclass(frozen=True)
class Parameters:
    """What may be chosen.

    :ivar face_model: path of YuNet's ONNX file.
    """

    face_model: str | None = None

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Parameters:
        """The same for ``paper`` and ``toolbox``, with some fields changed."""
        return cls(**changes)


def dimension(parameters: Parameters = Parameters()) -> int:
    """Length of the vector, 6."""
    return len(NAMES)


def feature_names(parameters: Parameters = Parameters()) -> list[str]:
    """The names of the numbers, in their order; ``MEASUREMENTS`` has the words and units for each."""
    return list(NAMES)


def yunet(path: str | None) -> Detector:
    """The detector of a YuNet file.

    :param path: of its ONNX file.
    :raises ViewcastError: there is no such file, or OpenCV cannot read it as YuNet.
    """
    if path is None:
        raise ViewcastError(f"faces: descriptors.face_model names no file of the detector. {_HELP}")
    if not Path(path).is_file():
        raise ViewcastError(f"faces: there is no file {path} (descriptors.face_model). {_HELP}")
    try:
        model = cv2.FaceDetectorYN.create(path, "", (320, 320), LEAST_SCORE, MOST_OVERLAP, _MOST_BOXES)
    except cv2.error as error:
        raise ViewcastError(f"faces: OpenCV cannot read {path} ({error.err}). {_HELP}") from error

    def detect(image: np.ndarray) -> np.ndarray:
        model.setInputSize((image.shape[1], image.shape[0]))
        try:
            _, found = model.detect(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2BGR))
        except cv2.error as error:
            raise ViewcastError(f"faces: {path} is no YuNet that this OpenCV can run ({error.err}). {_HELP}") from error
        # Left, top, width, height, five points, score.
        return np.zeros((0, 5)) if found is None else np.asarray(found, dtype=float)[:, [0, 1, 2, 3, 14]]

    return detect


def faces(image: np.ndarray, detect: Detector) -> np.ndarray:
    """The numbers of one picture.

    Boxes are cut at the picture's edges, and those of which nothing is left do not count. The area of all faces is that
    of their union. Without a face all numbers are 0, but ``face_height``, which is 0.5.

    :param image: RGB uint8 (h, w, 3).
    :param detect: such as :func:`yunet` gives.
    :returns: (6,) float32, in the order of ``NAMES`` and the units of ``MEASUREMENTS``.

    >>> two = np.array([[10.0, 10, 20, 20, 0.9], [60, 30, 10, 10, 0.7]])
    >>> faces(np.zeros((50, 100, 3), np.uint8), lambda image: two).round(2).tolist()
    [2.0, 0.10000000149011612, 0.07999999821186066, 0.30000001192092896, 0.4000000059604645, 0.8999999761581421]
    """
    height, width = image.shape[:2]
    left, top, wide, high, score = np.asarray(detect(image), dtype=float).reshape(-1, 5).T
    right, bottom = np.minimum(left + wide, width), np.minimum(top + high, height)
    left, top = np.maximum(left, 0), np.maximum(top, 0)
    seen = (right > left) & (bottom > top)
    if not seen.any():
        return np.array([0, 0, 0, 0, 0.5, 0], dtype=np.float32)
    left, top, right, bottom, score = (one[seen] for one in (left, top, right, bottom, score))
    area = (right - left) * (bottom - top)
    largest = int(area.argmax())
    middle = (left[largest] + right[largest]) / 2 / width, (top[largest] + bottom[largest]) / 2 / height
    numbers = [
        len(area),
        _union(left, top, right, bottom) / (width * height),
        area[largest] / (width * height),
        abs(middle[0] - 0.5),
        middle[1],
        min(score.max(), 1),
    ]
    return np.array(numbers, dtype=np.float32)


def extractor(parameters: Parameters, dictionaries: dict[str, np.ndarray], device: str = "cpu") -> Extractor:
    """A function from n pictures to the :func:`faces` of each.

    :param dictionaries: not used.
    :param device: not used: OpenCV computes on the CPU.
    :returns: from n pictures, RGB uint8 of any sizes, to (n, 6) float32.
    :raises ViewcastError: the detector's file is missing or is none.
    """
    detect = yunet(parameters.face_model)
    return one_by_one(lambda picture: faces(picture, detect), len(NAMES))


def _union(left: np.ndarray, top: np.ndarray, right: np.ndarray, bottom: np.ndarray) -> float:
    """The area that boxes cover: between any two of their edges, a stripe is covered or not."""
    x, y = np.unique([left, right]), np.unique([top, bottom])
    across = (left[:, None] <= x[:-1]) & (right[:, None] >= x[1:])
    down = (top[:, None] <= y[:-1]) & (bottom[:, None] >= y[1:])
    covered = down.T.astype(np.float64) @ across > 0
    return float(np.diff(y) @ covered @ np.diff(x))
