"""Pictures and titles compared by a network with a tower for texts: from its weights in a folder to table 3.

The published weights cannot be fetched in a test; these are random, of the network's own shapes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from workflow_runs import TINY, Workflow

from viewcast.descriptors.agreement import fetch_text_weights, load_agreement
from viewcast.descriptors.backbones import fetch_weights
from viewcast.descriptors.registry import feature_of
from viewcast.features.matrix import FeatureMatrix

pytestmark = pytest.mark.slow
open_clip = pytest.importorskip("open_clip")

BACKBONE = "open_clip:RN50/openai"


@pytest.fixture
def with_a_text_tower(tmp_path) -> Workflow:
    torch.manual_seed(0)
    model = open_clip.create_model("RN50", force_quick_gelu=True)
    for part, fetch in ((model, fetch_text_weights), (model.visual, fetch_weights)):
        torch.save(part.state_dict(), tmp_path / "random.pth")
        fetch(BACKBONE, tmp_path / "weights", source=tmp_path / "random.pth")
    return Workflow(
        tmp_path,
        TINY
        | {
            "deep": {"backbones": ["efficientnet_lite0", BACKBONE], "weights": "weights"},
            "social": {"agreement": BACKBONE},
            "evaluation": TINY["evaluation"] | {"features": ["color_histogram", "deep"]},
        },
    )


def test_agreement_is_a_cue_of_every_photo_with_a_title(with_a_text_tower):
    text = with_a_text_tower("results/table2.csv", "results/table3.csv")
    assert "Fetching the weights of the text tower" not in text  # they were there
    results = with_a_text_tower.folder / "results"
    photos = pd.read_parquet(results / "corpus" / "photos.parquet")
    cues = pd.read_parquet(results / "corpus" / "cues.parquet").set_index("photo_id")
    matrix = FeatureMatrix(sorted((results / "features" / feature_of(BACKBONE)).glob("*.h5")))
    told = photos[photos["title"].fillna("").str.strip() != ""]
    told = told[told["photo_id"].isin(matrix.index)].sample(20, random_state=0)
    (_, vectors), *_ = matrix.blocks(list(told["photo_id"]), len(told))
    expected = load_agreement(BACKBONE, with_a_text_tower.folder / "weights")(vectors, list(told["title"]))
    assert len(np.unique(expected)) > 10
    np.testing.assert_allclose(cues.loc[told["photo_id"], "agreement"], expected, atol=1e-5)
    assert "agreement" in set(pd.read_csv(results / "table2.csv").columns)
