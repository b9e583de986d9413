"""Flickr's replies -> the tables, without the network."""

from functools import partial
from pathlib import Path

from viewcast.config.schema import load_config
from viewcast.corpus.target import popularity
from viewcast.flickr.derive import derive
from viewcast.joblog import job_log

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    derive(
        load_config(snakemake.config).corpus.flickr,
        snakemake.params.seed,
        Path(snakemake.output.photos).parent,
        popularity=partial(popularity, **snakemake.params.popularity),
    )
