"""What is in the tables of a configuration, and what they will come to, before any run."""

from __future__ import annotations

from collections.abc import Iterator

from viewcast.config.corpus import READING
from viewcast.config.schema import Config
from viewcast.corpus.prospects import prospects
from viewcast.corpus.settings import readings
from viewcast.corpus.user_means import likelier_unit
from viewcast.corpus.write import read_corpus
from viewcast.errors import ViewcastError


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
        views_log=corpus.views_log,
        extra=config.social.extra_cues,
        **corpus.model_dump(include=set(READING)),
    )
    summary = found.summary
    yield (
        f"{summary['photos']} photos of {summary['users']} users, uploaded {summary['uploaded'][0][:10]} to "
        f"{summary['uploaded'][1][:10]}; {summary['pictures_found']} pictures found"
    )
    yield f"status: {summary['status']}; quartiles of the views: {summary['views_quartiles']}"
    if any(summary["doubts"].values()):
        yield f"labels to be doubted: {summary['doubts']}; the log above names some"
    other = likelier_unit(found.photos, found.users, corpus.mean_views_unit)
    if other is not None:
        yield (
            f"WARNING: corpus.mean_views_unit is {corpus.mean_views_unit}, but the users' mean_views are far from "
            f"their photos' own in that unit, and nearer as {other}. What is mean_views a mean of?"
        )
    yield from prospects(
        found.photos,
        found.files["bytes"].to_numpy(),
        seed=config.seed,
        folds=config.evaluation.folds,
        settings={
            name: (config.settings.one_per_user if kind == "one_per_user" else config.settings.user_mix).model_dump()
            for name, kind in readings(corpus.popularity.also).items()
        },
    )
    yield f"one job may take up to {(config.evaluation.memory_mb + 4000) / 1000:.0f} GB of memory"
