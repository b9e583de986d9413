"""Users of the demo corpus and their social cues, with the marginals and rank correlations of real ones.

The figures below are aggregate statistics of 22,325 Flickr users of the Social Popularity Image Dynamics
data (Ortis, Farinella and Battiato), crawled in 2017 and 2019. No row of that data is used here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

SOURCE_USERS = 22325
LEVELS = (0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99)
CUES = ("views", "is_pro", "contacts", "photo_count", "groups", "group_members")

# The value at each of LEVELS, then the largest value; `views` are views per photo of the user.
QUANTILES = {
    "views": (0.0, 0.818, 7.53, 30.58, 152.4, 1204.8, 4135.5, 98751.0),
    "contacts": (0.0, 0.0, 1.0, 9.0, 89.0, 816.0, 3470.4, 74756.0),
    "photo_count": (1.0, 4.0, 92.0, 486.0, 2298.0, 17288.2, 58791.4, 3883618.0),
    "groups": (0.0, 0.0, 0.0, 1.0, 25.0, 233.0, 655.0, 4423.0),
    "group_members": (0.0, 0.0, 0.0, 44.0, 9055.7, 39633.0, 120721.4, 504804.0),
}
SHARE_ZERO = {
    "views": 0.0242,
    "is_pro": 0.7633,
    "contacts": 0.1997,
    "photo_count": 0.0047,
    "groups": 0.4791,
    "group_members": 0.4791,
}
# Spearman's rank correlations, in the order of CUES.
SPEARMAN = np.array(
    [
        [1.000, 0.365, 0.706, 0.378, 0.703, 0.603],
        [0.365, 1.000, 0.391, 0.572, 0.423, 0.319],
        [0.706, 0.391, 1.000, 0.390, 0.778, 0.690],
        [0.378, 0.572, 0.390, 1.000, 0.393, 0.309],
        [0.703, 0.423, 0.778, 0.393, 1.000, 0.889],
        [0.603, 0.319, 0.690, 0.309, 0.889, 1.000],
    ]
)
# Flickr opened to the public in this month; nobody joined before.
OPENED = pd.Timestamp("2004-02-10", tz="UTC")

# Correlations of the underlying normals that give SPEARMAN once they have passed through the marginals:
# ties (half of all users are in no group, three quarters are not pro) make them larger than SPEARMAN. Found
# by repeatedly adding the remaining difference, over 200,000 simulated users.
LATENT = np.array(
    [
        [1.000, 0.509, 0.729, 0.395, 0.770, 0.337],
        [0.509, 1.000, 0.544, 0.790, 0.590, 0.188],
        [0.729, 0.544, 1.000, 0.413, 0.841, 0.437],
        [0.395, 0.790, 0.413, 1.000, 0.445, 0.110],
        [0.770, 0.590, 0.841, 0.445, 1.000, 0.511],
        [0.337, 0.188, 0.437, 0.110, 0.511, 1.000],
    ]
)


def quantile(cue: str, share: np.ndarray) -> np.ndarray:
    """Values of ``cue`` (float64) below which the given shares of users fall.

    Between the published quantiles, log(1 + value) is linear in the normal score; the largest value stands
    at the share that the largest of SOURCE_USERS users has.
    """
    if cue == "is_pro":
        return (share > SHARE_ZERO[cue]).astype(float)
    zero, values = SHARE_ZERO[cue], np.array(QUANTILES[cue])
    shares = np.array([*LEVELS, 1 - 0.5 / SOURCE_USERS])
    known = (values > 0) & (shares > zero)
    score = np.concatenate([[ndtri(zero)], ndtri(shares[known])])
    value = np.expm1(np.interp(ndtri(share), score, np.concatenate([[0.0], np.log1p(values[known])])))
    if cue in ("contacts", "groups", "photo_count"):
        value = np.maximum(np.round(value), 1.0)
    return np.where(share <= zero, 0.0, value)


def through_marginals(normal: np.ndarray) -> pd.DataFrame:
    """Cues (n rows, columns CUES, float64) of the normal scores ``normal`` (n, 6).

    Group members are an average over the groups of a user, so they are zero exactly for users without
    groups; among the others their order is that of their normal score.
    """
    cues = pd.DataFrame({cue: quantile(cue, ndtr(normal[:, k])) for k, cue in enumerate(CUES)})
    member = cues["groups"].to_numpy() > 0
    order = normal[member, CUES.index("group_members")].argsort().argsort()
    share = SHARE_ZERO["group_members"]
    cues["group_members"] = 0.0
    cues.loc[member, "group_members"] = quantile(
        "group_members", share + (1 - share) * (order + 0.5) / max(member.sum(), 1)
    )
    return cues


def draw_users(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw ``count`` users: the columns CUES, and the cues that the real data lack.

    Returns float64 `views` (mean views of the user's photos; the demo reads them as views per day) and
    `group_members`; bool `is_pro`; int64 `contacts`, `photo_count` (at least 1), `groups`, `groups_admin`,
    `groups_invite_only`; float64 `member_days`, days from joining to the crawl, and `score`, the normal
    score of `views`.

    The last three cues are models, not data. A user runs about 3% of their groups and 12% are invite-only,
    both shares differing between users (beta-binomial). Membership lasts 60 days to thirteen years, a little
    longer for users with many photos.
    """
    normal = rng.standard_normal((count, len(CUES))) @ np.linalg.cholesky(LATENT).T
    users = through_marginals(normal)
    for cue in ("contacts", "photo_count", "groups"):
        users[cue] = users[cue].astype("int64")
    users["photo_count"] = users["photo_count"].clip(lower=1)
    users["is_pro"] = users["is_pro"] > 0
    users["groups_admin"] = rng.binomial(users["groups"], rng.beta(0.6, 19.4, count))
    users["groups_invite_only"] = rng.binomial(users["groups"], rng.beta(1.2, 8.8, count))
    age = 0.2 * normal[:, CUES.index("photo_count")] + np.sqrt(1 - 0.2**2) * rng.standard_normal(count)
    users["member_days"] = 60 + 4900 * ndtr(age) ** 0.8
    users["score"] = normal[:, CUES.index("views")]
    return users
