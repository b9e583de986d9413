"""The social cues of every photo."""

from viewcast.corpus.cues import make_cues, with_cue
from viewcast.joblog import job_log
from viewcast.store.frames import read_parquet, write_parquet

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    photos, users = (read_parquet(path) for path in (snakemake.input.photos, snakemake.input.users))
    parameters = {name: snakemake.params[name] for name in ("mean_views_unit", "extra")}
    cues = make_cues(photos, users, **parameters)
    for path in snakemake.input.get("agreement", []):
        cues = with_cue(cues, read_parquet(path))
    write_parquet(cues, snakemake.output[0])
