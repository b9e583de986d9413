"""A model of small pictures and made-up cues, trained as the workflow trains one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from viewcast.corpus.cues import CUES
from viewcast.corpus.final import make_final
from viewcast.corpus.user_means import MEAN_CUES, SUMS
from viewcast.descriptors import color_histogram, simple
from viewcast.features.files import FeatureAttributes, feature_writer
from viewcast.features.matrix import FeatureMatrix
from viewcast.predict.final import make_model, make_recipe
from viewcast.svr import Preparation, SVRParameters
from viewcast.training import train_feature, train_fusion, train_social

N = 240
MODULES = {"color_histogram": color_histogram, "simple": simple}
PARAMETERS = SVRParameters(C=(0.01, 0.1, 1.0))


def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    grounds = rng.integers(0, 256, (N, 1, 1, 3))
    return [np.clip(g + rng.normal(0, 30, (20, 24, 3)), 0, 255).astype(np.uint8) for g in grounds]


class Trained:
    """All that the workflow has for a final model, of small pictures and made-up cues."""

    def __init__(self, folder, method: str, gaps: bool) -> None:
        rng = np.random.default_rng(11)
        self.pictures = pictures()
        vectors = {name: m.extractor(m.Parameters(), {}, "cpu")(self.pictures) for name, m in MODULES.items()}
        contacts, tags = rng.integers(0, 500, N).astype(float), rng.integers(0, 20, N).astype(float)
        signal = vectors["simple"] @ rng.normal(0, 2, vectors["simple"].shape[1])
        popularity = 3 + signal + np.log2(1 + contacts) / 2 + 0.1 * tags + rng.normal(0, 0.7, N)
        self.photos = pd.DataFrame(
            {
                "photo_id": [f"{i:04d}" for i in rng.permutation(N)], "user_id": [f"u{i}" for i in range(N)],
                "popularity": popularity, "uploaded_at": pd.date_range("2014-01-01", periods=N, tz="UTC"),
            }
        )  # fmt: skip
        nothing = dict.fromkeys((*SUMS, *(name for name in CUES if name not in MEAN_CUES)), np.nan)
        own = {"contacts": contacts, "tags": np.where(gaps & (rng.random(N) < 0.2), np.nan, tags)}
        self.cues = pd.DataFrame(
            {"photo_id": self.photos["photo_id"]} | nothing | {"mean_views_unit": "popularity"} | own
        )
        self.setting = make_final(self.photos, np.ones(N, bool), seed=1, folds=3)
        self.matrices = {}
        for name, rows in vectors.items():
            with feature_writer(folder / f"{name}.h5", rows.shape[1], FeatureAttributes(name, "1")) as writer:
                writer.append(rows, self.photos["photo_id"].tolist(), ["ok"] * N)
            self.matrices[name] = FeatureMatrix([folder / f"{name}.h5"])
        self.parameters = SVRParameters(C=PARAMETERS.C, folds=3)
        kernel = [Preparation("identity", "global", "gaussian" if method == "kernels" else "linear")]
        self.features = {
            "color_histogram": self.train("color_histogram", [Preparation("root"), Preparation("log")]),
            "simple": self.train("simple", kernel),
        }
        self.social = train_social(self.setting, self.cues, self.parameters, mean_views="cross_fitted")
        self.beyond = {}
        base = None
        content = train_fusion(self.setting, "content", list(self.features.values()), self.parameters)
        inputs = [content, self.social]
        if method == "all":
            inputs = [*self.features.values(), self.social]
        if method == "residual":
            base = self.social
            self.beyond = {name: self.train(name, [Preparation()], base) for name in MODULES}
            inputs = list(self.beyond.values())
        total = train_fusion(self.setting, "content_social", inputs, self.parameters, base=base)
        self.fusions = [content, total]

    def train(self, name, preparations, base=None):
        return train_feature(
            self.setting, name, self.matrices[name], self.parameters, preparations=preparations, base=base
        )

    def model(self, **changed):
        recipe = make_recipe({name: {} for name in MODULES}, {}, [], "float32")
        given = {"features": self.features, "fusions": self.fusions, "social": self.social} | changed
        return make_model(
            self.setting, given["features"], given["fusions"], given["social"], self.beyond, self.cues, self.matrices,
            recipe, photos=self.photos, protocols=pd.DataFrame({"setting": ["random_halves"]}),
            mean_views="cross_fitted", clip=True, seed=1, source="table", definition="log2_rate_plus_one",
            unit="log2(views per day + 1)",
        )  # fmt: skip

    @property
    def order(self) -> np.ndarray:
        """Places of the setting's photos in the corpus."""
        return self.photos.reset_index().set_index("photo_id").loc[list(self.setting.photo_id), "index"].to_numpy()
