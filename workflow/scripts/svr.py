"""One feature -> its regressions in one setting."""

import torch

from viewcast.corpus.settings import load_setting
from viewcast.joblog import job_log
from viewcast.model import save_model
from viewcast.store.readers import FeatureMatrix
from viewcast.training import svr_parameters, train_feature

with job_log(snakemake.log[0]):
    torch.set_num_threads(snakemake.params.svr["threads"])
    setting = load_setting(snakemake.input.setting)
    matrix = FeatureMatrix(snakemake.input.features)
    parameters = svr_parameters(snakemake.params.svr)
    budget = snakemake.params.memory_mb << 20
    model = train_feature(setting, snakemake.wildcards.feature, matrix, parameters, memory_budget=budget)
    save_model(model, snakemake.output[0])
