"""Models of the features -> how often each link and scaling was chosen."""

from viewcast.corpus.tables import write_csv
from viewcast.joblog import job_log
from viewcast.model import count_choices, load_model

with job_log(snakemake.log[0]):
    write_csv(count_choices([load_model(path) for path in snakemake.input]), snakemake.output[0])
