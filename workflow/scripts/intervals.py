"""Models and cues -> 95% intervals of every number of tables 1 to 3, and paired differences."""

import pandas as pd

from viewcast.corpus.settings import load_setting
from viewcast.corpus.tables import write_csv
from viewcast.evaluation.intervals import intervals
from viewcast.joblog import job_log
from viewcast.model import load_models

with job_log(snakemake.log[0]) as log:
    kinds = {kind: snakemake.input[kind] for kind in ("feature", "fusion", "social")}
    table, comparisons = intervals(
        [load_setting(path) for path in snakemake.input.settings],
        load_models(kinds),
        pd.read_parquet(snakemake.input.cues),
        draws=snakemake.params.draws,
        seed=snakemake.params.seed,
    )
    write_csv(table, snakemake.output.intervals)
    write_csv(comparisons, snakemake.output.comparisons)
    log.info("%s", comparisons.to_string())
