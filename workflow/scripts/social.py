"""The social cues -> their regression in one setting."""

import pandas as pd
import torch

from viewcast.corpus.settings import load_setting
from viewcast.joblog import job_log
from viewcast.model import save_model
from viewcast.training import svr_parameters, train_social

with job_log(snakemake.log[0]):
    torch.set_num_threads(snakemake.params.svr["threads"])
    model = train_social(
        load_setting(snakemake.input.setting),
        pd.read_parquet(snakemake.input.cues),
        svr_parameters(snakemake.params.svr),
        name=snakemake.wildcards.social,
        mean_views=snakemake.params.mean_views,
    )
    save_model(model, snakemake.output[0])
