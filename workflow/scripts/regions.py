"""Models, features and pictures -> what each region of some photographs adds to their forecast."""

from pathlib import Path

from viewcast.corpus.settings import load_setting
from viewcast.explain.inputs import read_described, read_regions
from viewcast.explain.region_files import save_regions
from viewcast.forecasts import load_forecasts
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    files = snakemake.input
    regions, note = read_regions(
        read_parquet(files.samples),
        [load_setting(path) for path in files.settings],
        [load_forecasts(path) for path in files.fusion],
        files.models,
        {name.removesuffix("_features"): files.get(name) for name in files.keys() if name.endswith("_features")},
        read_described(
            snakemake.params.parameters,
            {Path(path).stem: path for path in files.dictionaries},
            files.weights[0] if files.weights else None,
        ),
        pictures=Path(files.pictures[0]).parent,
        clip=snakemake.params.clip,
        seed=snakemake.params.seed,
    )
    save_regions(regions, snakemake.output[0], note)
