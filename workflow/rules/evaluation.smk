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
        table=report(
            "results/{table}.csv",
            caption="../report/table.rst",
            category="Tables",
            labels={"table": "{table}", "content": "scores with intervals"},
        ),
        details=report(
            "results/details/{table}.csv",
            caption="../report/details.rst",
            category="Tables",
            labels={"table": "{table}", "content": "split by split"},
        ),
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
        report(
            "results/details/choices.csv",
            caption="../report/choices.rst",
            category="Beyond the paper",
            labels={"table": "links and scalings"},
        ),
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
        report(
            "results/simple.csv",
            caption="../report/simple.rst",
            category="Tables",
            labels={"table": "simple features", "content": "rank correlations"},
        ),
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
        unpack(input_baselines),
        settings=expand("results/models/{setting}/setting.h5", setting=SETTINGS),
        cues="results/corpus/cues.parquet",
    output:
        report(
            "results/baselines.csv",
            caption="../report/baselines.rst",
            category="Beyond the paper",
            labels={"table": "other models"},
        ),
    log:
        "logs/baselines.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000, 6, of="feature"),
        runtime=growing(30, 0.1),
    params:
        mean_views=cfg.social.mean_views,
        seed=cfg.seed,
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
        report(
            "results/protocols.csv",
            caption="../report/protocols.rst",
            category="Beyond the paper",
            labels={"table": "new users, later photos"},
        ),
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
        report(
            "results/coverage.csv",
            caption="../report/coverage.rst",
            category="Beyond the paper",
            labels={"table": "intervals of single forecasts"},
        ),
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


rule ablation:
    input:
        unpack(input_ablation),
    output:
        report(
            "results/ablation.csv",
            caption="../report/ablation.rst",
            category="Beyond the paper",
            labels={"table": "what each feature adds"},
        ),
    log:
        "logs/ablation.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    threads: cfg.evaluation.threads
    resources:
        mem_mb=growing(1000, 4),
        runtime=growing(30, 0.1),
    params:
        svr=SVR,
        fusion=cfg.fusion.model_dump(include={"weights", "clip"}),
        seed=cfg.seed,
        resamples=cfg.evaluation.bootstrap,
        code=code("evaluation.ablation", script="ablation"),
    message:
        "Measuring what each feature adds"
    script:
        "../scripts/ablation.py"
