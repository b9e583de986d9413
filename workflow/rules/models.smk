"""Features and cues -> settings with their splits, a regression per input, and late fusions."""

SVR = cfg.evaluation.model_dump(include={"C", "folds", "epsilon", "loss", "threads"})
MEMORY = cfg.evaluation.memory_mb
os.environ.update(VIEWCAST_MEMORY=str(MEMORY))


wildcard_constraints:
    social="social|" + "|".join(f"social_{knows}" for knows in MEAN_VIEWS),
    fusion=f"content(_({'|'.join(map(re.escape, BEYOND))}))?(_social(_({'|'.join(MEAN_VIEWS)}))?)?",


rule cues:
    input:
        photos="results/corpus/photos.parquet",
        users="results/corpus/users.parquet",
        agreement=["results/corpus/agreement.parquet"] if cfg.social.agreement else [],
    output:
        "results/corpus/cues.parquet",
    log:
        "logs/cues.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 30),
        runtime=growing(10, 0.05),
    params:
        mean_views_unit=cfg.corpus.mean_views_unit,
        extra=list(cfg.social.extra_cues),
        code=code("corpus.cues", "store.frames", script="cues"),
    message:
        "Collecting the social cues"
    script:
        "../scripts/cues.py"


rule setting:
    input:
        photos="results/corpus/photos.parquet",
        statuses=input_statuses,
        checked="results/corpus/pictures_checked.tsv",
    output:
        "results/models/{setting}/setting.h5",
    log:
        "logs/models/{setting}/setting.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 30),
        runtime=growing(10, 0.1),
    params:
        which=which,
        seed=cfg.seed,
        protocol=cfg.evaluation.model_dump(include={"splits", "folds"}),
        photos=lambda wildcards: photos_of(wildcards.setting),
        code=code("corpus.settings", "corpus.protocols", "store.frames", script="setting"),
    message:
        "Splitting the photos of {wildcards.setting}"
    script:
        "../scripts/setting.py"


rule final_setting:
    input:
        photos="results/corpus/photos.parquet",
        statuses=input_statuses,
        checked="results/corpus/pictures_checked.tsv",
    output:
        f"results/models/{FINAL}/setting.h5",
    log:
        f"logs/models/{FINAL}/setting.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000, 30),
        runtime=growing(10, 0.1),
    params:
        seed=cfg.seed,
        folds=cfg.evaluation.folds,
        code=code("corpus.final", "corpus.settings", "store.frames", script="final_setting"),
    message:
        "Parting the photos that the final model is trained on"
    script:
        "../scripts/final_setting.py"


ruleorder: final_setting > setting


rule svr:
    input:
        setting="results/models/{setting}/setting.h5",
        features=input_features,
    output:
        "results/models/{setting}/{feature}.h5",
    log:
        "logs/models/{setting}/{feature}.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    threads: cfg.evaluation.threads
    resources:
        mem_mb=memory_of_svr,
        runtime=growing(30, 0.05),
        gpu=int(cfg.evaluation.backend.startswith("cuda")),
    params:
        which=which,
        svr=SVR,
        preparations=lambda wildcards: preparations_of(wildcards.feature),
        backend=cfg.evaluation.backend,
        code=code("training", script="svr"),
    message:
        "Training on {wildcards.feature} in {wildcards.setting}"
    script:
        "../scripts/svr.py"


if cfg.fusion.method == "residual":

    use rule svr as svr_beyond_social with:
        input:
            setting="results/models/{setting}/setting.h5",
            features=input_features,
            base="results/models/{setting}/{social}.h5",
        output:
            "results/models/{setting}/beyond_{social}/{feature}.h5",
        log:
            "logs/models/{setting}/beyond_{social}/{feature}.log",
        message:
            "Training on what {wildcards.social} leaves over, by {wildcards.feature}, in {wildcards.setting}"


# All that is fused in one setting is one submission, and the social models with it; where regressions on features come
# between the two, they are two.
SOCIAL = "social" if cfg.fusion.method == "residual" else "fusion"


rule social:
    input:
        setting="results/models/{setting}/setting.h5",
        cues="results/corpus/cues.parquet",
    output:
        "results/models/{setting}/{social}.h5",
    log:
        "logs/models/{setting}/{social}.log",
    cache: CACHED
    group:
        SOCIAL
    conda:
        ENVIRONMENT
    threads: cfg.evaluation.threads
    resources:
        mem_mb=growing(1500, 25, of="setting"),
        runtime=growing(10, 0.1, of="setting"),
    params:
        which=which,
        svr=SVR,
        mean_views=lambda wildcards: mean_views_of(wildcards.social),
        code=code("training", script="social"),
    message:
        "Training on the social cues in {wildcards.setting}"
    script:
        "../scripts/social.py"


# What the fusion uses beside the training, so that others do not wait for it, nor are made anew with it.
FUSED_BY = ["evaluation.baselines"] if cfg.fusion.method == "boosting" else []


rule fusion:
    input:
        setting="results/models/{setting}/setting.h5",
        models=input_fusion,
        base=input_base,
        cues="results/corpus/cues.parquet" if cfg.fusion.method == "boosting" else [],
    output:
        "results/models/{setting}/fusion/{fusion}.h5",
    log:
        "logs/models/{setting}/fusion/{fusion}.log",
    cache: CACHED
    group:
        "fusion"
    conda:
        ENVIRONMENT
    threads: cfg.evaluation.threads
    resources:
        mem_mb=growing(2000, 80, of="setting"),
        runtime=growing(10, 0.1, of="setting"),
    params:
        which=which,
        svr=SVR,
        fusion=cfg.fusion.model_dump(include={"method", "weights", "clip"}),
        mean_views=cfg.social.mean_views if cfg.fusion.method == "boosting" else None,
        code=code("training", *FUSED_BY, script="fusion"),
    message:
        "Fusing {wildcards.fusion} in {wildcards.setting}"
    script:
        "../scripts/fusion.py"
