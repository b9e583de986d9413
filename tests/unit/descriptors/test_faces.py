"""Faces: the numbers of given boxes, and how the detector's file is asked for. No real detector is here to run."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from viewcast.descriptors import faces as module
from viewcast.descriptors.faces import MEASUREMENTS, NAMES, Parameters, faces, yunet
from viewcast.errors import ViewcastError


def described(boxes: list[list[float]], height: int = 120, width: int = 160) -> dict[str, float]:
    picture = np.zeros((height, width, 3), np.uint8)
    return dict(zip(NAMES, faces(picture, lambda image: np.array(boxes).reshape(-1, 5)).tolist(), strict=True))


def test_against_a_mask_of_the_pixels():
    rng = np.random.default_rng(0)
    for count in range(1, 8):
        boxes = np.column_stack([rng.integers(-20, 140, count), rng.integers(-20, 100, count),
                                 rng.integers(1, 60, (count, 2)), rng.random(count)])  # fmt: skip
        masks = np.zeros((count, 120, 160), bool)
        for mask, (left, top, wide, high, _) in zip(masks, boxes.astype(int), strict=True):
            mask[max(top, 0) : max(top + high, 0), max(left, 0) : max(left + wide, 0)] = True
        areas = masks.sum((1, 2))
        found = described(boxes.tolist())
        assert found["faces"] == (areas > 0).sum()
        assert found["faces_area"] == pytest.approx(masks.any(0).mean())
        assert found["face_area"] == pytest.approx(areas.max() / (120 * 160))
        if areas.max() > 0:
            rows, columns = np.nonzero(masks[areas.argmax()])
            assert found["face_off_centre"] == pytest.approx(abs((columns.mean() + 0.5) / 160 - 0.5))
            assert found["face_height"] == pytest.approx((rows.mean() + 0.5) / 120)
            assert found["face_certainty"] == pytest.approx(boxes[areas > 0, 4].max())


def test_no_face_and_faces_outside():
    nothing = {
        "faces": 0,
        "faces_area": 0,
        "face_area": 0,
        "face_off_centre": 0,
        "face_height": 0.5,
        "face_certainty": 0,
    }
    assert described([]) == nothing
    assert described([[-30, 0, 20, 20, 0.9], [0, 130, 20, 20, 0.9]]) == nothing
    assert described([[-1000, -1000, 9000, 9000, 1.01]]) == pytest.approx(
        {"faces": 1, "faces_area": 1, "face_area": 1, "face_off_centre": 0, "face_height": 0.5, "face_certainty": 1}
    )


def test_names():
    assert module.dimension() == len(NAMES) == 6 and module.feature_names() == list(NAMES) == list(MEASUREMENTS)


class Fake:
    """What OpenCV gives for a YuNet file: two faces wherever it looks, none in a black picture."""

    def setInputSize(self, size: tuple[int, int]) -> None:
        self.size = size

    def detect(self, picture: np.ndarray) -> tuple[int, np.ndarray | None]:
        assert self.size == (picture.shape[1], picture.shape[0])
        if not picture.any():
            return 1, None
        assert picture[0, 0].tolist() == [3, 2, 1], "blue comes first"
        points = [0.0] * 10
        return 1, np.array([[4, 5, 20, 10, *points, 0.8], [40, 5, 10, 10, *points, 0.9]], np.float32)


def test_extractor(tmp_path, monkeypatch):
    path = tmp_path / "yunet.onnx"
    path.write_bytes(b"a model")
    monkeypatch.setattr(cv2.FaceDetectorYN, "create", lambda file, *rest: Fake())
    extract = module.extractor(Parameters.preset("paper", face_model=str(path)), {})
    picture = np.full((50, 100, 3), (1, 2, 3), np.uint8)
    rows = extract([picture, np.zeros((30, 30, 3), np.uint8), picture[:, ::-1]])
    assert rows.shape == (3, 6) and rows.dtype == np.float32
    np.testing.assert_allclose(rows[0], [2, 300 / 5000, 200 / 5000, 0.36, 0.2, 0.9], rtol=1e-6)
    assert rows[1].tolist() == [0, 0, 0, 0, 0.5, 0]


def test_a_missing_or_wrong_file_says_what_to_do(tmp_path):
    with pytest.raises(ViewcastError, match=r"face_model names no file.*opencv_zoo.*evaluation.also"):
        module.extractor(Parameters(), {})
    with pytest.raises(ViewcastError, match="there is no file .*absent.onnx"):
        yunet(str(tmp_path / "absent.onnx"))
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(ViewcastError, match="cannot read .*text.onnx"):
        yunet(str(tmp_path / "text.onnx"))
