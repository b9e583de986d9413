"""The corpus -> the photos that the visual words are learned from."""

from viewcast.joblog import job_log
from viewcast.pictures.sample import write_sample_list

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    write_sample_list(
        snakemake.params.photos,
        snakemake.params.shards,
        snakemake.output[0],
        count=snakemake.params.sample,
        seed=snakemake.params.seed,
    )
