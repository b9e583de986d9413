"""What the workflow's jobs cost: growth with the photos, memory, bytes read, deep features, dictionaries.

    python benchmarks/jobs.py [--photos FOLDER]

Each job runs alone in a process, as in the workflow, on 500 x 375 JPEG files: random crops of the photographs that
scikit-image and scikit-learn ship. The dictionaries are learned from the JPEG files of FOLDER, where one is given.
Times are processor time of all threads together; only the deep features have more than one that works.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
from features import MODULES, photographs
from sklearn.cluster import KMeans
from worker import kernel_count

from viewcast.coding.kmeans import learn_dictionary
from viewcast.descriptors.backbones import BATCH, fetch_weights, load_backbone, prepare
from viewcast.descriptors.registry import DESCRIPTORS, DICTIONARIES
from viewcast.features.pipeline import make_features, parameters_of
from viewcast.pictures.sample import sample_pictures
from viewcast.pictures.shards import read_pictures, write_picture_shard
from viewcast.store.frames import write_parquet

SHARDS = (80, 160, 320)
ROUNDS = 3
STORAGE = {"device": "cpu", "batch_size": 32, "dtype": "float32", "compression": "gzip", "code": ""}
LEARNING = {"seed": 0, "max_pixels": 10**8, "descriptors_per_photo": 2000, "code": ""}


def crops(folder: Path, count: int) -> list[Path]:
    """JPEG files of random parts of the sample photographs, 500 x 375."""
    whole, rng = photographs((800, 600)), np.random.default_rng(0)
    files = []
    for number in range(count):
        height = int(rng.integers(360, 601))
        width = height * 4 // 3
        top, left = rng.integers(0, 601 - height), rng.integers(0, 801 - width)
        part = whole[number % len(whole)][top : top + height, left : left + width]
        picture = cv2.resize(part, (500, 375), interpolation=cv2.INTER_AREA)
        files.append(folder / f"{number}.jpg")
        cv2.imwrite(str(files[-1]), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    return files


def list_of(files: list[Path], target: Path) -> Path:
    """A list of these files, as the workflow makes them for shards and dictionaries."""
    names = [file.name for file in files]
    write_parquet(pd.DataFrame({"photo_id": [file.stem for file in files], "picture": names}), target)
    return target


def shard_of(files: list[Path], target: Path) -> Path:
    listed = list_of(files, target.with_suffix(".list"))
    write_picture_shard(listed, files[0].parent, target, target.with_suffix(".statuses"))
    return target


def alone(kind: str, **arguments: object) -> dict[str, float]:
    """A job in a process of its own; see worker.py."""
    command = [sys.executable, str(Path(__file__).with_name("worker.py")), kind, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def timed(into: list[tuple[float, float]]) -> Iterator[None]:
    """Adds processor and wall seconds."""
    processor, wall = time.process_time(), time.perf_counter()
    yield
    into.append((time.process_time() - processor, time.perf_counter() - wall))


def reading(files: list[Path], shard: Path) -> None:
    before = kernel_count("io", "rchar")
    seconds: list[tuple[float, float]] = []
    with timed(seconds):
        shard_of(files, shard)
    size = sum(file.stat().st_size for file in files)
    read = kernel_count("io", "rchar") - before
    print(
        f"Decoding {len(files)} photos into a shard: {seconds[0][0] / len(files) * 1e3:.1f} ms a photo; "
        f"{read / len(files) / 1e3:.1f} kB read of a file of {size / len(files) / 1e3:.1f} kB on average "
        f"({read / size:.3f} times), {shard.stat().st_size / len(files) / 1e3:.0f} kB kept.\n"
    )


def descriptors(shards: list[Path], folder: Path) -> None:
    """Each descriptor on shards of several sizes: growth, memory and bytes of its worker."""
    small, *_, large = SHARDS
    print(
        "| descriptor | start s | "
        + " | ".join(f"ms/photo, {a} to {b}" for a, b in zip(SHARDS[:-1], SHARDS[1:], strict=True))
        + " | "
        + " | ".join(f"peak MiB, {count} photos" for count in SHARDS)
        + " | kB read/photo |\n| --- "
        + "| --- " * (2 * len(SHARDS) + 1)
        + "|"
    )
    for name in (*MODULES, "deep"):
        spec = DESCRIPTORS[name]
        arguments = {
            "name": name,
            "target": str(folder / "features.h5"),
            "dictionaries": [str(folder / f"{needed}.h5") for needed in spec.dictionaries],
            "weights": str(folder / "efficientnet_lite0.json") if name == "deep" else None,
            "parameters": {} if name == "deep" else {"preset": "paper"},
        }
        best: list[dict[str, float]] = []
        for shard in shards:
            took = [alone("features", source=str(shard), **arguments, **STORAGE) for _ in range(ROUNDS)]
            best.append(min(took, key=lambda one: one["seconds"]))
        photos, seconds = np.array(SHARDS), np.array([one["seconds"] for one in best])
        each = np.diff(seconds) / np.diff(photos)
        start = best[0]["process_seconds"] - small * (seconds[-1] - seconds[0]) / (large - small)
        read = (best[-1]["bytes"] - best[0]["bytes"]) / (large - small)
        cells = [f"{start:.1f}", *(f"{one * 1e3:.1f}" for one in each)]
        cells += [*(f"{one['peak_mib']:.0f}" for one in best), f"{read / 1e3:.0f}"]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def deep(shards: list[Path], folder: Path) -> None:
    """The deep features' whole way, less what does not grow with the photos, over the bare passes.

    Processor time counts the preparing, which wall time on two cores does not: it overlaps with the network.
    """
    record = folder / "efficientnet_lite0.json"
    backbone = load_backbone("efficientnet_lite0", folder)
    pictures = [prepare(row.image, backbone.preprocessing)[0] for row in read_pictures(shards[-1], 500)]
    batches = [np.stack(pictures[i : i + BATCH["cpu"]]) for i in range(0, len(pictures), BATCH["cpu"])]
    job = {"dictionaries": [], "weights": record, "parameters": {}} | STORAGE
    bare: list[tuple[float, float]] = []
    whole: dict[Path, list[tuple[float, float]]] = {shard: [] for shard in (shards[0], shards[-1])}
    for _ in range(ROUNDS):
        with timed(bare):
            for batch in batches:
                backbone.run(batch)
        for shard, into in whole.items():
            with timed(into):
                make_features(DESCRIPTORS["deep"], shard, folder / "features.h5", **job)
    small, large = (np.min(whole[shard], axis=0) for shard in (shards[0], shards[-1]))
    each, network = (large - small) / (SHARDS[-1] - SHARDS[0]), np.min(bare, axis=0) / len(pictures)
    print(
        f"\nDeep features, batches of {BATCH['cpu']}: {each[0] * 1e3:.1f} ms a photo from shard to file, "
        f"{network[0] * 1e3:.1f} ms in the network alone: {each[0] / network[0]:.2f} times, "
        f"in wall time {each[1] / network[1]:.2f} times.\n"
    )


def dictionaries(files: list[Path], folder: Path) -> None:
    """Seconds for 500,000 descriptors, and the error on 100,000 over that of k-means until nothing moves."""
    print("| dictionary | descriptors | s with sampling | of which words | peak MiB | excess error |")
    print("| --- | --- | --- | --- | --- | --- |")
    listed, photos = list_of(files, folder / "dictionaries.parquet"), len(files)
    for name, spec in DICTIONARIES.items():
        took = alone(
            "dictionary", name=name, listed=str(listed), pictures=str(files[0].parent), target=str(folder / "words.h5"),
            parameters={"preset": "paper"}, photos=photos, descriptors=500_000, **LEARNING,
        )  # fmt: skip
        module = sys.modules[spec.module]
        settings = parameters_of(module, {"preset": "paper"})
        drawn = []
        for row in sample_pictures(listed, files[0].parent, photos, side=spec.longest_side):
            rng = np.random.default_rng([0, len(drawn)])
            drawn.append(module.sample_descriptors(row.image, 500_000 // photos, rng, settings, kind=name))
        samples = np.concatenate(drawn)
        words: list[tuple[float, float]] = []
        with timed(words):
            learn_dictionary(samples, spec.sizes["paper"], 0)
        part = samples[np.random.default_rng(0).permutation(len(samples))[:100_000]]
        ours = learn_dictionary(part, spec.sizes["paper"], 0).provenance["mean_squared_error"]
        full = KMeans(spec.sizes["paper"], n_init=1, max_iter=300, tol=0, random_state=0).fit(part)
        print(
            f"| {name} | {len(samples)} | {took['process_seconds']:.1f} | {words[0][0]:.1f} | {took['peak_mib']:.0f} | "
            f"{ours / (full.inertia_ / len(part)) - 1:.2%} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, help="folder of JPEG files to learn the dictionaries from")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = crops(folder, SHARDS[-1])
        reading(files, folder / "reading.h5")
        shards = [shard_of(files[:count], folder / f"{count}.h5") for count in SHARDS]
        fetch_weights("efficientnet_lite0", folder)
        list_of(files, folder / "photos.parquet")
        for needed in DICTIONARIES:
            alone(
                "dictionary", name=needed, listed=str(folder / "photos.parquet"), pictures=str(files[0].parent),
                target=str(folder / f"{needed}.h5"), parameters={"preset": "paper"}, photos=50, descriptors=20_000,
                **LEARNING,
            )  # fmt: skip
        descriptors(shards, folder)
        deep(shards, folder)
        source = sorted(args.photos.glob("*.jpg"))[:500] if args.photos else files
        dictionaries(source, folder)


if __name__ == "__main__":
    main()
