"""photos.parquet and the shard lists -> what the settings will hold, and what a run will cost."""

import logging

from viewcast.corpus.check import write_check
from viewcast.joblog import job_log

with job_log(snakemake.log[0], screen=logging.INFO, rule=snakemake.rule):
    write_check(snakemake.input.photos, snakemake.input.shards, snakemake.output[0], **snakemake.params.settings)
