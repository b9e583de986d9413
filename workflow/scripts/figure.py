"""What the workflow computed -> one figure as SVG and PNG, and its alternative text."""

from viewcast.joblog import job_log
from viewcast.report.drawing import Look, draw_figure

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    draw_figure(
        Look(**snakemake.params.look),
        {name: snakemake.input.get(name) for name in snakemake.params.inputs},
        svg=snakemake.output.svg,
        png=snakemake.output.png,
        record=snakemake.output.record,
    )
