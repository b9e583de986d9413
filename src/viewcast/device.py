"""Which device computes: the same torch code runs on a CPU and on a CUDA card."""

from __future__ import annotations

import torch

from viewcast.errors import ViewcastError


def choose_device(wanted: str = "auto") -> str:
    """Name of the torch device for ``wanted``: ``auto`` (CUDA where present), ``cpu`` or ``cuda[:n]``.

    :raises ViewcastError: the name is none of these, or CUDA is asked for and absent.
    """
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = wanted.partition(":")
    if wanted != "cpu" and not (kind == "cuda" and (not number or number.isdigit())):
        raise ViewcastError(f"device: '{wanted}' is not one of auto, cpu, cuda or cuda:N.")
    if kind == "cuda" and int(number or 0) >= torch.cuda.device_count():
        raise ViewcastError(
            f"device: {wanted} is asked for, but torch sees {torch.cuda.device_count()} CUDA devices here. "
            "Set device to auto or cpu, or install a torch build that matches the graphics driver."
        )
    return wanted
