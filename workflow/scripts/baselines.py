"""Models, cues, deep features -> what the fusion has to beat, with every measure of ranking, error and coverage."""

from viewcast.corpus.settings import load_setting
from viewcast.evaluation.baselines import baselines
from viewcast.features.matrix import FeatureMatrix
from viewcast.forecasts import load_models
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet, write_csv

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    kinds = {kind: snakemake.input[kind] for kind in ("feature", "fusion", "social")}
    table = baselines(
        [load_setting(path) for path in snakemake.input.settings],
        load_models(kinds),
        read_parquet(snakemake.input.cues),
        mean_views=snakemake.params.mean_views,
        neighbours=FeatureMatrix(snakemake.input.deep) if snakemake.input.deep else None,
        seed=snakemake.params.seed,
    )
    write_csv(table, snakemake.output[0])
