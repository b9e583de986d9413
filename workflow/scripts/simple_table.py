"""The simple features' rank correlations (Figure 3)."""

from viewcast.descriptors import simple
from viewcast.evaluation.tables import simple_table
from viewcast.features.matrix import FeatureMatrix
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet, write_csv

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    matrix = FeatureMatrix(snakemake.input.features)
    photos = read_parquet(snakemake.input.photos)
    photos = photos[(photos["status"] == "ok") & photos["photo_id"].isin(matrix.index)]
    features = matrix.rows(photos["photo_id"].to_numpy())
    table = simple_table(simple.NAMES, features, photos["popularity"].to_numpy())
    write_csv(table, snakemake.output[0])
