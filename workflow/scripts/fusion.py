"""The outputs of several models -> one."""

from viewcast.corpus.settings import load_setting
from viewcast.evaluation.baselines import boosted_fusion
from viewcast.forecasts import load_forecasts, save_forecasts
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet
from viewcast.svr import load_backend
from viewcast.training import svr_parameters, train_fusion

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    backend = load_backend(threads=snakemake.params.svr["threads"])
    setting = load_setting(snakemake.input.setting)
    models = [load_forecasts(path) for path in snakemake.input.models]
    fusion = snakemake.params.fusion
    if fusion["method"] == "boosting":
        cues = read_parquet(snakemake.input.cues)
        model = boosted_fusion(setting, snakemake.wildcards.fusion, models, cues, snakemake.params.mean_views)
    else:
        model = train_fusion(
            setting,
            snakemake.wildcards.fusion,
            models,
            svr_parameters(snakemake.params.svr),
            base=load_forecasts(snakemake.input.base) if snakemake.input.base else None,
            nonnegative=fusion["weights"] == "nonnegative",
            clip=fusion["clip"],
            backend=backend,
        )
    save_forecasts(model, snakemake.output[0])
