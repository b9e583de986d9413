"""What words weigh: a planted word is found, and of shuffled targets few words are listed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_settings import Matrix, small_setting

from viewcast.explain.importance import LEAST_PHOTOS, NOISE, feature_importance
from viewcast.explain.words import names_of, presence, read_words, word_importance
from viewcast.store.frames import write_parquet
from viewcast.svr import SVRParameters
from viewcast.training import train_feature


def test_names_are_words_and_pairs_of_unspaced_letters():
    assert names_of(["A sea", "sea 海辺の猫"]) == {"a", "sea", "海", "辺", "の", "猫", "海辺", "辺の", "の猫"}
    assert names_of(["海,辺", "🌅"]) == {"海", "辺", "🌅"}
    assert names_of([]) == names_of([""]) == set()


def test_presence_is_that_of_a_loop():
    rng = np.random.default_rng(1)
    vocabulary = [f"w{i}" for i in range(60)]
    named = [{w for i, w in enumerate(vocabulary) if rng.random() < 1 / (1 + i)} for _ in range(300)]
    words, table = presence(named)
    counts = {w: sum(w in one for one in named) for w in vocabulary}
    assert set(words) == {w for w, count in counts.items() if LEAST_PHOTOS <= count <= 300 - LEAST_PHOTOS}
    assert "w0" not in words  # every photo has it
    assert [counts[w] for w in words] == sorted((counts[w] for w in words), reverse=True)
    np.testing.assert_array_equal(table, [[w in one for w in words] for one in named])
    assert presence([set(), {"a"}])[1].shape == (2, 0)


def corpus(
    n: int, words: int, planted: dict[int, float], seed: int, *, photos: float = 0.3
) -> tuple[list[set[str]], np.ndarray]:
    """Photos with words whose shares fall as 1 / rank, in pairs that go together; noise has heavy tails."""
    rng = np.random.default_rng([seed, n])
    share = photos / (1 + np.arange(words) // 4)
    theme = rng.random((n, 1 + words // 2))
    own = rng.random((n, words))
    has = np.where(rng.random((n, words)) < 0.5, own, theme[:, np.arange(words) // 2]) < share
    target = sum((effect * has[:, word] for word, effect in planted.items()), 1.5 * rng.standard_t(5, size=n))
    return [{f"w{i}" for i in np.flatnonzero(row)} for row in has], target


def test_a_planted_word_is_found_with_its_sign():
    named, target = corpus(600, 60, {2: 2.0, 5: -2.0}, 0)
    setting = small_setting(target)
    found = word_importance(setting, np.arange(600), named, SVRParameters()).set_index("name")
    assert found.loc["w2", "band"].endswith("positive") and found.loc["w5", "band"] == "negative"
    assert set(found.index[found["band"] != NOISE]) <= {"w2", "w5", "w3", "w4"}  # w2 and w3 go together, and w4 and w5
    assert 0.5 < found.loc["w2", "weight"] < 2.2  # shrunken as the regression is


def test_the_table_is_that_of_a_feature_but_for_its_units():
    named, target = corpus(300, 30, {2: 1.0}, 3)
    setting = small_setting(target, splits=4)
    words, x = presence(named)
    found = word_importance(setting, np.arange(300), named, SVRParameters())
    options = [("identity", "standard"), ("identity", "global")]
    model = train_feature(setting, "objects", Matrix(setting.photo_id, x), SVRParameters(), preparations=options)
    expected = feature_importance(setting, model, np.arange(300), x, epsilon=0.1, plain=False)
    deviation = np.sqrt(x.mean(axis=0) * (1 - x.mean(axis=0)))
    assert found["name"].tolist() == words
    np.testing.assert_allclose(found["weight"], expected["weight"] / deviation, rtol=1e-4)
    np.testing.assert_allclose(found["q"], expected["q"], rtol=1e-3)


def test_a_random_part_of_the_photos_is_enough():
    named, target = corpus(900, 30, {2: 2.0}, 4)
    rows = np.sort(np.random.default_rng(0).permutation(900)[:500])
    setting = small_setting(target)
    found = word_importance(setting, rows, [named[i] for i in rows], SVRParameters())
    assert found.set_index("name").loc["w2", "low"] > 0


def test_without_enough_words_there_is_no_row():
    setting = small_setting(np.random.default_rng(0).normal(size=80))
    assert word_importance(setting, np.arange(80), [{"a"}] * 79 + [set()], SVRParameters()).empty


def test_settings_are_read_from_the_table_of_photos(tmp_path):
    named, target = corpus(300, 20, {2: 3.0}, 5)
    setting = small_setting(target)
    photos = pd.DataFrame(
        {
            "photo_id": setting.photo_id[::-1],
            "title": pd.Series([" ".join(sorted(one)[:2]) for one in named[::-1]], dtype="string"),
            "tags": [sorted(one)[2:] for one in named[::-1]],
            "description": pd.Series([None] * 300, dtype="string"),
        }
    )
    write_parquet(photos, tmp_path / "photos.parquet")
    empty = replace(setting, photo_id=setting.photo_id[:0])
    found = read_words(tmp_path / "photos.parquet", [empty, setting], {1: np.arange(300)}, SVRParameters())
    assert list(found) == [1]
    pd.testing.assert_frame_equal(found[1], word_importance(setting, np.arange(300), named, SVRParameters()))


def listed(corpora: int, n: int, words: int, planted: dict[int, float], splits: int) -> list[pd.DataFrame]:
    tables = []
    for seed in range(corpora):
        named, target = corpus(n, words, planted, 100 + seed)
        setting = small_setting(target, splits=splits, seed=seed)
        tables.append(word_importance(setting, np.arange(n), named, SVRParameters()).set_index("name"))
    return tables


@pytest.mark.slow
def test_shuffled_targets_list_few_words():
    """Where no word has an effect, in one corpus of twenty at most any word is listed."""
    corpora = 40
    tables = listed(corpora, 400, 120, {}, 5)
    alarms = sum((table["band"] != NOISE).any() for table in tables)
    assert alarms <= stats.binom.ppf(0.99, corpora, 0.05)


@pytest.mark.slow
def test_intervals_cover_and_few_words_are_listed_in_error():
    planted = {2: 1.5, 7: -1.5, 12: 1.5, 17: -1.5}
    tables = listed(40, 400, 60, planted, 5)
    names = sorted(set.intersection(*(set(table.index) for table in tables)))
    found = {
        column: np.array([table.loc[names, column] for table in tables]) for column in ("weight", "low", "high", "band")
    }
    # What an interval is to cover: the mean weight of models that are trained on so many photos.
    truth = found["weight"].mean(axis=0)
    covered = (found["low"] <= truth) & (truth <= found["high"])
    own = np.isin(names, [f"w{i}" for i in planted])
    assert covered[:, own].mean() > 0.88 and covered[:, ~own].mean() > 0.9
    told = found["band"] != NOISE
    # A word that goes together with a planted one carries a part of it.
    partners = np.isin(names, [f"w{i ^ 1}" for i in planted])
    false = told[:, ~own & ~partners].sum(axis=1) / np.maximum(told.sum(axis=1), 1)
    assert false.mean() <= 0.05
    assert told[:, own].mean() > 0.4
