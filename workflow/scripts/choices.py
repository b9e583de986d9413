"""Models of the features -> how often each link and scaling was chosen."""

from viewcast.forecasts import count_choices, load_forecasts
from viewcast.joblog import job_log
from viewcast.store.frames import write_csv

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    write_csv(count_choices([load_forecasts(path) for path in snakemake.input]), snakemake.output[0])
