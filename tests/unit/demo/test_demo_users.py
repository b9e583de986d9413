"""The demo corpus's users against the published marginals and rank correlations."""

import numpy as np
import pytest
from scipy.stats import rankdata

from viewcast.demo.users import CUES, LEVELS, QUANTILES, SHARE_ZERO, SPEARMAN, draw_users

COUNT = 20_000


@pytest.fixture(scope="module")
def users():
    return draw_users(COUNT, np.random.default_rng([7, 1]))


@pytest.mark.parametrize("cue", list(QUANTILES))
def test_quantiles_are_the_real_ones(users, cue):
    values = users[cue].to_numpy()
    for level, real in zip(LEVELS, QUANTILES[cue][:-1], strict=True):
        # The real quantile must stand between those 4 standard errors of a share below and above.
        margin = 4 * np.sqrt(level * (1 - level) / COUNT)
        low, high = np.quantile(values, np.clip([level - margin, level + margin], 0, 1))
        rounding = 0.5 if users[cue].dtype.kind == "i" else 0.0
        least = 1.0 if cue == "photo_count" else 0.0
        assert low * 0.999 - rounding <= max(real, least) <= high * 1.001 + rounding, (level, low, real, high)
    assert values.max() <= QUANTILES[cue][-1]


@pytest.mark.parametrize("cue", ["views", "contacts", "groups", "group_members", "is_pro"])
def test_shares_of_zeros_are_the_real_ones(users, cue):
    share = SHARE_ZERO[cue]
    assert abs((users[cue] == 0).mean() - share) < 4 * np.sqrt(share * (1 - share) / COUNT)


def test_rank_correlations_are_the_real_ones(users):
    ranks = np.stack([rankdata(users[cue]) for cue in CUES])
    assert np.abs(np.corrcoef(ranks) - SPEARMAN).max() < 0.05


def test_cues_make_sense_together(users):
    assert ((users["group_members"] > 0) == (users["groups"] > 0)).all()
    assert (users["groups_admin"] <= users["groups"]).all()
    assert (users["groups_invite_only"] <= users["groups"]).all()
    assert users["photo_count"].min() == 1
    assert users["member_days"].between(60, 4960).all()


def test_the_same_seed_gives_the_same_users():
    first, again, other = (draw_users(50, np.random.default_rng([seed, 1])) for seed in (3, 3, 4))
    assert first.equals(again)
    assert not first.equals(other)
