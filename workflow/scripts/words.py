"""The texts of every photo -> the feature file of the words."""

from viewcast.joblog import job_log
from viewcast.words.file import write_words

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    write_words(
        snakemake.input[0], snakemake.output[0], code=snakemake.params.code, compression=snakemake.params.compression
    )
