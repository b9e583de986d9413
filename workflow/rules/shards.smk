"""Shard lists -> shards of decoded-once pictures, and the list of those that failed."""


rule pictures:
    input:
        photos=input_pictures,
    output:
        results("pictures/{shard}.h5"),
    log:
        logs("pictures/{shard}"),
    benchmark:
        benchmarks("pictures/{shard}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        pictures=pictures_folder,
        max_pixels=cfg.pictures.max_pixels,
        compression=cfg.pictures.compression,
        code=code("pictures.shards", script="pictures"),
    message:
        "Decoding the pictures of shard {wildcards.shard}"
    script:
        "../scripts/pictures.py"


rule problems:
    input:
        pictures=input_problems,
    output:
        results("corpus/problems.csv"),
    log:
        logs("problems"),
    benchmark:
        benchmarks("problems")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code("pictures.shards", script="problems"),
    message:
        "Listing the pictures that failed"
    script:
        "../scripts/problems.py"


# A rule of its own, because Snakemake removes what a failed job wrote, and problems.csv must stay.
rule pictures_checked:
    input:
        pictures=input_problems,
        problems=results("corpus/problems.csv"),
        prospects=ancient(results("corpus/check.txt")),
    output:
        results("corpus/pictures_checked.tsv"),
    log:
        logs("pictures_checked"),
    benchmark:
        benchmarks("pictures_checked")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        max_failed_fraction=cfg.pictures.max_failed_fraction,
        code=code("pictures.shards", script="pictures_checked"),
    message:
        "Checking that not too many pictures failed"
    script:
        "../scripts/pictures_checked.py"
