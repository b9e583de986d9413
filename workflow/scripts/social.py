"""The social cues -> their regression in one setting."""

import pandas as pd
import torch

from viewcast.corpus.settings import load_setting
from viewcast.joblog import job_log
from viewcast.model import save_model
from viewcast.training import social_cues, svr_parameters, train_social

with job_log(snakemake.log[0]):
    torch.set_num_threads(snakemake.params.svr["threads"])
    setting = load_setting(snakemake.input.setting)
    names = social_cues(setting.name, snakemake.params.mean_views)
    cues = pd.read_parquet(snakemake.input.cues)
    save_model(train_social(setting, cues, names, svr_parameters(snakemake.params.svr)), snakemake.output[0])
