"""Models of the chronological and the user-disjoint split -> the challenge's measures, beside the published ones."""

from viewcast.corpus.settings import load_setting
from viewcast.evaluation.challenge import challenge_table
from viewcast.forecasts import load_models
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet, write_csv

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    table = challenge_table(
        [load_setting(path) for path in snakemake.input.settings],
        load_models({kind: snakemake.input[kind] for kind in ("fusion", "social")}),
        read_parquet(snakemake.input.cues),
        snakemake.params.mean_views,
    )
    write_csv(table, snakemake.output[0])
