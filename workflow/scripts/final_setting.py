"""All photos, and the parts of them that are held out in turn."""

from viewcast.corpus.final import make_final
from viewcast.corpus.settings import save_setting
from viewcast.joblog import job_log
from viewcast.pictures.shards import read_statuses
from viewcast.store.frames import read_parquet

with job_log(snakemake.log[0], snakemake.rule, snakemake.input, snakemake.output, snakemake.resources.items()) as log:
    photos = read_parquet(snakemake.input.photos)
    statuses = read_statuses(snakemake.input.statuses, photos["photo_id"])
    failed = statuses.loc[statuses["status"] != "ok", "photo_id"]
    usable = (photos["status"] == "ok") & ~photos["photo_id"].isin(failed)
    setting = make_final(photos, usable.to_numpy(), seed=snakemake.params.seed, folds=snakemake.params.folds)
    log.info("%s: %d photos", setting.name, len(setting.photo_id))
    if setting.unavailable or setting.note:
        log.warning("%s: %s", setting.name, setting.unavailable or setting.note)
    save_setting(setting, snakemake.output[0])
