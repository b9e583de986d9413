"""Stop the run where too many pictures failed."""

from collections import Counter

from viewcast.joblog import job_log
from viewcast.pictures.shards import check_failures, statuses
from viewcast.store.atomic import write_text

with job_log(snakemake.log[0]):
    every_status = [status for shard in snakemake.input.pictures for status in statuses(shard)["status"]]
    check_failures(every_status, snakemake.params.max_failed_fraction)
    counts = Counter(every_status).most_common()
    write_text(snakemake.output[0], "".join(f"{status}\t{count}\n" for status, count in counts))
