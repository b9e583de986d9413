"""Shard lists -> shards of pictures with their statuses, and the list of those that failed.

Pictures come first wherever jobs queue: too many broken ones are then noticed before the long work, without a
descriptor that must wait for all of them.
"""


rule pictures:
    input:
        photos=input_pictures,
    output:
        multiext("results/pictures/{shard}", pictures=".h5", statuses=".parquet"),
    log:
        "logs/pictures/{shard}.log",
    cache: CACHED
    priority: 10
    group:
        "shard"
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=for_a_shard(0.02),
    params:
        which=which,
        pictures=pictures_folder,
        max_pixels=cfg.pictures.max_pixels,
        code=code("pictures.shards", script="pictures"),
    message:
        "Reading the pictures of shard {wildcards.shard}"
    script:
        "../scripts/pictures.py"


rule problems:
    input:
        photos="results/corpus/photos.parquet",
        statuses=input_statuses,
    output:
        report(
            "results/corpus/problems.csv",
            caption="../report/problems.rst",
            category="Corpus",
            labels={"table": "pictures that failed"},
        ),
    log:
        "logs/problems.log",
    cache: CACHED
    priority: 100
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 30),
        runtime=growing(10),
    params:
        code=code("pictures.shards", script="problems"),
    message:
        "Listing the pictures that failed"
    script:
        "../scripts/problems.py"


# A rule of its own, because Snakemake removes what a failed job wrote, and problems.csv must stay.
rule pictures_checked:
    input:
        photos="results/corpus/photos.parquet",
        statuses=input_statuses,
        problems="results/corpus/problems.csv",
    output:
        "results/corpus/pictures_checked.tsv",
    log:
        "logs/pictures_checked.log",
    cache: CACHED
    priority: 100
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 30),
        runtime=growing(10),
    params:
        max_failed_fraction=cfg.pictures.max_failed_fraction,
        code=code("pictures.shards", script="pictures_checked"),
    message:
        "Checking that not too many pictures failed"
    script:
        "../scripts/pictures_checked.py"
