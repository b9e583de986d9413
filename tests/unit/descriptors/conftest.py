"""Real pictures that packages ship, odd pictures, and the devices that are here."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from skimage import data
from sklearn.datasets import load_sample_images


def devices() -> list[str]:
    return ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.fixture(params=devices())
def device(request) -> str:
    return request.param


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def photos() -> dict[str, np.ndarray]:
    """Four photographs, RGB, small enough for loops: longest side 100 to 200."""
    china, flower = load_sample_images().images

    def small(image: np.ndarray, longest: int) -> np.ndarray:
        scale = longest / max(image.shape[:2])
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        return cv2.resize(image, size, interpolation=cv2.INTER_AREA)

    return {
        "coffee": small(data.coffee(), 200),
        "chelsea": small(data.chelsea(), 150),
        "china": small(china, 180),
        "flower": np.ascontiguousarray(small(flower, 101)[:, 3:70]),
    }


@pytest.fixture(scope="session")
def odd_pictures() -> dict[str, np.ndarray]:
    """Pictures at the edge of the definitions."""
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (300, 300, 3), dtype=np.uint8)
    return {
        "one pixel": noise[:1, :1].copy(),
        "two pixels": noise[:1, :2].copy(),
        "a row": noise[:1].copy(),
        "a column": noise[:, :1].copy(),
        "five by seven": noise[:5, :7].copy(),
        "narrow": noise[:200, :9].copy(),
        "black": np.zeros((40, 60, 3), np.uint8),
        "white": np.full((60, 40, 3), 255, np.uint8),
        "half": np.repeat(np.repeat([[[0], [255]]], 30, 0), 31, 1).repeat(3, 2).astype(np.uint8),
        "noise": noise[:64, :48].copy(),
    }


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of reference data that is not part of the project; skips where it is absent."""
    root = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("VIEWCAST_SHARED", root.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("the reference data are not here (VIEWCAST_SHARED)")
    return folder
