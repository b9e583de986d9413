"""A source's tables -> photos.parquet, users.parquet, shard lists."""

import logging

from viewcast.corpus.write import write_corpus
from viewcast.joblog import job_log

with job_log(
    snakemake.log[0],
    snakemake.rule,
    snakemake.input,
    snakemake.output,
    snakemake.resources.items(),
    screen=logging.INFO,
):
    write_corpus(
        snakemake.params.tables["photos"],
        snakemake.params.tables["users"],
        snakemake.params.pictures,
        views_log=snakemake.params.tables.get("views_log"),
        columns=snakemake.params.columns,
        user_columns=snakemake.params.user_columns,
        shard_size=snakemake.params.shard_size,
        **snakemake.params.popularity,
        **snakemake.params.reading,
        photos_out=snakemake.output.photos,
        users_out=snakemake.output.users,
        shards_out=snakemake.output.shards,
        memory=snakemake.params.memory,
        summary_out=snakemake.output.summary,
        synthetic=snakemake.params.synthetic,
    )
