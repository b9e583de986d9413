"""Sightings of photos and their upload times -> how views grow with age."""

from viewcast.corpus.growth import LAYOUT, summarise_growth
from viewcast.corpus.labels import read_views_log
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet
from viewcast.store.records import write_record

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    crawled, own = snakemake.input.get("views_log"), snakemake.params.views_log
    log = None
    if crawled:
        log = read_parquet(crawled, ["photo_id", "views", "observed_at", "pass"])
    elif own:
        log = read_views_log(own)
    photos = read_parquet(snakemake.input.photos, ["photo_id", "uploaded_at"])
    write_record(summarise_growth(log, photos), snakemake.output[0], LAYOUT)
