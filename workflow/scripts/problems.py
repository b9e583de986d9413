"""The pictures that failed, and why."""

from viewcast.corpus.tables import write_csv
from viewcast.joblog import job_log
from viewcast.pictures.shards import problems

with job_log(snakemake.log[0]):
    write_csv(problems(snakemake.input.pictures), snakemake.output[0])
