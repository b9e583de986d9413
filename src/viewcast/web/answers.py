"""What a model says, as JSON and pictures."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from viewcast.predict.coach import Advice
    from viewcast.predict.compare import Comparison
    from viewcast.predict.explain import Explanation

#: Kinds of edits that change the text beside the picture.
OF_TEXT = ("tags", "title", "description")


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
