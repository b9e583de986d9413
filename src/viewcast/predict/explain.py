"""Why a picture has the forecast that it has: named things, whose sum it is, and a map of its regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from viewcast.explain.contributions import KernelPart, MeanModel
from viewcast.predict.cues import MISSING, Cues
from viewcast.predict.describe import reduced
from viewcast.predict.pictures import Source, read_picture
from viewcast.predict.results import Score
from viewcast.predict.weights import CONTENT, SOCIAL, TOTAL, Regressions
from viewcast.svr.rows import LINKS

if TYPE_CHECKING:
    from viewcast.predict.model import Model

#: Objects and colours that are named one by one, the rest of them together.
NAMED = 5

#: Features in words.
FEATURES = {
    "gist": "the layout of the scene",
    "color_histogram": "its colours",
    "texture": "its fine texture",
    "color_patches": "patches of colour",
    "gradient": "edges and shapes",
    "deep": "what a network sees",
    "objects": "what is shown",
    "simple": "brightness, saturation and hue",
    "photographic": "photographic measurements",
    "faces": "faces",
}


@dataclass(frozen=True)
class Reason:
    """One thing that lifts or sinks the forecast against the average photo.

    :ivar kind: ``object``, ``color``, ``measurement``, ``feature``, ``cue`` or ``limit``.
    :ivar name: for people; :ivar amount: in the target's units.
    :ivar rgb: of a colour, as ``#rrggbb``; empty for others.
    """

    kind: str
    name: str
    amount: float
    rgb: str = ""


@dataclass(frozen=True)
class Explanation:
    """A score taken apart.

    :ivar score: the score; :ivar average: the forecast of the average photo.
    :ivar reasons: the largest first, without those that add nothing; ``average`` and all their amounts make up
        ``total`` exactly.
    :ivar total: the forecast, which is ``score.popularity`` unless that is cut off at no views at all.
    :ivar map: (h, w) float64, what each pixel adds; None where it was not asked for.
    :ivar mapped: the sum of the map; what features without a map add is in ``reasons`` alone.
    :ivar picture: RGB uint8 (h, w, 3), at the size of the map.
    """

    score: Score
    average: float
    reasons: tuple[Reason, ...]
    total: float
    map: np.ndarray | None
    mapped: float
    picture: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """As plain data, without pixels, for JSON."""
        reasons = [vars(reason) for reason in self.reasons]
        return {"score": self.score.to_dict(), "average": self.average, "reasons": reasons, "total": self.total}


def explain(model: Model, picture: Source, cues: Cues | None = None, *, regions: bool = True) -> Explanation:
    """Take the forecast of a picture apart.

    What a descriptor's number adds is its weight times its difference from the average photo's, or, in a model with a
    kernel, its integrated gradient (``explain.contributions``). Objects and colours are named one by one, cues too; of
    other features the numbers have no names, and each feature is one thing.

    :param regions: make the map too, which takes some forty passes of a network.
    :raises PictureError: it cannot be read.
    """
    image = read_picture(picture)
    cues = cues or Cues()
    vectors = model.describe([image])
    known = tuple(sorted(model.known_cues(cues)))
    forecast = model.forecast(vectors, [cues])
    score = model.scores(vectors, forecast, known, [cues])[0]
    models = mean_models(model, social=bool(forecast.social is not None))
    contributions = {}
    for name, own in models.items():
        contributions[name] = own.contributions(vectors[name][0].astype(np.float64), model.saved.reference[name].mean)
    reasons: list[Reason] = []
    cut = 0.0
    for name, amounts in contributions.items():
        reasons += _named(model, name, amounts)
        cut += float(forecast.parts[name][0] - amounts.sum())
    if forecast.social is not None:
        reasons += _cue_reasons(model, cues, float(forecast.parts[SOCIAL][0]))
    if abs(cut) > 1e-6:
        reasons.append(Reason("limit", "kept within the range of the corpus", cut))
    shown = reduced(image, 500)
    # The fusion leaves features out whose weight is 0: they have no reasons, and a network of theirs need not run.
    weighed = {name: amounts for name, amounts in contributions.items() if amounts.any()}
    found = _map(model, image, weighed, models) if regions else None
    return Explanation(
        score,
        float(forecast.level[0]),
        tuple(sorted((one for one in reasons if one.amount), key=lambda one: -abs(one.amount))),
        float(forecast.total[0]),
        found,
        0.0 if found is None else float(found.sum()),
        shown,
    )


def mean_models(model: Model, *, social: bool) -> dict[str, MeanModel]:
    """Feature -> its part of the final model's forecast.

    :param social: is it that of content and social cues together, or of content alone?
    """
    fusions = model.saved.fusions
    content = fusions[CONTENT]
    shares = dict(zip(content.inputs, content.weights[0], strict=True))
    if social:
        total = fusions[TOTAL]
        own = dict(zip(total.inputs, total.weights[0], strict=True))
        of_content = own.pop(CONTENT, None)
        own.pop(SOCIAL, None)
        shares = own if of_content is None else {name: of_content * share for name, share in shares.items()}
    return {
        name.rpartition("/")[2]: _mean_model(model.saved.regressions[name], float(share))
        for name, share in shares.items()
    }


def _mean_model(own: Regressions, share: float) -> MeanModel:
    link, constant = str(own.link[0]), share * float(own.intercept[0])
    machine = own.machines.get(0)
    if machine is None:
        return MeanModel({link: share * own.weights[0].astype(np.float64)}, constant)
    landmarks = LINKS[link](own.landmarks[machine.landmark]).astype(np.float64)
    return MeanModel({}, constant, [KernelPart(machine, landmarks, link, share)])


def _named(model: Model, feature: str, amounts: np.ndarray) -> list[Reason]:
    """What a feature adds, by the names of its numbers where they have names."""
    if feature == "objects":
        from viewcast.descriptors.imagenet import class_names

        return _largest("object", [name.replace("_", " ") for name in class_names()], amounts, "other objects")
    if feature == "color_histogram":
        codes = ["#" + bytes(rgb).hex() for rgb in model.describe.palette]
        return _largest("color", [f"colour {code}" for code in codes], amounts, "other colours", codes)
    if feature == "photographic":
        from viewcast.descriptors.photographic import NAMES

        return _largest("measurement", [name.replace("_", " ") for name in NAMES], amounts, "other measurements")
    name = FEATURES.get(feature, f"what the network {feature.removeprefix('deep_')} sees")
    return [Reason("feature", name, float(amounts.sum()))]


def _largest(
    kind: str, names: Sequence[str], amounts: np.ndarray, rest: str, codes: Sequence[str] | None = None
) -> list[Reason]:
    order = np.argsort(-np.abs(amounts), kind="stable")[:NAMED]
    found = [Reason(kind, names[place], float(amounts[place]), codes[place] if codes else "") for place in order]
    return [*found, Reason("feature", rest, float(amounts.sum() - amounts[order].sum()))]


def _cue_reasons(model: Model, cues: Cues, amount: float) -> list[Reason]:
    """What each known cue adds, in its own words. What is concluded from them about cues that are not known is theirs
    as well, shared in proportion to what each would change by itself.
    """
    assert model.saved.social is not None
    inputs, weights = model.saved.cues, model.saved.social[0][0]
    known = model.known_cues(cues)
    row = inputs.of(known)
    direct: dict[str, float] = {}
    for place, label in enumerate(inputs.labels):
        if np.isfinite(row[place]):
            name = label.removesuffix(MISSING)
            direct[name] = direct.get(name, 0.0) + float(weights[place] * (row[place] - inputs.mean[place]))
    total = model.saved.fusions[TOTAL]
    share = 1.0 if total.base == SOCIAL else float(total.weights[0][total.inputs.index(SOCIAL)])
    found = [Reason("cue", CUES.get(name, name), share * value) for name, value in direct.items()]
    rest = amount - sum(reason.amount for reason in found)
    if abs(rest) > 1e-9:
        found.append(Reason("cue", "what the known cues suggest of the others", rest))
    return found


#: Cues in words.
CUES = {
    "mean_views": "the account's usual views",
    "photo_count": "the number of the account's photos",
    "contacts": "the number of contacts",
    "groups": "the number of groups",
    "groups_admin": "groups that the account administers",
    "groups_invite_only": "groups by invitation",
    "group_members": "the size of the groups",
    "member_duration": "the time as a member",
    "is_pro": "being a Pro account or not",
    "tags": "the number of tags",
    "title_length": "the length of the title",
    "description_length": "the length of the description",
}


def _map(
    model: Model, image: np.ndarray, contributions: Mapping[str, np.ndarray], models: Mapping[str, MeanModel]
) -> np.ndarray:
    from viewcast.explain.regions import EXACT, GRADIENT_SIDE, SIDE, Described, feature_maps

    describe = model.describe
    networks = tuple(name for name in contributions if name in ("deep", "objects") or name.startswith("deep_"))

    def network(pictures: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return describe.only(networks, pictures)

    described = Described(
        {name: describe.parameters[name] for name in contributions if name in EXACT},
        model.recipe.dictionaries,
        network if networks else None,
        networks,
    )
    images = {side: reduced(image, side) for side in (SIDE, GRADIENT_SIDE)}
    maps = feature_maps(images, contributions, models, described)
    shape = images[SIDE].shape[:2]
    return np.asarray(np.sum(list(maps.values()), axis=0)) if maps else np.zeros(shape)
