"""What runs again after a change, and that nothing else does: stated for every key and every module, asked by dry runs.

A rule that should run and does not gives a wrong table; one that need not run and does costs hours.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel
from workflow_runs import ROOT, TABLES, TINY, Workflow

from viewcast.config.schema import Config
from viewcast.descriptors.registry import DESCRIPTORS
from viewcast.report.registry import FIGURES as DRAWN

ALL = ["all"]
#: What `all` asks for beside Tables 1 to 3 and the simple features: only the longer checks make it.
BEYOND = {"ablation", "baselines", "challenge", "choices", "coverage", "pairs", "protocols"}

FIGURES = {f"figure_{name}" for name in DRAWN}
OF_PICTURES = {"figure_samples", "figure_quadrants", "figure_regions"}
OF_TABLES = {"figure_table1", "figure_table2", "figure_table3"}
#: What figures are drawn from -> the rules that make it.
MAKERS = {
    "photos": {"corpus"}, "growth": {"growth"}, "samples": {"samples"}, "regions": {"regions"},
    "importance": {"importance"}, "simple": {"simple_table"}, "scores1": {"table1"}, "forecasts": {"fusion", "setting"},
    "coverage": {"coverage"}, "protocols": {"protocols"},
} | {f"table{number}": {f"table{number}"} for number in (1, 2, 3)}  # fmt: skip
#: What only `all` asks for, and always follows from these: it is not stated again and again below.
FOLLOWING = (
    {
        "growth": {"corpus"},
        # Of regressions on features, those on colours and objects alone.
        "importance": {"color_histogram", "objects", "social", "setting", "cues"},
        # Of fusions, that of content alone.
        "samples": {"content", "setting", "pictures"},
        "regions": {"samples"},
    }
    | {f"figure_{spec.name}": set().union(*(MAKERS[name] for name in spec.inputs)) for spec in DRAWN.values()}
    | {
        "layout": {"table"},
        "tidy": {"table", "simple_table", "baselines", "protocols", "ablation", "pairs"},
        "report": {
            "table",
            "simple_table",
            "baselines",
            "protocols",
            "coverage",
            "ablation",
            "pairs",
            "corpus",
            "problems",
            "importance",
            *FIGURES,
        },
    }
)

#: What follows whenever any model is another: the late fusions, and all that is told of them.
SUMMARIES = {"fusion", "table", "baselines", "coverage", "protocols", "pairs"}
#: What follows from another feature, or another way to regress on features.
REGRESSIONS = SUMMARIES | {"svr", "choices"}
MODELS = REGRESSIONS | {"social"}
#: What follows from another table of photos. A shard runs too if its own list is another, which a dry run cannot know.
CORPUS = MODELS | {"corpus", "check", "cues", "problems", "pictures_checked", "setting", "simple_table"}
HANDMADE = {"gist", "color_histogram", "texture", "color_patches", "gradient", "simple"}
FEATURES = HANDMADE | {"deep", "objects"} | REGRESSIONS | {"simple_table"}
WORDS = {"dictionary", "color_patches", "gradient"} | REGRESSIONS
PICTURES = FEATURES | MODELS | {"pictures", "problems", "pictures_checked", "setting", "dictionary"}
#: The settings of the paper, not the protocols.
SETTING = (MODELS - {"protocols"}) | {"setting", "check"}
#: A key that changes one of the protocols alone, which Tables 1 to 3 do not ask for.
OF_PROTOCOLS = {"evaluation.challenge"}

#: Key -> another value, and the rules that run again. The demo is the corpus.
KEYS: dict[str, tuple[object, set[str]]] = {
    "seed": (1, CORPUS | {"demo"}),
    "pictures.shard_size": (60, CORPUS),
    "pictures.max_pixels": (10**7, PICTURES),
    "pictures.max_failed_fraction": (0.1, MODELS | {"pictures_checked", "setting"}),
    "descriptors.preset": ("toolbox", HANDMADE | {"dictionary", "simple_table"} | REGRESSIONS),
    "descriptors.toolbox_compat": (True, {"texture", "gradient"} | REGRESSIONS),
    "descriptors.color_table": ("other.npz", {"color_histogram", "color_patches", "dictionary"} | REGRESSIONS),
    "descriptors.face_model": ("yunet.onnx", set()),
    "descriptors.device": ("cpu", set()),
    "descriptors.dtype": ("float16", FEATURES),
    "descriptors.compression": ("none", FEATURES),
    "dictionary.photos": (30, WORDS | {"dictionary_photos"}),
    "dictionary.descriptors_per_photo": (1000, WORDS),
    "dictionary.descriptors": (10_000, WORDS),
    "deep.backbones": (["alexnet"], {"weights", "deep", "objects"} | REGRESSIONS),
    "features.external": ({"clip": "clip.npz"}, {"external_clip", "svr", "table", "ablation"}),
    "deep.crops": (10, {"deep", "objects"} | REGRESSIONS),
    "deep.weights": ("elsewhere", {"weights", "deep", "objects"} | REGRESSIONS),
    "deep.batch_size": (4, set()),
    "settings.one_per_user.max_photos_per_user": (2, SETTING),
    "settings.user_mix.min_photos_per_user": (30, SETTING),
    "settings.user_mix.max_photos_per_user": (42, SETTING),
    "settings.user_mix.max_users": (1, SETTING),
    "social.mean_views": ("leave_one_out", {"social"} | SUMMARIES - {"protocols"}),
    "social.extra_cues": (["camera"], CORPUS),
    "social.agreement": (
        "open_clip:ViT-B-32/openai",
        SUMMARIES
        | {"social", "cues", "agreement", "text_weights"}
        | {f"{kind}deep_open_clip_vit_b_32_openai" for kind in ("", "weights_")},
    ),
    "evaluation.also": (["simple"], {"svr", "table", "ablation"}),
    "evaluation.features": (["gist", "simple"], REGRESSIONS | {"importance"}),
    "evaluation.splits": (2, MODELS | {"setting"}),
    "evaluation.folds": (4, MODELS | {"setting", "check"}),
    "evaluation.C": ([0.1], MODELS),
    "evaluation.epsilon": (0.2, MODELS),
    "evaluation.loss": ("epsilon_insensitive", MODELS),
    "evaluation.links": ("descriptor", REGRESSIONS | {"importance"}),
    "evaluation.scaling": ("descriptor", REGRESSIONS | {"importance"}),
    "evaluation.bootstrap": (50, {"table", "protocols"}),
    "evaluation.challenge": ("smpd", {"setting", "svr", "social", "fusion", "protocols", "coverage", "challenge"}),
    "evaluation.threads": (2, MODELS),
    "evaluation.backend": ("torch", REGRESSIONS | {"importance"}),
    "evaluation.memory_mb": (2000, set()),
    "fusion.method": ("residual", SUMMARIES | {"svr_beyond_social", "samples"}),
    "fusion.inputs": ("all", SUMMARIES),
    "fusion.weights": ("free", SUMMARIES | {"samples"}),
    "fusion.clip": (False, SUMMARIES | {"samples"}),
    "report.pictures": (False, {"samples"}),
    "report.users": (True, FIGURES),
    "corpus.demo.users": (50, CORPUS | {"demo"}),
    "corpus.demo.heavy_users": (3, CORPUS | {"demo"}),
    "corpus.demo.photos_per_heavy_user": (45, CORPUS | {"demo"}),
    "corpus.demo.longest_side": (90, CORPUS | {"demo"}),
    "corpus.popularity.definition": ("log2_views_plus_one", CORPUS),
    "corpus.popularity.min_days": (2.0, CORPUS),
    "corpus.popularity.also": (["log2_views_plus_one"], CORPUS),
    "corpus.mean_views_unit": ("views", CORPUS),
    "corpus.min_matched_users": (0.4, CORPUS),
    "corpus.max_rejected_targets": (0.02, CORPUS),
    "corpus.rows_in_fields": (True, CORPUS),
}
#: Another way to read one's own tables: the corpus is read anew, and what follows from it.
OF_ONES_OWN_TABLES = {
    "photos": "my/more.csv",
    "views_log": "my/log.csv",
    "users": "my/users.csv",
    "pictures": "other",
    "encoding": "latin-1",
    "day_first": True,
    "empty_columns": True,
    "columns.days": "days",
    "columns.target": "target",
    "columns.in_mean_views": "counted",
} | {f"columns.{name}": "another" for name in
     ("photo_id", "user_id", "picture", "views", "faves", "comments", "uploaded_at", "crawled_at", "title",
      "description", "tags")
} | {f"user_columns.{name}": "another" for name in
     ("user_id", "mean_views", "mean_views_photos", "photo_count", "contacts", "groups", "groups_admin",
      "groups_invite_only", "group_members", "member_since", "is_pro")
}  # fmt: skip
#: These make another crawl, those none: tests/workflow/test_flickr.py asks for them.
CRAWLED_ANEW = {
    "kind": "user-mix", "folder": "data/another", "pass_number": 2,
    "search.queries": ["happy cat"], "search.queries_file": "terms.csv", "search.match": "tags",
    "search.photos_per_query": 10, "search.since": "2013-01-01", "search.until": "2014-02-01", "search.licenses": [4],
    "search.page_size": 100, "search.cap": 500, "users.cues": ["profile"], "users.sample": 5,
    "users.mean_views_pages": 1, "user_mix.users": 3, "user_mix.min_photos": 10, "user_mix.max_photos": 100,
    "user_mix.ids": ["30000001@N01"], "pictures.side": 240,
}  # fmt: skip
NOT_CRAWLED_ANEW = {
    "api_url": "https://example.org/", "pictures.per_second": 7, "pictures.concurrency": 1, "pictures.max_megabytes": 5,
    "pictures.base_url": "https://example.org", "pictures.hosts": ["example.org"], "pictures.placeholders": ["0" * 64],
    "patience.calls_per_hour": 100, "patience.concurrency": 1, "patience.timeout_s": 9, "patience.attempts": 3,
    "patience.first_wait_s": 2, "patience.longest_wait_s": 9, "patience.bucket_folder": "elsewhere",
}  # fmt: skip

#: The rules that run again -> the modules and scripts of which one is edited.
MODULES: list[tuple[set[str], str]] = [
    (set(), """__init__ cli/* config/* corpus/check corpus/init descriptors/agreement evaluation/challenge
        features/agreement flickr/* importers/* records/verify report/figures/__init__ scripts/agreement
        scripts/challenge scripts/flickr_crawl scripts/flickr_tables scripts/text_weights scripts/words
        corpus/final predict/* scripts/final_model scripts/final_setting web/*"""),
    # Reasons.
    ({"importance"}, "explain/importance explain/words scripts/importance words/__init__ words/file words/hashing"),
    ({"samples"}, "scripts/samples"),
    ({"samples", "figure_calibration"}, "explain/samples"),
    ({"regions"}, """explain/contributions explain/inputs explain/network explain/pixels explain/region_files
        explain/regions scripts/regions
        descriptors/registry descriptors/spec"""),
    ({"importance", "samples", "figure_calibration"}, "explain/__init__ explain/shards"),
    # The report.
    ({"report"}, """joblog records/__init__ records/run report/cells report/page report/sections/* report/sentences
        report/templating scripts/report store/digests"""),
    ({"growth"}, "corpus/growth scripts/growth"),
    ({"layout", "report"}, "report/layout"),
    ({"layout", "report", *OF_TABLES}, "report/paper"),
    ({"layout"}, "scripts/layout"),
    ({"tidy"}, "report/tidy scripts/tidy"),
    (FIGURES - OF_PICTURES - {"figure_growth", "figure_histograms"} | {"layout", "tidy"}, "report/scores"),
    (FIGURES - {"figure_growth"} | {"layout", "tidy"}, "report/words"),
    (FIGURES - OF_PICTURES - {"figure_growth", "figure_calibration", "figure_protocols"} | {"report"}, "report/marks"),
    ({"report", "figure_colors", "figure_objects", "figure_cues", "figure_words"}, "report/weights"),
    (FIGURES, "report/drawing report/registry report/spec scripts/figure"),
    (FIGURES | {"layout"}, "report/style"),
    (OF_PICTURES, "report/pictures"),
    (FIGURES | {"layout", "tidy"}, "report/__init__"),
    *(({f"figure_{spec.name}" for spec in DRAWN.values() if spec.module == module}, module)
        for module in sorted({spec.module for spec in DRAWN.values()})),
    ({"protocols"}, "evaluation/protocols scripts/protocols"),
    ({"pairs"}, "evaluation/pairs scripts/pairs"),
    ({"baselines"}, """evaluation/baselines evaluation/measures evaluation/neighbours evaluation/ranking
        scripts/baselines"""),
    ({"choices"}, "scripts/choices"),
    (set(), "evaluation/ablation features/external scripts/ablation scripts/external"),
    ({"coverage"}, "scripts/coverage"),
    ({"simple_table"}, "scripts/simple_table"),
    ({"table"}, "scripts/table"),
    ({"table", "check"}, "corpus/prospects scripts/check"),
    ({"baselines", "coverage"}, "evaluation/conformal evaluation/difficulty"),
    ({"table", "protocols", "simple_table"}, "evaluation/tables"),
    ({"table", "protocols", "simple_table", "pairs"},
        "evaluation/influence evaluation/intervals evaluation/resampling"),
    ({"table", "protocols", "baselines", "simple_table"}, "evaluation/best_single"),
    ({"table", "protocols", "baselines", "simple_table", "pairs"}, "evaluation/__init__"),
    ({"table", "protocols", "baselines", "simple_table", "pairs"}, "evaluation/scores ranks"),
    (SUMMARIES | {"samples"}, "scripts/fusion"),
    (SUMMARIES | {"social"}, "scripts/social"),
    (SUMMARIES | {"social", "cues"}, "scripts/cues"),
    (REGRESSIONS | {"importance"}, "scripts/svr"),
    (MODELS, "svr/* training"),
    (MODELS | {"simple_table"}, "forecasts gaussian"),
    (MODELS | {"simple_table", "cues"}, "corpus/cues corpus/user_means"),
    (MODELS | {"setting"}, "scripts/setting"),
    (MODELS | {"setting", "check"}, "corpus/protocols"),
    (MODELS | {"setting", "check", "simple_table"}, "corpus/relative corpus/settings"),
    (MODELS | {"setting", "check", "simple_table", "cues"}, "folds"),
    (MODELS | {"setting", "pictures_checked"}, "scripts/pictures_checked"),
    (MODELS | {"setting", "pictures_checked", "problems"}, "scripts/problems"),
    # Descriptors.
    *((REGRESSIONS | {name}, f"descriptors/{name}") for name in ("gist", "texture", "color_histogram", "objects")),
    (REGRESSIONS | {"objects"}, "descriptors/imagenet"),
    ({"simple", "simple_table"}, "descriptors/simple"),
    (set(), "descriptors/faces"),  # no feature of the default, as the next
    ({"importance"}, "descriptors/measurement descriptors/photographic"),
    (REGRESSIONS | {"color_patches", "dictionary"}, "descriptors/color_patches"),
    (REGRESSIONS | {"gradient", "dictionary"}, "descriptors/gradient descriptors/hog"),
    (REGRESSIONS | {"color_histogram", "color_patches", "dictionary"}, "descriptors/colors"),
    (REGRESSIONS | {"deep", "objects"}, "descriptors/deep"),
    (REGRESSIONS | {"deep", "objects", "weights"},
        "descriptors/architectures descriptors/backbones descriptors/lite scripts/weights"),
    (WORDS, "coding/kmeans coding/llc coding/pyramid features/words scripts/dictionary"),
    (WORDS | {"dictionary_photos"}, "pictures/sample scripts/dictionary_photos"),
    (FEATURES, "scripts/descriptor"),
    (FEATURES | {"dictionary"},
        "coding/__init__ coding/dictionary descriptors/extractor features/pipeline features/shard provenance"),
    (FEATURES | {"dictionary", "weights"}, "descriptors/__init__"),
    (FEATURES | {"dictionary", "social"}, "device features/__init__ features/files features/matrix"),
    # Pictures.
    (PICTURES - {"dictionary"}, "scripts/pictures"),
    (PICTURES | {"dictionary_photos", "check"},
        "pictures/decode pictures/resize pictures/shards store/hdf5 store/prefetch"),
    # The corpus.
    (CORPUS, """corpus/__init__ corpus/labels corpus/photos corpus/shard_lists corpus/target corpus/write
        pictures/__init__ pictures/find store/frames store/records store/seal tables/* scripts/corpus"""),
    (CORPUS | {"demo"}, "demo/* errors store/__init__ store/atomic scripts/demo"),
]  # fmt: skip


def keys_of(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Every key of the configuration, sections apart."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from keys_of(inner, f"{before}{name}.")
        else:
            yield before + name


def changed(config: dict, key: str, value: object) -> dict:
    """A configuration with another value of a dotted key."""
    config = copy.deepcopy(config)
    *sections, last = key.split(".")
    section = config
    for name in sections:
        section = section.setdefault(name, {})
    section[last] = value
    return config


def files_of(names: str) -> list[str]:
    """Files below the root: of the library, or of the scripts."""
    found = []
    for name in names.split():
        name = name.removeprefix("viewcast.").replace(".", "/")
        folder = "workflow" if name.startswith("scripts/") else "src/viewcast"
        found += sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(f"{folder}/{name}.py"))
    return found


def parts(rules: set[str]) -> set[str]:
    """What stated rules make again, of what one rule makes several of: single tables, and fusions of content alone.

    A table is made again for its models: Table 1 for those on features (of features beyond content's own, no fusion),
    Table 2 for those on social cues, Table 3 for both. Where no model is another, all of them are.
    """
    if "table" not in rules:
        return set()
    content = "fusion" in rules and bool(rules & {"svr", "samples"})
    models = {
        "table1": bool(rules & {"svr", "samples"}),
        "table2": "social" in rules,
        "table3": "fusion" in rules,
    }
    tables = {name for name, made in models.items() if made} or set(models)
    return tables | ({"content"} if content else set())


def whole(rules: set[str]) -> set[str]:
    """Rules and what follows from them; the page, which follows from figures, is the last."""
    made = parts(rules)
    # Models of protocols alone, of which neither weights nor photographs are shown.
    shown = "table" in rules or "fusion" not in rules
    for name, after in FOLLOWING.items():
        if (rules | made) & after and (shown or name not in ("importance", "samples")):
            rules = rules | {name}
    return rules


def differences(
    workflow: Workflow, targets: Sequence[str], stated: dict[str, set[str]], cases: list[dict]
) -> list[str]:
    """Where dry runs plan other rules than were stated and follow from them, in words."""
    wrong = []
    for (name, rules), plan in zip(stated.items(), workflow.plans(cases, targets), strict=True):
        planned, rules = set(plan) - {"all"}, whole(rules) if targets == ALL else rules - BEYOND - set(FOLLOWING)
        if planned != rules:
            wrong.append(f"{name}: missing {sorted(rules - planned)}, too many {sorted(planned - rules)}")
    return wrong


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.slow)], ids=["tables", "all"])
def targets(request, finished) -> Sequence[str]:
    """What the tiny demo is asked for; it is there."""
    if request.param:
        finished(*ALL)
    return ALL if request.param else TABLES


def test_every_key_is_stated():
    own = {f"corpus.{key}" for key in OF_ONES_OWN_TABLES}
    flickr = {f"corpus.flickr.{key}" for key in (*CRAWLED_ANEW, *NOT_CRAWLED_ANEW)}
    assert {*KEYS, *own, *flickr, "corpus.source"} == set(keys_of(Config))


def test_every_module_is_stated_once():
    stated = [file for _, names in MODULES for file in files_of(names)]
    found = [*ROOT.glob("src/viewcast/**/*.py"), *ROOT.glob("workflow/scripts/*.py")]
    assert sorted(stated) == sorted(str(path.relative_to(ROOT)) for path in found)
    assert {f"descriptors/{name}" for name in DESCRIPTORS} <= {name for _, names in MODULES for name in names.split()}


def test_no_input_is_ancient():
    """Snakemake looks at no parameter of jobs below an ancient input whose own job runs: tables would stay old."""
    assert not [path for path in (ROOT / "workflow").rglob("*.smk") if "ancient(" in path.read_text()]


def test_a_key_reruns_what_reads_it(finished, targets):
    """One key of every other kind, by the rules that run after it; in the longer check every key."""
    some = {tuple(sorted(rules)): key for key, (_, rules) in KEYS.items() if key not in OF_PROTOCOLS}
    keys = list(KEYS) if targets == ALL else list(some.values())[::2]
    cases = [{"config": changed(TINY, key, KEYS[key][0])} for key in keys]
    # The page shows the whole configuration.
    assert not differences(finished, targets, {key: KEYS[key][1] | {"report"} for key in keys}, cases)


def test_an_edit_reruns_what_depends_on_it(finished, targets):
    """The first module of every sixth line; in the longer check every module."""
    each, some = (1, None) if targets == ALL else (6, 1)
    stated = {file: rules for rules, names in MODULES[::each] for file in files_of(names)[:some]}
    assert not differences(finished, targets, stated, [{"edited": file} for file in stated])


@pytest.mark.slow
def test_a_key_of_ones_own_tables_reads_them_anew(own):
    targets = ["results/simple.csv", "results/corpus/cues.parquet", "results/corpus/pictures_checked.tsv"]
    config = TINY | {"corpus": {"source": "table", "photos": "my/photos.csv", "pictures": "my"}}
    (own.folder / "my/more.csv").write_bytes((own.folder / "my/photos.csv").read_bytes())
    (own.folder / "my/users.csv").write_text("user_id,contacts\nu1,2\n")
    (own.folder / "my/log.csv").write_text("photo_id,views,observed_at\n")
    (own.folder / "other").mkdir()
    own(*targets)
    again = {"corpus", "cues", "problems", "pictures_checked", "simple_table"}
    stated = {key: again for key in OF_ONES_OWN_TABLES} | {"seed": set(), "C": set()}
    cases = [{"config": changed(config, f"corpus.{key}", value)} for key, value in OF_ONES_OWN_TABLES.items()]
    cases += [{"config": changed(config, key, value)} for key, value in (("seed", 1), ("evaluation.C", [0.1]))]
    assert not differences(own, targets, stated, cases)


#: What is edited for real, and how many jobs of each rule run again for Tables 1 to 3 and the simple features.
EDITS = [
    ("src/viewcast/descriptors/gist.py", "EDITED = 1", {"gist": 2, "svr": 3, "fusion": 6, "table": 2}),
    ("src/viewcast/descriptors/gist.py", "# a comment", {}),
    ("workflow/scripts/table.py", "# a comment", {}),
]


@pytest.mark.parametrize(("path", "line", "expected"), EDITS)
def test_a_real_edit(finished, path, line, expected):
    module: Path = finished.folder / path
    text = module.read_text()
    try:
        module.write_text(text + f"\n{line}\n")
        planned = finished.planned(
            "results/table1.csv", "results/table2.csv", "results/table3.csv", "results/simple.csv"
        )
    finally:
        module.write_text(text)
    assert planned == expected
