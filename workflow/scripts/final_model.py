"""Models of everything, and what they need -> one file."""

from pathlib import Path

import pandas as pd

from viewcast.corpus.settings import load_setting
from viewcast.features.matrix import FeatureMatrix
from viewcast.forecasts import load_forecasts
from viewcast.joblog import job_log
from viewcast.predict.file import save_model
from viewcast.predict.final import make_model, make_recipe
from viewcast.store.frames import read_parquet

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    files, params = snakemake.input, snakemake.params
    beyond = {Path(path).stem: load_forecasts(path) for path in files.get("beyond", [])}
    recipe = make_recipe(
        params.parameters, {Path(path).stem: path for path in files.dictionaries}, files.weights, params.dtype
    )
    model = make_model(
        load_setting(files.setting),
        {name: load_forecasts(path) for name, path in zip(params.features, files.models, strict=True)},
        [load_forecasts(path) for path in files.fusions],
        load_forecasts(files.social),
        beyond,
        read_parquet(files.cues),
        {name: FeatureMatrix(files[f"{name}_features"]) for name in params.features},
        recipe,
        photos=read_parquet(files.photos),
        protocols=pd.read_csv(files.protocols, dtype=str, keep_default_na=False),
        mean_views=params.mean_views,
        clip=params.clip,
        seed=params.seed,
        **params.corpus,
    )
    save_model(model, snakemake.output[0])
