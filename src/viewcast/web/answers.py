"""What a model says, as JSON and pictures."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from viewcast.predict.coach import Advice
    from viewcast.predict.compare import Comparison
    from viewcast.predict.explain import Explanation

#: Orange lifts and blue sinks, which the colour-blind tell apart too.
_LIFTS, _SINKS = np.array([230, 120, 0], np.float32), np.array([0, 100, 190], np.float32)
#: Kinds of edits that change the text beside the picture.
OF_TEXT = ("tags", "title", "description")
#: Of a map's pixels, the share that is drawn in full colour.
_FULL = 0.01


def plain(value: Any) -> Any:
    """For JSON, which has no number that is not finite, no tuple and no NumPy."""
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def of_explanation(explanation: Explanation) -> dict[str, Any]:
    """The reasons, those that weigh most first, without the score, which is known already."""
    return {name: value for name, value in plain(explanation.to_dict()).items() if name != "score"}


def of_advice(advice: Advice) -> dict[str, Any]:
    """What is offered; ``tried`` is how many edits were, and ``picture`` the name of the edited one where it is another
    one than before.
    """
    said = plain(advice.to_dict())
    steps = [
        step | {"picture": None if step["kind"] in OF_TEXT else f"edit-{number}"}
        for number, step in enumerate(said["steps"])
    ]
    return {"steps": steps, "tried": sum(said["outcomes"].values()), "limits": said["limits"], "test": said["test"]}


def of_comparison(comparison: Comparison, ids: Sequence[str]) -> dict[str, Any]:
    """The ids in their order, and how likely the first of two is the more popular."""
    return {
        "order": [ids[place] for place in comparison.order],
        "chances": {
            first: {second: plain(comparison.chances[i][j]) for j, second in enumerate(ids) if i != j}
            for i, first in enumerate(ids)
        },
    }


def jpeg(image: np.ndarray, quality: int) -> bytes:
    """An RGB uint8 picture as a JPEG file. It has no metadata: neither place nor camera."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return file.getvalue()


def heatmap(image: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A picture in grey, and over it what each place adds: orange lifts the forecast, blue sinks it.

    :param image: RGB uint8 (h, w, 3); :param values: of any size, in any unit.
    """
    tall, wide = image.shape[:2]
    grey = (0.6 * (image @ np.array([0.299, 0.587, 0.114], np.float32)) + 76)[:, :, None]
    small = cv2.GaussianBlur(np.asarray(values, np.float32), (0, 0), max(values.shape) / 40)
    over = cv2.resize(small, (wide, tall), interpolation=cv2.INTER_LINEAR)
    most = float(np.quantile(np.abs(over), 1 - _FULL))
    share = np.clip(over / most, -1, 1)[:, :, None] if most > 0 else np.zeros((tall, wide, 1), np.float32)
    strength = 0.85 * np.abs(share)
    colour = np.where(share > 0, _LIFTS, _SINKS)
    return np.clip(grey * (1 - strength) + colour * strength, 0, 255).astype(np.uint8)
