"""One feature -> its regressions in one setting."""

import os

from viewcast.corpus.settings import load_setting
from viewcast.features.matrix import FeatureMatrix
from viewcast.forecasts import load_forecasts, save_forecasts
from viewcast.joblog import job_log
from viewcast.svr import load_backend
from viewcast.training import svr_parameters, train_feature

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    setting = load_setting(snakemake.input.setting)
    matrix = FeatureMatrix(snakemake.input.features)
    base = snakemake.input.get("base")
    model = train_feature(
        setting,
        snakemake.wildcards.feature,
        matrix,
        svr_parameters(snakemake.params.svr),
        preparations=snakemake.params.preparations,
        base=load_forecasts(base) if base else None,
        backend=load_backend(snakemake.params.backend, snakemake.params.svr["threads"]),
        memory_budget=int(os.environ["VIEWCAST_MEMORY"]) << 20,
    )
    save_forecasts(model, snakemake.output[0])
