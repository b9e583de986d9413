"""Models of settings and protocols -> coverage.csv."""

from viewcast.corpus.settings import load_setting
from viewcast.evaluation.conformal import coverage_table
from viewcast.forecasts import load_models
from viewcast.joblog import job_log
from viewcast.store.frames import write_csv

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    settings = [load_setting(path) for path in snakemake.input.settings]
    models = load_models({kind: snakemake.input[kind] for kind in ("feature", "fusion", "social")})
    write_csv(coverage_table(settings, models), snakemake.output[0])
