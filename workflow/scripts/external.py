"""A file of the user's own -> a feature file."""

from viewcast.features.external import read_external
from viewcast.joblog import job_log

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    read_external(
        snakemake.params.which,
        snakemake.params.source,
        snakemake.input[0],
        snakemake.output[0],
        max_missing=snakemake.params.max_missing,
        code=snakemake.params.code,
        **snakemake.params.storage,
    )
