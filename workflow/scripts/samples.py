"""Forecasts and pictures -> the photographs that the figures show."""

from viewcast.corpus.settings import load_setting
from viewcast.explain.samples import sample_photos
from viewcast.forecasts import load_models
from viewcast.joblog import job_log
from viewcast.store.frames import write_parquet

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    table = sample_photos(
        [load_setting(path) for path in snakemake.input.settings],
        load_models({"fusion": snakemake.input.fusion}),
        snakemake.input.statuses,
        seed=snakemake.params.seed,
        pictures=snakemake.params.pictures,
    )
    write_parquet(table, snakemake.output[0])
