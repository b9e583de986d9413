"""What does a feature add to those of a finished run?

    python benchmarks/added_feature.py RUN FEATURES [SETTING]

RUN is a folder in which the workflow has been run with the defaults to results/table1.csv; FEATURES is the folder of
the feature's files (`snakemake results/features/NAME/0000.h5 ...`, in this folder or another). The feature is trained
alone under the run's own halves, then fused with the run's models: with the hand-made ones, and with all. Figures are
mean rank correlations over the test halves, with 95% intervals over other users.
"""

from __future__ import annotations

import sys
from pathlib import Path

from viewcast.config.schema import load_config
from viewcast.corpus.settings import load_setting
from viewcast.descriptors.registry import DESCRIPTORS
from viewcast.evaluation.intervals import estimate
from viewcast.evaluation.tables import FEATURES
from viewcast.features.matrix import FeatureMatrix
from viewcast.forecasts import load_forecasts
from viewcast.training import svr_parameters, train_feature, train_fusion


def main(run: Path, features: Path, setting_name: str = "one_per_user") -> None:
    cfg = load_config({})
    parameters = svr_parameters(cfg.evaluation.model_dump())
    folder = run / "results" / "models" / setting_name
    setting = load_setting(folder / "setting.h5")
    models = {name: load_forecasts(folder / f"{name}.h5") for name in FEATURES}
    matrix = FeatureMatrix(sorted(features.glob("*.h5")))
    name = matrix.descriptor
    preparations = DESCRIPTORS[name].preparations(cfg.evaluation.links, cfg.evaluation.scaling)
    added = train_feature(setting, name, matrix, parameters, preparations=preparations)
    alone = estimate(setting, added.prediction)
    low, high = alone.interval()
    print(f"{name} alone, {len(setting.photo_id)} photos of {setting_name}: {alone.value:.4f} [{low:.4f}, {high:.4f}]")
    hand_made = [models[one] for one in FEATURES if one not in ("deep", "objects")]
    for what, inputs in (("the hand-made", hand_made), ("all", list(models.values()))):
        before, after = (
            estimate(setting, train_fusion(setting, "content", fused, parameters).prediction)
            for fused in (inputs, [*inputs, added])
        )
        low, high = (after - before).interval()
        print(f"{what}: {before.value:.4f} without, {after.value:.4f} with it: {after.value - before.value:+.4f} "
              f"[{low:+.4f}, {high:+.4f}]")  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
