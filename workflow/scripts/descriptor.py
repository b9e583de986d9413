"""A shard of pictures, or of another descriptor -> one descriptor's feature file."""

from viewcast.descriptors.registry import DESCRIPTORS
from viewcast.features.pipeline import make_features
from viewcast.joblog import job_log

with job_log(snakemake.log[0]):
    weights = snakemake.input.weights
    make_features(
        DESCRIPTORS[snakemake.params.descriptor],
        snakemake.input.source,
        snakemake.output[0],
        dictionaries=snakemake.input.dictionaries,
        weights=weights[0] if weights else None,
        parameters=snakemake.params.parameters,
        device=snakemake.params.device,
        code=snakemake.params.code,
        **snakemake.params.storage,
    )
