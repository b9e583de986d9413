"""A shard of pictures, or of another descriptor -> one descriptor's feature file."""

import os

from viewcast.descriptors.registry import spec_of
from viewcast.features.pipeline import make_features
from viewcast.joblog import job_log

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    weights = snakemake.input.weights
    make_features(
        spec_of(snakemake.params.descriptor),
        snakemake.input.source,
        snakemake.output[0],
        dictionaries=snakemake.input.dictionaries,
        weights=weights[0] if weights else None,
        parameters=snakemake.params.parameters,
        device=os.environ["VIEWCAST_DEVICE"] if snakemake.params.gpu else "cpu",
        batch_size=int(os.environ["VIEWCAST_BATCH"]),
        code=snakemake.params.code,
        **snakemake.params.storage,
    )
