"""Models -> the paper's tables with intervals and their split-by-split details, and the honest ones.

Each table asks for the models it needs: results/table1.csv needs no social cue, table 2 no picture feature.
"""


wildcard_constraints:
    table="|".join(TABLES),


rule table:
    input:
        unpack(input_table),
        settings=expand("results/models/{setting}/setting.h5", setting=READINGS),
        # Not read: whoever asks for a table is told before the long work what it will hold.
        prospects="results/corpus/check.txt",
    output:
        table="results/{table}.csv",
        details="results/details/{table}.csv",
    log:
        "logs/{table}.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 3),
        runtime=growing(10, 0.01),
    params:
        which=which,
        seed=cfg.seed,
        resamples=cfg.evaluation.bootstrap,
        code=code("evaluation.tables", script="table"),
    message:
        "Writing {wildcards.table}"
    script:
        "../scripts/table.py"


rule choices:
    input:
        models_of({"feature": list(cfg.evaluation.features)}, SETTINGS)["feature"],
    output:
        "results/details/choices.csv",
    log:
        "logs/choices.log",
    cache: CACHED
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 3),
        runtime=growing(10, 0.01),
    params:
        code=code("forecasts", script="choices"),
    message:
        "Counting the links and scalings that the cross-validation chose"
    script:
        "../scripts/choices.py"


rule simple_table:
    input:
        photos="results/corpus/photos.parquet",
        features=input_simple,
    output:
        "results/simple.csv",
    log:
        "logs/simple_table.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1500, 10),
        runtime=growing(10),
    params:
        code=code("evaluation.tables", "descriptors.simple", "features.matrix", script="simple_table"),
    message:
        "Correlating the simple features"
    script:
        "../scripts/simple_table.py"


rule baselines:
    input:
        unpack(input_all_models),
        settings=expand("results/models/{setting}/setting.h5", setting=SETTINGS),
        cues="results/corpus/cues.parquet",
    output:
        "results/baselines.csv",
    log:
        "logs/baselines.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 4),
        runtime=growing(30, 0.1),
    params:
        mean_views=cfg.social.mean_views,
        code=code("evaluation.baselines", script="baselines"),
    message:
        "Training the baselines, measuring ranking and errors"
    script:
        "../scripts/baselines.py"


rule protocols:
    input:
        unpack(input_protocols),
        cues="results/corpus/cues.parquet",
    output:
        "results/protocols.csv",
    log:
        "logs/protocols.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 3),
        runtime=growing(10, 0.01),
    params:
        seed=cfg.seed,
        resamples=cfg.evaluation.bootstrap,
        code=code("evaluation.protocols", script="protocols"),
    message:
        "Writing the honest protocols"
    script:
        "../scripts/protocols.py"


rule coverage:
    input:
        unpack(input_coverage),
    output:
        "results/coverage.csv",
    log:
        "logs/coverage.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 3),
        runtime=growing(10, 0.01),
    params:
        code=code("evaluation.conformal", script="coverage"),
    message:
        "Do the forecast intervals hold what they promise?"
    script:
        "../scripts/coverage.py"
