"""What the demo corpus plants: which photo shows what, and how many views it will have.

log2 of the expected views per day of a photo is a sum of four parts,

    planted = planted_user + planted_context + planted_content + planted_noise,

and the views are Poisson draws of 2**planted times the days online. Popularity, log2(views/days + 1), hence
follows log2(2**planted + 1), which is close to `planted` for all but little-viewed photos and never negative.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from viewcast.demo.scenes import SCENES
from viewcast.demo.text import length_of, score_of
from viewcast.demo.users import draw_users

# Standard deviations within one user, in powers of two of views per day.
CONTENT_SD, CONTEXT_SD, NOISE_SD = 1.6, 0.95, 1.0
WITHIN_SD = float(np.hypot(np.hypot(CONTENT_SD, CONTEXT_SD), NOISE_SD))

# Picture properties, each a normal score: what raises it, and its weight in the content part.
PROPERTIES = {
    "color": 1.0,  # red and saturated against green, blue and dull
    "texture": 1.0,  # busy against clean
    "gradient": 1.0,  # crisp, upright structure against soft, level bands
    "layout": 0.7,  # a large subject in the middle against a small one aside
    "objects": 1.0,  # what is shown: SCENES gives the value
}
# Share of each property's variance that all five have in common: one taste, seen in many features.
COMMON_SHARE = 0.5
# Correlation of the user's own success with the taste of their pictures (people choose what to upload).
SELF_SELECTION = 0.15
# Relative spread of the weights between users.
TASTE_SPREAD = 0.15

# Text cues: share of the variance that is the user's habit, the correlation of that habit with the user's
# success, and the weight in the context part.
TEXT = {
    "tags": {"habit": 0.5, "success": 0.65, "weight": 1.0},
    "title": {"habit": 0.3, "success": 0.15, "weight": 0.8},
    "description": {"habit": 0.4, "success": 0.55, "weight": 1.0},
}
# Correlation between the text cues beyond habit: who writes much writes much everywhere.
TEXT_COMMON = 0.4

CRAWLED = pd.Timestamp("2017-10-09 12:00", tz="UTC")
MOST_DAYS = 1500
# Last numbers of the seeds of the parts, so that changing one leaves the others as they are.
_USERS, _HEAVY, _PHOTOS, _VIEWS, _REST = range(5)


def _rate_for_mean(mean_popularity: np.ndarray) -> np.ndarray:
    """The user's log2 views per day at which the mean popularity over normal photos is as given."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    rate = np.linspace(-8, 20, 561)
    popularity = np.log2(1 + 2 ** (rate[:, None] + WITHIN_SD * nodes)) @ (weights / weights.sum())
    return np.interp(mean_popularity, popularity, rate)


def _draw_heavy(seed: int, count: int, photos: int) -> pd.DataFrame:
    """Users with many photos, their success spread evenly so that few users still differ as many do."""
    pool = draw_users(50 * max(count, 1), np.random.default_rng([seed, _HEAVY]))
    pool = pool[pool["photo_count"] >= 2 * photos].sort_values("score")
    wanted = np.linspace(-1.2, 1.2, count)
    place = np.clip(pool["score"].searchsorted(wanted), 0, len(pool) - 1)
    return pool.iloc[np.maximum.accumulate(place - np.arange(count)) + np.arange(count)]


def plan_users(seed: int, users: int, heavy_users: int, photos_per_heavy_user: int) -> pd.DataFrame:
    """All users, the heavy ones first: the columns of draw_users, `user_id`, `photos` (how many are in the
    corpus; one, or for a quarter of the light users two) and `rate` (log2 views per day).
    """
    rng = np.random.default_rng([seed, _USERS])
    heavy = _draw_heavy(seed, heavy_users, photos_per_heavy_user)
    light = draw_users(users - heavy_users, rng)
    heavy = heavy.assign(photos=photos_per_heavy_user)
    light = light.assign(photos=1 + (rng.random(len(light)) < 0.25).astype("int64"))
    table = pd.concat([heavy, light], ignore_index=True)
    table["photo_count"] = np.maximum(table["photo_count"], table["photos"])
    table["rate"] = _rate_for_mean(np.log2(1 + table["views"].to_numpy()))
    names = rng.permutation(len(table))
    table["user_id"] = [f"user{name:05d}" for name in names]
    return table


def _add_content(photos: pd.DataFrame, score: np.ndarray, taste: np.ndarray, rng: np.random.Generator) -> None:
    """Draw the picture properties and the scene; add them and `planted_content`."""
    count = len(photos)
    liking = SELF_SELECTION * score + np.sqrt(1 - SELF_SELECTION**2) * rng.standard_normal(count)
    drawn = np.sqrt(COMMON_SHARE) * liking[:, None] + np.sqrt(1 - COMMON_SHARE) * rng.standard_normal(
        (count, len(PROPERTIES))
    )
    drawn = pd.DataFrame(np.clip(drawn, -2.2, 2.2), columns=list(PROPERTIES))
    values = np.array([scene.value for scene in SCENES.values()])
    # Scenes near the drawn value are likely, so that the scene carries the property and yet varies.
    near = np.exp(-(((drawn["objects"].to_numpy()[:, None] - values) / 0.6) ** 2) / 2)
    below = np.cumsum(near / near.sum(axis=1, keepdims=True), axis=1)
    chosen = (rng.random((count, 1)) > below[:, :-1]).sum(axis=1)
    photos["scene"] = np.array(list(SCENES))[chosen]
    drawn["objects"] = values[chosen]

    weights = np.array(list(PROPERTIES.values()))
    spread = np.sqrt((1 - COMMON_SHARE) * np.sum(weights**2) + COMMON_SHARE * weights.sum() ** 2)
    parts = drawn.to_numpy() * (weights * taste) * (CONTENT_SD / spread)
    for k, name in enumerate(PROPERTIES):
        photos[name] = drawn[name]
        photos[f"planted_{name}"] = parts[:, k]
    photos["planted_content"] = parts.sum(axis=1)


def content_mean(score: np.ndarray) -> np.ndarray:
    """Mean content part of a user whose success has the given normal score."""
    weights = np.array(list(PROPERTIES.values()))
    spread = np.sqrt((1 - COMMON_SHARE) * np.sum(weights**2) + COMMON_SHARE * weights.sum() ** 2)
    return CONTENT_SD * np.sqrt(COMMON_SHARE) * weights.sum() / spread * SELF_SELECTION * score


def _context_scale() -> float:
    """Factor that gives the context part its spread within a user."""
    weight = np.array([cue["weight"] for cue in TEXT.values()])
    within = weight * np.sqrt([1 - cue["habit"] for cue in TEXT.values()])
    return CONTEXT_SD / np.sqrt((1 - TEXT_COMMON) * np.sum(within**2) + TEXT_COMMON * within.sum() ** 2)


def _add_context(photos: pd.DataFrame, owner: np.ndarray, score: np.ndarray, rng: np.random.Generator) -> None:
    """Draw the numbers of tags and words; add them as `n_<cue>`, and `planted_context`."""
    together = rng.standard_normal(len(photos))
    total = np.zeros(len(photos))
    for cue, model in TEXT.items():
        success = model["success"]
        habit = success * score + np.sqrt(1 - success**2) * rng.standard_normal(len(score))
        own = np.sqrt(TEXT_COMMON) * together + np.sqrt(1 - TEXT_COMMON) * rng.standard_normal(len(photos))
        drawn = np.sqrt(model["habit"]) * habit[owner] + np.sqrt(1 - model["habit"]) * own
        photos[f"n_{cue}"] = length_of(cue, drawn)
        total += model["weight"] * score_of(cue, photos[f"n_{cue}"].to_numpy())
    photos["planted_context"] = _context_scale() * total


def context_mean(score: np.ndarray) -> np.ndarray:
    """Mean context part of a user whose success has the given normal score (zeros of the cues neglected)."""
    slope = sum(cue["weight"] * np.sqrt(cue["habit"]) * cue["success"] for cue in TEXT.values())
    return _context_scale() * slope * score


def plan_photos(seed: int, users: pd.DataFrame) -> pd.DataFrame:
    """One row per photo, in mixed order: `owner` (row in ``users``), `scene`, the PROPERTIES, the text
    lengths `n_<cue>`, `days` online, `views`, and the planted columns (float64, powers of two of views per
    day). The user part makes up for the user's mean content and context, so that the mean popularity of
    the user stays what their `rate` says.
    """
    rng = np.random.default_rng([seed, _PHOTOS])
    owner = rng.permutation(np.repeat(np.arange(len(users)), users["photos"]))
    score = users["score"].to_numpy()
    photos = pd.DataFrame({"owner": owner})
    taste = np.exp(TASTE_SPREAD * rng.standard_normal((len(users), len(PROPERTIES))))
    _add_content(photos, score[owner], taste[owner], rng)
    _add_context(photos, owner, score, rng)
    mean = content_mean(score) + context_mean(score)
    photos["planted_user"] = (users["rate"].to_numpy() - mean)[owner]
    photos["planted_noise"] = NOISE_SD * rng.standard_normal(len(photos))
    photos["planted"] = photos[["planted_user", "planted_context", "planted_content", "planted_noise"]].sum(axis=1)
    online = np.minimum(MOST_DAYS, users["member_days"].to_numpy()[owner])
    photos["days"] = np.round((1 + (online - 1) * rng.beta(0.9, 1.4, len(photos))) * 1440) / 1440
    expected = 2 ** photos["planted"] * photos["days"]
    photos["views"] = np.random.default_rng([seed, _VIEWS]).poisson(expected)
    return photos


def mean_popularity(seed: int, users: pd.DataFrame, photos: pd.DataFrame) -> np.ndarray:
    """Mean of log2(views/days + 1) over all public photos of each user (float64, in users' order).

    The photos in the corpus count with the values they have; the user's other photos are not generated, so
    their mean is drawn: normal about the mean that the user's marginal gives, never below zero.
    """
    popularity = np.log2(photos["views"] / photos["days"] + 1)
    known = popularity.groupby(photos["owner"]).sum().reindex(range(len(users)), fill_value=0.0).to_numpy()
    others = (users["photo_count"] - users["photos"]).to_numpy()
    centre = np.log2(1 + users["views"].to_numpy())
    # Popularity cannot fall below zero, so little-viewed users vary less than WITHIN_SD.
    spread = np.minimum(WITHIN_SD, centre) / np.sqrt(np.maximum(others, 1))
    drawn = centre + spread * np.random.default_rng([seed, _REST]).standard_normal(len(users))
    return (known + np.maximum(drawn, 0.0) * others) / users["photo_count"].to_numpy()
