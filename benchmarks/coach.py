"""Whether the coach is right on photos whose truth is planted, and silent where there is nothing to learn.

    python benchmarks/coach.py [--results results] [--photos 60] [--shuffles 2]

Needs `snakemake --cores all results/model.viewcast` of the default configuration. The photos are of a demo corpus of
another seed: no model has seen them. Each is coached twice, with all that its owner knows, and without the texts, so
that pictures alone are edited. tests/helpers/planted_edits.py says what an edit does to the planted popularity, and of
which edits that cannot be said; those are counted apart.

Printed are, of the steps that are offered, how many raise the planted popularity, and the same of the picture edit that
the forecast likes best, offered or not; the seconds and the processor's seconds of a photo; the share of photos for
which models of shuffled targets offer nothing; and how often the likelier of two held-out photos was the more popular
one, by the chance that was stated (the scale is of the other half of the corpus).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))

from planted_edits import Demo, Photo, fresh_photos, judged, shuffled_model

from viewcast import load
from viewcast.predict.coach import coach
from viewcast.predict.compare import fit_scale, held_out_pairs, reliability
from viewcast.predict.edits import Edit
from viewcast.predict.model import Model

#: Of the demo corpus that the photos are from.
DEMO = Demo(seed=1, users=450, heavy_users=6, photos_per_heavy_user=110, size=320)
NO_TEXT = {"title": None, "tags": None, "description": None}


def evaluate(model: Model, photos: list[Photo]) -> None:
    for name, without in (("with all that is known", {}), ("without the texts", NO_TEXT)):
        offered, liked = defaultdict(Counter), Counter()
        silent, wall, processor, tried = 0, [], [], []
        for photo in photos:
            start, busy = time.perf_counter(), time.process_time()
            advice = coach(model, photo.image, photo.cues.model_copy(update=without))
            wall.append(time.perf_counter() - start)
            processor.append(time.process_time() - busy)
            tried.append(len({one.edit for one in advice.tried}))
            silent += not advice.steps
            for kind, effect in judged(DEMO, photo, advice):
                offered[kind][verdict(effect)] += 1
            pictures = [one for one in advice.tried if one.round == 1 and isinstance(one.edit, Edit)]
            best = max(pictures, key=lambda one: one.gain.value)
            liked[verdict(DEMO.effect(photo.index, best.edit, photo.cues))] += 1
        print(f"\n{len(photos)} photos {name}: {np.mean(tried):.0f} edits of each, {silent} photos without an offer")
        print(f"  seconds of a photo, median: {np.median(wall):.1f}; of the processor: {np.median(processor):.1f}")
        for kind, counts in sorted(offered.items()):
            print(f"  offered, {kind}: {said(counts)}")
        print(f"  offered, all: {said(sum(offered.values(), Counter()))}")
        print(f"  the best picture edit, offered or not: {said(liked)}")


def verdict(effect: float | None) -> str:
    return "unknown" if effect is None else "raises" if effect > 0 else "does not"


def said(counts: Counter) -> str:
    known = counts["raises"] + counts["does not"]
    share = f" ({counts['raises'] / known:.0%})" if known else ""
    return f"{counts['raises']} of {known} raise the planted popularity{share}, {counts['unknown']} cannot be said"


def silence(results: Path, photos: list[Photo], shuffles: int) -> None:
    print()
    for seed in range(1, shuffles + 1):
        model = shuffled_model(results, seed)
        silent = [
            sum(not coach(model, photo.image, photo.cues.model_copy(update=without)).steps for photo in photos)
            for without in ({}, NO_TEXT)
        ]
        print(
            f"shuffled targets, {seed}: nothing is offered for {silent[0]} of {len(photos)} photos, and without the "
            f"texts for {silent[1]}",
            flush=True,
        )


def orders(model: Model) -> None:
    own = model.saved.calibration
    for name, known in (("pictures alone", ()), ("all cues", tuple(sorted(model.card.cues)))):
        total = model.calibrated(known).total
        halves = [
            held_out_pairs(total[half], own.target[half], own.user[half])
            for half in (own.part % 2 == 0, own.part % 2 == 1)
        ]
        scales = [fit_scale(half) for half in halves]
        print(f"\norders by {name}: pairs of {' and '.join(half.of for half in halves)}")
        rows = [row for half, scale in zip(halves, reversed(scales), strict=True) for row in reliability(half, scale)]
        for low in np.arange(0.5, 1, 0.1):
            stated, so, count = np.array([row for row in rows if low <= row[0] < low + 0.1]).T
            share = count / count.sum()
            print(f"  stated {share @ stated:.3f}, so {share @ so:.3f}, {count.sum():.0f} pairs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--shuffles", type=int, default=2)
    chosen = parser.parse_args()
    model = load(chosen.results / "model.viewcast")
    photos = fresh_photos(DEMO, chosen.photos)
    orders(model)
    evaluate(model, photos)
    silence(chosen.results, photos, chosen.shuffles)


if __name__ == "__main__":
    main()
