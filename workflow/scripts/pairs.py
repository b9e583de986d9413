"""Models of settings -> pairs.csv."""

from viewcast.corpus.settings import load_setting
from viewcast.evaluation.pairs import pair_table
from viewcast.forecasts import load_models
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet, write_csv

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    settings = [load_setting(path) for path in snakemake.input.settings]
    models = load_models({kind: snakemake.input.get(kind, []) for kind in ("beyond", "fusion", "social")})
    photos = read_parquet(snakemake.input.photos, columns=["photo_id", "uploaded_at"])
    write_csv(pair_table(settings, models, photos), snakemake.output[0])
