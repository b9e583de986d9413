"""What was found, its figures and what it took -> the page that people read."""

from viewcast.joblog import job_log
from viewcast.report.page import Sources, write_page

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    files = snakemake.input
    figures = zip(snakemake.params.figures, files.svg, files.png, files.record, strict=True)
    write_page(
        Sources(
            photos=files.photos,
            summary=files.summary,
            problems=files.problems,
            tables=dict(zip(snakemake.params.tables, files.tables, strict=True)),
            details=dict(zip(snakemake.params.tables, files.details, strict=True)),
            simple=files.simple,
            baselines=files.baselines,
            protocols=files.protocols,
            coverage=files.coverage,
            pairs=files.pairs,
            importance=files.importance[0],
            ablation=next(iter(files.get("ablation", [])), None),
            figures={name: paths for name, *paths in figures},
        ),
        snakemake.output[0],
        logs="logs",
        **snakemake.params.page,
    )
