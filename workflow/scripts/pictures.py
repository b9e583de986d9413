"""A shard list -> its pictures and their statuses."""

from viewcast.joblog import job_log
from viewcast.pictures.shards import write_picture_shard

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    write_picture_shard(
        snakemake.input.photos,
        snakemake.params.pictures,
        snakemake.output.pictures,
        snakemake.output.statuses,
        max_pixels=snakemake.params.max_pixels,
    )
