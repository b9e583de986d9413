"""Measure the solver: `python benchmarks/svr.py ratio`, beside scikit-learn, or `liblinear`, `scale`, `photographs`.

`ratio` times the whole protocol (10 splits x 26 fits) and one split of GridSearchCV over LinearSVR with the
same loss, and multiplies the latter by ten. It prints wall and processor seconds. scikit-learn's fits take
one core; on a machine with other work compare processor seconds under `--threads 1`, as waiting threads
spin. `scale` times one split at growing n, read from an HDF5 file of float16 under a memory budget that is
too small to hold it, each size in its own process.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.svm import LinearSVR

from viewcast.svr import Backend, SVRParameters, cross_validate, load_backend

FACTORS = 1000


def make(n: int, d: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, d) float32 with a decaying spectrum over a flat floor, and a noisy target (n,)."""
    rng = np.random.default_rng([seed, n, d])
    k = min(d, FACTORS)
    factors = rng.standard_normal((n, k), dtype=np.float32) * np.arange(1, k + 1, dtype=np.float32) ** -0.7
    X = factors @ rng.standard_normal((k, d), dtype=np.float32)
    X += 0.5 * rng.standard_normal((n, d), dtype=np.float32)
    y = factors @ rng.standard_normal(k)
    return X, y / y.std() + 1.2 * rng.standard_normal(n)


def halves(n: int, splits: int, seed: int = 0) -> np.ndarray:
    """Folds (splits, n) int8 of random halves."""
    folds = np.full((splits, n), -1, dtype=np.int8)
    for s in range(splits):
        order = np.random.default_rng([seed, s]).permutation(n)[: n // 2]
        folds[s, order] = np.arange(len(order)) % 5
    return folds


def timed(work: Callable[[], object]) -> tuple[object, float, float]:
    """What `work` returns, and its wall and processor seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    out = work()
    return out, time.perf_counter() - wall, time.process_time() - processor


def grid_search(X: np.ndarray, y: np.ndarray, folds: np.ndarray) -> GridSearchCV:
    """scikit-learn's own search over one split, on features scaled as the solver here scales them."""
    train = folds >= 0
    Z, target = X[train].astype(np.float64), (y[train] - y[train].mean()) / y[train].std()
    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0) / np.sqrt(Z.shape[1])
    model = LinearSVR(loss="squared_epsilon_insensitive", epsilon=0.1, dual="auto", tol=1e-4, random_state=0)
    search = GridSearchCV(
        model,
        {"C": list(SVRParameters().C)},
        cv=PredefinedSplit(folds[train]),
        scoring="neg_mean_squared_error",
    )
    return search.fit(Z, target)


def liblinear(n: int, d: int, threads: int, splits: int = 10) -> None:
    """Print one line: LIBLINEAR's own warm-started search for C (`-C -s 11`) over one split, times ten.

    It doubles C from a start of its own until the error no longer falls, and makes its own folds. Needs the
    package liblinear-official, or, for more than one thread, liblinear-multicore in its place.
    """
    from liblinear.liblinearutil import train

    X, y = make(n, d)
    half = halves(n, 1)[0] >= 0
    Z, target = X[half].astype(np.float64), (y[half] - y[half].mean()) / y[half].std()
    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0) / np.sqrt(d)
    options = "-C -s 11 -p 0.1 -v 5 -q" + (f" -m {threads}" if threads > 1 else "")
    _, wall, cpu = timed(lambda: train(target, csr_matrix(Z), options))
    print(f"| {n} x {d} | {threads} | {splits * wall:.0f} | {splits * cpu:.0f} |", flush=True)


def ratio(n: int, d: int, backend: Backend, splits: int = 10) -> None:
    """Print one line of the ratio table."""
    X, y = make(n, d)
    folds = halves(n, splits)
    fit, wall, cpu = timed(lambda: cross_validate(X, y, folds, backend=backend))
    _, base_wall, base_cpu = timed(lambda: grid_search(X, y, folds[0]))
    print(
        f"| {n} x {d} | {wall:.1f} | {cpu:.1f} | {splits * base_wall:.0f} | {splits * base_cpu:.0f} "
        f"| {splits * base_wall / wall:.0f} | {splits * base_cpu / cpu:.0f} | {fit.gap.max():.1e} "
        f"| {fit.cv_gap.max():.1e} |",
        flush=True,
    )


class Stored:
    """RowBlocks over a data set `features` of an HDF5 file."""

    def __init__(self, path: Path) -> None:
        self.data = h5py.File(path)["features"]
        self.shape, self.dtype = self.data.shape, self.data.dtype

    def blocks(self, rows: int) -> Iterator[tuple[slice, np.ndarray]]:
        """As viewcast.svr.RowBlocks."""
        for start in range(0, self.shape[0], rows):
            part = slice(start, min(start + rows, self.shape[0]))
            yield part, self.data[part]


def scale(n: int, d: int, folder: str, budget: float, backend_name: str, threads: int) -> None:
    """Print one line of the scale table."""
    backend = load_backend(backend_name, threads)
    path, rng = Path(folder) / f"{n}.h5", np.random.default_rng(n)
    mixing = rng.standard_normal((64, d), dtype=np.float32)
    y = np.empty(n)
    with h5py.File(path, "w") as file:
        data = file.create_dataset("features", (n, d), dtype=np.float16, chunks=(min(n, 1024), d))
        for start in range(0, n, 2048):
            stop = min(start + 2048, n)
            factors = rng.standard_normal((stop - start, 64), dtype=np.float32)
            noise = rng.standard_normal((stop - start, d), dtype=np.float32)
            data[start:stop] = (factors @ mixing / 8 + noise).astype(np.float16)
            y[start:stop] = factors[:, :8].sum(axis=1) + rng.standard_normal(stop - start)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows, folds = Stored(path), halves(n, 1)
    fit, wall, cpu = timed(lambda: cross_validate(rows, y, folds, backend=backend, memory_budget=int(budget * 2**30)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path.unlink()
    print(
        f"| {n} x {d} | {wall:.1f} | {cpu:.1f} | {peak / 2**20:.2f} | {before / 2**20:.2f} "
        f"| {max(fit.gap.max(), fit.cv_gap.max()):.1e} |",
        flush=True,
    )


def photographs(backend: Backend) -> None:
    """Print the whole protocol's seconds at the sizes of the features of 2,632 photographs."""
    for name, d in (("gist", 512), ("texture", 1239), ("deep", 1280), ("color_patches", 4200), ("gradient", 10752)):
        X, y = make(2632, d)
        folds = halves(2632, 10)
        fit, wall, cpu = timed(lambda X=X, y=y, folds=folds: cross_validate(X, y, folds, backend=backend))
        worst = max(fit.gap.max(), fit.cv_gap.max())
        print(f"| {name}, 2632 x {d} | {wall:.1f} | {cpu:.1f} | {worst:.1e} |", flush=True)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["ratio", "liblinear", "scale", "photographs"])
    parser.add_argument("--sizes", nargs="+", help="such as 20000x4200")
    parser.add_argument("--budget", type=float, default=1.0, help="GiB, for scale")
    parser.add_argument("--backend", default="numpy", help="numpy, torch or cuda")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    backend = load_backend(options.backend, options.threads)
    if options.what == "ratio":
        print("| photos x d | s | processor s | sklearn s | processor s | ratio | ratio | gap | cv gap |")
        print("|---|---|---|---|---|---|---|---|---|")
        for size in options.sizes or ["2000x10752", "20000x4200"]:
            ratio(*map(int, size.split("x")), backend)
        return
    if options.what == "photographs":
        print("| feature, photos x d | s | processor s | largest gap |")
        print("|---|---|---|---|")
        photographs(backend)
        return
    if options.what == "liblinear":
        print("| photos x d | threads | s | processor s |")
        print("|---|---|---|---|")
        for size in options.sizes or ["2000x10752", "20000x4200"]:
            liblinear(*map(int, size.split("x")), options.threads)
        return
    print("| photos x d | s | processor s | peak GiB | GiB before | largest gap |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes or ["50000x10752", "100000x10752", "200000x10752"]:
            n, d = map(int, size.split("x"))
            child = multiprocessing.get_context("spawn").Process(
                target=scale, args=(n, d, folder, options.budget, options.backend, options.threads)
            )
            child.start()
            child.join()


if __name__ == "__main__":
    main()
