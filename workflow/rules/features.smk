"""Pictures -> dictionaries of visual words, and one feature file per descriptor and shard.

Every descriptor in viewcast.descriptors.registry has a rule of its own name, so that
`snakemake --forcerun gist results/table1.csv` does what it says. A shard's descriptors wait for its own pictures and
for the dictionaries alone. Photos that are added later make neither finished shards nor dictionaries old: these are
learned once. All jobs of a shard are one group, so that a cluster gets one submission a shard.
"""

# Not cached, and on the machine where snakemake runs: it has a network, which compute nodes often lack.
for backbone in NETWORKS:

    rule:
        name:
            f"weights_{feature_of(backbone)}" if backbone != NETWORKS[0] else "weights"
        output:
            weights_files(backbone),
        log:
            f"logs/weights/{feature_of(backbone)}.log",
        localrule: True
        conda:
            ENVIRONMENT
        resources:
            mem_mb=growing(2000),
            runtime=growing(60),
        params:
            backbone=backbone,
            code=code("descriptors.backbones", script="weights"),
        message:
            "Fetching the weights of {params.backbone}"
        script:
            "../scripts/weights.py"


# Decided once for a corpus, and kept while photos are added: so the corpus is a parameter, and no input that would be
# newer. Not cached: what it lists follows from more than its parameters.
rule dictionary_photos:
    input:
        input_dictionary_photos,
    output:
        "results/dictionaries/photos.parquet",
    log:
        "logs/dictionaries/photos.log",
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        photos="results/corpus/photos.parquet",
        shards="results/corpus/shards",
        corpus=identity_of_corpus,
        sample=cfg.dictionary.photos,
        seed=cfg.seed,
        code=code("pictures.sample", script="dictionary_photos"),
    message:
        "Choosing the photos that the visual words are learned from"
    script:
        "../scripts/dictionary_photos.py"


rule dictionary:
    input:
        listed=input_dictionary,
    output:
        "results/dictionaries/{dictionary}.h5",
    log:
        "logs/dictionaries/{dictionary}.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        which=which,
        pictures=pictures_folder,
        seed=cfg.seed,
        max_pixels=cfg.pictures.max_pixels,
        sample=cfg.dictionary.model_dump(),
        parameters=lambda wildcards: parameters_of(DICTIONARIES[wildcards.dictionary]),
        code=lambda wildcards: code_digest(
            "viewcast.features.words", DICTIONARIES[wildcards.dictionary].module, script=script_file("dictionary")
        ),
    message:
        "Learning the visual words {wildcards.dictionary}"
    script:
        "../scripts/dictionary.py"


for spec in (spec for spec in DESCRIPTORS.values() if not spec.whole):

    rule:
        name:
            spec.name
        input:
            source=f"results/features/{spec.made_of}/{{shard}}.h5" if spec.made_of else "results/pictures/{shard}.h5",
            dictionaries=[f"results/dictionaries/{name}.h5" for name in spec.dictionaries],
            weights=weights_files(spec.constants["backbone"]) if spec.weights else [],
        output:
            f"results/features/{spec.name}/{{shard}}.h5",
        log:
            f"logs/features/{spec.name}/{{shard}}.log",
        cache: CACHED
        group:
            "shard"
        conda:
            ENVIRONMENT
        resources:
            mem_mb=growing(spec.memory_mb),
            runtime=for_a_shard(spec.seconds * (cfg.deep.crops if spec.weights else 1)),
            gpu=gpus(spec),
        params:
            which=which,
            descriptor=spec.name,
            parameters=parameters_of(spec),
            gpu=spec.gpu,
            storage={"dtype": cfg.descriptors.dtype, "compression": cfg.descriptors.compression},
            code=code_digest("viewcast.features.pipeline", spec.module, script=script_file("descriptor")),
        message:
            f"Computing {spec.name} of shard {{wildcards.shard}}"
        script:
            "../scripts/descriptor.py"


for name, path in cfg.features.external.items():

    rule:
        name:
            f"external_{name}"
        input:
            "results/corpus/photos.parquet",
        output:
            f"results/features/{name}/all.h5",
        log:
            f"logs/features/{name}.log",
        cache: CACHED
        conda:
            ENVIRONMENT
        resources:
            mem_mb=memory_of_external(path),
            runtime=growing(60, 0.1),
        params:
            which=name,
            source=path,
            state=state_of_table(path),
            max_missing=cfg.pictures.max_failed_fraction,
            storage={"dtype": cfg.descriptors.dtype, "compression": cfg.descriptors.compression},
            code=code("features.external", script="external"),
        message:
            f"Reading the feature {name}"
        script:
            "../scripts/external.py"


# One file for the whole corpus: texts are small, and wait for no picture.
rule words:
    input:
        "results/corpus/photos.parquet",
    output:
        "results/features/words/all.h5",
    log:
        "logs/features/words.log",
    cache: CACHED
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1500, 4),
        runtime=growing(20, 0.3),
    params:
        compression=cfg.descriptors.compression,
        code=code("words.file", script="words"),
    message:
        "Hashing the words of titles, tags and descriptions"
    script:
        "../scripts/words.py"


if cfg.social.agreement:

    rule text_weights:
        output:
            weights_files(f"{cfg.social.agreement}/text"),
        log:
            "logs/weights/text.log",
        localrule: True
        conda:
            ENVIRONMENT
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            backbone=cfg.social.agreement,
            code=code("descriptors.agreement", script="text_weights"),
        message:
            "Fetching the weights of the text tower of {params.backbone}"
        script:
            "../scripts/text_weights.py"

    rule agreement:
        input:
            photos="results/corpus/photos.parquet",
            features=input_agreement,
            weights=weights_files(f"{cfg.social.agreement}/text"),
        output:
            "results/corpus/agreement.parquet",
        log:
            "logs/agreement.log",
        cache: CACHED
        conda:
            ENVIRONMENT
        resources:
            mem_mb=growing(3000),
            runtime=growing(30, 1),
            gpu=int(cfg.descriptors.device == "cuda"),
        params:
            backbone=cfg.social.agreement,
            code=code("features.agreement", script="agreement"),
        message:
            "Comparing pictures and titles by {params.backbone}"
        script:
            "../scripts/agreement.py"
