"""What an edit of a demo photo does to its planted popularity, by the formulas that drew the photo.

The generator goes from properties to pixels, and an edit changes pixels; so each edit is read backwards through the one
formula in which the generator does the same to a picture:

- saturation, temperature, tint: ``photograph._camera`` multiplies the channels by a cast of (1 + 0.22 w, 1 - 0.06 w,
  1 - 0.22 w) and the saturation by exp(0.3 w), with w = tanh(0.7 color + noise). An edit's gains are the change of w
  nearest to them (least squares, in logarithms); about the middle of tanh, ``color`` changes by that over 0.7.
- sharpening: the camera's unsharp mask has the strength 0.15 + 0.6 lean(gradient). Contrast: its fog pulls all tones
  towards 0.7 by up to 0.18 (1 - lean(gradient)), half of that on average. ``lean`` has the slope 1.5 / 4 in its middle.
- a softer background: ``surfaces.backdrop`` blurs it by 0.012 + 0.03 (1 - lean(texture)) of the shorter side.
- brightness: the camera's exponent is drawn whatever the properties are, so that it is worth nothing: no edit of it
  raises the planted popularity.
- crops: ``Look.place`` draws where the subject stands and how large it is. The photo is drawn anew, and the place is
  read off; in the crop the subject has another size and place, and the expected ``layout`` for both is that of the
  generator's model: a normal score, which the size shows with a deviation of 0.04 / 0.13 and the place of 0.35.
- tags, titles and descriptions: ``text.score_of`` of the number of tags or words, exactly. A length in characters is
  taken for so many words as the photo's own text has for its length, or else those of the demo.

What has no such formula is None: straightening, because horizons of the demo are level and its lines have no such
angle; and crops of scenes that have no subject with a place. A crop is judged by the layout alone, although it also
cuts off what shows the other properties.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd

from viewcast.demo import corpus, plan, text
from viewcast.demo.look import Look
from viewcast.demo.photograph import ASPECTS, QUALITY, picture
from viewcast.predict.cues import Cues
from viewcast.predict.edits import CueEdit, Edit

if TYPE_CHECKING:
    from viewcast.predict.coach import Advice
    from viewcast.predict.model import Model

_CAST = np.array([0.22, -0.06, -0.22])
#: Of tanh(0.7 color) and of lean(score), in their middles.
_TANH, _LEAN = 0.7, 1.5 / 4
#: Deviations of what size and place show of the layout.
_SIZE, _PLACE = 0.04 / 0.13, 0.35
#: Cues of an account that are counts.
_COUNTS = ("photo_count", "contacts", "groups", "groups_admin", "groups_invite_only", "group_members")
#: Characters of a word of the demo's texts, with the space.
_WORD = 6.5


class Placed(Look):
    """A look that remembers where it placed the subject: (x, size)."""

    placed: tuple[float, float] | None = None

    def place(self) -> tuple[float, float]:
        self.placed = super().place()
        return self.placed


@dataclass
class Demo:
    """The plan behind a demo corpus."""

    seed: int
    users: int
    heavy_users: int
    photos_per_heavy_user: int
    size: int

    @cached_property
    def plan(self) -> pd.DataFrame:
        owners = plan.plan_users(self.seed, self.users, self.heavy_users, self.photos_per_heavy_user)
        return plan.plan_photos(self.seed, owners)

    def worth(self, index: int, name: str) -> float:
        """What one unit of a property is worth in a photo, in powers of two of views per day."""
        row = self.plan.iloc[index]
        return float(row[f"planted_{name}"] / row[name])

    def redrawn(self, index: int) -> tuple[np.ndarray, Placed]:
        """The photo as it was drawn, and its look."""
        rng = np.random.default_rng([self.seed, corpus._PICTURE, index])
        aspect = rng.choice(list(ASPECTS), p=list(ASPECTS.values()))
        wide, tall = (self.size, round(self.size / aspect)) if aspect >= 1 else (round(self.size * aspect), self.size)
        row = self.plan.iloc[index]
        own = {name: float(row[name]) for name in plan.PROPERTIES if name != "objects"}
        look = Placed(h=tall, w=wide, rng=rng, **own)
        return picture(row["scene"], look), look

    def effect(self, index: int, edit: Edit | CueEdit, cues: Cues, done: tuple[Edit, ...] = ()) -> float | None:
        """What an edit adds to the planted popularity of photo number ``index``; None where no formula says so.

        :param cues: before the edit; :param done: crops and the like before it.
        """
        if isinstance(edit, CueEdit):
            return self._of_text(edit, cues)
        if edit.kind == "crop":
            return None if any(one.kind == "straighten" for one in done) else self._of_crop(index, edit)
        name, change = change_of(edit)
        return None if name is None else self.worth(index, name) * change

    def _of_text(self, edit: CueEdit, cues: Cues) -> float:
        own = getattr(cues, edit.kind)
        if edit.kind == "tags":
            before, after = len(own), edit.length
        else:
            words = len(own.split())
            before, after = words, round(edit.length / (len(own) / words if words else _WORD))
        scores = text.score_of(edit.kind, np.array([before, after]))
        return float(plan._context_scale() * plan.TEXT[edit.kind]["weight"] * (scores[1] - scores[0]))

    def _of_crop(self, index: int, edit: Edit) -> float | None:
        _, look = self.redrawn(index)
        if look.placed is None:
            return None
        x, size = look.placed
        left, _, width, height = edit.values
        aside, unit = x / look.w - 0.5, look.unit
        cut = min(width * look.w, height * look.h)
        after = layout_of(size * unit / cut, (x / look.w - left) / width - 0.5)
        return self.worth(index, "layout") * (after - layout_of(size, aside))


def layout_of(size: float, aside: float) -> float:
    """The expected ``layout`` of a subject of this size (to the shorter side), so far from the middle (in widths)."""
    by_size = (np.clip(size, 0.34, 0.95) - 0.62) / 0.13
    lean = np.clip(1 - abs(aside) / 0.30, 0.01, 0.99)
    by_place = np.log(lean / (1 - lean)) / 1.5
    weights = np.array([1, _SIZE**-2, _PLACE**-2])
    return float(weights @ [0, by_size, by_place] / weights.sum())


def change_of(edit: Edit) -> tuple[str | None, float]:
    """The property that an edit changes, and by how much; None where there is no formula."""
    strength = edit.values[0]
    # Levels of sRGB are about the 2.2th root of linear light.
    if edit.kind == "temperature":
        gains = np.array([strength / 2, 0, -strength / 2]) * np.log(2) / 2.2
        return "color", float(gains @ _CAST / (_CAST @ _CAST)) / _TANH
    if edit.kind == "tint":
        gains = np.array([1, -2, 1]) * strength / 3 * np.log(2) / 2.2
        return "color", float(gains @ _CAST / (_CAST @ _CAST)) / _TANH
    if edit.kind == "saturation":
        return "color", float(np.log1p(strength)) / 0.3 / _TANH
    if edit.kind == "contrast":
        return "gradient", strength / (0.18 / 2) / _LEAN
    if edit.kind == "sharpen":
        return "gradient", strength / 0.6 / _LEAN
    if edit.kind == "background":
        return "texture", -strength / 0.03 / _LEAN
    if edit.kind == "brightness":
        return "gradient", 0.0
    return None, 0.0


@dataclass
class Photo:
    """A demo photo that no model has seen, as its owner knows it."""

    index: int
    image: np.ndarray
    cues: Cues


def fresh_photos(demo: Demo, count: int) -> list[Photo]:
    """The first photos of a demo corpus, of different users each, saved as JPEG as those of a corpus are."""
    owners = plan.plan_users(demo.seed, demo.users, demo.heavy_users, demo.photos_per_heavy_user)
    photos = corpus.photo_table(demo.seed, owners, demo.plan)
    users = corpus.user_table(demo.seed, owners, demo.plan).set_index("user_id")
    # So that memberships are as long as those of the corpus.
    late = pd.Timestamp.now(tz="UTC").normalize() - plan.CRAWLED.normalize()
    chosen = photos.drop_duplicates("user_id").index[:count]
    found = []
    for index in chosen:
        photo, user = photos.loc[index], users.loc[photos.loc[index, "user_id"]]
        cues = Cues(
            mean_views=2 ** user["mean_views"] - 1,
            member_since=(user["member_since"] + late).date(),
            is_pro=bool(user["is_pro"]),
            title=photo["title"],
            tags=tuple(photo["tags"]),
            description=photo["description"],
            **{name: float(user[name]) for name in _COUNTS},
        )
        image = demo.redrawn(index)[0]
        data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        found.append(Photo(index, cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].copy(), cues))
    return found


def judged(demo: Demo, photo: Photo, advice: Advice) -> list[tuple[str, float | None]]:
    """Of each step that was offered the kind, and what it adds to the planted popularity."""
    found = []
    cues, done = photo.cues, []
    for step in advice.steps:
        found.append((step.edit.kind, demo.effect(photo.index, step.edit, cues, tuple(done))))
        if isinstance(step.edit, CueEdit):
            cues = step.edit(cues)
        else:
            done.append(step.edit)
    return found


def shuffled_model(results: Path, seed: int, features: Sequence[str] = ()) -> Model:
    """The model of a finished demo of the default configuration, trained as it was on targets that were dealt out anew
    among the photos.

    :param features: those to learn from; none: all that the model has.
    """
    from viewcast.config.schema import Config
    from viewcast.corpus.settings import load_setting
    from viewcast.descriptors.registry import DESCRIPTORS
    from viewcast.features.matrix import FeatureMatrix
    from viewcast.predict.file import load_model
    from viewcast.predict.final import make_model
    from viewcast.predict.model import Model
    from viewcast.store.frames import read_parquet
    from viewcast.svr import load_backend
    from viewcast.training import svr_parameters, train_feature, train_fusion, train_social

    config = Config()
    chosen, means = config.evaluation, config.social.mean_views
    saved, setting = load_model(results / "model.viewcast"), load_setting(results / "models/final/setting.h5")
    order = np.random.default_rng(seed).permutation(len(setting.target))
    setting = replace(setting, target=setting.target[order])
    cues, backend = read_parquet(results / "corpus/cues.parquet"), load_backend(threads=1)
    svr = svr_parameters(chosen.model_dump())
    matrices = {
        name: FeatureMatrix(sorted((results / "features" / name).glob("[0-9]*.h5")))
        for name in features or saved.card.features
    }
    models = {
        name: train_feature(
            setting, name, matrix, svr, backend=backend,
            preparations=DESCRIPTORS[name].preparations(chosen.links, chosen.scaling),
        )
        for name, matrix in matrices.items()
    }  # fmt: skip
    social = train_social(setting, cues, svr, name="social", mean_views=means, backend=backend)
    fused = {"nonnegative": config.fusion.weights == "nonnegative", "clip": config.fusion.clip, "backend": backend}
    content = train_fusion(setting, "content", list(models.values()), svr, **fused)
    total = train_fusion(setting, "content_social", [content, social], svr, **fused)
    photos = read_parquet(results / "corpus/photos.parquet")
    return Model(
        make_model(
            setting, models, [content, total], social, {}, cues, matrices, saved.recipe,
            photos=photos, protocols=pd.DataFrame(), mean_views=means, clip=config.fusion.clip, seed=seed,
            source="demo", definition=saved.card.definition, unit=saved.card.unit,
        )
    )  # fmt: skip
