"""The names of ImageNet's 1000 classes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

NAMES = Path(__file__).with_name("imagenet.json")


@cache
def class_names() -> tuple[str, ...]:
    """The classes in ImageNet's order, in English, as torchvision has them, whose import would take seconds.

    A name that occurs twice carries the class's number.
    """
    names = json.loads(NAMES.read_text(encoding="utf-8"))
    return tuple(f"{name} ({i})" if names.count(name) > 1 else name for i, name in enumerate(names))
