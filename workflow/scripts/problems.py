"""The pictures that failed, and why."""

from viewcast.joblog import job_log
from viewcast.pictures.shards import problems, read_statuses
from viewcast.store.frames import write_csv

with job_log(snakemake.log[0], rule=snakemake.rule):
    write_csv(problems(read_statuses(snakemake.input.statuses, snakemake.input.photos)), snakemake.output[0])
