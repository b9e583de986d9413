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
    model = train_feature(setting, snakemake.wildcards.feature, matrix, svr_parameters(snakemake.params.svr))
    save_model(model, snakemake.output[0])
