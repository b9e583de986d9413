"""Titles, descriptions and tags of the demo corpus: lengths first, then words to fill them."""

from __future__ import annotations

import numpy as np

from viewcast.demo.words import BARE_TITLES, CAMERA, COMMON, EMOJI, FRAMES, PLACES, SCENE_WORDS

# Length = round(expm1(middle + spread * normal score)), at least 0 and at most `most`: tags and words are
# counted. About a quarter of the photos get no tag, half no description, one in twenty no title.
LENGTHS = {
    "tags": {"middle": 1.75, "spread": 1.55, "most": 75},
    "title": {"middle": 1.35, "spread": 0.5, "most": 25},
    "description": {"middle": 0.4, "spread": 2.1, "most": 250},
}


def length_of(cue: str, score: np.ndarray) -> np.ndarray:
    """Numbers of tags or words (int64) for normal scores, by LENGTHS."""
    model = LENGTHS[cue]
    count = np.round(np.expm1(model["middle"] + model["spread"] * score))
    return np.clip(count, 0, model["most"]).astype("int64")


def score_of(cue: str, count: np.ndarray) -> np.ndarray:
    """The normal score that a count stands for (float64); all zeros stand at the score of half a count."""
    model = LENGTHS[cue]
    return (np.log1p(np.maximum(count, 0.5)) - model["middle"]) / model["spread"]


def _phrase(rng: np.random.Generator, scene: str, count: int) -> list[str]:
    pool = (SCENE_WORDS[scene], COMMON, COMMON, PLACES)
    return [str(rng.choice(pool[rng.integers(len(pool))])) for _ in range(count)]


def title_text(rng: np.random.Generator, scene: str, words: int) -> str:
    """A title of ``words`` words (a frame around it may add a word)."""
    if words == 0:
        return ""
    if words == 1 and rng.random() < 0.6:
        return str(rng.choice(BARE_TITLES)).format(n=rng.integers(1000, 9999))
    title = " ".join(_phrase(rng, scene, words))
    title = title[0].upper() + title[1:]
    if rng.random() < 0.12:
        title = str(rng.choice(FRAMES)).format(title)
    if rng.random() < 0.05:
        title += f" {rng.choice(EMOJI)}"
    return title


def description_text(rng: np.random.Generator, scene: str, words: int) -> str:
    """A description of ``words`` words in sentences of four to fourteen, some in paragraphs."""
    sentences = []
    while words > 0:
        take = min(words, int(rng.integers(4, 15)))
        phrase = _phrase(rng, scene, take)
        if take > 6:
            phrase[take // 2] += ","
        if rng.random() < 0.06:
            phrase[-1] = f'"{phrase[-1]}"'
        sentence = " ".join(phrase)
        sentences.append(sentence[0].upper() + sentence[1:] + ".")
        words -= take
    separator = "\n" if rng.random() < 0.15 else " "
    return separator.join(sentences)


def tag_list(rng: np.random.Generator, scene: str, count: int) -> list[str]:
    """``count`` different tags, those of the scene first; long lists end in joined words, as real ones do."""
    tags = list(dict.fromkeys([SCENE_WORDS[scene][0], *rng.permutation(SCENE_WORDS[scene]).tolist()]))
    others = rng.permutation(CAMERA + PLACES).tolist()
    tags = list(dict.fromkeys(tags[: max(1, int(0.7 * count))] + others))[:count]
    while len(tags) < count:
        joined = "".join(str(rng.choice(part)) for part in (SCENE_WORDS[scene], COMMON)).lower()
        if joined not in tags:
            tags.append(joined)
    return tags
