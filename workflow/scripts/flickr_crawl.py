"""The crawl: Flickr's replies and pictures into the folder of the configuration."""

import json

from viewcast.config.schema import load_config
from viewcast.flickr.crawl import crawl
from viewcast.joblog import job_log
from viewcast.store.atomic import write_text

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    summary = crawl(load_config(snakemake.config).corpus.flickr, snakemake.params.seed)
    write_text(snakemake.output[0], json.dumps(vars(summary), indent=2) + "\n")
