"""Generate the demo corpus: pictures on disk and the two tables of docs/architecture.md."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

from viewcast.demo.photograph import write_photo
from viewcast.demo.plan import CRAWLED, PROPERTIES, mean_popularity, plan_photos, plan_users
from viewcast.demo.text import description_text, tag_list, title_text
from viewcast.demo.users import OPENED
from viewcast.errors import ViewcastError

# First numbers after the corpus seed, one per purpose (plan.py counts up from 0).
_TEXT, _FORMAT, _PICTURE, _FAVES = 100, 101, 102, 103
PNG_SHARE = 0.06
# Of a photo whose content is average, and how many of its faves bring a comment; the rate rises with the content.
FAVES_PER_VIEW, COMMENTS_PER_FAVE = 0.02, 0.3

PLANTED = (
    "planted",
    "planted_user",
    "planted_context",
    "planted_content",
    "planted_noise",
    *(f"planted_{name}" for name in PROPERTIES),
)


class DemoCorpus(NamedTuple):
    """The two tables of a demo corpus; the pictures lie in the folder it was generated into."""

    photos: pd.DataFrame
    users: pd.DataFrame


def generate(
    folder: Path,
    *,
    seed: int,
    users: int = 450,
    heavy_users: int = 6,
    photos_per_heavy_user: int = 110,
    size: int = 320,
    workers: int = 1,
) -> DemoCorpus:
    """Write the pictures of a demo corpus into ``folder`` and return its tables.

    ``users`` counts all users: ``heavy_users`` of them have ``photos_per_heavy_user`` photos each, the others
    one, or a quarter of them two. ``size`` is the longest side of every picture in pixels. The same ``seed``
    gives the same tables and the same files, byte for byte, for any number of ``workers`` (processes).

    Photos: `photo_id`, `user_id`, `picture` (file name in ``folder``), `views`, `faves`, `comments` (Int64),
    `uploaded_at` and `crawled_at` (UTC), `title`, `description`, `tags` (lists of strings), `scene`, and the PLANTED
    columns in powers of two of views per day (float64). `planted` is the sum of the user, context, content and noise
    parts; the content part is the sum of its five properties.

    Users: `user_id`, `mean_views`, `photo_count`, `contacts`, `groups`, `groups_admin`, `groups_invite_only`,
    `group_members`, `member_since` (UTC), `is_pro`. `mean_views` is the mean of log2(views/days + 1) over all
    `photo_count` public photos of the user, of which the corpus holds some.
    """
    if not 0 <= heavy_users <= users or users < 1 or photos_per_heavy_user < 1:
        raise ValueError("users must be at least 1 and heavy_users between 0 and users")
    if size < 32:
        raise ViewcastError(f"Demo pictures of {size} pixels cannot be drawn; ask for a size of 32 or more.")
    owners = plan_users(seed, users, heavy_users, photos_per_heavy_user)
    plan = plan_photos(seed, owners)
    photos = photo_table(seed, owners, plan)
    jobs = (
        delayed(write_photo)(
            Path(folder) / photo.picture,
            photo.scene,
            {name: getattr(photo, name) for name in PROPERTIES if name != "objects"},
            size,
            [seed, _PICTURE, index],
        )
        for index, photo in enumerate(plan.assign(picture=photos["picture"]).itertuples(index=False))
    )
    Parallel(n_jobs=workers, batch_size=8 if workers > 1 else 1)(jobs)
    if workers > 1:
        # joblib's processes would outlive the work, and what they took would be missing in the job's record.
        get_reusable_executor().shutdown(wait=True)
    return DemoCorpus(photos, user_table(seed, owners, plan))


def photo_table(seed: int, owners: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """The photos' table, with its texts, from plan_users (``owners``) and plan_photos (``plan``)."""
    texts = []
    for index, photo in enumerate(plan.itertuples(index=False)):
        rng = np.random.default_rng([seed, _TEXT, index])
        title = title_text(rng, photo.scene, photo.n_title)
        description = description_text(rng, photo.scene, photo.n_description)
        texts.append((title, description, tag_list(rng, photo.scene, photo.n_tags)))
    titles, descriptions, tags = zip(*texts, strict=True)
    ids = [f"demo{index:06d}" for index in range(len(plan))]
    rng = np.random.default_rng([seed, _FAVES])
    rate = np.minimum(FAVES_PER_VIEW * 2 ** (plan["planted_content"].to_numpy() / 2), 0.5)
    faves = rng.binomial(plan["views"].to_numpy(dtype=np.int64), rate)
    comments = rng.binomial(faves, COMMENTS_PER_FAVE)
    png = np.random.default_rng([seed, _FORMAT]).random(len(plan)) < PNG_SHARE
    photos = pd.DataFrame(
        {
            "photo_id": pd.array(ids, dtype="string"),
            "user_id": pd.array(owners["user_id"].to_numpy()[plan["owner"]], dtype="string"),
            "picture": pd.array(
                [f"{name}.{'png' if p else 'jpg'}" for name, p in zip(ids, png, strict=True)], dtype="string"
            ),
            "views": plan["views"].astype("Int64"),
            "faves": pd.array(faves, dtype="Int64"),
            "comments": pd.array(comments, dtype="Int64"),
            "uploaded_at": (CRAWLED - pd.to_timedelta(plan["days"], unit="D"))
            .dt.round("min")
            .astype("datetime64[ns, UTC]"),
            "crawled_at": pd.Series(CRAWLED, index=plan.index).astype("datetime64[ns, UTC]"),
            "title": pd.array(titles, dtype="string"),
            "description": pd.array(descriptions, dtype="string"),
            "tags": tags,
            "scene": pd.array(plan["scene"], dtype="string"),
        }
    )
    return pd.concat([photos, plan[list(PLANTED)]], axis=1)


def user_table(seed: int, owners: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """The users' table from plan_users (``owners``) and plan_photos (``plan``)."""
    joined = CRAWLED - pd.to_timedelta(owners["member_days"], unit="D")
    users = owners.assign(
        user_id=owners["user_id"].astype("string"),
        mean_views=mean_popularity(seed, owners, plan),
        is_pro=owners["is_pro"].astype("boolean"),
        member_since=joined.dt.floor("D").clip(lower=OPENED).astype("datetime64[ns, UTC]"),
    )
    counts = ["photo_count", "contacts", "groups", "groups_admin", "groups_invite_only"]
    users[counts] = users[counts].astype("Int64")
    order = ["user_id", "mean_views", *counts, "group_members", "member_since", "is_pro"]
    return users.sort_values("user_id", ignore_index=True)[order]
