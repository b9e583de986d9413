"""The whole road on a tiny corpus: what it writes, what a second run does, what an edit reruns."""

import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
from refresh import rule_graph
from workflow_runs import ROOT, TABLES, TINY, Workflow

from viewcast.corpus.cues import CUES
from viewcast.corpus.settings import SETTINGS
from viewcast.descriptors.registry import DESCRIPTORS
from viewcast.evaluation.tables import FEATURES
from viewcast.folds import TEST
from viewcast.records.run import read_provenance
from viewcast.records.verify import verify_results

ENDS = ("_users_low", "_users_high", "_photos_low", "_photos_high")
# What stands beside a number: its deviation over splits, its intervals over other users and over other photos.
BESIDE = ("", "_sd", *ENDS)
# What stands beside a difference.
OF_GAINS = ("", *ENDS, "_verdict", "_photos_verdict")


def test_the_default_profile_is_found_from_the_root_and_in_a_deployment(finished):
    """A deployment from the catalog has the folder `workflow` alone, and names its Snakefile."""
    for arguments in ((), ("--snakefile", "workflow/Snakefile")):
        text = finished("results/table3.csv", "--dry-run", *arguments)
        assert "Using workflow specific profile" in text and "profiles/default" in text


def test_the_graph_in_the_readme_is_that_of_the_rules(finished):
    try:
        finished.configure(TINY | {"evaluation": {}})  # with the features of the default
        graph = rule_graph(finished(*TABLES[:3], "--rulegraph", "mermaid-js"))
    finally:
        finished.configure(TINY)
    assert graph in (ROOT / "README.md").read_text(encoding="utf-8"), "it is old: make demo, then make refresh"


def table(workflow: Workflow, name: str) -> pd.DataFrame:
    return pd.read_csv(workflow.folder / name, dtype=str, keep_default_na=False)


def test_table3(finished):
    made = table(finished, "results/table3.csv")
    numbers = [f"{name}{end}" for name in ("content", "social", "content_social") for end in BESIDE]
    gains = [f"over_{name}{end}" for name in ("social", "content") for end in OF_GAINS]
    assert list(made.columns) == ["setting", "photos", "users", *numbers, *gains, "note"]
    assert made["setting"].tolist() == list(SETTINGS)
    assert made["users"].tolist() == ["64", "2", "2"]
    own = made[made["setting"] != "one_per_user"]
    for over, rows in (("users", made), ("photos", own)):
        for name in ("content", "social", "content_social"):
            low, value, high = (rows[f"{name}{end}"].astype(float) for end in (f"_{over}_low", "", f"_{over}_high"))
            assert (low < value).all() and (value < high).all()
    # With one photo of each user there are no other photos of the same users.
    assert made.loc[0, "social_photos_low"] == "n/a" and made["over_social_verdict"].str.contains("noise").all()


def test_table1_and_2(finished):
    made = table(finished, "results/table1.csv")
    names = [f"{name}{end}" for name in (*FEATURES, "combined", "best_single_feature") for end in BESIDE]
    assert list(made.columns[: -len(OF_GAINS) - 1]) == ["setting", "photos", "users", *names]
    assert made["over_best_feature_verdict"].str.contains("noise").all()
    made = table(finished, "results/table2.csv")
    names = [f"{name}{end}" for name in (*CUES, "all") for end in BESIDE]
    assert list(made.columns) == ["setting", "photos", "users", *names, "note"]
    specific = made[made["setting"] == "user_specific"].iloc[0]
    assert specific["mean_views_cross_fitted"] == specific["contacts"] == "n/a" and float(specific["tags"]) is not None


def test_figure_3_numbers_against_scipy(finished):
    from scipy.stats import spearmanr

    made = table(finished, "results/simple.csv").set_index("feature")["rho"].astype(float)
    photos = pd.read_parquet(finished.folder / "results/corpus/photos.parquet").set_index("photo_id")["popularity"]
    features, ids = [], []
    for path in sorted((finished.folder / "results/features/simple").glob("*.h5")):
        with h5py.File(path) as file:
            features.append(file["features"][()])
            ids += list(file["photo_id"].asstr()[()])
    for column, rho in zip(np.concatenate(features).T, made, strict=True):
        assert rho == pytest.approx(spearmanr(column, photos.loc[ids]).statistic, abs=6e-5)


def test_feature_files_keep_the_contract(finished):
    dimensions = {"gist": 512, "color_histogram": 50, "texture": 1239, "color_patches": 4200, "gradient": 10_752,
                  "deep": 1280, "objects": 1000, "simple": 6}  # fmt: skip
    assert {*dimensions, "photographic", "faces"} == set(DESCRIPTORS)  # these two are no features of the default
    for name, dimension in dimensions.items():
        with h5py.File(finished.folder / f"results/features/{name}/0000.h5") as file:
            assert file["features"].shape == (120, dimension)
            assert set(file["status"].asstr()[()]) == {"ok"} and len(set(file["photo_id"][()])) == 120
            assert file.attrs["descriptor"] == name and file.attrs["code_digest"]
            learned = bool(DESCRIPTORS[name].dictionaries) or name in ("deep", "objects")
            assert bool(file.attrs["dictionary_digest"]) == learned


def test_splits_are_halves_and_reproduced_by_the_details(finished):
    details = table(finished, "results/details/table3.csv")
    assert details.groupby(["setting", "name"])["split"].nunique().eq(3).all()
    for name in SETTINGS:
        with h5py.File(finished.folder / f"results/models/{name}/setting.h5") as file:
            folds = file["folds"][()]
        assert abs((folds == TEST).mean() - 0.5) < 0.02
    mean = details[(details["setting"] == "user_mix") & (details["name"] == "social")]["rho"].astype(float).mean()
    assert f"{mean:.4f}" == table(finished, "results/table3.csv")["social"][1]


def test_second_run_has_nothing_to_do(finished):
    assert finished.planned(*TABLES) == {}


def test_the_record_of_the_run_belongs_to_its_tables(finished):
    record = read_provenance(finished.folder / "results")
    assert record["synthetic"] is True and record["configuration"]["evaluation"]["splits"] == 3
    assert {"demo", "corpus", "pictures", "gist", "svr", "social", "fusion", "table"} <= set(record["rules"])
    assert all(record["files"][name]["rule"] == "table" for name in TABLES[:3])
    assert list(verify_results(finished.folder / "results")) == []


def test_forcing_a_descriptor_by_its_name(finished):
    planned = finished.planned("results/table1.csv", "--forcerun", "gist")
    assert planned == {"gist": 2, "svr": 3, "fusion": 3, "table": 1}


def test_a_fresh_clone_over_finished_results_has_nothing_to_do(finished, tmp_path):
    """Nor have other times of the sources, another number of cores, or another name of the configuration."""
    clone = Workflow(tmp_path)
    clone.go_on_from(finished.folder)
    for path in [*tmp_path.glob("src/**/*.py"), *tmp_path.glob("workflow/**/*"), tmp_path / "Snakefile"]:
        path.touch()
    (tmp_path / "local.yaml").rename(tmp_path / "other.yaml")
    clone.configfile = "other.yaml"
    assert clone.planned(*TABLES) == {} == clone.planned(*TABLES, cores=1)


def test_another_reading_of_the_target_gives_further_rows_in_the_same_run(finished):
    try:
        finished.configure(TINY | {"corpus": TINY["corpus"] | {"popularity": {"also": ["log2_views_plus_one"]}}})
        planned = finished.planned("results/table1.csv", "--rerun-triggers", "input")
    finally:
        finished.configure(TINY)
    assert planned == {"setting": 3, "svr": 21, "fusion": 3, "table": 1}


@pytest.mark.slow
def test_features_beyond_the_papers_leave_its_columns_as_they_are(finished, tmp_path):
    """Words and numbers of the user's own have columns, and rows of the ablation; the paper's numbers do not move."""
    other = Workflow(tmp_path)
    other.go_on_from(finished.folder)
    photo_id = pd.read_parquet(tmp_path / "results/corpus/photos.parquet")["photo_id"].to_numpy(dtype=str)
    np.savez(tmp_path / "own.npz", photo_id=photo_id, features=np.random.default_rng(1).normal(size=(len(photo_id), 3)))
    evaluation = TINY["evaluation"] | {"also": ["words"]}
    other.configure(TINY | {"evaluation": evaluation, "features": {"external": {"own": "own.npz"}}})
    other("results/table1.csv", "results/table3.csv", "results/ablation.csv")
    for number in (1, 3):
        before, after = (table(one, f"results/table{number}.csv") for one in (finished, other))
        pd.testing.assert_frame_equal(after[before.columns], before)
        assert {1: "own", 3: "content_words_social"}[number] in after and "words" in after
    ablation = table(other, "results/ablation.csv")
    assert ablation["added"].tolist()[:4] == ["nothing", "words", "own", "everything"]
    assert len(ablation) == 4 * 6 and ablation["content"].ne("n/a").all()


@pytest.mark.slow
def test_targets_beyond_views_stand_beside_them(finished, tmp_path):
    """Faves, faves per view and popularity relative to the user, each a row of Table 3 and of pairs.csv."""
    also = ["log2_faves_plus_one", "log2_comments_plus_one", "log2_faves_per_view", "relative_to_user"]
    other = Workflow(tmp_path)
    evaluation = TINY.get("evaluation", {}) | {"features": ["color_histogram"]}
    other.configure(TINY | {"corpus": TINY["corpus"] | {"popularity": {"also": also}}, "evaluation": evaluation})
    for name in (*CORPUS, "dictionaries", "features"):
        shutil.copytree(finished.folder / "results" / name, other.folder / "results" / name)
    other("results/table3.csv", "results/pairs.csv", "--rerun-triggers", "mtime", "--forcerun", "corpus")
    table = pd.read_csv(tmp_path / "results/table3.csv", keep_default_na=False).set_index("setting")
    names = [f"{name}{tail}" for tail in ("", *(f".{one}" for one in also)) for name in SETTINGS]
    assert list(table.index) == names
    assert table.loc["one_per_user.relative_to_user", "note"].startswith("no held-out photo is of a user")
    assert "same order" in table.loc["user_specific.relative_to_user", "note"]
    figures = table.drop("one_per_user.relative_to_user")["content_social"].astype(float)
    assert (figures[~figures.index.str.startswith("user_specific")] > 0).all()
    assert abs(figures["user_specific.relative_to_user"] - figures["user_specific"]) < 0.005
    pairs = pd.read_csv(tmp_path / "results/pairs.csv", keep_default_na=False)
    assert list(pairs["setting"].unique()) == names


def test_lint_is_clean(finished):
    assert "Congratulations" in finished("--lint")


CORPUS = ("demo", "corpus", "pictures")


FUSED = ("results/models/user_specific/fusion/content_social.h5",)


@pytest.mark.parametrize(
    ("kept", "targets"),
    [((*CORPUS, "dictionaries", "features"), FUSED), pytest.param(CORPUS, TABLES, marks=pytest.mark.slow)],
    ids=["models", "all"],
)
def test_one_core_gives_the_same_bytes(finished, tmp_path, kept, targets):
    """Models, and in the longer check features and tables too, anew on one core, beside a killed run's leftovers."""
    other = Workflow(tmp_path)
    for name in kept:
        shutil.copytree(finished.folder / "results" / name, other.folder / "results" / name)
    leftover = other.folder / "results/features/gist/.0000.tmp.dead.h5"
    leftover.parent.mkdir(parents=True, exist_ok=True)
    leftover.write_bytes(b"half")
    other(*targets, "--rerun-triggers", "mtime", cores=1)
    for name in targets:
        assert (other.folder / name).read_bytes() == (finished.folder / name).read_bytes(), name
