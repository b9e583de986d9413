"""Everything -> one model to take away, which scores, explains and coaches single pictures."""


rule final_model:
    input:
        unpack(input_final_model),
        setting=f"results/models/{FINAL}/setting.h5",
        social=f"results/models/{FINAL}/social.h5",
        fusions=expand(f"results/models/{FINAL}/fusion/{{fusion}}.h5", fusion=["content", "content_social"]),
        cues="results/corpus/cues.parquet",
        photos="results/corpus/photos.parquet",
        protocols="results/protocols.csv",
    output:
        "results/model.viewcast",
    log:
        "logs/final_model.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(3000, 1, most=16000),
        runtime=growing(30, 0.05, most=600),
    params:
        seed=cfg.seed,
        features=list(cfg.evaluation.features),
        parameters={name: parameters_of(DESCRIPTORS[name]) for name in described_features()},
        dtype=cfg.descriptors.dtype,
        mean_views=cfg.social.mean_views,
        clip=cfg.fusion.clip,
        corpus={"source": cfg.corpus.source, "definition": definition_of_target(), "unit": unit_of_target()},
        # Asked for only where the model is: its digest is of nearly the whole library.
        code=lambda wildcards: code(
            "predict.final",
            *(DESCRIPTORS[name].module.removeprefix("viewcast.") for name in described_features()),
            script="final_model",
        ),
    message:
        "Putting together the model that is taken away"
    script:
        "../scripts/final_model.py"
