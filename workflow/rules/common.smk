"""The configuration, paths, code digests, and the input functions that several rule files use."""

import functools
import math
import os
import re
import sys
from pathlib import Path

import snakemake
from snakemake.exceptions import WorkflowError

# Jobs run the library beside this workflow, also within a conda environment that has only the dependencies. Where the
# workflow is a module and its files are fetched from a repository, nothing lies beside it: then the installed one runs.
HERE = workflow.current_basedir
if isinstance(HERE, os.PathLike) and (SOURCE := Path(HERE).resolve().parents[1] / "src").is_dir():
    sys.path.insert(0, str(SOURCE))
    os.environ.update(PYTHONPATH=str(SOURCE))

try:
    from viewcast.config.corpus import READING
    from viewcast.config.schema import load_config, value_of
    from viewcast.corpus.final import FINAL
    from viewcast.corpus.protocols import PROTOCOLS, TRAINING_SHARE
    from viewcast.corpus.settings import SETTINGS, readings
    from viewcast.corpus.target import UNITS
    from viewcast.corpus.user_means import MEAN_VIEWS
    from viewcast.corpus.write import SUMMARY
    from viewcast.descriptors.registry import DICTIONARIES, feature_of, features_beyond, features_of
    from viewcast.errors import ViewcastError
    from viewcast.pictures.find import state_of
    from viewcast.provenance import code_digest
    from viewcast.records.run import write_provenance
    from viewcast.report.registry import FIGURES
    from viewcast.report.spec import TEMPLATES
    from viewcast.store.digests import digest_of
    from viewcast.store.records import read_record
    from viewcast.tables.files import state_of_table
except ModuleNotFoundError as error:
    raise WorkflowError(
        f"The Python package {error.name} is not installed where snakemake runs. Install the library of this workflow "
        "there: pip install FOLDER, where FOLDER is a clone of the workflow's repository at the version that is used."
    ) from None

try:
    cfg = load_config(config)
    BEYOND = features_beyond(cfg.deep.backbones, cfg.features.external, cfg.evaluation.features, cfg.evaluation.also)
except ViewcastError as error:
    raise WorkflowError(str(error)) from None

# What changes no digit of any table reaches the jobs by their environment: were it a parameter, a change would make
# everything anew.
os.environ.update(VIEWCAST_DEVICE=cfg.descriptors.device, VIEWCAST_BATCH=str(cfg.deep.batch_size))

ENVIRONMENT = "../../envs/viewcast.yaml"

#: Every network: those of features, and that of the agreement with titles, whose own feature no model takes.
NETWORKS = tuple(dict.fromkeys([*cfg.deep.backbones, *filter(None, [cfg.social.agreement])]))
#: Every feature that may be asked for, and those that have models: the content model's and BEYOND.
DESCRIPTORS = features_of(NETWORKS, cfg.features.external)

# Every setting by the target's own reading, then by each further one.
READINGS = tuple(readings(cfg.corpus.popularity.also))


wildcard_constraints:
    shard="[0-9]+",
    setting="|".join(re.escape(name) for name in (*READINGS, *PROTOCOLS, FINAL)),
    feature="|".join(map(re.escape, DESCRIPTORS)),
    dictionary="|".join(DICTIONARIES),


# Every rule whose output follows from its inputs and params alone is eligible for SNAKEMAKE_OUTPUT_CACHE. Where no cache
# is asked for, Snakemake would say so of each of these rules in each run.
CACHED = workflow.workflow_settings.cache is not None


def which(wildcards):
    """A parameter of all cached jobs with wildcards, because the cache knows a job by inputs and params alone, and two
    settings have the same ones."""
    return dict(wildcards.items())


def growing(base, per_mb=0.0, most=None, of=None):
    """A resource that follows the size of a job's inputs, and grows with every attempt.

    :param per_mb: on top of ``base`` for each megabyte of input.
    :param of: of this input alone. Where jobs are a group, the other ones' outputs are not there when it is submitted.
    :param most: not more than this at the first attempt.
    """

    def amount(wildcards, input, attempt):
        sized = input
        if of is not None:
            # Before the corpus is there, a dry run does not know the input yet.
            own = input.get(of, [])
            sized = type(input)(toclone=[own] if isinstance(own, str) else own)
        first = base + per_mb * sized.size_mb if per_mb else base
        return round(attempt * (first if most is None else min(first, most)))

    return amount


def for_a_shard(seconds):
    """Minutes for a shard by the measured processor seconds of one photo, and ten seconds for the start. Three times as
    long is allowed: the rates are those of one machine, photographs of 500 pixels and a disk of its own."""
    minutes = 3 * (10 + seconds * cfg.pictures.shard_size) / 60
    return lambda wildcards, attempt: math.ceil(attempt * minutes)


def script_file(name):
    """A script of this workflow, fetched if it lies in a repository elsewhere."""
    return Path(workflow.source_path(f"../scripts/{name}.py"))


def code(*modules, script):
    """Digest of a rule's code: its script, and the library modules that it uses. Snakemake itself would go by the
    script's time, which every fresh clone changes (the profiles turn that off)."""
    return code_digest(*(f"viewcast.{module}" for module in modules), script=script_file(script))


def record():
    """Write down what was made from what, at the end of a run."""
    try:
        write_provenance(cfg.model_dump(mode="json"), {"snakemake": snakemake.__version__})
    except (OSError, ViewcastError) as error:
        print(
            f"results/provenance.json could not be written ({error}): `viewcast verify` will miss it.", file=sys.stderr
        )


def shards():
    """Numbers of the shards; known once the corpus is."""
    checkpoints.corpus.get()
    # By its path, and not that of the checkpoint's output: with a storage plugin that is a copy within one job.
    return sorted(path.stem for path in Path("results/corpus/shards").glob("*.parquet"))


def per_shard(pattern):
    return [pattern.format(shard=shard) for shard in shards()]


# corpus.smk


def memory_of_corpus(wildcards, attempt):
    return attempt * (2000 + 8 * megabytes_of_tables())


def runtime_of_corpus(wildcards, attempt):
    return attempt * (20 + megabytes_of_tables() // 20)


def megabytes_of_tables():
    paths = [path for path in source_tables(None).values() if path]
    return sum(Path(path).stat().st_size for path in paths if Path(path).is_file()) >> 20


# Paths that the user names are parameters, given by functions, and no inputs: Snakemake would take braces in them for
# wildcards, and knows no pattern of parts. `source_state` notices when what they name is another.


def own_tables():
    """The tables that this workflow makes itself."""
    names = ["photos", "users", *(["views_log"] if cfg.corpus.source == "flickr" else [])]
    return {name: f"results/{cfg.corpus.source}/{name}.parquet" for name in names}


def input_corpus(wildcards):
    return {} if cfg.corpus.source == "table" else own_tables()


def source_tables(wildcards):
    if cfg.corpus.source == "table":
        return {"photos": cfg.corpus.photos, "users": cfg.corpus.users, "views_log": cfg.corpus.views_log}
    return own_tables()


def own_views_log():
    """The sightings of photos, where they are a table of the user's."""
    return cfg.corpus.views_log if cfg.corpus.source == "table" else None


def pictures_folder(wildcards):
    if cfg.corpus.source == "table":
        return cfg.corpus.pictures
    if cfg.corpus.source == "flickr":
        return f"{cfg.corpus.flickr.folder}/pictures"
    return f"results/{cfg.corpus.source}/pictures"


@functools.cache
def state_of_source():
    named = (cfg.corpus.photos, cfg.corpus.users, cfg.corpus.views_log)
    tables = [state_of_table(path) if path else "" for path in named]
    return [*tables, state_of(cfg.corpus.pictures)]


def source_state(wildcards):
    """Changes when a table is another, and when a picture is added, mended or replaced: then the corpus looks at them
    anew, and the shards whose pictures are others are made again. Only `corpus` asks, so only once in a run. The other
    sources make tables and pictures themselves, so that Snakemake knows of them."""
    return state_of_source() if cfg.corpus.source == "table" else ""


def reading():
    """How tables are read, and when their reading stops the run."""
    keys = cfg.corpus.model_dump(include=set(READING))
    if cfg.corpus.source != "table":  # tables of our own
        keys |= {"encoding": None, "empty_columns": True}
    return keys | {"extra": list(cfg.social.extra_cues)}


def settings_to_check():
    """What decides what the settings will hold."""
    return {
        "seed": cfg.seed,
        "folds": cfg.evaluation.folds,
        "settings": {name: photos_of(name) for name in READINGS},
    }


def flickr_question():
    """What is to be crawled; how fast and how patiently may change without a new crawl."""
    asked = {"kind", "folder", "pass_number", "search", "users", "user_mix"}
    return cfg.corpus.flickr.model_dump(mode="json", include=asked)


def column_names(model):
    """Only a table brings columns of its own names; the other sources speak the contract's."""
    own = model if cfg.corpus.source == "table" else type(model)()
    return own.model_dump()


# shards.smk


def input_pictures(wildcards):
    checkpoints.corpus.get()
    return f"results/corpus/shards/{wildcards.shard}.parquet"


def input_statuses(wildcards):
    return per_shard("results/pictures/{shard}.parquet")


# features.smk


def input_dictionary_photos(wildcards):
    checkpoints.corpus.get()
    return []


def input_dictionary(wildcards):
    # A job that Snakemake plans before the corpus is there would run whenever the corpus is made again.
    checkpoints.corpus.get()
    return "results/dictionaries/photos.parquet"


def identity_of_corpus(wildcards):
    """Another one for another corpus, the same when photos are added to it."""
    summary = Path("results/corpus/summary.json")
    try:
        # Where there is no corpus yet, this is asked again once there is.
        identity = read_record(summary, SUMMARY)["identity"] if summary.is_file() else None
    except ViewcastError as error:
        raise WorkflowError(str(error)) from None
    # The demo's photos have the same names whatever they show.
    counts = {"users", "heavy_users", "photos_per_heavy_user"}
    return [identity, cfg.corpus.demo.model_dump(exclude=counts) if cfg.corpus.source == "demo" else None]


def parameters_of(spec):
    """The configuration that a descriptor or dictionary depends on, and nothing else."""
    own = getattr(spec, "constants", {})
    return {key.split(".")[-1]: value_of(cfg, key) for key in spec.configured_by} | own


def weights_files(backbone):
    """The file that names a network's weights and their digest, and the weights."""
    name = re.sub("[:/]", "-", backbone)
    return [f"{cfg.deep.weights}/{name}.{suffix}" for suffix in ("json", "safetensors")]


def network_feature(backbone):
    """The feature of a network."""
    return "deep" if backbone == NETWORKS[0] else feature_of(backbone)


def input_agreement(wildcards):
    return files_of(network_feature(cfg.social.agreement))


def memory_of_external(path):
    """Its vectors are held at once, because its rows may be in any order; files are compressed at times."""
    size = sum(part.stat().st_size for part in [Path(path)] if part.is_file()) >> 20
    return lambda wildcards, attempt: attempt * (2000 + 4 * size)


def gpus(spec):
    return int(spec.gpu and cfg.descriptors.device == "cuda")


# models.smk


def input_features(wildcards):
    return files_of(wildcards.feature)


def files_of(feature):
    """The files of a feature: one for each shard, or one alone."""
    if DESCRIPTORS[feature].whole:
        return [f"results/features/{feature}/all.h5"]
    return per_shard(f"results/features/{feature}/{{shard}}.h5")


def memory_of_svr(wildcards, input, attempt):
    """By the size of the files; but the words' are compressed more than a hundredfold, and say nothing of the matrix."""
    base = 1500 + (cfg.evaluation.memory_mb if wildcards.feature == "words" else 0)
    return growing(base, 16, most=cfg.evaluation.memory_mb + 4000)(wildcards, input, attempt)


def preparations_of(feature):
    """The links and scalings that a regression on a feature chooses from."""
    return DESCRIPTORS[feature].preparations(cfg.evaluation.links, cfg.evaluation.scaling)


def input_fusion(wildcards):
    features, social = list(cfg.evaluation.features), social_of(wildcards.fusion)
    # The features beyond content's own that the fusion's name holds, each as a stage of its own.
    others = [name for name in BEYOND if wildcards.fusion.removesuffix(f"_{social}") == f"content_{name}"]
    cues = [social] if social else []
    if wildcards.fusion == "content":
        models = features
    elif social and cfg.fusion.method == "residual":
        models = [f"beyond_{social}/{feature}" for feature in [*features, *others]]
    elif cfg.fusion.method == "svr" and cfg.fusion.inputs == "two_stage":
        models = ["fusion/content", *others, *cues]
    else:
        models = [*features, *others, *cues]
    return expand("results/models/{setting}/{model}.h5", setting=wildcards.setting, model=models)


def social_of(fusion):
    """The social model in a fusion, at the end of its name; None: of content alone."""
    found = re.search(rf"_(social(?:_(?:{'|'.join(MEAN_VIEWS)}))?)$", fusion)
    return found[1] if found else None


def input_base(wildcards):
    """The social model that the content models of a fusion by residuals add to."""
    social = social_of(wildcards.fusion)
    return f"results/models/{wildcards.setting}/{social}.h5" if social and cfg.fusion.method == "residual" else []


def photos_of(setting):
    """The configuration that chooses a setting's photos; a protocol takes all of them."""
    if setting in PROTOCOLS:
        challenge = cfg.evaluation.challenge if setting == "time_forward" else None
        return {"training": TRAINING_SHARE[challenge]} if challenge else {}
    own = cfg.settings.one_per_user if setting.startswith("one_per_user") else cfg.settings.user_mix
    return own.model_dump()


def mean_views_of(social):
    """What the mean of views knows in a social model: `social`, or one of `social_<MEAN_VIEWS>`."""
    return social.removeprefix("social_") if social != "social" else cfg.social.mean_views


# evaluation.smk


TABLES = {
    "table1": {"feature": list(cfg.evaluation.features), "beyond": BEYOND, "fusion": ["fusion/content"]},
    "table2": {"social": ["social"]},
    "table3": {"social": ["social"], "fusion": ["fusion/content", "fusion/content_social"]},
}
if "words" in BEYOND:
    TABLES["table3"] = {
        **TABLES["table3"],
        "beyond": ["words"],
        "fusion": [*TABLES["table3"]["fusion"], "fusion/content_words_social"],
    }


def models_of(kinds, settings):
    return {
        kind: expand("results/models/{setting}/{model}.h5", setting=settings, model=models)
        for kind, models in kinds.items()
    }


def input_table(wildcards):
    cues = {"cues": "results/corpus/cues.parquet"} if wildcards.table == "table2" else {}
    return models_of(TABLES[wildcards.table], READINGS) | cues


def input_all_models(wildcards):
    """What Tables 1 and 3 show, but for the features beyond content's own, which only they and the ablation read."""
    kinds = TABLES["table1"] | TABLES["table3"]
    return models_of({kind: models for kind, models in kinds.items() if kind != "beyond"}, SETTINGS)


def input_ablation(wildcards):
    """What the content model, the features beyond it and the cues forecast, by the same settings as the protocols."""
    kinds = {"fusion": ["fusion/content"], "beyond": BEYOND}
    own = models_of(kinds | {"social": ["social"]}, SETTINGS)
    honest = models_of(kinds | {"social": [f"social_{cfg.social.mean_views}"]}, PROTOCOLS)
    return {kind: paths + honest[kind] for kind, paths in own.items()} | {
        "settings": expand("results/models/{setting}/setting.h5", setting=[*SETTINGS, *PROTOCOLS])
    }


def input_baselines(wildcards):
    used = "deep" in cfg.evaluation.features
    return input_all_models(wildcards) | {"deep": files_of("deep") if used else []}


def input_pairs(wildcards):
    return models_of(TABLES["table3"], READINGS)


def input_challenge(wildcards):
    social, protocols = f"social_{cfg.social.mean_views}", ["time_forward", "user_disjoint"]
    models = models_of({"social": [social], "fusion": ["fusion/content", f"fusion/content_{social}"]}, protocols)
    return models | {"settings": expand("results/models/{setting}/setting.h5", setting=protocols)}


def input_coverage(wildcards):
    social = f"social_{cfg.social.mean_views}"
    protocols = {"social": [social], "fusion": ["fusion/content", f"fusion/content_{social}"]}
    own, honest = input_all_models(wildcards), models_of(protocols, PROTOCOLS)
    return {kind: paths + honest.get(kind, []) for kind, paths in own.items()} | {
        "settings": expand("results/models/{setting}/setting.h5", setting=[*SETTINGS, *PROTOCOLS])
    }


def input_protocols(wildcards):
    kinds = {
        "social": [f"social_{knows}" for knows in MEAN_VIEWS],
        "fusion": ["fusion/content", *(f"fusion/content_social_{knows}" for knows in MEAN_VIEWS)],
    }
    return models_of(kinds, PROTOCOLS) | {"settings": expand("results/models/{setting}/setting.h5", setting=PROTOCOLS)}


def input_simple(wildcards):
    return per_shard("results/features/simple/{shard}.h5")


# explain.smk


#: Where all photos are one group, so that a model of each half speaks for all.
IMPORTANCE_SETTINGS = ("one_per_user", "user_mix")


def input_importance(wildcards):
    used = {*cfg.evaluation.features, *BEYOND}
    named = [name for name in ("color_histogram", "objects", "photographic") if name in used]
    models = models_of({name: [name] for name in (*named, "social")}, IMPORTANCE_SETTINGS)
    features = {f"{name}_features": per_shard(f"results/features/{name}/{{shard}}.h5") for name in named}
    return {f"{name}_models": paths for name, paths in models.items()} | features


def described_features():
    """The features in use, and those that they are made of."""
    names = [name for name in cfg.evaluation.features if not DESCRIPTORS[name].whole]
    return sorted({*names, *(DESCRIPTORS[name].made_of for name in names)} - {None})


def input_regions(wildcards):
    specs = [DESCRIPTORS[name] for name in cfg.evaluation.features]
    networks = dict.fromkeys(spec.constants["backbone"] for spec in specs if spec.weights)
    return {
        "models": models_of({"feature": list(cfg.evaluation.features)}, SETTINGS)["feature"],
        "dictionaries": [f"results/dictionaries/{name}.h5" for spec in specs for name in spec.dictionaries],
        "weights": [path for network in networks for path in weights_files(network)],
        **{f"{spec.name}_features": files_of(spec.name) for spec in specs},
    }


# predict.smk


def input_final_model(wildcards):
    specs = [DESCRIPTORS[name] for name in cfg.evaluation.features]
    networks = dict.fromkeys(spec.constants["backbone"] for spec in specs if spec.weights)
    own = expand("results/models/{final}/{feature}.h5", final=FINAL, feature=cfg.evaluation.features)
    beyond = expand("results/models/{final}/beyond_social/{feature}.h5", final=FINAL, feature=cfg.evaluation.features)
    return {
        "models": own,
        **({"beyond": beyond} if cfg.fusion.method == "residual" else {}),
        "dictionaries": [f"results/dictionaries/{name}.h5" for spec in specs for name in spec.dictionaries],
        "weights": [path for network in networks for path in weights_files(network)],
        **{f"{spec.name}_features": files_of(spec.name) for spec in specs},
    }


def definition_of_target():
    """What the target is made of; empty where the table brings it."""
    if cfg.corpus.source == "table" and cfg.corpus.columns.target:
        return ""
    return cfg.corpus.popularity.definition


# report.smk


def unit_of_target():
    """What an axis of popularity says."""
    if cfg.corpus.source == "table" and cfg.corpus.columns.target:
        return "the table's own units"
    return UNITS[cfg.corpus.popularity.definition]
