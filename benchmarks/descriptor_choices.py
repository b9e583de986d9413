"""What the descriptors' open choices are worth: rank correlation on photographs with a score.

Compares Viewcast's 50 colours with a published table, the toolbox's two bugs with their absence, three with five
neighbours, and the two halves of the gradient, each over ten random halves with a ridge regression whose strength
is chosen on the training half (leave-one-out).

    python benchmarks/descriptor_choices.py --photos FOLDER --scores scores.csv --name image --target score \
        [--color-table DD50_w2c.mat]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
from scipy.stats import spearmanr
from sklearn.linear_model import RidgeCV

from viewcast.coding.kmeans import learn_dictionary
from viewcast.descriptors import color_histogram, color_patches, gist, gradient, texture

SPLITS = 10
SAMPLED_PHOTOS = 250
PER_PHOTO = 400


def read(path: Path) -> np.ndarray:
    return np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])


def dictionary(files: list[Path], sample, kind: str, size: int) -> np.ndarray:
    rng = np.random.default_rng([0, size])
    chosen = rng.permutation(len(files))[:SAMPLED_PHOTOS]
    drawn = [sample(read(files[i]), PER_PHOTO, rng, kind=kind) for i in chosen]
    return learn_dictionary(np.concatenate(drawn), size, seed=0).words


def extractors(files: list[Path], color_table: str | None) -> dict:
    """Name of a choice to a function from pictures to rows."""
    made = {"gist": gist.extractor(gist.Parameters(), {})}
    tables = {"own colours": None} | ({"published colours": color_table} if color_table else {})
    for label, table in tables.items():
        parameters = color_histogram.Parameters(color_table=table)
        made[f"color_histogram, {label}"] = color_histogram.extractor(parameters, {})

        def sample(image, count, rng, kind, table=table):
            return color_patches.sample_descriptors(
                image, count, rng, color_patches.Parameters(color_table=table), kind
            )

        words = {"color_patches": dictionary(files, sample, "color_patches", 200)}
        for knn in (3, 5) if table is None else (3,):
            parameters = color_patches.Parameters(color_table=table, knn=knn)
            made[f"color_patches, {label}, knn {knn}"] = color_patches.extractor(parameters, words)
    for compat in (False, True):
        parameters = texture.Parameters(toolbox_compat=compat)
        made[f"texture, {'planes side by side' if compat else 'grey'}"] = texture.extractor(parameters, {})
    words = {kind: dictionary(files, gradient.sample_descriptors, kind, 256) for kind in gradient.KINDS}
    for label, parameters in (
        ("knn 3", gradient.Parameters()),
        ("knn 5", gradient.Parameters(knn=5)),
        ("knn 3, scrambled coordinates", gradient.Parameters(toolbox_compat=True)),
    ):
        made[f"gradient, {label}"] = gradient.extractor(parameters, words)
    return made


def correlations(rows: np.ndarray, target: np.ndarray) -> np.ndarray:
    found = []
    for split in range(SPLITS):
        order = np.random.default_rng([7, split]).permutation(len(target))
        train, test = order[: len(order) // 2], order[len(order) // 2 :]
        model = RidgeCV(10.0 ** np.arange(-4, 4)).fit(rows[train], target[train])
        found.append(spearmanr(model.predict(rows[test]), target[test])[0])
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--name", required=True, help="column with the file name")
    parser.add_argument("--target", required=True, help="numeric column to predict")
    parser.add_argument("--color-table", help="published colour table to compare with")
    args = parser.parse_args()
    torch.set_num_threads(1)

    table = pd.read_csv(args.scores)
    files = [args.photos / name for name in table[args.name].astype(str)]
    made = extractors(files, args.color_table)
    rows: dict[str, list[np.ndarray]] = {name: [] for name in made}
    for file in files:
        picture = read(file)
        for name, extract in made.items():
            rows[name].append(extract([picture])[0])

    stacked = {name: np.stack(held) for name, held in rows.items()}
    both = stacked["gradient, knn 3"]
    stacked["gradient, hog2x2 alone"], stacked["gradient, hog3x3 alone"] = np.split(both, 2, axis=1)
    stacked["gradient, whole picture alone"] = both[:, np.r_[5120:5376, 10496:10752]]
    target = table[args.target].to_numpy(float)
    print(f"{len(target)} photographs, {SPLITS} random halves, ridge\n\n| choice | rho | sd |\n| --- | --- | --- |")
    for name, features in sorted(stacked.items()):
        rho = correlations(features, target)
        print(f"| {name} | {rho.mean():.3f} | {rho.std():.3f} |", flush=True)


if __name__ == "__main__":
    main()
