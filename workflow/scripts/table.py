"""Models and cues -> one of the paper's tables with its intervals, and the scores split by split behind it."""

import pandas as pd

from viewcast.corpus.settings import load_setting
from viewcast.corpus.tables import write_csv
from viewcast.evaluation import tables
from viewcast.evaluation.intervals import draw_all
from viewcast.evaluation.scores import score_setting
from viewcast.joblog import job_log
from viewcast.model import load_models

with job_log(snakemake.log[0]) as log:
    settings = [load_setting(path) for path in snakemake.input.settings]
    cues = pd.read_parquet(snakemake.input.cues) if "cues" in snakemake.input.keys() else None
    kinds = {kind: snakemake.input.get(kind, []) for kind in ("feature", "fusion", "social")}
    models = load_models(kinds)
    scores = pd.concat([score_setting(setting, models[setting.name], cues) for setting in settings])
    for setting in settings:
        if setting.unavailable:
            log.warning("%s is not available: %s", setting.name, setting.unavailable)
    draws = draw_all(settings, models, cues, draws=snakemake.params.draws, seed=snakemake.params.seed)
    write_csv(scores, snakemake.output.details)
    write_csv(getattr(tables, snakemake.wildcards.table)(settings, scores, draws), snakemake.output.table)
