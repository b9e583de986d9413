"""Scores -> one of the paper's tables."""

import pandas as pd

from viewcast.corpus.settings import load_setting
from viewcast.corpus.tables import write_csv
from viewcast.evaluation import tables
from viewcast.joblog import job_log

with job_log(snakemake.log[0]) as log:
    settings = [load_setting(path) for path in snakemake.input.settings]
    for setting in settings:
        if setting.unavailable:
            log.warning("%s is not available: %s", setting.name, setting.unavailable)
    scores = pd.concat([pd.read_csv(path, dtype={"user": str}) for path in snakemake.input.scores])
    make = getattr(tables, snakemake.wildcards.table)
    write_csv(make(settings, scores), snakemake.output[0])
