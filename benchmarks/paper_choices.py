"""What is each of our changes to the paper worth, one at a time?

    python benchmarks/paper_choices.py RUN [SETTING ...]

RUN is a folder in which the workflow has been run with the defaults to results/table3.csv (or to table1.csv alone, for
a corpus without social cues). For each setting its models are trained again with one key changed, then with all of the
paper's. Beside each number stands its difference from the default's, with its 95% interval over other users.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from viewcast.config.schema import load_config
from viewcast.corpus.settings import SETTINGS, Setting, load_setting
from viewcast.descriptors.registry import DESCRIPTORS
from viewcast.evaluation.baselines import boosted_fusion
from viewcast.evaluation.intervals import Estimate, estimate
from viewcast.evaluation.tables import FEATURES
from viewcast.features.matrix import FeatureMatrix
from viewcast.forecasts import Forecasts
from viewcast.training import svr_parameters, train_feature, train_fusion, train_social

PAPER = {
    "evaluation": {"links": "identity", "scaling": "none"},
    "social": {"mean_views": "including_target"},
    "fusion": {"inputs": "all", "weights": "free", "clip": False},
}
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "default": {},
    "links: descriptor, scaling: descriptor": {"evaluation": {"links": "descriptor", "scaling": "descriptor"}},
    "links: identity": {"evaluation": {"links": "identity"}},
    "scaling: standard": {"evaluation": {"scaling": "standard"}},
    "scaling: global": {"evaluation": {"scaling": "global"}},
    "scaling: none (paper)": {"evaluation": {"scaling": "none"}},
    "fusion.weights: free (paper)": {"fusion": {"weights": "free"}},
    "fusion.inputs: all (paper)": {"fusion": {"inputs": "all"}},
    "fusion.clip: false (paper)": {"fusion": {"clip": False}},
    "mean_views: leave_one_out": {"social": {"mean_views": "leave_one_out"}},
    "mean_views: including_target (paper)": {"social": {"mean_views": "including_target"}},
    "mean_views: training_half": {"social": {"mean_views": "training_half"}},
    "fusion.method: residual": {"fusion": {"method": "residual"}},
    "fusion.method: boosting": {"fusion": {"method": "boosting"}},
    "all of the paper's": PAPER,
}


class Models:
    """The models of one setting under any configuration; what two variants share is trained once."""

    def __init__(self, setting: Setting, features: Path, cues: pd.DataFrame | None) -> None:
        self.setting, self.cues = setting, cues
        self.matrices = {name: FeatureMatrix(sorted((features / name).glob("*.h5"))) for name in FEATURES}
        self.trained: dict[tuple, Forecasts] = {}

    def of(self, values: Mapping[str, Any]) -> Iterator[tuple[str, Forecasts]]:
        """Content, social and both."""
        cfg = load_config(values)
        parameters = svr_parameters(cfg.evaluation.model_dump())
        ways = {"nonnegative": cfg.fusion.weights == "nonnegative", "clip": cfg.fusion.clip}
        content = [self.feature(name, cfg, parameters) for name in FEATURES]
        fused = train_fusion(self.setting, "content", content, parameters, **ways)
        yield "content", fused
        if self.cues is None:
            return
        known = ("social", cfg.social.mean_views)
        if known not in self.trained:
            self.trained[known] = train_social(self.setting, self.cues, parameters, mean_views=cfg.social.mean_views)
        social = self.trained[known]
        yield "social", social
        if cfg.fusion.method == "boosting":
            both = boosted_fusion(self.setting, "content_social", [*content, social], self.cues, cfg.social.mean_views)
        elif cfg.fusion.method == "residual":
            beyond = [self.feature(name, cfg, parameters, base=social) for name in FEATURES]
            both = train_fusion(self.setting, "content_social", beyond, parameters, base=social, **ways)
        else:
            inputs = [fused, social] if cfg.fusion.inputs == "two_stage" else [*content, social]
            both = train_fusion(self.setting, "content_social", inputs, parameters, **ways)
        yield "both", both

    def feature(self, name: str, cfg: Any, parameters: Any, base: Forecasts | None = None) -> Forecasts:
        key = (name, cfg.evaluation.links, cfg.evaluation.scaling, base is None or cfg.social.mean_views)
        if key not in self.trained:
            preparations = DESCRIPTORS[name].preparations(cfg.evaluation.links, cfg.evaluation.scaling)
            self.trained[key] = train_feature(
                self.setting, name, self.matrices[name], parameters, preparations=preparations, base=base
            )
        return self.trained[key]


def text(found: Estimate) -> str:
    low, high = found.interval()
    return f"{found.value:+.4f} [{low:+.4f}, {high:+.4f}]"


def main(run: Path, settings: list[str]) -> None:
    results = run / "results"
    cues = None
    if (results / "table3.csv").is_file():
        cues = pd.read_parquet(results / "corpus" / "cues.parquet")
    console = Console(width=180)
    for name in settings or SETTINGS:
        setting = load_setting(results / "models" / name / "setting.h5")
        if setting.unavailable:
            console.print(f"{name}: {setting.unavailable}")
            continue
        models = Models(setting, results / "features", cues)
        table = Table(title=f"{run.name}, {name}: {len(setting.photo_id)} photos")
        for column in ("variant", "content", "- less default", "social", "- less default", "both", "- less default"):
            table.add_column(column)
        default: dict[str, Estimate] = {}
        for variant, values in VARIANTS.items():
            if cues is None and not ({"evaluation", "fusion"} & set(values) or not values):
                continue
            cells = [variant]
            for what, model in models.of(values):
                found = estimate(setting, model.prediction)
                default.setdefault(what, found)
                cells += [f"{found.value:.4f}", text(found - default[what])]
            table.add_row(*cells)
        console.print(table)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
