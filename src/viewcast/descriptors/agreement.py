"""Agreement of a picture with its title: the cosine of their embeddings in a model that was trained on both.

CLIP (Radford et al., ICML 2021, arXiv 2103.00020) and its kin have a tower for pictures, whose embedding is the feature
``deep`` of the backbone ``open_clip:<model>/<weights>``, and one for texts, which is here. The paper has no such cue.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch

from viewcast.descriptors.architectures import (
    OPEN_CLIP_EXTRA,
    Architecture,
    Forward,
    State,
    architecture,
    open_clip_model,
)
from viewcast.descriptors.backbones import WeightsRecord, fetch_weights_of, load_module
from viewcast.errors import ViewcastError

_BATCH = 64
_PICTURES = "visual."


@cache
def text_tower(backbone: str) -> Architecture:
    """The text tower that belongs to a backbone; its forward pass is from tokens (n, length) to (n, d).

    :raises ViewcastError: the backbone has none, open_clip is not installed, or the tower's tokenizer is a download of
        its own, as those of SigLIP and of towers from Hugging Face are.
    """
    family, _, name = backbone.partition(":")
    if family != "open_clip":
        raise ViewcastError(
            f"{backbone} has no text tower, so that pictures and titles cannot be compared. Choose a backbone "
            "open_clip:<model>/<weights>."
        )
    try:
        import open_clip
    except ImportError:
        raise ViewcastError(f"{backbone} needs open_clip. {OPEN_CLIP_EXTRA}") from None
    model, _, tag = name.partition("/")
    texts = (open_clip.get_model_config(model) or {}).get("text_cfg", {})
    if texts.get("hf_tokenizer_name") or texts.get("hf_model_name") or "siglip" in model.lower():
        raise ViewcastError(
            f"{backbone} has a tokenizer that is a download of its own, which is not supported. Choose a model with "
            "the tokenizer of CLIP, such as open_clip:ViT-B-32/openai."
        )

    pictures = architecture(backbone)

    def build() -> Any:
        module = open_clip_model(name, device=torch.get_default_device())
        module.visual = torch.nn.Identity()
        return module

    def features(module: Any) -> tuple[Forward, int]:
        return module.encode_text, pictures.dimension

    def download() -> tuple[State, str]:
        return open_clip_model(name, pretrained=tag).state_dict(), f"open_clip {name}"

    def adapt(state: State) -> State:
        return {key: tensor for key, tensor in state.items() if not key.startswith(_PICTURES)}

    return replace(
        pictures, key=f"{backbone}/text", build=build, features=features, download=download, adapt=adapt
    )  # fmt: skip


def fetch_text_weights(
    backbone: str, folder: str | os.PathLike[str], *, source: str | os.PathLike[str] | None = None
) -> WeightsRecord:
    """Put the published weights of a backbone's text tower into a folder, as ``fetch_weights`` does with the pictures'.

    :param source: a .pth file of the whole model, or of its text tower, to be used instead of a download.
    :raises ViewcastError: as of :func:`text_tower`; the download fails, or the weights do not fit.
    """
    return fetch_weights_of(text_tower(backbone), folder, source=source)


def load_agreement(
    backbone: str, folder: str | os.PathLike[str], device: str | torch.device = "cpu"
) -> Callable[[np.ndarray, Sequence[str | None]], np.ndarray]:
    """The text tower with the weights that :func:`fetch_text_weights` left in a folder.

    :returns: from the deep features (n, d) of n pictures by ``backbone`` and their titles to (n,) float32, -1 to 1; NaN
        where there is no title, and where the title is blank. Of a title longer than the tower takes (77 tokens in
        CLIP) the beginning is read.
    :raises ViewcastError: as of :func:`text_tower`; the weights are missing, truncated, altered or another network's;
        later, the features are not that backbone's.
    """
    import open_clip

    found = text_tower(backbone)
    encode, dimension = found.features(load_module(found, folder).to(device))
    tokenize = open_clip.get_tokenizer(backbone.partition(":")[2].partition("/")[0])

    def agreement(pictures: np.ndarray, titles: Sequence[str | None]) -> np.ndarray:
        if pictures.shape != (len(titles), dimension):
            raise ViewcastError(
                f"{len(titles)} titles by {backbone} need deep features of {len(titles)} x {dimension} numbers, and "
                f"these have {pictures.shape}: they come from another network or of other photos."
            )
        result = np.full(len(titles), np.nan, np.float32)
        told = [number for number, title in enumerate(titles) if title is not None and title.strip()]
        for start in range(0, len(told), _BATCH):
            rows = told[start : start + _BATCH]
            with torch.inference_mode():
                texts = encode(tokenize([str(titles[row]) for row in rows]).to(device)).float().cpu()
            shown = torch.from_numpy(pictures[rows].astype(np.float32))
            result[rows] = torch.nn.functional.cosine_similarity(shown, texts).numpy()
        return result

    return agreement
