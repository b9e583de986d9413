"""Models of the honest protocols -> protocols.csv."""

from viewcast.corpus.settings import load_setting
from viewcast.evaluation.protocols import protocol_table
from viewcast.forecasts import load_models
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet, write_csv

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    settings = [load_setting(path) for path in snakemake.input.settings]
    models = load_models({kind: snakemake.input[kind] for kind in ("fusion", "social")})
    cues = read_parquet(snakemake.input.cues)
    parameters = {name: snakemake.params[name] for name in ("resamples", "seed")}
    table = protocol_table(settings, models, cues, **parameters)
    write_csv(table, snakemake.output[0])
