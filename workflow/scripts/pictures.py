"""A shard list -> its pictures, decoded once."""

from viewcast.joblog import job_log
from viewcast.pictures.shards import write_picture_shard

with job_log(snakemake.log[0]):
    write_picture_shard(
        snakemake.input.photos,
        snakemake.params.pictures,
        snakemake.output[0],
        max_pixels=snakemake.params.max_pixels,
        compression=snakemake.params.compression,
    )
