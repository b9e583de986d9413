"""A saved model forecasts what the workflow's own models do, and its reasons sum to that."""

import numpy as np
import pytest
from made_models import N, Trained

from viewcast.corpus.final import PARTS, make_final
from viewcast.errors import ViewcastError
from viewcast.folds import TEST
from viewcast.predict.cues import Cues
from viewcast.predict.explain import explain
from viewcast.predict.file import load_model, save_model
from viewcast.predict.model import Model


@pytest.fixture(
    scope="module", params=["two_stage", "residual", "kernels", "gaps", pytest.param("all", marks=pytest.mark.slow)]
)
def trained(request, tmp_path_factory) -> tuple[Trained, Model]:
    folder = tmp_path_factory.mktemp(request.param)
    own = Trained(folder, request.param, request.param == "gaps")
    save_model(own.model(), folder / "model.viewcast")
    return own, Model(load_model(folder / "model.viewcast"))


def test_it_forecasts_from_pictures_and_cues_what_the_workflows_models_do(trained):
    own, model = trained
    held = own.setting.folds[1:] == TEST
    seen = own.cues.iloc[own.order].reset_index(drop=True)
    # A cue that the corpus lacks is another thing than one that is not known.
    whole = np.flatnonzero(seen["tags"].notna())
    vectors = model.describe([own.pictures[place] for place in own.order])
    known = [{"contacts": row.contacts, "tags": row.tags} for row in seen.itertuples()]
    combined = model.combine({name: rows[whole] for name, rows in vectors.items()}, [known[row] for row in whole])
    for expected, got in zip(own.fusions, (combined.content, combined.total), strict=True):
        np.testing.assert_allclose(
            got[1:][held[:, whole]], expected.prediction[1:, whole][held[:, whole]], rtol=1e-4, atol=1e-4
        )
    np.testing.assert_allclose(
        combined.social[1:][held[:, whole]], own.social.prediction[1:, whole][held[:, whole]], rtol=1e-4, atol=1e-4
    )


def test_its_calibration_is_of_the_forecasts_of_what_was_held_out(trained):
    own, model = trained
    part = np.argmax(own.setting.folds[1:] == TEST, axis=0)
    expected = own.fusions[1].prediction[1 + part, np.arange(N)]
    here = model.calibrated(tuple(sorted(model.card.cues)))
    np.testing.assert_allclose(here.total, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(here.error, own.setting.target - expected, rtol=1e-4, atol=1e-4)
    assert model.card.photos == N and model.card.users == N and len(np.unique(part)) == PARTS


@pytest.mark.parametrize("cues", [Cues(), Cues(contacts=40), Cues(contacts=40, tags=("a", "b"))])
def test_reasons_sum_to_the_forecast(trained, cues):
    own, model = trained
    for picture in own.pictures[:3]:
        explanation = explain(model, picture, cues)
        score = model.score(picture, cues)
        total = explanation.average + sum(reason.amount for reason in explanation.reasons)
        assert total == pytest.approx(explanation.total, abs=1e-6) and all(one.amount for one in explanation.reasons)
        assert max(explanation.total, 0) == pytest.approx(score.popularity, abs=1e-9)
        assert score.average + score.content + score.social == pytest.approx(score.popularity, abs=1e-9)
        of_map = sum(
            reason.amount for reason in explanation.reasons if reason.kind == "color" or reason.name == "other colours"
        )
        assert explanation.mapped == pytest.approx(of_map, abs=1e-6)
        assert (score.social == 0) == (not cues.values())


def test_many_are_scored_as_one_and_a_broken_one_has_its_place(trained, tmp_path):
    own, model = trained
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    sources = [own.pictures[0], broken, own.pictures[1], b"", np.zeros((2, 900, 3), np.uint8)]
    found = list(model.score_many(sources, [Cues(contacts=3), Cues(), Cues(), Cues(), Cues()]))
    assert [one.status for one in found] == ["ok", "truncated", "ok", "empty", "too_small"] or [
        one.status for one in found
    ] == ["ok", "corrupt", "ok", "empty", "too_small"]
    for one, place, cues in ((found[0], 0, Cues(contacts=3)), (found[2], 1, Cues())):
        alone = model.score(own.pictures[place], cues)
        assert one.popularity == pytest.approx(alone.popularity, abs=1e-6)
        assert one.low == pytest.approx(alone.low, abs=1e-4)
        assert model.predict([own.pictures[place]], cues) == pytest.approx([alone.popularity])


def test_what_is_not_known_widens_the_interval_and_the_strange_is_named(trained):
    own, model = trained
    nothing, everything = model.score(own.pictures[0]), model.score(own.pictures[0], Cues(contacts=9, tags=("a",)))
    assert [one.cue for one in nothing.unknown] == list(model.card.cues) and everything.unknown == ()
    assert min(one.width for one in nothing.unknown) < nothing.width
    assert everything.width < nothing.width and everything.low <= everything.popularity <= everything.high
    stripes = np.zeros((40, 40, 3), np.uint8)
    stripes[::2] = (255, 0, 255)
    assert "unlike" in model.score(stripes).warnings[0] and not nothing.warnings
    assert "contacts" in model.score(own.pictures[0], Cues(contacts=1e9)).warnings[0]


def test_what_no_model_can_be_made_of_is_said(tmp_path):
    own = Trained(tmp_path, "two_stage", False)
    with pytest.raises(ViewcastError, match="own_numbers"):
        own.model(features=own.features | {"own_numbers": own.features["simple"]})
    own.setting = make_final(own.photos.head(20), np.ones(20, bool), seed=1, folds=3)
    with pytest.raises(ViewcastError, match="only 20"):
        own.model()
