"""Vectors of texts against a loop written from the definition, in any script."""

from __future__ import annotations

import math
import subprocess
import sys
import unicodedata
from collections import Counter

import numpy as np
import pytest

from viewcast.words.hashing import Hasher, Parameters, normalised, words_of

BASE, SEED = 0x9E3779B97F4A7C15, 0x632BE59BD9B4E019

TEXTS = [
    "A quiet evening, by the sea",
    "Straße in Zürich; STRASSE!",
    "前方高能，wake高燃1000连击",
    "【小高姐】油焖鸡 ⚡️ 双胞胎の房間",
    "غروب الشمس عند البحر",
    "सुबह की रोशनी हिन्दी",
    "สวัสดีตอนเช้า",
    "cafe\u0301 café \u0301x e\u0301\u0302",
    "👩‍👩‍👧 ❤️ ❤ 🌅🌅🌅 🏳️‍🌈",
    "ＦＵＬＬ width\tand\u3000spaces",
    "co\u00adop, zero\u200bwidth",
    "a",
    "!!! ... ???",
    "",
    "   ",
    "\u0301",
    "𝒻𝒶𝓃𝒸𝓎 𠮷野家",
]


def mixed(x: int) -> int:
    """SplitMix64's last steps."""
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
    return x ^ (x >> 31)


def polynomial(text: str) -> int:
    return sum(mixed((ord(c) + SEED) % 2**64) * pow(BASE, k, 2**64) for k, c in enumerate(text)) % 2**64


UNSPACED = [
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x309F), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
]  # fmt: skip


def plain_words(text: str) -> list[tuple[str, bool]]:
    """Words by going through the letters one by one, and whether each is of a script with spaces."""
    words: list[tuple[str, bool]] = []
    state = "outside"
    for c in text:
        kind = unicodedata.category(c)[0]
        unspaced = any(first <= ord(c) <= last for first, last in UNSPACED)
        if kind == "M":
            if state != "outside":
                words[-1] = (words[-1][0] + c, words[-1][1])
        elif kind in "SP" or (kind in "LN" and unspaced):
            words.append((c, False))
            state = "alone"
        elif kind in "LN":
            if state == "letters":
                words[-1] = (words[-1][0] + c, True)
            else:
                words.append((c, True))
            state = "letters"
        else:
            state = "outside"
    return words


def plain_vector(fields: list[list[str]], p: Parameters) -> np.ndarray:
    vector = np.zeros(p.dimension)
    for texts in fields:
        counts: Counter[int] = Counter()
        for text in map(normalised, texts):
            for word, spaced in plain_words(text):
                padded = f" {word} "
                for n in p.characters if spaced else ():
                    counts.update(mixed(polynomial(padded[i : i + n])) >> 24 for i in range(len(padded) - n + 1))
            words = [word for word, _ in plain_words(text)]
            for n in p.words:
                for i in range(len(words) - n + 1):
                    joined = 0
                    for word in words[i : i + n]:
                        joined = mixed((joined * BASE + mixed(polynomial(word))) % 2**64)
                    counts[mixed((joined + SEED) % 2**64) >> 24] += 1
        own = np.zeros(p.dimension)
        for gram, count in counts.items():
            own[(gram >> 8) * p.dimension >> 32] += (-1 if gram & 1 else 1) * (1 + math.log(count))
        if own.any():
            vector += own / np.linalg.norm(own)
    return vector


@pytest.mark.parametrize(
    "parameters",
    [
        Parameters(),
        Parameters(dimension=97, characters=(3, 5), words=(1, 2, 3)),
        Parameters(dimension=1000, characters=(), words=(1,)),
        Parameters(dimension=1000, characters=(3,), words=()),
    ],
)
def test_vectors_are_those_of_a_loop(parameters):
    rng = np.random.default_rng(3)
    photos = [[[text], [], []] for text in TEXTS]
    for _ in range(20):
        photos.append(
            [[str(rng.choice(TEXTS))], [str(t) for t in rng.choice(TEXTS, 4)], [" ".join(rng.choice(TEXTS, 3))]]
        )
    found = Hasher(parameters)(photos)
    assert found.dtype == np.float32 and found.shape == (len(photos), parameters.dimension)
    expected = np.array([plain_vector(fields, parameters) for fields in photos])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert (np.abs(expected).sum(axis=1) > 0).sum() > 20


def test_random_code_points_are_those_of_a_loop():
    rng = np.random.default_rng(4)
    points = rng.integers(1, 0x110000, (40, 30))
    texts = ["".join(chr(p) for p in row if not 0xD800 <= p < 0xE000) for row in points]
    blocks = [0x20, 0x300, 0x4E00, 0x600, 0x900, 0xE00, 0x1F300]
    texts += ["".join(chr(rng.choice(blocks) + rng.integers(0, 60)) for _ in range(30)) for _ in range(60)]
    p = Parameters(dimension=4096)
    expected = np.array([plain_vector([[text]], p) for text in texts])
    np.testing.assert_allclose(Hasher(p)([[[text]] for text in texts]), expected, atol=1e-6)
    for text in texts:
        assert words_of(text) == [word for word, _ in plain_words(normalised(text))]


def test_words_of_many_scripts():
    assert words_of("O'Brien's café, 50mm") == ["o", "'", "brien", "'", "s", "café", ",", "50mm"]
    assert words_of("東京タワー and のある") == ["東", "京", "タワー", "and", "の", "あ", "る"]
    assert words_of("🌅🌅 ❤️") == ["🌅", "🌅", "❤"]
    assert words_of("हिन्दी غروب") == ["हिन्दी", "غروب"]
    assert words_of("") == words_of(" \u0301 ") == []


def test_what_looks_alike_is_alike():
    hasher = Hasher(Parameters())
    pairs = [("Straße", "STRASSE"), ("cafe\u0301", "café"), ("ＡＢＣ", "abc"), ("❤️", "❤"), (" a  b ", "a\tb")]
    for one, other in pairs:
        np.testing.assert_array_equal(*hasher([[[one]], [[other]]]))


def test_a_tag_keeps_its_commas_and_meets_no_other_tag():
    hasher = Hasher(Parameters(characters=(), words=(2,)))
    together, apart, comma = hasher([[["new york"]], [["new", "york"]], [["new, york"]]])
    assert together.any() and not apart.any() and (comma != 0).sum() == 2


def test_no_text_is_a_vector_of_zeros():
    found = Hasher(Parameters())([[[], [], []], [[""], ["", " "], ["\n"]], [["x"], [], []]])
    assert not found[:2].any() and found[2].any()
    assert Hasher(Parameters(dimension=8))([]).shape == (0, 8)


def test_a_photos_vector_does_not_depend_on_its_neighbours():
    hasher = Hasher(Parameters())
    photos = [[[text], [text[::-1]], [text * 3]] for text in TEXTS]
    whole = hasher(photos)
    for number, photo in enumerate(photos):
        np.testing.assert_array_equal(hasher([photo])[0], whole[number])


def test_every_process_gives_the_same():
    code = (
        "import hashlib; from viewcast.words.hashing import *;"
        "print(hashlib.sha256(Hasher(Parameters())([[['A quiet 夜景 🌅']]]).tobytes()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1 and len(found.pop()) == 65


def test_inner_products_are_kept_in_expectation():
    """The signs make collisions cancel: the mean error over many pairs is nearly 0, and its spread falls with d."""
    rng = np.random.default_rng(6)
    vocabulary = ["".join(rng.choice(list("abcdefghij"), 6)) for _ in range(3000)]
    texts = [[[" ".join(rng.choice(vocabulary, 12))]] for _ in range(300)]
    exact = Hasher(Parameters(dimension=2**20, characters=(), words=(1,)))(texts[:60]).astype(float)
    exact = exact @ exact.T
    spread = []
    for d in (256, 4096):
        x = Hasher(Parameters(dimension=d, characters=(), words=(1,)))(texts[:60]).astype(float)
        error = (x @ x.T - exact)[np.triu_indices(60, 1)]
        assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(error))
        spread.append(error.std())
    assert 2.5 < spread[0] / spread[1] < 6  # a sixteenth of the columns: four times the error
