"""What each word weighs: which words stand beside photos whose views are higher, or lower, than the other words say.

A regression of its own, on which of the frequent words a photo has in its title, tags and description. It is that of
the paper's features (section 4.1) over columns of zeros and ones, so that its weights have the errors, the adjusted p
values and the bands of ``explain.importance``. Why not the weights of the feature ``words``: each of its numbers is a
sum of many n-grams, whose hashes met by chance, and the letters of a word are n-grams of others too; a share of them
would be told of a word that has no part in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from viewcast.corpus.settings import Setting
from viewcast.explain.importance import LEAST_PHOTOS, Errors, importance, weight_errors
from viewcast.forecasts import Forecasts
from viewcast.svr import Preparation, SVRParameters, fit_chosen
from viewcast.words.file import texts_of
from viewcast.words.hashing import normalised, words_of

#: Words of a setting, at most, that are asked for: those that most photos have.
MOST_WORDS = 1000
#: Letters of which two that follow each other may be a word: Han and Hiragana.
_PAIRED = re.compile("[\u3005-\u3007\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{2,}")


def names_of(texts: Iterable[str]) -> set[str]:
    """The words of a photo's texts, and, where a script puts no spaces between words, all pairs of letters too.

    Punctuation marks, which are words of the feature, are left out: they tell little more than that there is a text.

    >>> sorted(names_of(["New, 夜景画!"]))
    ['new', '夜', '夜景', '景', '景画', '画']
    """
    found: set[str] = set()
    for text in texts:
        found.update(word for word in words_of(text) if not unicodedata.category(word[0]).startswith("P"))
        for run in _PAIRED.findall(normalised(text)):
            found.update(run[first : first + 2] for first in range(len(run) - 1))
    return found


def presence(named: Sequence[set[str]]) -> tuple[list[str], np.ndarray]:
    """The words that enough photos have, and which photo has which.

    :param named: of each of n photos, its words.
    :returns: at most MOST_WORDS words, those that most photos have first, of equal ones by code points; and (n, words)
        float32, 1 where a photo has the word. Words that fewer than LEAST_PHOTOS photos have, or lack, are left out.
    """
    counts = Counter(word for words in named for word in words)
    enough = [word for word, count in counts.items() if LEAST_PHOTOS <= count <= len(named) - LEAST_PHOTOS]
    chosen = sorted(enough, key=lambda word: (-counts[word], word))[:MOST_WORDS]
    place = {word: column for column, word in enumerate(chosen)}
    table = np.zeros((len(named), len(chosen)), dtype=np.float32)
    for row, words in zip(table, named, strict=True):
        row[[place[word] for word in words if word in place]] = 1
    return chosen, table


def word_importance(
    setting: Setting, rows: np.ndarray, named: Sequence[set[str]], parameters: SVRParameters
) -> pd.DataFrame:
    """:func:`importance` of words, with their names in the column ``name``.

    :param setting: whose photos are one group.
    :param rows: (n,) photos of the setting, all of them or a random part; the regression learns from these alone.
    :param named: of each of them, its words.
    :param parameters: of the regression.
    :returns: as :func:`importance`, but per word and not per deviation: ``weight`` is by how much the forecast is
        higher for a photo that has the word, its other words unchanged. No row where no word has enough photos.
    """
    words, x = presence(named)
    if not words:
        return pd.DataFrame()
    folds, target = setting.folds[:, rows], setting.target[rows]
    options = [Preparation("identity", "standard"), Preparation("identity", "global")]
    ((fit, chosen),) = fit_chosen([(x, target, folds)], parameters, options)
    part = Setting(setting.name, setting.photo_id[rows], setting.user[rows], target, folds, setting.group[rows])
    model = Forecasts(setting.name, "words", part.photo_id, fit.prediction, fit.C[None], fit.gap[None], fit.converged)
    errors = weight_errors(
        lambda split: x,
        part,
        np.arange(len(rows)),
        model,
        [options[number].scaling for number in chosen],
        epsilon=parameters.epsilon,
        plain=parameters.loss == "epsilon_insensitive",
    )
    per_word = Errors(errors.error / x.std(axis=0, dtype=np.float64), errors.photos)
    return importance(fit.weights, per_word).assign(name=words)


def read_words(
    photos: str | Path, settings: Sequence[Setting], rows: Mapping[int, np.ndarray], parameters: SVRParameters
) -> dict[int, pd.DataFrame]:
    """:func:`word_importance` of settings.

    :param photos: photos.parquet.
    :param rows: number of a setting -> the photos of it that are looked at.
    :returns: number of a setting -> its table; settings in which no word has enough photos are absent.
    """
    tables = {}
    for number, own in rows.items():
        texts = texts_of(photos, settings[number].photo_id[own].tolist())
        named = [names_of(text for field in fields for text in field) for fields in texts]
        table = word_importance(settings[number], own, named, parameters)
        if len(table):
            tables[number] = table
    return tables
