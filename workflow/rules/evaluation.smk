"""Models -> scores split by split -> the paper's tables.

Each table has scores of its own kind, so that results/table1.csv needs no social cue and table 2 no picture
feature.
"""

TABLES = {
    "table1": {"feature": FEATURES, "fusion": ["fusion/content"]},
    "table2": {"social": ["social"]},
    "table3": {"social": ["social"], "fusion": ["fusion/content", "fusion/content_social"]},
}


wildcard_constraints:
    table="|".join(TABLES),


rule scores:
    input:
        unpack(input_scores),
        setting=results("models/{setting}/setting.h5"),
    output:
        results("details/{table}_{setting}.csv"),
    params:
        kinds=lambda wildcards: list(TABLES[wildcards.table]),
        code=code("evaluation.scores"),
    log:
        logs("details/{table}_{setting}"),
    benchmark:
        benchmarks("details/{table}_{setting}")
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        ENVIRONMENT
    message:
        "Scoring {wildcards.setting} for {wildcards.table}"
    script:
        "../scripts/scores.py"


rule table:
    input:
        settings=expand(results("models/{setting}/setting.h5"), setting=SETTINGS),
        scores=expand(results("details/{{table}}_{setting}.csv"), setting=SETTINGS),
    output:
        results("{table}.csv"),
    params:
        code=code("evaluation.tables"),
    log:
        logs("{table}"),
    benchmark:
        benchmarks("{table}")
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Writing {wildcards.table}"
    script:
        "../scripts/table.py"


rule simple_table:
    input:
        photos=results("corpus/photos.parquet"),
        features=input_simple,
    output:
        results("simple.csv"),
    params:
        code=code("evaluation.tables", "descriptors.simple", "store.readers"),
    log:
        logs("simple_table"),
    benchmark:
        benchmarks("simple_table")
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        ENVIRONMENT
    message:
        "Correlating the simple features"
    script:
        "../scripts/simple_table.py"
