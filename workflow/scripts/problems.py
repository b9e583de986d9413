"""The pictures that failed, and why."""

from viewcast.joblog import job_log
from viewcast.pictures.shards import problems
from viewcast.store.frames import write_csv

with job_log(snakemake.log[0]):
    write_csv(problems(snakemake.input.pictures), snakemake.output[0])
