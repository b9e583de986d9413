"""Models -> why: what each input weighs, which photographs are shown, and what their regions add to the forecast.

Beside them, how views grow with age, where they were read several times.
"""


rule importance:
    input:
        unpack(input_importance),
        settings=expand("results/models/{setting}/setting.h5", setting=IMPORTANCE_SETTINGS),
        cues="results/corpus/cues.parquet",
        photos="results/corpus/photos.parquet",
    output:
        "results/explain/importance.csv",
    log:
        "logs/explain/importance.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000, 4, most=16000),
        runtime=growing(30, 0.05),
    params:
        seed=cfg.seed,
        mean_views=cfg.social.mean_views,
        color_table=cfg.descriptors.color_table,
        svr=cfg.evaluation.model_dump(include={"C", "folds", "epsilon", "loss"}),
        code=code("explain.importance", script="importance"),
    message:
        "Weighing objects, colours, cues and words"
    script:
        "../scripts/importance.py"


rule samples:
    input:
        fusion=expand("results/models/{setting}/fusion/content.h5", setting=SETTINGS),
        settings=expand("results/models/{setting}/setting.h5", setting=SETTINGS),
        statuses=input_statuses,
        pictures=lambda wildcards: per_shard("results/pictures/{shard}.h5"),
    output:
        "results/explain/samples.parquet",
    log:
        "logs/explain/samples.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000, 0.1, most=16000),
        runtime=growing(30, 0.01, most=300),
    params:
        seed=cfg.seed,
        pictures=cfg.report.pictures,
        code=code("explain.samples", script="samples"),
    message:
        "Choosing the photographs that the figures show"
    script:
        "../scripts/samples.py"


rule regions:
    input:
        unpack(input_regions),
        fusion=expand("results/models/{setting}/fusion/content.h5", setting=SETTINGS),
        settings=expand("results/models/{setting}/setting.h5", setting=SETTINGS),
        samples="results/explain/samples.parquet",
        pictures=lambda wildcards: per_shard("results/pictures/{shard}.h5"),
    output:
        "results/explain/regions.h5",
    log:
        "logs/explain/regions.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000, 0.1, most=16000),
        runtime=growing(30, 0.01, most=300),
    params:
        seed=cfg.seed,
        clip=cfg.fusion.clip,
        parameters={name: parameters_of(DESCRIPTORS[name]) for name in described_features()},
        code=code(
            "explain.regions",
            "explain.network",
            "explain.inputs",
            *(DESCRIPTORS[name].module.removeprefix("viewcast.") for name in described_features()),
            script="regions",
        ),
    message:
        "Giving forecasts back to the regions of pictures"
    script:
        "../scripts/regions.py"


# Not cached: as `corpus`, where the sightings are a table of the user's.
rule growth:
    input:
        photos="results/corpus/photos.parquet",
        views_log=own_tables().get("views_log", []),
    output:
        "results/explain/growth.json",
    log:
        "logs/explain/growth.log",
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000, 20, most=32000),
        runtime=growing(20, 0.05),
    params:
        views_log=lambda wildcards: own_views_log(),
        state=lambda wildcards: state_of_table(own_views_log()) if own_views_log() else "",
        code=code("corpus.growth", "corpus.labels", script="growth"),
    message:
        "Following views as photographs grow older"
    script:
        "../scripts/growth.py"
