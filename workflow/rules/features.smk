"""Pictures -> dictionaries of visual words, and one feature file per descriptor and shard.

Every descriptor in viewcast.descriptors.registry has a rule of its own name, so that
`snakemake --forcerun gist results/table1.csv` does what it says. `pictures_checked` comes first, as an ancient
input: a run with too many broken pictures stops before the long work, and photos that are added later
do not make finished shards old. Nor do they make dictionaries old: these are learned once.
"""


rule weights:
    output:
        weights_record(),
    log:
        logs("weights"),
    benchmark:
        benchmarks("weights")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        backbone=cfg.deep.backbone,
        code=code("descriptors.backbones", script="weights"),
    message:
        "Fetching the weights of {params.backbone}"
    script:
        "../scripts/weights.py"


rule dictionary:
    input:
        photos=ancient(results("corpus/photos.parquet")),
        checked=ancient(results("corpus/pictures_checked.tsv")),
    output:
        results("dictionaries/{dictionary}.h5"),
    log:
        logs("dictionaries/{dictionary}"),
    benchmark:
        benchmarks("dictionaries/{dictionary}")
    conda:
        ENVIRONMENT
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        pictures=pictures_folder,
        seed=cfg.seed,
        max_pixels=cfg.pictures.max_pixels,
        sample=cfg.dictionary.model_dump(),
        parameters=lambda wildcards: parameters_of(DICTIONARIES[wildcards.dictionary]),
        code=lambda wildcards: code_digest(
            "viewcast.features.pipeline", DICTIONARIES[wildcards.dictionary].module, script=SCRIPTS / "dictionary.py"
        ),
    message:
        "Learning the visual words {wildcards.dictionary}"
    script:
        "../scripts/dictionary.py"


for spec in DESCRIPTORS.values():

    rule:
        name:
            spec.name
        input:
            source=results(f"features/{spec.made_of}/{{shard}}.h5" if spec.made_of else "pictures/{shard}.h5"),
            checked=ancient(results("corpus/pictures_checked.tsv")),
            dictionaries=[results(f"dictionaries/{name}.h5") for name in spec.dictionaries],
            weights=rules.weights.output if spec.weights else [],
        output:
            results(f"features/{spec.name}/{{shard}}.h5"),
        log:
            logs(f"features/{spec.name}/{{shard}}"),
        benchmark:
            benchmarks(f"features/{spec.name}/{{shard}}")
        conda:
            ENVIRONMENT
        resources:
            mem_mb=2000,
            runtime=240,
            gpu=gpus(spec),
        params:
            descriptor=spec.name,
            parameters=parameters_of(spec),
            device=cfg.descriptors.device if spec.gpu else "cpu",
            storage={
                "batch_size": cfg.deep.batch_size,
                "dtype": cfg.descriptors.dtype,
                "compression": cfg.descriptors.compression,
            },
            code=code_digest("viewcast.features.pipeline", spec.module, script=SCRIPTS / "descriptor.py"),
        message:
            f"Computing {spec.name} of shard {{wildcards.shard}}"
        script:
            "../scripts/descriptor.py"
