"""Models and cues of one setting -> rank correlations split by split."""

import pandas as pd

from viewcast.corpus.settings import load_setting
from viewcast.corpus.tables import write_csv
from viewcast.evaluation.scores import score_setting
from viewcast.joblog import job_log
from viewcast.model import load_model

with job_log(snakemake.log[0]):
    setting = load_setting(snakemake.input.setting)
    models = [(kind, load_model(path)) for kind in snakemake.params.kinds for path in snakemake.input[kind]]
    cues = pd.read_parquet(snakemake.input.cues) if "cues" in snakemake.input.keys() else None
    write_csv(score_setting(setting, models, cues), snakemake.output[0])
