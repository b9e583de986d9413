"""Networks with their weights: fetched once, checked by digest, run in batches."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from viewcast.descriptors.architectures import (
    EMBEDDED,
    PACKAGED,
    Architecture,
    Forward,
    Preprocessing,
    State,
    architecture,
    read_state,
)
from viewcast.errors import ViewcastError
from viewcast.store import records
from viewcast.store.atomic import atomic_path
from viewcast.store.seal import Layout

#: Pictures in one forward pass. On a CPU few of them stay in its caches, and take less memory (docs/backbones.md).
BATCH = {"cpu": 2, "cuda": 64}

LAYOUT = Layout("record of weights", 1)


@dataclass(frozen=True)
class WeightsRecord:
    """What is known of a weights file; kept beside it as JSON.

    :ivar backbone: see :func:`~viewcast.descriptors.architectures.architecture`.
    :ivar file: name of the weights file.
    :ivar sha256: of the file's bytes, in hexadecimal digits.
    :ivar source: address or name of what the weights were read from.
    :ivar classifier: as in :class:`Architecture`.
    :ivar libraries: name to version, when they were fetched.
    """

    backbone: str
    file: str
    sha256: str
    source: str
    classifier: str | None
    libraries: dict[str, str]


def weights_paths(backbone: str, folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Paths in ``folder`` of the weights file (``.safetensors``) and of its record (``.json``)."""
    stem = backbone.replace(":", "-").replace("/", "-")
    return Path(folder) / f"{stem}.safetensors", Path(folder) / f"{stem}.json"


def fetch_weights(
    backbone: str, folder: str | os.PathLike[str], *, source: str | os.PathLike[str] | None = None
) -> WeightsRecord:
    """Put the published weights of a network, and a record with their digest, into a folder.

    Needs the internet, except for those of ``PACKAGED``; the folder then serves machines without it.
    Weights are stored as safetensors, which can hold no code.

    :param backbone: see :func:`~viewcast.descriptors.architectures.architecture`.
    :param source: a .pth file that came by another way, to be used instead of a download (only tensors are read from
        it).
    :raises ViewcastError: the download fails, or the weights do not fit the network.
    """
    return fetch_weights_of(architecture(backbone), folder, source=source)


def fetch_weights_of(
    found: Architecture, folder: str | os.PathLike[str], *, source: str | os.PathLike[str] | None = None
) -> WeightsRecord:
    """:func:`fetch_weights` of a network that is at hand."""
    backbone = found.key
    try:
        state, origin = found.download() if source is None else (read_state(Path(source)), Path(source).name)
    except ViewcastError:
        raise
    except Exception as error:  # each library and each proxy fails in its own way
        what = " ".join(str(error).split())[:300]
        raise ViewcastError(
            f"The weights of {backbone} could not be fetched ({type(error).__name__}: {what}). Run this step on "
            f"a machine with internet and copy {os.fspath(folder)} here, or set deep.backbones to [{EMBEDDED}], "
            "whose weights are installed with Viewcast."
        ) from error
    state = _fitting(found, found.adapt(state), origin)
    path, record_path = weights_paths(backbone, folder)
    with atomic_path(path) as temporary:
        save_file({name: tensor.contiguous() for name, tensor in state.items()}, temporary)
    libraries = {name: version(name) for name in ("torch", "torchvision", "timm")}
    record = WeightsRecord(backbone, path.name, _sha256(path), origin, found.classifier, libraries)
    records.write_record(asdict(record), record_path, LAYOUT)
    return record


def read_record(backbone: str, folder: str | os.PathLike[str]) -> WeightsRecord:
    """The record of the weights in a folder.

    :raises ViewcastError: there is none, it cannot be read, or it is that of another network than ``backbone``.
    """
    _, path = weights_paths(backbone, folder)
    if not path.exists():
        raise ViewcastError(
            f"{path} is missing: the weights of {backbone} have not been fetched. Run "
            f"`snakemake {path}` on a machine with internet and keep the whole folder."
        )
    record = WeightsRecord(**records.read_record(path, LAYOUT, remedy=_again(backbone, path)))
    if record.backbone != backbone:
        raise ViewcastError(f"{path} is the record of {record.backbone}. {_again(backbone, path)}")
    return record


class Backbone:
    """A network on a device, ready to run; made by :func:`load_backbone`.

    Rows depend on their own picture alone, to about 1e-5 of their size. While one batch is in the network, ``threads``
    threads resize the pictures of the next.

    :param crops: 1 or 10 cuttings of each picture, of which the mean is taken (see :func:`prepare`).
    """

    def __init__(
        self,
        preprocessing: Preprocessing,
        forward: Forward,
        dimension: int,
        device: torch.device,
        threads: int,
        crops: int = 1,
    ) -> None:
        self.crops = crops
        self.preprocessing = preprocessing
        self.dimension = dimension
        self._forward = forward
        self._device = device
        self._batch = BATCH[device.type]
        self._workers = ThreadPoolExecutor(threads, thread_name_prefix="prepare")
        self._mean = 255 * torch.tensor(preprocessing.mean, device=device).reshape(3, 1, 1)
        self._scale = 255 * torch.tensor(preprocessing.std, device=device).reshape(3, 1, 1)

    def __call__(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Describe pictures by the layer before the classifier, as the mean over ``crops`` cuttings of each picture.

        :param images: n pictures, RGB uint8 (h, w, 3) of any sizes.
        :returns: (n, ``dimension``) float32.
        """
        rows = [
            self.run(cuttings[first : first + self._batch])
            for cuttings in self._batches(images)
            for first in range(0, len(cuttings), self._batch)
        ]
        if not rows:
            return np.empty((0, self.dimension), np.float32)
        return np.concatenate(rows).reshape(len(images), self.crops, self.dimension).mean(1)

    def run(self, batch: np.ndarray) -> np.ndarray:
        """The forward pass alone, of pictures that :func:`prepare` has cut.

        :param batch: (n, height, width, 3) uint8.
        :returns: (n, ``dimension``) float32.
        """
        # TF32 would cost three digits, and the choice of the fastest kernel would vary from run to run.
        exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
        with torch.inference_mode(), exact:
            # Pixels by rows are what torch calls channels_last once the axes are renamed.
            pixels = torch.from_numpy(batch).to(self._device).permute(0, 3, 1, 2)
            return self._forward((pixels - self._mean) / self._scale).float().cpu().numpy()

    def _batches(self, images: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        cuts = [*range(0, len(images), self._batch), len(images)]
        waiting: list[Future[np.ndarray]] = []
        for start, end in pairwise(cuts):
            ahead = [
                self._workers.submit(prepare, image, self.preprocessing, self.crops) for image in images[start:end]
            ]
            if waiting:
                yield np.concatenate([future.result() for future in waiting])
            waiting = ahead
        if waiting:
            yield np.concatenate([future.result() for future in waiting])


def load_backbone(
    backbone: str,
    folder: str | os.PathLike[str] | None,
    device: str | torch.device = "cpu",
    *,
    threads: int = 1,
    crops: int = 1,
) -> Backbone:
    """The network with the weights that :func:`fetch_weights` left in a folder.

    :param backbone: see :func:`~viewcast.descriptors.architectures.architecture`.
    :param folder: None: the weights inside a package, which only those of ``PACKAGED`` have.
    :param device: of torch.
    :param threads: threads that prepare pictures; how many compute on a CPU is torch's own setting.
    :param crops: 1 or 10 of each picture.
    :raises ViewcastError: the weights are missing, truncated, altered or another network's, or the embedded weights of
        another backbone are asked for.
    """
    # glibc gives large blocks back to the system when they are freed, and each pass then has its pages (14 MB a
    # picture) mapped and cleared anew, a third of its time. Once a block of this size was freed it keeps them.
    bytearray(31 * 2**20)
    found = architecture(backbone)
    module = load_module(found, folder).to(device).to(memory_format=torch.channels_last)
    forward, dimension = found.features(module)
    return Backbone(found.preprocessing, forward, dimension, torch.device(device), threads, crops)


def load_module(found: Architecture, folder: str | os.PathLike[str] | None) -> torch.nn.Module:
    """A network with its weights, ready to forecast; ``folder`` as of :func:`load_backbone`."""
    module: torch.nn.Module = found.build()
    module.load_state_dict(_state(found, folder), strict=True)
    return module.eval()


def load_classifier(
    backbone: str, folder: str | os.PathLike[str] | None, device: str | torch.device = "cpu"
) -> Callable[[np.ndarray], np.ndarray]:
    """The network's last layer, with softmax.

    Of a folder only that layer is read: the network's library, slow to import, is not needed.

    :param backbone, folder, device: as of :func:`load_backbone`.
    :returns: from deep features (n, d) float32 to the probabilities (n, 1000) float32 of ImageNet's classes.
    :raises ViewcastError: as of :func:`load_backbone`, and for a network without such a layer.
    """
    if folder is None:
        name = architecture(backbone).classifier
    else:
        path, record = _checked(backbone, folder)
        name = record.classifier
    if name is None:
        raise ViewcastError(
            f"deep.backbones: {backbone} does not end in a layer of ImageNet's 1000 classes, which the objects "
            "feature is made of. Take objects out of evaluation.features, or name another network first."
        )
    state = _embedded(architecture(backbone)) if folder is None else load_file(path)
    weight, bias = (state[f"{name}.{part}"].to(device) for part in ("weight", "bias"))

    def classify(features: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            logits = torch.nn.functional.linear(torch.from_numpy(features).to(device), weight, bias)
            return torch.softmax(logits, dim=1).cpu().numpy()

    return classify


def prepare(image: np.ndarray, how: Preprocessing, crops: int = 1) -> np.ndarray:
    """Resize and cut one picture.

    Pixel for pixel what torchvision's Resize, and then CenterCrop (1) or TenCrop (10: top left, top right, bottom left,
    bottom right and centre, of the picture and of its mirror image), do with a Pillow image, in the same time (1.7 ms
    at 500 x 375), and without importing either.

    :param image: RGB uint8 (h, w, 3).
    :param crops: 1 or 10.
    :returns: (crops, crop height, crop width, 3) uint8, not yet normalised.
    """
    height, width = image.shape[:2]
    short = min(height, width)
    new_height = how.resize if how.squash or height == short else int(how.resize * height / short)
    new_width = how.resize if how.squash or width == short else int(how.resize * width / short)
    resized = np.asarray(Image.fromarray(image).resize((new_width, new_height), how.filter))
    lower, right = new_height - how.crop[0], new_width - how.crop[1]
    centre = (round(lower / 2), round(right / 2))
    corners = [centre] if crops == 1 else [(0, 0), (0, right), (lower, 0), (lower, right), centre]
    sources = [resized] if crops == 1 else [resized, resized[:, ::-1]]
    return np.stack([part[y : y + how.crop[0], x : x + how.crop[1]] for part in sources for y, x in corners])


def _state(found: Architecture, folder: str | os.PathLike[str] | None) -> State:
    if folder is None:
        return _embedded(found)
    path, _ = _checked(found.key, folder)
    return _fitting(found, load_file(path), os.fspath(path))


def _embedded(found: Architecture) -> State:
    if found.key not in PACKAGED:
        raise ViewcastError(
            f"The weights of {found.key} are not part of Viewcast: fetch them with fetch_weights and give "
            "their folder as `weights`."
        )
    state, origin = found.download()
    return _fitting(found, found.adapt(state), origin)


def _checked(backbone: str, folder: str | os.PathLike[str]) -> tuple[Path, WeightsRecord]:
    """The weights file, once it is sure that it is the one that was fetched, and its record."""
    record = read_record(backbone, folder)
    path, record_path = weights_paths(backbone, folder)
    try:
        digest = _sha256(path)
    except FileNotFoundError:
        raise ViewcastError(f"{path} is missing. {_again(backbone, record_path)}") from None
    except OSError as error:
        raise ViewcastError(f"{path} cannot be read ({error}). {_again(backbone, record_path)}") from error
    if digest != record.sha256:
        raise ViewcastError(
            f"{path} is not the file that was fetched: truncated or altered (its SHA-256 differs from "
            f"{record_path.name}). {_again(backbone, record_path)}"
        )
    return path, record


def _fitting(found: Architecture, state: State, origin: str) -> State:
    """``state``, once it is sure that it has the network's tensors and no others."""
    with torch.device("meta"):
        own = found.build().state_dict()
    wrong = sorted(
        name
        for name in own.keys() | state.keys()
        if name not in own or name not in state or own[name].shape != state[name].shape
    )
    if wrong:
        raise ViewcastError(
            f"{origin} does not hold the weights of {found.key}: {len(wrong)} tensors are missing, too many or "
            f"of another shape ({', '.join(wrong[:3])}). Fetch the weights of this backbone, or set "
            "deep.backbones to the network that they belong to."
        )
    return state


def _again(backbone: str, record: Path) -> str:
    return f"Delete {record} and run `snakemake {record}` on a machine with internet to fetch {backbone} anew."


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
