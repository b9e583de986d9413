"""Stop the run where too many pictures failed."""

from collections import Counter

from viewcast.joblog import job_log
from viewcast.pictures.shards import check_failures, read_statuses
from viewcast.store.atomic import write_text
from viewcast.store.frames import read_parquet

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()):
    photos = read_parquet(snakemake.input.photos, columns=["photo_id"])
    counts = Counter(read_statuses(snakemake.input.statuses, photos["photo_id"])["status"])
    check_failures(counts, snakemake.params.max_failed_fraction)
    write_text(snakemake.output[0], "".join(f"{status}\t{count}\n" for status, count in counts.most_common()))
