"""Files of a small run as the page reads them, made without any run; any text in them may be another's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from viewcast.config.schema import load_config
from viewcast.corpus.settings import SETTINGS
from viewcast.corpus.write import SUMMARY
from viewcast.joblog import TOOK
from viewcast.report.drawing import LAYOUT
from viewcast.report.page import Sources, write_page
from viewcast.report.registry import FIGURES
from viewcast.store.frames import write_parquet
from viewcast.store.records import write_record

ENDS = ("users_low", "users_high", "photos_low", "photos_high")
TABLES = {
    "table1": ("gist", "deep", "combined"),
    "table2": ("mean_views_including_target", "tags", "all"),
    "table3": ("content", "social", "content_social"),
}


def scores(name: str, value: float, reach: float = 0.1) -> dict[str, str]:
    """A score with its intervals."""
    ends = {end: f"{value + (reach if end.endswith('high') else -reach):.4f}" for end in ENDS}
    return {name: f"{value:.4f}", f"{name}_sd": "0.0200"} | {f"{name}_{end}": said for end, said in ends.items()}


def gain(name: str, value: float, reach: float = 0.02, verdict: str = "beyond noise") -> dict[str, str]:
    """A difference with its intervals and verdicts."""
    own = scores(name, value, reach)
    del own[f"{name}_sd"]
    return own | {f"{name}_verdict": verdict, f"{name}_photos_verdict": verdict}


class Study:
    """The files of a run in a folder.

    :ivar sources: where they are.
    """

    def __init__(self, folder: Path, said: Callable[[str], str] = lambda usual: usual) -> None:
        """Write all files.

        :param said: what stands in place of a text that comes from outside.
        """
        self.folder, self.said = folder, said
        users = [said(f"user{number % 5}") for number in range(40)]
        self.photos = pd.DataFrame(
            {
                "photo_id": [f"p{number}" for number in range(40)],
                "user_id": users,
                "picture": [said(f"{number}.jpg") for number in range(40)],
                "title": said("a title"),
                "description": said("a description"),
                "tags": [[said("sea"), "sky"]] * 40,
                "views": pd.array(range(40), dtype="Int64"),
                "uploaded_at": pd.date_range("2014-01-01", periods=40, tz="UTC"),
                "crawled_at": pd.Timestamp("2015-01-01", tz="UTC"),
                "status": ["ok"] * 38 + ["no_views", said("odd")],
                "popularity": [float(number) for number in range(40)],
            }
        )
        write_parquet(self.photos, folder / "photos.parquet")
        doubt = {"key": "views", "column": said("Views"), "doubt": said("half of them are 0"), "examples": [said("x")]}
        known = {"users_matched": 5, "views_quartiles": [9.0, 19.0, 29.0], "columns": [doubt], "synthetic": True}
        write_record(known, folder / "summary.json", SUMMARY)
        failed = {"photo_id": ["p1", "p2"], "picture": said("1.jpg"), "status": [said("truncated"), "ok"],
                  "reason": said("it ends early"), "doubt": ["", "views_fell"]}  # fmt: skip
        self.csv("problems.csv", pd.DataFrame(failed))
        for name, columns in TABLES.items():
            self.table(name, [self.row(name, setting, columns) for setting in (*SETTINGS, said("another"))])
            self.csv(
                f"details-{name}.csv", pd.DataFrame({"setting": ["user_mix"] * 3, "converged": ["True", "False", ""]})
            )
        self.csv("simple.csv", pd.DataFrame({"feature": ["hue_mean"], "photos": ["38"], "rho": ["-0.1000"]}))
        models = ["mean", "ridge_content_social", "content_social", said("my_model")]
        measures = {"rho": "0.5000", "kendall": "0.4000", "pairwise": "0.7000", "top10": "0.3000", "mae": "1.0000"}
        self.csv("baselines.csv", pd.DataFrame(
            [{"setting": "one_per_user", "model": model, "photos": "38", **measures, "note": ""} for model in models]
        ))  # fmt: skip
        self.csv("protocols.csv", pd.DataFrame(
            [
                {"protocol": name, "mean_views": "cross_fitted", "photos": "38", "users": "5"}
                | scores("content", 0.3) | scores("social", 0.7) | scores("content_social", 0.8) | {"note": said("")}
                for name in ("random_halves", "user_disjoint", "time_forward")
            ]
        ))  # fmt: skip
        covered = {"tenth": "all", "photos": "19.0", "width80": "3.0", "coverage80": "0.8", "width95": "inf"}
        self.csv("coverage.csv", pd.DataFrame(
            [{"setting": said("user_mix"), "model": "content_social", **covered, "coverage95": "0.95", "note": ""}]
        ))  # fmt: skip
        self.csv("pairs.csv", pd.DataFrame(
            [
                {"setting": "user_mix", "model": model, "within": within, "pairs": "40.5", "users": "5",
                 "share": f"{share:.4f}", "share_low": "0.5500", "share_high": "0.7500", "note": said("")}
                for within, share in (("user", 0.65), ("burst", 0.61)) for model in TABLES["table3"]
            ] + [{"setting": said("one_per_user"), "note": said("no user has two photos")}]
        ).fillna("n/a"))  # fmt: skip
        weights = {"weight": "0.5", "low": "0.4", "high": "0.6", "splits": "10", "agree": "1.0", "q": "0.01"}
        self.csv("importance.csv", pd.DataFrame(
            [
                {"setting": "user_mix", "kind": kind, "name": said(kind), "number": "0", "rgb": said("#ff0010"),
                 **weights, "band": band}
                for kind in ("object", "color", "cue", "word") for band in ("strong positive", "not distinguishable")
            ]
        ))  # fmt: skip
        job = {"rule": said("svr"), "seconds": 1.0, "cpu_seconds": 2.0, "peak_mib": 3.0, "host": said("vm"),
               "asked": {}, "from": {}, "made": {str(folder / "simple.csv"): "x"}}  # fmt: skip
        (folder / "logs").mkdir()
        (folder / "logs" / "svr.log").write_text(TOOK + json.dumps(job) + "\n")
        figures = {}
        for name in FIGURES:
            figures[name] = tuple(folder / f"{name}.{suffix}" for suffix in ("svg", "png", "json"))
            drawing = Figure(figsize=(2, 1))
            drawing.text(0.1, 0.5, "drawn")
            drawing.savefig(figures[name][0])
            drawing.savefig(figures[name][1])
            write_record({"alt": said(f"alt of {name}"), "note": said(""), "drawn": True}, figures[name][2], LAYOUT)
        self.sources = Sources(
            photos=folder / "photos.parquet",
            summary=folder / "summary.json",
            problems=folder / "problems.csv",
            tables={name: folder / f"{name}.csv" for name in TABLES},
            details={name: folder / f"details-{name}.csv" for name in TABLES},
            simple=folder / "simple.csv",
            baselines=folder / "baselines.csv",
            protocols=folder / "protocols.csv",
            coverage=folder / "coverage.csv",
            pairs=folder / "pairs.csv",
            importance=folder / "importance.csv",
            figures=figures,
        )

    def row(self, name: str, setting: str, columns: tuple[str, ...], verdict: str = "beyond noise") -> dict[str, str]:
        """A row of one of Tables 1 to 3."""
        row = {"setting": setting, "photos": "38", "users": "5"}
        for number, column in enumerate(columns):
            row |= scores(column, 0.3 + 0.2 * number)
        if name == "table2":
            row |= scores(self.said("my_cue"), 0.2)
        if name == "table3":
            row |= gain("over_social", 0.05, verdict=verdict) | gain("over_content", 0.4)
        return row | {"note": self.said("")}

    def table(self, name: str, rows: list[dict[str, str]]) -> None:
        self.csv(f"{name}.csv", pd.DataFrame(rows))

    def csv(self, name: str, frame: pd.DataFrame) -> None:
        frame.to_csv(self.folder / name, index=False)

    def page(self, *, synthetic: bool = True, users: bool = False, pictures: bool = True) -> str:
        """The page of these files, which is written to ``report.html`` too."""
        values = load_config({"social": {"extra_cues": [self.said("my_cue")]}}).model_dump(mode="json")
        write_page(
            self.sources,
            self.folder / "report.html",
            configuration=values,
            defaults=load_config({}).model_dump(mode="json"),
            versions={"snakemake": self.said("9")},
            synthetic=synthetic,
            unit="log2(views per day + 1)",
            pictures=pictures,
            users=users,
            logs=self.folder / "logs",
        )
        return (self.folder / "report.html").read_text(encoding="utf-8")
