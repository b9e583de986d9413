"""photos.parquet and the shard lists -> what the settings will hold, and what a run will cost."""

import logging

from viewcast.corpus.prospects import write_prospects
from viewcast.joblog import job_log

with job_log(
    snakemake.log[0],
    snakemake.rule,
    snakemake.input,
    snakemake.output,
    snakemake.resources.items(),
    screen=logging.INFO,
):
    write_prospects(snakemake.input.photos, snakemake.input.shards, snakemake.output[0], **snakemake.params.settings)
