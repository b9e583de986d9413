"""What the hand-made descriptors cost, against references and against the machine's floor.

    python benchmarks/features.py [--photos N]

Times are processor time of one thread, best of several rounds, on photographs that scikit-image and scikit-learn
ship, reduced to 500 x 375 (400 x 300 for the gradient): so a busy machine disturbs them little. The floor of a
descriptor is its counted arithmetic over the rate of a large float32 convolution measured in the same run. The
references compute only the part of the work that is named.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import time
from functools import partial

import cv2
import numpy as np
import torch
from skimage import color, data, feature, filters, measure
from sklearn.datasets import load_sample_images
from sklearn.neighbors import NearestNeighbors

from viewcast.descriptors import color_histogram, color_patches, colors, gist, gradient, photographic, simple, texture

MODULES = {
    "gist": gist,
    "color_histogram": color_histogram,
    "texture": texture,
    "color_patches": color_patches,
    "gradient": gradient,
    "simple": simple,
    "photographic": photographic,
}
SIZES = {name: (400, 300) if name == "gradient" else (500, 375) for name in MODULES}
CORPUS = 2_300_000
ROUNDS = 9


def photographs(size: tuple[int, int]) -> list[np.ndarray]:
    whole = [data.coffee()[:, :533], *load_sample_images().images, data.chelsea()]
    return [cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in whole]


def processor_seconds(work, rounds: int = ROUNDS) -> float:
    """Best processor time of one call; the first call, which fills caches, is not counted."""
    work()
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def dictionaries() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    words = {}
    for kind, module, size, source in (
        ("color_patches", color_patches, 200, "simple"),
        ("hog2x2", gradient, 256, "gradient"),
        ("hog3x3", gradient, 256, "gradient"),
    ):
        drawn = [module.sample_descriptors(p, 400, rng, kind=kind) for p in photographs(SIZES[source])]
        drawn = np.concatenate(drawn)
        # Means of four samples lie between the data, as the words of k-means do.
        words[kind] = np.mean([drawn[rng.permutation(len(drawn))[:size]] for _ in range(4)], axis=0)
    return words


def matrix_rate() -> float:
    """Operations per second of a large float32 convolution, the form in which most of the arithmetic is done."""
    layout = {"memory_format": torch.channels_last}
    plane, filters = (
        torch.rand(1, 64, 79, 104).contiguous(**layout),
        torch.rand(256, 64, 3, 3).contiguous(**layout),
    )
    seconds = processor_seconds(lambda: torch.nn.functional.conv2d(plane, filters))
    return 2 * 77 * 102 * 64 * 9 * 256 / seconds


def operations() -> dict[str, float]:
    """Arithmetic operations per photo that the definitions ask for, at the sizes above."""
    pixels, small = 500 * 375, (400 + 48) * (300 + 48)
    places = 100 * 75
    patches = sum(
        len(color_patches.patch_starts(500, p, 6)) * len(color_patches.patch_starts(375, p, 6)) for p in (6, 10, 16)
    )

    def fft(side: int) -> float:
        return 5 * side**2 * np.log2(side**2)

    def coding(count: int, width: int, words: int) -> float:
        """Products with all words, a comparison per word and neighbour, and the 3 x 3 systems."""
        return count * (2 * width * words + 3 * words + 60)

    return {
        # One transform forth and 32 back, the products, magnitudes, and the resize.
        "gist": 33 * fft(320) + 32 * (2 * 320**2 + 4 * 256**2) + 4 * fft(266) + 8 * pixels,
        "color_histogram": 6 * pixels,
        # Four diagonal neighbours of 7 operations, eight comparisons, codes and counts.
        "texture": (4 * 7 + 8 * 3 + 6) * pixels,
        "color_patches": 6 * pixels + 50 * patches * 8 + coding(patches, 50, 200),
        # Gradients in three planes, four votes per pixel, 31 channels with four normalisers.
        "gradient": 40 * small
        + 83 * 108 * 18 * 12
        + 79 * 104 * 27 * 12
        + coding(places, 124, 256)
        + coding(places, 279, 256),
        "simple": 25 * pixels,
        # Grey, four slopes, two blurs, their differences and sums; histograms, colour moments, three reductions; and on
        # the 128 x 96 places CIELAB, a blur of 17 numbers each way in three planes, and moments.
        "photographic": (4 * 9 + 2 * 4 + 16 + 3 * 4 + 10) * pixels + 300 * 128 * 96,
    }


def references(words: dict[str, np.ndarray]) -> dict[str, tuple[str, float]]:
    """For each descriptor: what is timed, and its seconds."""
    photo, small = photographs((500, 375))[0], photographs((400, 300))[0]
    grey = texture.grey(photo)

    def llc(x: np.ndarray, book: np.ndarray) -> None:
        _, nearest = NearestNeighbors(n_neighbors=3, algorithm="brute").fit(book).kneighbors(x)
        away = book[nearest] - x[:, None]
        gram = away @ away.transpose(0, 2, 1)
        gram += 0.03 * np.trace(gram, axis1=1, axis2=2)[:, None, None] * np.eye(3)
        np.linalg.solve(gram, np.ones((len(x), 3, 1)))

    def transforms() -> None:
        spectrum = np.fft.fft2(np.zeros((320, 320)))
        for _ in range(32):
            np.abs(np.fft.ifft2(spectrum)).mean()

    def gradient_reference() -> None:
        feature.hog(small, channel_axis=2, feature_vector=False)
        for kind in gradient.KINDS:
            llc(local[kind], words[kind])

    def sharpness_and_edges() -> None:
        measure.blur_effect(grey)
        filters.sobel(grey)

    local = {kind: gradient.local_descriptors(small, kind)[0].astype(float) for kind in gradient.KINDS}
    patches = color_patches.local_descriptors(photo)[0].astype(float)
    table = colors.default_palette().labels
    work = {
        "gist": ("NumPy: its 33 transforms", transforms),
        "color_histogram": (
            "NumPy",
            lambda: np.bincount(table[(photo.astype(int) // 8) @ [1, 32, 1024]].ravel(), minlength=50),
        ),
        "texture": ("scikit-image: labels", lambda: feature.local_binary_pattern(grey, 8, 1, "nri_uniform")),
        "color_patches": ("scikit-learn, NumPy: the coding", lambda: llc(patches, words["color_patches"])),
        "gradient": ("scikit-image HOG every 8 pixels, scikit-learn coding", gradient_reference),
        "simple": ("scikit-image: HSV", lambda: color.rgb2hsv(photo).mean((0, 1))),
        "photographic": ("scikit-image: sharpness and edges alone", sharpness_and_edges),
    }
    return {name: (label, processor_seconds(call, 3)) for name, (label, call) in work.items()}


def all_descriptors(count: int, words: dict[str, np.ndarray]) -> tuple[float, float, int]:
    """Compute everything for ``count`` photos, decoding included: wall and processor seconds, peak memory (KiB)."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    files = [cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1] for image in photographs((500, 375))]
    extract = {name: module.extractor(module.Parameters(), words) for name, module in MODULES.items()}

    def photo(number: int) -> None:
        picture = np.ascontiguousarray(cv2.imdecode(files[number % 4], cv2.IMREAD_COLOR)[:, :, ::-1])
        reduced = cv2.resize(picture, (400, 300), interpolation=cv2.INTER_AREA)
        for name in MODULES:
            extract[name]([reduced if name == "gradient" else picture])

    for number in range(4):
        photo(number)
    wall, processor = time.perf_counter(), time.process_time()
    for number in range(count):
        photo(number)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return time.perf_counter() - wall, time.process_time() - processor, peak


def growth(words: dict[str, np.ndarray]) -> None:
    """Times at three sizes; gist reduces every picture to the same size first."""
    sizes = ((250, 188), (354, 265), (500, 375))
    print("| pixels | " + " | ".join(MODULES) + " | together, ms | ns/pixel without gist |")
    print("| --- " * (len(MODULES) + 3) + "|")
    for size in sizes:
        pictures = photographs(size)
        seconds = {}
        for name, module in MODULES.items():
            work = partial(module.extractor(module.Parameters(), words), pictures)
            seconds[name] = processor_seconds(work) / len(pictures)
        total = sum(seconds.values())
        print(
            f"| {size[0]} x {size[1]} | " + " | ".join(f"{one * 1e3:.1f}" for one in seconds.values())
            + f" | {total * 1e3:.1f} | {(total - seconds['gist']) / (size[0] * size[1]) * 1e9:.0f} |"
        )  # fmt: skip
    print()


def worker(args: tuple[int, dict[str, np.ndarray]]) -> tuple[float, float, int]:
    return all_descriptors(*args)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=40, help="photos per process for the whole-photo figures")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)

    words = dictionaries()
    rate = matrix_rate()
    counted, known = operations(), references(words)
    print(f"matrix rate {rate / 1e9:.0f} GFLOP/s on one thread, load average {os.getloadavg()[0]:.1f}\n")
    print("| descriptor | ms/photo | photos/s/core | reference | ms | ratio | GFLOP | floor ms | over floor | core-h |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    total, floors = 0.0, 0.0
    for name, module in MODULES.items():
        extract, pictures = module.extractor(module.Parameters(), words), photographs(SIZES[name])
        seconds = processor_seconds(lambda extract=extract, pictures=pictures: extract(pictures)) / len(pictures)
        label, reference = known[name]
        floor = counted[name] / rate
        total, floors = total + seconds, floors + floor
        print(
            f"| {name} | {seconds * 1e3:.1f} | {1 / seconds:.0f} | {label} | {reference * 1e3:.1f} | "
            f"{reference / seconds:.1f} | {counted[name] / 1e9:.3f} | {floor * 1e3:.2f} | {seconds / floor:.1f} | "
            f"{seconds * CORPUS / 3600:.0f} |"
        )
    print(
        f"| together | {total * 1e3:.1f} | {1 / total:.0f} | | | | {sum(counted.values()) / 1e9:.3f} | "
        f"{floors * 1e3:.2f} | {total / floors:.1f} | {total * CORPUS / 3600:.0f} |\n"
    )
    growth(words)
    spawn = multiprocessing.get_context("spawn")
    rates = {}
    for processes in (1, 2):
        with spawn.Pool(processes) as pool:
            done = pool.map(worker, [(args.photos, words)] * processes, chunksize=1)
        wall = max(seconds for seconds, _, _ in done)
        rates[processes] = processes * args.photos / wall
        busy = np.mean([processor for _, processor, _ in done]) / args.photos
        print(
            f"{processes} process(es), decoding included: {busy * 1e3:.1f} ms of processor time per photo, "
            f"{rates[processes]:.1f} photos/s, peak memory {max(peak for _, _, peak in done) / 1024:.0f} MiB each"
        )
    print(f"two processes over one: {rates[2] / rates[1]:.2f}")


if __name__ == "__main__":
    main()
