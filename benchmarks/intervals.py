"""Do the tables' intervals and verdicts hold what they promise? Simulations, and the closed forms' speed.

    python benchmarks/intervals.py [--runs 1000] [--workers 2]

Users differ in how popular they are, and forecasts err alike on all photos of a user. In every run new users and photos
are drawn (or new photos of the same users), a setting is made of them, and it is counted how often its 95% interval
holds the true value, and how often two equally good forecasts are called different. The same is done with a bootstrap
over single photos, as if they were independent. See docs/evaluation.md.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed
from rich.console import Console
from rich.table import Table

from viewcast.corpus.settings import Setting, random_halves
from viewcast.evaluation.best_single import best_single
from viewcast.evaluation.conformal import LEVELS, half_widths
from viewcast.evaluation.influence import spearman_influence
from viewcast.evaluation.intervals import Estimate, estimate
from viewcast.evaluation.resampling import resample
from viewcast.evaluation.tables import FEATURES as COLUMNS
from viewcast.evaluation.tables import paper_table
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts

SPLITS, FOLDS, FEATURES = 10, 5, 7
#: Share of the target's variance that lies between users; correlation of a forecast with it between and within users.
BETWEEN, OF_USERS, OF_PHOTOS = 0.4, 0.55, 0.4
#: The same where forecasts know the users better: the hardest case for few users.
CLOSER = 0.8
#: name -> users, photos of each, whether no user stands on both sides, correlation between users
SCENARIOS = {
    "independent photos": (400, 1, False, OF_USERS),
    "100 users x 10": (100, 10, False, OF_USERS),
    "20 users x 50": (20, 50, False, OF_USERS),
    "6 users x 110": (6, 110, False, OF_USERS),
    "6 x 110, closer": (6, 110, False, CLOSER),
    "disjoint, 100 x 10": (100, 10, True, OF_USERS),
    "disjoint, 20 x 50": (20, 50, True, OF_USERS),
}


def draw(
    rng: np.random.Generator, levels: np.ndarray, photos: int, forecasts: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Users (n,), targets (n,) and forecasts (forecasts, n) of some photos of users with the given levels."""
    user = np.repeat(np.arange(levels.shape[1]), photos)
    own = np.sqrt(1 - BETWEEN) * rng.normal(size=len(user))
    errors = np.sqrt((1 - BETWEEN) * (1 - OF_PHOTOS**2)) * rng.normal(size=(forecasts, len(user)))
    return user, levels[0, user] + own, levels[1 : 1 + forecasts, user] + OF_PHOTOS * own + errors


def draw_levels(rng: np.random.Generator, users: int, forecasts: int, closeness: float = OF_USERS) -> np.ndarray:
    """Levels (1 + forecasts, users) of the users' targets, then of each forecast."""
    target = np.sqrt(BETWEEN) * rng.normal(size=users)
    errors = np.sqrt(BETWEEN * (1 - closeness**2)) * rng.normal(size=(forecasts, users))
    return np.concatenate([target[None], closeness * target + errors])


def make(rng: np.random.Generator, user: np.ndarray, target: np.ndarray, disjoint: bool, name: str) -> Setting:
    n, users = len(user), int(user.max()) + 1
    if disjoint:
        folds = random_halves(users, SPLITS, FOLDS, rng.integers(2**31, size=2).tolist())[:, user]
    else:
        folds = random_halves(n, SPLITS, FOLDS, rng.integers(2**31, size=2).tolist())
    ids = np.arange(n).astype(str).astype(object)
    names = np.char.zfill(user.astype(str), 4).astype(object)
    return Setting(name, ids, names, target, folds, user if name == "user_specific" else np.zeros(n, int))


def as_model(setting: Setting, name: str, prediction: np.ndarray) -> Forecasts:
    shape = (len(setting.groups), len(setting.folds))
    whole = np.broadcast_to(prediction, setting.folds.shape)
    nothing = np.zeros(shape)
    return Forecasts(setting.name, name, setting.photo_id, whole, nothing, nothing, np.ones(shape, bool))


def independent(setting: Setting, forecast: np.ndarray) -> Estimate:
    """What it would be if all photos were independent: every photo its own user."""
    return estimate(replace(setting, user=setting.photo_id), forecast)


def one_run(
    seed: int, users: int, photos: int, disjoint: bool, closeness: float, levels: np.ndarray | None
) -> list[tuple]:
    rng = np.random.default_rng([seed, 1])
    levels = draw_levels(rng, users, FEATURES + 1, closeness) if levels is None else levels
    user, target, forecasts = draw(rng, levels, photos, FEATURES + 1)
    setting = make(rng, user, target, disjoint, "user_mix")
    first, other = (estimate(setting, x) for x in forecasts[:2])
    plain = [independent(setting, x) for x in forecasts[:2]]
    features = [as_model(setting, str(k), x) for k, x in enumerate(forecasts[1:])]
    best = estimate(setting, best_single(setting, features).prediction)
    outside = plain[0] - max((independent(setting, x) for x in forecasts[1:]), key=lambda found: found.value)
    return [
        first.interval("users"),
        first.interval("photos"),
        plain[0].interval(),
        (first - other).verdict() != "within noise",
        (plain[0] - plain[1]).verdict() != "within noise",
        (first - best).verdict() == "worse beyond noise",
        outside.verdict() == "worse beyond noise",
    ]


def share(values: list[bool]) -> str:
    return f"{np.mean(values):.3f}"


def holds(ends: list[tuple[float, float]], truth: np.ndarray | float) -> str:
    low, high = np.array(ends).T
    return "n/a" if np.isnan(low).any() else share((low <= truth) & (truth <= high))


def truth(seed: int, closeness: float) -> float:
    """The rank correlation over very many users."""
    rng = np.random.default_rng([seed, 2])
    found = []
    for _ in range(10):
        _, target, (forecast,) = draw(rng, draw_levels(rng, 100_000, 1, closeness), 2, 1)
        found.append(spearman_influence(forecast, target)[0])
    return float(np.mean(found))


def pooled(parallel: Parallel, runs: int, table: Table) -> None:
    for name, (users, photos, disjoint, closeness) in SCENARIOS.items():
        value = truth(0, closeness)
        found = parallel(delayed(one_run)(seed, users, photos, disjoint, closeness, None) for seed in range(runs))
        over_users, _, plain, false, plain_false, worse, outside = zip(*found, strict=True)
        same = "n/a"
        if photos > 5 and not disjoint:
            # The same users, other photos: twenty lots of users, whose true value many photos tell.
            lots = [draw_levels(np.random.default_rng([lot, 3]), users, FEATURES + 1, closeness) for lot in range(20)]
            values = []
            for lot, levels in enumerate(lots):
                _, target, forecasts = draw(np.random.default_rng([lot, 4]), levels, 200_000 // users, 2)
                values.append(spearman_influence(forecasts[0], target)[0])
            again = parallel(
                delayed(one_run)(seed, users, photos, disjoint, closeness, lots[seed % 20]) for seed in range(runs)
            )
            same = holds([run[1] for run in again], np.array(values)[np.arange(runs) % 20])
        table.add_row(
            name, holds(over_users, value), same, holds(plain, value), share(false), share(plain_false), share(worse),
            share(outside),
        )  # fmt: skip


def specific_run(seed: int, users: int, photos: int) -> list[tuple]:
    """user_specific: users whose forecasts are good to a different degree, some of whom a cue does not cover."""
    rng = np.random.default_rng([seed, 5])
    user = np.repeat(np.arange(users), photos)
    target = rng.normal(size=len(user))
    skill = rng.uniform(-0.1, 0.7, users)[user]
    forecasts = skill * target + np.sqrt(1 - skill**2) * rng.normal(size=(2, len(user)))
    setting = make(rng, user, target, False, "user_specific")
    for rows in setting.groups:
        own = random_halves(len(rows), SPLITS, FOLDS, rng.integers(2**31, size=2).tolist())
        setting.folds[:, rows] = own
    covered = rng.random(users)[user] > 0.15
    cue = np.where(covered & (rng.random(len(user)) > 0.1), forecasts[0], np.nan)
    first, other = (estimate(setting, x) for x in forecasts)
    return [estimate(setting, cue, cue=True).interval(), first.interval(), (first - other).verdict() != "within noise"]


def specific(parallel: Parallel, runs: int, table: Table) -> None:
    for users, photos in ((30, 40), (6, 110)):
        # The mean over users of the rank correlation in a half, which is a little under that of all photos.
        rng = np.random.default_rng(6)
        half = photos // 2
        value = np.mean([_half(rng, half) for _ in range(40_000)])
        with_gaps = np.mean([_half(rng, round(half * 0.9)) for _ in range(40_000)])
        found = parallel(delayed(specific_run)(seed, users, photos) for seed in range(runs))
        gaps, over_users, false = zip(*found, strict=True)
        table.add_row(f"user_specific, {users} x {photos}", holds(over_users, value), *["n/a"] * 2, share(false))
        table.add_row(f"- a cue with gaps, {users} x {photos}", holds(gaps, with_gaps))


def _half(rng: np.random.Generator, photos: int) -> float:
    skill, target = rng.uniform(-0.1, 0.7), rng.normal(size=photos)
    return spearman_influence(skill * target + np.sqrt(1 - skill**2) * rng.normal(size=photos), target)[0]


def resampled(table: Table) -> None:
    for name, (users, photos, disjoint, closeness) in SCENARIOS.items():
        ratios = []
        for seed in range(10):
            rng = np.random.default_rng([seed, 7])
            user, target, (forecast,) = draw(rng, draw_levels(rng, users, 1, closeness), photos, 1)
            setting = make(rng, user, target, disjoint, "user_mix")
            for over in ("users", "photos"):
                closed = estimate(setting, forecast)
                if closed.photos is None and over == "photos":
                    continue
                codes, whole = np.unique(user, return_inverse=True)[1], np.broadcast_to(forecast, setting.folds.shape)
                slow = dict(
                    zip(
                        ("users", "photos"),
                        resample(setting, whole, codes, 4000, [seed], photos=photos > 5),
                        strict=True,
                    )
                )
                ratios.append((over, np.sqrt((getattr(closed, over) ** 2).sum() / (slow[over] ** 2).sum())))
        cells = []
        for over in ("users", "photos"):
            own = [ratio for kind, ratio in ratios if kind == over]
            cells.append(f"{np.mean(own):.3f}" if own else "n/a")
        table.add_row(name, *cells)


def difficult(seed: int) -> np.ndarray:
    """Coverage of the 80% interval in the tenths of photos with the narrowest to the widest intervals, where the noise
    of a photo grows with its forecast: of the adaptive intervals, then of intervals of one width."""
    rng = np.random.default_rng([seed, 8])
    n = 2000
    signal = rng.normal(size=n)
    target = signal + np.exp(0.7 * signal) * rng.normal(size=n)
    user = np.arange(n)
    setting = replace(make(rng, user, target, False, "one_per_user"), folds=random_halves(n, 1, FOLDS, [seed, 9]))
    model = as_model(setting, "social", signal)
    widths = half_widths(setting, model, [], 0, user)[LEVELS[0]]
    test, train = setting.folds[0] == TEST, setting.folds[0] >= 0
    error = np.abs(target - signal)
    constant = np.quantile(error[train], 0.8)
    order = np.argsort(np.argsort(widths)) * 10 // test.sum()
    return np.array([[np.mean(error[test][order == k] <= w) for k in range(10)] for w in (constant,)] + [
        [np.mean((error[test] <= widths)[order == k]) for k in range(10)]
    ])  # fmt: skip


def speed(photos: int) -> float:
    """Processor seconds of Table 1, seven features and their fusion, over so many photos of half as many users."""
    rng = np.random.default_rng(10)
    user, target, forecasts = draw(rng, draw_levels(rng, photos // 2, FEATURES + 1), 2, FEATURES + 1)
    setting = make(rng, user, target, False, "one_per_user")
    models = [("feature", as_model(setting, name, x)) for name, x in zip(COLUMNS, forecasts[:-1], strict=True)]
    models.append(("fusion", as_model(setting, "content", forecasts[-1])))
    began = time.process_time()
    paper_table("table1", [setting], {setting.name: models}, None, resamples=0, seed=1)
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--photos", type=int, default=930_000)
    asked = parser.parse_args()
    console = Console(width=160)
    with Parallel(asked.workers) as parallel:
        table = Table(title=f"Coverage of the 95% intervals, and false verdicts at 5%; {asked.runs} runs")
        for name in (
            "scenario", "users", "photos", "independent", "differ", "independent", "worse", "independent",
        ):  # fmt: skip
            table.add_column(name, justify="left" if name == "scenario" else "right")
        pooled(parallel, asked.runs, table)
        specific(parallel, asked.runs, table)
        console.print(table)
        tenths = np.mean(parallel(delayed(difficult)(seed) for seed in range(100)), axis=0)
    console.print(
        "users, photos: coverage of the interval over other users, and over other photos of the same users; differ: "
        "two equally good forecasts called different; worse: a forecast called worse than the best of seven equally "
        "good ones, picked out of fold. independent: the same as if photos were independent, the best one picked by "
        "its test scores."
    )
    table = Table(title="Width of the closed forms' interval over that of 4,000 resamples; mean of 10 corpora")
    for name in ("scenario", "other users", "other photos"):
        table.add_column(name)
    resampled(table)
    console.print(table)
    table = Table(title="Coverage of 80% forecast intervals by tenths of photos, from narrow to wide; 100 corpora")
    for name in ("intervals", *map(str, range(1, 11))):
        table.add_column(name)
    for name, row in zip(("one width", "adaptive"), tenths, strict=True):
        table.add_row(name, *(f"{value:.3f}" for value in row))
    console.print(table)
    console.print(f"Table 1 over {asked.photos} photos: {speed(asked.photos):.0f} processor seconds")


if __name__ == "__main__":
    main()
