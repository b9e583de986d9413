"""Texts of any language as vectors: hashed n-grams of characters and of words, with nothing learned.

The hashing trick (Weinberger et al., ICML 2009, DOI 10.1145/1553374.1553516): every n-gram has a column and a sign by
its hash, so that inner products of the vectors are those of the counts in expectation, whatever words come later.
Nothing is learned of any photo, and so nothing of a test half.

**Text** is normalised and folded as Unicode's NFKC_Casefold (UAX 31), so that `Straße`, `STRASSE` and full-width
letters are one; what separates (white space, controls) becomes one space, and one stands at either end.

**Words** are runs of letters, digits and marks. A letter of a script that puts no spaces between words (Han,
Hiragana, Thai, ...), a punctuation mark and a symbol, such as an emoji, is a word by itself, with its marks: near to
UAX 29, but without dictionaries. Runs of ``words`` neighbouring words are n-grams too, because two Chinese letters
are what is most often a word. No n-gram goes from one tag to another.

**Characters**: of the other scripts' words, all runs of ``characters`` code points, with a space at both ends of the
word. They read what inflected forms and compounds share; four is what served European languages best in retrieval
(McNamee and Mayfield, Information Retrieval 7, 2004, DOI 10.1023/B:INRT.0000009441.78971.be).

**Counts** c of one photo and field enter as 1 + log(c), summed by column with their signs. The vector of each field
is divided by its Euclidean norm; fields are then added up. So a long description does not outweigh a title.

An n-gram's hash is that of the code points by a polynomial modulo 2**64, mixed by SplitMix64 (Steele et al., OOPSLA
2014, DOI 10.1145/2660193.2660195): it is the same on any machine and in any process, and computed for all n-grams of
a batch by a few operations on arrays. It is no cryptographic hash: a person who wants two texts to collide can find
such.
"""

from __future__ import annotations

import functools
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_BASE = np.uint64(0x9E3779B97F4A7C15)
_INVERSE = np.uint64(pow(int(_BASE), -1, 2**64))
_SEED = np.uint64(0x632BE59BD9B4E019)
#: Bits of a hash that tell n-grams apart; of these, those that tell the column, at most 2**20.
_GRAM_BITS, _COLUMN_BITS = 40, 32
#: Blocks of scripts that put no spaces between words.
_NO_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x309F),  # Hiragana
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
#: Kinds of code points within words.
_SEPARATOR, _LETTER, _ALONE, _MARK = range(4)


@dataclass(frozen=True)
class Parameters:
    """What is hashed into how many numbers.

    :ivar dimension: numbers of a vector, at most 2**20.
    :ivar characters: lengths of n-grams of characters, each at least 3.
    :ivar words: lengths of n-grams of words.
    """

    dimension: int = 8192
    characters: tuple[int, ...] = (4,)
    words: tuple[int, ...] = (1, 2)


def normalised(text: str) -> str:
    """A text as it is hashed, see the module's text.

    >>> normalised(" Straße  Ａ ❤️")
    ' strasse a ❤ '
    """
    folded = unicodedata.normalize("NFKC", text)
    if not folded.isascii():
        folded = folded.translate(_ignorable())
    folded = unicodedata.normalize("NFKC", folded.casefold())
    words = folded.split()
    return f" {' '.join(words)} " if words else ""


@functools.cache
def _ignorable() -> dict[int, None]:
    """Code points that show nothing: formats, and what chooses among looks."""
    points = (i for i in range(sys.maxunicode + 1) if unicodedata.category(chr(i)) == "Cf")
    return dict.fromkeys([*points, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])


@functools.cache
def _kinds() -> np.ndarray:
    """The kind of every code point, as words are made of them."""
    kinds = {"L": _LETTER, "N": _LETTER, "M": _MARK, "S": _ALONE, "P": _ALONE}
    table = np.array(
        [kinds.get(unicodedata.category(chr(i))[0], _SEPARATOR) for i in range(sys.maxunicode + 1)], dtype=np.uint8
    )
    for first, last in _NO_SPACES:
        part = table[first : last + 1]
        part[part == _LETTER] = _ALONE
    return table


def _mixed(x: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@functools.lru_cache(maxsize=1)
def _powers(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Powers of the base and of its inverse, 0 to n, modulo 2**64."""
    up, down = np.full(n + 1, _BASE, dtype=np.uint64), np.full(n + 1, _INVERSE, dtype=np.uint64)
    up[0] = down[0] = 1
    return np.multiply.accumulate(up), np.multiply.accumulate(down)


class Hasher:
    """From the texts of photos to their vectors.

    :param parameters: what is hashed into how many numbers.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters

    def __call__(self, photos: Sequence[Sequence[Sequence[str]]]) -> np.ndarray:
        """Vectors of photos.

        :param photos: for each photo its fields, each the texts that stand in it: of a title one, of tags one for each.
        :returns: (n, dimension) float32; zeros for a photo without any text.
        """
        vectors = np.zeros((len(photos), self.parameters.dimension), dtype=np.float32)
        for number in range(max(map(len, photos), default=0)):
            texts = [text for photo in photos for text in photo[number]]
            of = np.repeat(np.arange(len(photos)), [len(photo[number]) for photo in photos])
            photo, column, value = self.entries(texts, of)
            vectors[photo, column] += value / np.sqrt(np.bincount(photo, value**2, len(photos)))[photo]
        return vectors

    def entries(self, texts: Sequence[str], of: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The numbers of one field that are not 0, not yet of unit length.

        :param texts: not yet normalised; :param of: (len(texts),) ascending, the photo of each.
        :returns: photo, column and value, in the order of photos and columns, each pair once.
        """
        text, gram = hashes([normalised(text) for text in texts], self.parameters)
        keys = np.sort((of[text] << _GRAM_BITS) | gram.astype(np.int64))
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        weight = 1 + np.log(np.diff(first, append=len(keys)))
        photo, gram = keys[first] >> _GRAM_BITS, keys[first] & ((1 << _GRAM_BITS) - 1)
        # Columns by the highest bits, so that what is sorted by hashes is sorted by columns.
        column = (gram >> _GRAM_BITS - _COLUMN_BITS) * self.parameters.dimension >> _COLUMN_BITS
        place = photo * self.parameters.dimension + column
        starts = np.flatnonzero(np.diff(place, prepend=-1))
        value = np.add.reduceat(np.where(gram & 1, -weight, weight), starts) if len(starts) else weight
        kept = value != 0
        return photo[starts][kept], column[starts][kept], value[kept]


def hashes(texts: Sequence[str], parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """The n-grams of texts, those of each length after each other.

    :param texts: normalised.
    :returns: (m,) int64 the text of each, and (m,) uint64 its hash, below 2**40.
    """
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    text = np.repeat(np.arange(len(texts)), [len(one) for one in texts])
    kinds = _kinds_in(points, text)
    owners, found = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.uint64)]
    letter = kinds == _LETTER
    spelled = _Polynomials(np.where(letter, points, ord(" ")))
    run = np.concatenate([[0], np.cumsum(letter)])
    for n in parameters.characters:
        first = np.arange(max(len(points) - n + 1, 0))
        # All between the ends are letters of one word; two words have at least one code point between them.
        first = first[run[first + n - 1] - run[first + 1] == n - 2]
        owners.append(text[first])
        found.append(_mixed(spelled(first, first + n)))
    starts, ends = _bounds(kinds, text)
    single = _mixed(_Polynomials(points)(starts, ends))
    text = text[starts]
    for n in parameters.words:
        first = np.flatnonzero(text[: max(len(text) - n + 1, 0)] == text[n - 1 :])
        joined = np.zeros(len(first), dtype=np.uint64)
        for k in range(n):
            joined = _mixed(joined * _BASE + single[first + k])
        owners.append(text[first])
        # So that a word is another n-gram than the same run of characters.
        found.append(_mixed(joined + _SEED))
    return np.concatenate(owners), np.concatenate(found) >> np.uint64(64 - _GRAM_BITS)


def words_of(text: str) -> list[str]:
    """The words of a text, see the module's text.

    >>> words_of("Café 東京🌅 don't")
    ['café', '東', '京', '🌅', 'don', "'", 't']
    """
    text = normalised(text)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    one = np.zeros(len(points), dtype=np.int64)
    return [text[first:end] for first, end in zip(*_bounds(_kinds_in(points, one), one), strict=True)]


class _Polynomials:
    """Polynomials of runs of code points: of any run by two numbers, as a difference of sums is by two of these."""

    def __init__(self, points: np.ndarray) -> None:
        up, self._down = _powers(1 << max(16, len(points).bit_length()))
        self._sums = np.zeros(len(points) + 1, dtype=np.uint64)
        np.cumsum(_mixed(points.astype(np.uint64) + _SEED) * up[: len(points)], out=self._sums[1:])

    def __call__(self, first: np.ndarray, end: np.ndarray) -> np.ndarray:
        return (self._sums[end] - self._sums[first]) * self._down[first]


def _kinds_in(points: np.ndarray, text: np.ndarray) -> np.ndarray:
    """The kinds of the code points of texts. A mark is of the kind of what it stands on, on a word by itself a mark."""
    if not len(points):
        return np.empty(0, dtype=np.uint8)
    kinds = _kinds()[points]
    new = np.diff(text, prepend=-1) > 0
    base = kinds[np.maximum.accumulate(np.where((kinds != _MARK) | new, np.arange(len(kinds)), 0))]
    return np.where(
        kinds != _MARK, kinds, np.where(base == _ALONE, _MARK, np.where(base == _LETTER, _LETTER, _SEPARATOR))
    )


def _bounds(kinds: np.ndarray, text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where words start and end, by the kinds of :func:`_kinds_in` and the text of each."""
    if not len(kinds):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    new = np.diff(text, prepend=-1) > 0
    before = np.concatenate([[_SEPARATOR], kinds[:-1]])
    starts = (kinds == _ALONE) | ((kinds == _LETTER) & (new | (before != _LETTER)))
    stops = np.append(np.flatnonzero(starts | (kinds == _SEPARATOR) | new), len(kinds))
    first = np.flatnonzero(starts)
    return first, stops[np.searchsorted(stops, first, side="right")]
