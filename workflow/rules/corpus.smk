"""A source -> the two tables of the contract and the shard lists.

Every source ends in a photos table, a users table and a folder of pictures; `corpus` makes of them
photos.parquet, users.parquet and the shard lists.
"""


rule demo:
    output:
        photos=results("demo/photos.parquet"),
        users=results("demo/users.parquet"),
        pictures=directory(results("demo/pictures")),
    log:
        logs("demo"),
    benchmark:
        benchmarks("demo")
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        seed=cfg.seed,
        demo=cfg.corpus.demo.model_dump(),
        code=code("demo", script="demo"),
    message:
        "Making the demo corpus: SYNTHETIC photographs, users and views"
    script:
        "../scripts/demo.py"


checkpoint corpus:
    input:
        unpack(input_corpus),
    output:
        photos=results("corpus/photos.parquet"),
        users=results("corpus/users.parquet"),
        summary=results("corpus/summary.json"),
        shards=directory(results("corpus/shards")),
    log:
        logs("corpus"),
    benchmark:
        benchmarks("corpus")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        synthetic=cfg.corpus.source == "demo",
        tables=source_tables,
        pictures=pictures_folder,
        columns=column_names(cfg.corpus.columns),
        user_columns=column_names(cfg.corpus.user_columns),
        popularity=cfg.corpus.popularity.model_dump(),
        reading=reading(),
        state=source_state,
        shard_size=cfg.pictures.shard_size,
        code=code("corpus.write", script="corpus"),
    message:
        "Reading the corpus ({cfg.corpus.source})"
    script:
        "../scripts/corpus.py"


rule check:
    input:
        photos=results("corpus/photos.parquet"),
        shards=results("corpus/shards"),
    output:
        results("corpus/check.txt"),
    log:
        logs("check"),
    benchmark:
        benchmarks("check")
    # Before any picture: whoever waits for hours should know what for.
    priority: 100
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        settings=settings_to_check(),
        code=code("corpus.check", script="check"),
    message:
        "What the tables will be able to hold, and what the run will cost"
    script:
        "../scripts/check.py"
