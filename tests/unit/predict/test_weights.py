"""Fusing forecasts, and how uncertain they are."""

import numpy as np
import pytest

from viewcast.gaussian import GaussianMachine, gaussian
from viewcast.predict.weights import CONTENT, SOCIAL, TOTAL, Fusion, Regressions, combine, jackknife_error

MODELS, PHOTOS = 4, 6


def fusion(rng: np.random.Generator, *inputs: str, base: str = "", clip: bool = True) -> Fusion:
    edge = 1.0 if clip else np.inf
    return Fusion(
        inputs, rng.random((MODELS, len(inputs))), rng.standard_normal(MODELS), np.full(MODELS, -edge),
        np.full(MODELS, edge), base,
    )  # fmt: skip


def by_hand(own: Fusion, s: int, given: dict[str, float]) -> float:
    total = own.intercept[s]
    for number, name in enumerate(own.inputs):
        total += own.weights[s, number] * min(max(given[name], own.low[s]), own.high[s])
    return total + (given[own.base] if own.base else 0)


@pytest.mark.parametrize("kind", ["two_stage", "all", "residual"])
def test_the_fusion_is_that_of_the_definition_and_its_parts_sum_to_it(kind):
    rng = np.random.default_rng(3)
    own = {"two_stage": (CONTENT, SOCIAL), "all": ("gist", "deep", SOCIAL), "residual": ("beyond/gist", "beyond/deep")}
    fusions = {
        CONTENT: fusion(rng, "gist", "deep"),
        TOTAL: fusion(rng, *own[kind], base=SOCIAL if kind == "residual" else ""),
    }
    names = ("gist", "deep", "beyond/gist", "beyond/deep")
    members = {name: 2 * rng.standard_normal((MODELS, PHOTOS)) for name in names}
    social = rng.standard_normal((MODELS, PHOTOS))
    combined = combine(fusions, members, social)
    for s in range(MODELS):
        for photo in range(PHOTOS):
            given = {name: values[s, photo] for name, values in members.items()}
            content = by_hand(fusions[CONTENT], s, given)
            total = by_hand(fusions[TOTAL], s, given | {CONTENT: content, SOCIAL: social[s, photo]})
            assert combined.content[s, photo] == pytest.approx(content)
            assert combined.total[s, photo] == pytest.approx(total)
    assert set(combined.parts) == {"gist", "deep", SOCIAL}
    np.testing.assert_allclose(combined.level + sum(combined.parts.values()), combined.total)
    alone = combine(fusions, members, None)
    assert alone.social is None
    np.testing.assert_allclose(alone.total, combined.content)
    np.testing.assert_allclose(alone.level + sum(alone.parts.values()), alone.total)


def test_regressions_take_links_and_kernels():
    rng = np.random.default_rng(4)
    x, landmarks = rng.random((5, 3)).astype(np.float32), rng.random((2, 3)).astype(np.float32)
    machine = GaussianMachine(np.array([1, 0]), rng.standard_normal(2), rng.random(3), 0.7)
    weights = rng.standard_normal((3, 3)).astype(np.float32)
    own = Regressions(
        np.array(["identity", "root", "root"], dtype=object), weights, rng.standard_normal(3), {2: machine}, landmarks
    )
    expected = np.stack(
        [
            x @ weights[0],
            np.sqrt(x) @ weights[1],
            gaussian(np.sqrt(x) * machine.scale, np.sqrt(landmarks[[1, 0]]) * machine.scale, 0.7) @ machine.coefficient,
        ]
    )
    np.testing.assert_allclose(own.forecasts(x), expected + own.intercept[:, None], rtol=1e-5)


def test_the_jackknife_knows_the_error_of_a_mean():
    """Leaving out one photo at a time gives the textbook's standard error of a mean; ten groups give it on average."""
    rng = np.random.default_rng(5)
    x = rng.standard_normal(200)
    alone = np.array([np.delete(x, place).mean() for place in range(200)])
    assert jackknife_error(alone) == pytest.approx(x.std(ddof=1) / np.sqrt(200))
    errors = []
    for _ in range(400):
        x = rng.standard_normal(200)
        groups = np.array([np.delete(x.reshape(10, 20), k, axis=0).mean() for k in range(10)])
        errors.append(jackknife_error(groups) ** 2)
    assert np.mean(errors) == pytest.approx(1 / 200, rel=0.06)
