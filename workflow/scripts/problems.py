"""The pictures that failed, and why, and the labels that are to be doubted."""

from viewcast.joblog import job_log
from viewcast.pictures.shards import problems, read_statuses
from viewcast.store.frames import read_parquet, write_csv

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    photos = read_parquet(snakemake.input.photos, columns=["photo_id", "doubt"])
    statuses = read_statuses(snakemake.input.statuses, photos["photo_id"])
    write_csv(problems(statuses, photos.set_index("photo_id")["doubt"]), snakemake.output[0])
