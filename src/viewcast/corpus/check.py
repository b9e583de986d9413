"""What a corpus will come to, told in seconds, before any picture is opened."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

from viewcast.config import READING, Config
from viewcast.corpus.protocols import PROTOCOLS, make_protocol
from viewcast.corpus.settings import SETTINGS, Setting, make_setting
from viewcast.corpus.write import Corpus, read_corpus
from viewcast.errors import ViewcastError

#: Processor seconds of one photo through all descriptors with decoding, on one core: 0.080 and 0.093 on two corpora of
#: 320 and 256 pixels (sum of ``results/benchmarks``); larger pictures are reduced to 500 first.
SECONDS_A_PHOTO = 0.09
#: Bytes on disk: the features (43 kB, compressed), and the decoded pictures at 500 x 375 pixels.
FEATURE_BYTES, PICTURE_BYTES = 43_000, 540_000


def check_corpus(config: Config) -> Iterator[str]:
    """Read the tables of a configuration as the workflow will, and say line by line what its tables can hold.

    :raises ViewcastError: what would stop the workflow.
    """
    corpus = config.corpus
    if corpus.source != "table" or corpus.photos is None or corpus.pictures is None:
        raise ViewcastError("Only a corpus of your own can be checked: corpus.source must be `table`.")
    found = read_corpus(
        corpus.photos,
        corpus.users,
        corpus.pictures,
        columns=corpus.columns.model_dump(),
        user_columns=corpus.user_columns.model_dump(),
        **corpus.popularity.model_dump(),
        extra=config.social.extra_cues,
        **corpus.model_dump(include=set(READING)),
    )
    summary = found.summary
    yield (
        f"{summary['photos']} photos of {summary['users']} users, uploaded {summary['uploaded'][0][:10]} to "
        f"{summary['uploaded'][1][:10]}; {summary['pictures_found']} pictures found"
    )
    yield f"status: {summary['status']}; quartiles of the views: {summary['views_quartiles']}"
    for setting in _settings(config, found):
        users = len(np.unique(setting.user.astype(str)))
        state = setting.unavailable or f"{len(setting.photo_id)} photos of {users} users"
        yield f"{setting.name}: {state}" + (f"; {setting.note}" if setting.note else "")
    photos, cores = int(summary["pictures_found"]), os.cpu_count() or 1
    minutes = photos * SECONDS_A_PHOTO / 60
    yield (
        f"about {minutes:,.0f} processor minutes for the features, {minutes / cores:,.0f} minutes on this machine's "
        f"{cores} cores; the regressions come on top: as much again for 1,800 photos"
    )
    disk, memory = photos * FEATURE_BYTES / 1e9, (config.evaluation.memory_mb + 4000) / 1000
    yield (
        f"about {disk:.1f} GB for the features, and up to {photos * PICTURE_BYTES / 1e9:.1f} GB for the decoded "
        f"pictures; jobs ask for up to {memory:.0f} GB of memory"
    )


def _settings(config: Config, corpus: Corpus) -> Iterator[Setting]:
    """The settings and protocols, as if every picture that was found could be read."""
    usable = ((corpus.photos["status"] == "ok") & (corpus.files["bytes"] >= 0)).to_numpy()
    drawn = {"seed": config.seed, "splits": config.evaluation.splits, "folds": config.evaluation.folds}
    for name in SETTINGS:
        own = config.settings.one_per_user if name == "one_per_user" else config.settings.user_mix
        yield make_setting(name, corpus.photos, usable, **drawn, **own.model_dump())
    for name in PROTOCOLS:
        yield make_protocol(name, corpus.photos, usable, **drawn)
