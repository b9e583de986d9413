"""All tables -> one long table of every score."""

from viewcast.joblog import job_log
from viewcast.report.tidy import write_tidy

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    write_tidy(
        dict(zip(snakemake.params.tables, snakemake.input.tables, strict=True)),
        simple=snakemake.input.simple,
        baselines=snakemake.input.baselines,
        protocols=snakemake.input.protocols,
        pairs=snakemake.input.pairs,
        ablation=next(iter(snakemake.input.get("ablation", [])), None),
        out=snakemake.output[0],
    )
