"""Agreement of pictures and titles, against open_clip's own two towers with random weights."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from viewcast.descriptors import backbones
from viewcast.descriptors.agreement import fetch_text_weights, load_agreement, text_tower
from viewcast.errors import ViewcastError

open_clip = pytest.importorskip("open_clip")

TITLES = ["a cat", None, "", " \n", "猫の写真 🐈", "coffee on a table " * 40, "a cat"]


@pytest.fixture(params=["plain", "custom", "quick"])
def tiny(request, tmp_path, monkeypatch):
    """A small model of open_clip with published weights that are random here: its backbone, whole model and folder."""
    name = f"tiny-{request.param}"
    config = {
        "embed_dim": 24,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "patch_size": 8},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
        "custom_text": request.param == "custom",
    }
    weights = open_clip.pretrained._pcfg(url="https://example.org/a.pt", quick_gelu=request.param == "quick")
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, name, config)
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, name, {"random": weights})
    torch.manual_seed(0)
    model = open_clip.create_model(name, force_quick_gelu=request.param == "quick").eval()
    torch.save(model.state_dict(), tmp_path / "whole.pth")
    torch.save(model.visual.state_dict(), tmp_path / "visual.pth")
    return f"open_clip:{name}/random", model, tmp_path


def test_it_is_the_cosine_of_the_models_own_embeddings(tiny):
    backbone, model, folder = tiny
    record = fetch_text_weights(backbone, folder, source=folder / "whole.pth")
    assert record.backbone == f"{backbone}/text" and record.file.endswith("-random-text.safetensors")
    backbones.fetch_weights(backbone, folder, source=folder / "visual.pth")
    shown = [data.chelsea(), data.coffee(), *[data.rocket()] * 5]
    vectors = backbones.load_backbone(backbone, folder)(shown)
    got = load_agreement(backbone, folder)(vectors, TITLES)
    usual = open_clip.image_transform(32, is_train=False)
    with torch.inference_mode():
        pictures = model.encode_image(torch.stack([usual(Image.fromarray(image)) for image in shown]))
        texts = model.encode_text(open_clip.tokenize([title or "" for title in TITLES]))
        expected = torch.nn.functional.cosine_similarity(pictures, texts).numpy()
    assert got.dtype == np.float32 and np.isnan(got[1:4]).all()
    told = [0, 4, 5, 6]
    np.testing.assert_allclose(got[told], expected[told], atol=2e-3)
    exact = load_agreement(backbone, folder)(pictures.numpy(), TITLES)
    np.testing.assert_allclose(exact[told], expected[told], atol=1e-5)
    assert len(set(exact[told].round(4))) == 4


def test_a_title_does_not_depend_on_those_beside_it(tiny):
    backbone, _, folder = tiny
    fetch_text_weights(backbone, folder, source=folder / "whole.pth")
    agreement = load_agreement(backbone, folder)
    titles = [f"picture {number} of a " + "very " * (number % 30) + "large cat" for number in range(150)]
    vectors = np.random.default_rng(0).normal(size=(150, 24)).astype(np.float16)
    together = agreement(vectors, titles)
    alone = np.concatenate([agreement(vectors[row : row + 1], titles[row : row + 1]) for row in range(0, 150, 10)])
    np.testing.assert_allclose(together[::10], alone, atol=1e-5)
    assert agreement(vectors[:0], []).shape == (0,)
    with pytest.raises(ViewcastError, match="150 x 24 numbers.*another network"):
        agreement(vectors[:, :20], titles)


def test_the_weights_are_those_of_the_text_tower(tiny):
    backbone, _, folder = tiny
    with pytest.raises(ViewcastError, match="does not hold the weights"):
        fetch_text_weights(backbone, folder, source=folder / "visual.pth")
    with pytest.raises(ViewcastError, match="have not been fetched"):
        load_agreement(backbone, folder)
    fetch_text_weights(backbone, folder, source=folder / "whole.pth")
    weights, _ = backbones.weights_paths(f"{backbone}/text", folder)
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ViewcastError, match="truncated or altered"):
        load_agreement(backbone, folder)


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        ("efficientnet_lite0", "has no text tower"),
        ("timm:vit_base_patch16_clip_224.openai", "has no text tower"),
        ("open_clip:ViT-B-16-SigLIP/webli", "tokenizer that is a download"),
        ("open_clip:xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k", "tokenizer that is a download"),
        ("open_clip:ViT-B-32/opena", "Near ones: .*openai"),
    ],
)
def test_networks_without_a_text_tower(backbone, message):
    with pytest.raises(ViewcastError, match=message):
        text_tower(backbone)


def test_open_clip_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(ViewcastError, match=r"pip install viewcast\[clip\]"):
        text_tower("open_clip:RN50/openai")
