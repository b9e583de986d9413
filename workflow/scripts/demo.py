"""The embedded demo corpus: synthetic."""

from viewcast.demo import generate
from viewcast.joblog import job_log
from viewcast.store.frames import write_parquet

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    demo = snakemake.params.demo
    corpus = generate(
        snakemake.output.pictures,
        seed=snakemake.params.seed,
        users=demo["users"],
        heavy_users=demo["heavy_users"],
        photos_per_heavy_user=demo["photos_per_heavy_user"],
        size=demo["longest_side"],
        workers=snakemake.threads,
    )
    write_parquet(corpus.photos, snakemake.output.photos)
    write_parquet(corpus.users, snakemake.output.users)
