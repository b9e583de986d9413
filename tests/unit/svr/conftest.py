"""Each test runs on every backend, and in both ways of multiplying."""

from __future__ import annotations

import pytest
import torch

from viewcast.svr import cross_validation, load_backend, many


@pytest.fixture(params=["numpy", "torch", "cuda"])
def backend(request):
    """Every backend that this machine has."""
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    return load_backend(request.param)


@pytest.fixture(params=["eigen", "shared"])
def form(request, monkeypatch):
    """Both ways of multiplying, whatever the problem's shape would choose."""
    for module in (cross_validation, many):
        monkeypatch.setattr(module, "prefers_eigenbasis", lambda m, d: request.param == "eigen")
    return request.param
