"""A sample of the corpus's pictures -> a dictionary of visual words."""

from viewcast.descriptors.registry import DICTIONARIES
from viewcast.features.words import make_dictionary
from viewcast.joblog import job_log

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    make_dictionary(
        DICTIONARIES[snakemake.wildcards.dictionary],
        snakemake.input.listed,
        snakemake.params.pictures,
        snakemake.output[0],
        parameters=snakemake.params.parameters,
        seed=snakemake.params.seed,
        max_pixels=snakemake.params.max_pixels,
        code=snakemake.params.code,
        **snakemake.params.sample,
    )
