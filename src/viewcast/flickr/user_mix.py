"""The paper's user-mix corpus: users with 10,000 to 20,000 public photos, all photos of each."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from viewcast.config.flickr import ChosenUsersConfig
from viewcast.flickr import fields
from viewcast.flickr.failures import CallFailed
from viewcast.flickr.store import Archive
from viewcast.flickr.users import INFO

log = logging.getLogger(__name__)


def shuffled(user_ids: Sequence[str], seed: int) -> list[str]:
    """The users in an order that depends on ``seed`` and on which they are, not on how they came."""
    ordered = sorted(set(user_ids))
    order = np.random.default_rng([seed, *b"flickr users"]).permutation(len(ordered))
    return [ordered[index] for index in order]


def choose_users(archive: Archive, user_ids: Sequence[str], seed: int, config: ChosenUsersConfig) -> list[str]:
    """The first ``config.users`` of the shuffled users whose number of public photos lies in the range.

    One call per user looked at, one after the other: looking ahead would make calls that nothing needs.

    :raises NotStored: the archive is offline and the choice is not finished.
    """
    chosen: list[str] = []
    for user_id in shuffled(user_ids, seed):
        if len(chosen) == config.users:
            break
        try:
            person = archive.ask(INFO, user_id=user_id).body
        except CallFailed:
            continue
        count = fields.whole(fields.part(person, "person", "photos", "count"))
        if count is not None and config.min_photos <= count <= config.max_photos:
            chosen.append(user_id)
    if len(chosen) < config.users:
        log.warning(
            "user-mix: only %d of the %d users asked for have %d to %d photos; more queries find more users",
            len(chosen),
            config.users,
            config.min_photos,
            config.max_photos,
        )
    return chosen
