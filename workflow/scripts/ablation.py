"""Models of settings and protocols -> ablation.csv."""

from viewcast.corpus.settings import load_setting
from viewcast.evaluation.ablation import ablation_table
from viewcast.forecasts import load_models
from viewcast.joblog import job_log
from viewcast.store.frames import write_csv
from viewcast.svr import load_backend
from viewcast.training import svr_parameters

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    fusion = snakemake.params.fusion
    table = ablation_table(
        [load_setting(path) for path in snakemake.input.settings],
        load_models({kind: snakemake.input.get(kind, []) for kind in ("fusion", "beyond", "social")}),
        svr_parameters(snakemake.params.svr),
        nonnegative=fusion["weights"] == "nonnegative",
        clip=fusion["clip"],
        backend=load_backend(threads=snakemake.params.svr["threads"]),
        resamples=snakemake.params.resamples,
        seed=snakemake.params.seed,
    )
    write_csv(table, snakemake.output[0])
