"""Vectors of pictures, and titles -> how well each picture agrees with its title."""

import os
from pathlib import Path

from viewcast.device import choose_device
from viewcast.features.agreement import agreement_of
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet, write_parquet

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    table = agreement_of(
        snakemake.input.features,
        read_parquet(snakemake.input.photos, columns=["photo_id", "title"]),
        snakemake.params.backbone,
        Path(snakemake.input.weights[0]).parent,
        choose_device(os.environ["VIEWCAST_DEVICE"]),
    )
    write_parquet(table, snakemake.output[0])
