"""The weights of a network's text tower, fetched once."""

from pathlib import Path

from viewcast.descriptors.agreement import fetch_text_weights
from viewcast.joblog import job_log

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    fetch_text_weights(snakemake.params.backbone, Path(snakemake.output[0]).parent)
