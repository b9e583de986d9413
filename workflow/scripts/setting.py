"""The photos of one setting or protocol, and their splits."""

from viewcast.corpus.protocols import PROTOCOLS, make_protocol
from viewcast.corpus.settings import make_setting, save_setting
from viewcast.joblog import job_log
from viewcast.pictures.shards import read_statuses
from viewcast.store.frames import read_parquet

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()) as log:
    photos = read_parquet(snakemake.input.photos)
    statuses = read_statuses(snakemake.input.statuses, photos["photo_id"])
    failed = statuses.loc[statuses["status"] != "ok", "photo_id"]
    usable = (photos["status"] == "ok") & ~photos["photo_id"].isin(failed)
    name = snakemake.wildcards.setting
    make = make_protocol if name in PROTOCOLS else make_setting
    setting = make(
        name,
        photos,
        usable.to_numpy(),
        seed=snakemake.params.seed,
        **snakemake.params.protocol,
        **snakemake.params.photos,
    )
    log.info("%s: %d photos", name, len(setting.photo_id))
    if setting.unavailable or setting.note:
        log.warning("%s: %s", name, setting.unavailable or setting.note)
    save_setting(setting, snakemake.output[0])
