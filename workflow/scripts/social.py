"""The social cues -> their regression in one setting."""

from viewcast.corpus.settings import load_setting
from viewcast.forecasts import save_forecasts
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet
from viewcast.svr import load_backend
from viewcast.training import svr_parameters, train_social

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    model = train_social(
        load_setting(snakemake.input.setting),
        read_parquet(snakemake.input.cues),
        svr_parameters(snakemake.params.svr),
        name=snakemake.wildcards.social,
        mean_views=snakemake.params.mean_views,
        backend=load_backend(threads=snakemake.params.svr["threads"]),
    )
    save_forecasts(model, snakemake.output[0])
