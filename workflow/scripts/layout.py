"""One of the paper's tables as CSV -> LaTeX and Markdown in the paper's own layout."""

from viewcast.joblog import job_log
from viewcast.report.layout import write_layouts

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    write_layouts(
        snakemake.input[0],
        name=snakemake.wildcards.table,
        synthetic=snakemake.params.synthetic,
        tex=snakemake.output.tex,
        md=snakemake.output.md,
    )
