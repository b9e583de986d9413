"""Models of features and cues -> what each object, colour, cue and word weighs."""

from viewcast.corpus.settings import load_setting
from viewcast.explain.importance import read_importance
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet, write_csv

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    given = {name: snakemake.input.get(name) for name in snakemake.input.keys()}
    write_csv(
        read_importance(
            [load_setting(path) for path in snakemake.input.settings],
            {name.removesuffix("_models"): given[name] for name in given if name.endswith("_models")},
            {name.removesuffix("_features"): given[name] for name in given if name.endswith("_features")},
            read_parquet(snakemake.input.cues),
            mean_views=snakemake.params.mean_views,
            color_table=snakemake.params.color_table,
            svr=snakemake.params.svr,
            photos=snakemake.input.photos,
            seed=snakemake.params.seed,
        ),
        snakemake.output[0],
    )
