"""Models and cues -> one of the paper's tables with its intervals, and the scores split by split behind it."""

from viewcast.corpus.settings import load_setting
from viewcast.evaluation.tables import paper_table
from viewcast.forecasts import load_models
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet, write_csv

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    scores, table = paper_table(
        snakemake.wildcards.table,
        [load_setting(path) for path in snakemake.input.settings],
        load_models({kind: snakemake.input.get(kind, []) for kind in ("feature", "beyond", "fusion", "social")}),
        read_parquet(snakemake.input.cues) if "cues" in snakemake.input.keys() else None,
        resamples=snakemake.params.resamples,
        seed=snakemake.params.seed,
    )
    write_csv(scores, snakemake.output.details)
    write_csv(table, snakemake.output.table)
