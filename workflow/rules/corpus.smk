"""A source -> the two tables of the contract and the shard lists.

Every source ends in a photos table, a users table and a folder of pictures; `corpus` makes of them
photos.parquet, users.parquet and the shard lists.
"""


rule demo:
    output:
        photos="results/demo/photos.parquet",
        users="results/demo/users.parquet",
        pictures=directory("results/demo/pictures"),
    log:
        "logs/demo.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        seed=cfg.seed,
        demo=cfg.corpus.demo.model_dump(),
        code=code("demo", script="demo"),
    message:
        "Making the demo corpus: SYNTHETIC photographs, users and views"
    script:
        "../scripts/demo.py"


# Not cached: tables and pictures are the user's, of whom only their paths, sizes and times are known here.
checkpoint corpus:
    input:
        unpack(input_corpus),
    output:
        photos="results/corpus/photos.parquet",
        users="results/corpus/users.parquet",
        summary="results/corpus/summary.json",
        shards=directory("results/corpus/shards"),
    log:
        "logs/corpus.log",
    conda:
        ENVIRONMENT
    resources:
        mem_mb=memory_of_corpus,
        runtime=runtime_of_corpus,
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
        memory="results/corpus/shard_memory.parquet",
        code=code("corpus.write", script="corpus"),
    message:
        f"Reading the corpus ({cfg.corpus.source})"
    script:
        "../scripts/corpus.py"


# Not cached: the estimate is for the machine that makes it.
rule check:
    input:
        photos="results/corpus/photos.parquet",
        shards="results/corpus/shards",
    output:
        "results/corpus/check.txt",
    log:
        "logs/check.log",
    # Before any picture: whoever waits for hours should know what for.
    priority: 100
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 40),
        runtime=growing(10),
    params:
        settings=settings_to_check(),
        code=code("corpus.prospects", script="check"),
    message:
        "What the tables will be able to hold, and what the run will cost"
    script:
        "../scripts/check.py"
