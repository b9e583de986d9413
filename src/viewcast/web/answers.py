"""What a model says, as JSON and pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from viewcast.web.contract import Advice, Comparison, Explanation

#: Orange lifts and blue sinks, which the colour-blind tell apart too (Okabe and Ito 2008).
_LIFTS, _SINKS = np.array([230, 120, 0], np.float32), np.array([0, 100, 190], np.float32)
#: Of a map's values, the share that is drawn in full colour.
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
    """The reasons, those that weigh most first."""
    reasons = sorted(explanation.reasons, key=lambda reason: -abs(reason.adds))
    return {
        "average": plain(explanation.average),
        "reasons": [plain({"name": one.name, "adds": one.adds, "views": one.views}) for one in reasons],
    }


def of_advice(advice: Advice) -> dict[str, Any]:
    """The suggestions; ``picture`` says where the edited one is, if it is another one."""
    return {
        "suggestions": [
            plain({
                "sentences": list(one.sentences), "gain": one.gain, "low": one.low, "high": one.high,
                "views_before": one.views_before, "views_after": one.views_after,
                "picture": f"edit-{number}" if one.edits else None,
            })
            for number, one in enumerate(advice.suggestions)
        ],
        "tried": advice.tried,
        "notes": list(advice.notes),
    }  # fmt: skip


def of_comparison(comparison: Comparison, ids: Sequence[str]) -> dict[str, Any]:
    """The ids in their order, and the probability that the first of two has more views."""
    return {
        "order": [ids[place] for place in comparison.order],
        "probability": {
            first: {second: plain(comparison.probability[i][j]) for j, second in enumerate(ids) if i != j}
            for i, first in enumerate(ids)
        },
    }


def heatmap(image: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A picture in grey, and over it what each place adds: orange more, blue less than usual.

    :param image: RGB uint8 (h, w, 3); :param values: of any size, in any unit.
    """
    tall, wide = image.shape[:2]
    grey = 0.6 * (image @ np.array([0.299, 0.587, 0.114], np.float32))[:, :, None] + 0.4 * 255 * 0.75
    over = cv2.resize(np.asarray(values, np.float32), (wide, tall), interpolation=cv2.INTER_LINEAR)
    over = cv2.GaussianBlur(over, (0, 0), max(tall, wide) / 80)
    most = float(np.quantile(np.abs(over), 1 - _FULL))
    share = np.clip(over / most, -1, 1)[:, :, None] if most > 0 else np.zeros((tall, wide, 1), np.float32)
    strength = 0.8 * np.sqrt(np.abs(share))
    colour = np.where(share > 0, _LIFTS, _SINKS)
    return np.clip(grey * (1 - strength) + colour * strength, 0, 255).astype(np.uint8)
