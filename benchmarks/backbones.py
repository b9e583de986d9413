"""What is a second network worth beside the first, and what does it cost?

    python benchmarks/backbones.py RUN [NETWORK ...]

RUN is a folder in which the workflow has been run with the defaults to results/table1.csv. The pictures of the run go
through each network (efficientnet_lite2, where none is named; weights in RUN/weights, or packaged), on one core, and a
regression of one_per_user learns from its numbers. Then the run's own models are fused without and with it. Beside each
number stands its 95% interval over other users, and its difference from the default's. Nothing is written into RUN.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from viewcast.config.schema import load_config
from viewcast.corpus.settings import Setting, load_setting
from viewcast.descriptors.architectures import EMBEDDED, PACKAGED
from viewcast.descriptors.backbones import fetch_weights, weights_paths
from viewcast.descriptors.registry import DESCRIPTORS
from viewcast.evaluation.intervals import Estimate, estimate
from viewcast.evaluation.tables import FEATURES
from viewcast.features.matrix import FeatureMatrix
from viewcast.features.pipeline import make_features
from viewcast.forecasts import Forecasts, load_forecasts
from viewcast.training import svr_parameters, train_feature, train_fusion

CFG = load_config({})
PARAMETERS = svr_parameters(CFG.evaluation.model_dump())
PREPARATIONS = DESCRIPTORS["deep"].preparations(CFG.evaluation.links, CFG.evaluation.scaling)
HANDMADE = [name for name in FEATURES if name not in ("deep", "objects")]


def features_of(network: str, run: Path, out: Path) -> tuple[FeatureMatrix, float]:
    """The network's numbers of all pictures, and the processor's milliseconds of one picture."""
    weights = run / "weights"
    if network in PACKAGED:
        weights = out
        fetch_weights(network, weights)
    made = []
    start = time.process_time()
    for shard in sorted((run / "results" / "pictures").glob("*.h5")):
        made.append(out / network.replace(":", "-").replace("/", "-") / shard.name)
        make_features(
            DESCRIPTORS["deep"], shard, made[-1], dictionaries=[], weights=weights_paths(network, weights)[1],
            parameters={"backbone": network, "crops": 1}, device="cpu", batch_size=CFG.deep.batch_size,
            dtype=CFG.descriptors.dtype, compression=CFG.descriptors.compression, code="",
        )  # fmt: skip
    spent = time.process_time() - start
    matrix = FeatureMatrix(made)
    return matrix, 1000 * spent / len(matrix.index)


def variants(setting: Setting, own: dict[str, Forecasts], further: Sequence[str]) -> Iterator[tuple[str, Forecasts]]:
    """The name of each variant, and its forecasts; the first is the default's deep feature."""

    def fused(names: Sequence[str]) -> Forecasts:
        return train_fusion(
            setting, "fused", [own[name] for name in names], PARAMETERS,
            nonnegative=CFG.fusion.weights == "nonnegative", clip=CFG.fusion.clip,
        )  # fmt: skip

    yield f"{EMBEDDED} (deep)", own["deep"]
    for network in further:
        yield network, own[network]
    yield "deep with all of these, fused", fused(["deep", *further])
    yield "hand-made features, fused", fused(HANDMADE)
    yield "hand-made, deep", fused([*HANDMADE, "deep"])
    for network in further:
        yield f"hand-made, {network}", fused([*HANDMADE, network])
    yield "hand-made, deep, all of these", fused([*HANDMADE, "deep", *further])
    yield "content: hand-made, deep, objects", fused(FEATURES)
    yield "content, all of these", fused([*FEATURES, *further])


def text(found: Estimate, form: str = ".3f") -> str:
    low, high = found.interval()
    return f"{found.value:{form}} [{low:{form}}, {high:{form}}]"


def main(run: Path, networks: Sequence[str]) -> None:
    models = run / "results" / "models" / "one_per_user"
    setting = load_setting(models / "setting.h5")
    own = {name: load_forecasts(models / f"{name}.h5") for name in FEATURES}
    console = Console(width=150)
    with tempfile.TemporaryDirectory() as folder:
        for network in (EMBEDDED, *networks):
            matrix, spent = features_of(network, run, Path(folder))
            console.print(f"{network}: {matrix.shape[1]} numbers, {spent:.1f} ms of the processor per picture")
            if network != EMBEDDED:
                own[network] = train_feature(setting, network, matrix, PARAMETERS, preparations=PREPARATIONS)
    table = Table(title=f"{run.name}: {len(setting.photo_id)} photos, {len(setting.folds)} halves")
    for column in ("variant", "rank correlation", "less deep", "less content"):
        table.add_column(column)
    found = {name: estimate(setting, model.prediction) for name, model in variants(setting, own, networks)}
    deep, content = (next(e for name, e in found.items() if what in name) for what in ("(deep)", "content:"))
    for name, one in found.items():
        table.add_row(name, text(one), text(one - deep, "+.3f"), text(one - content, "+.3f"))
    console.print(table)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or ["efficientnet_lite2"])
