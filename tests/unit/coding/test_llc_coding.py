"""LLC, the pyramid and dictionaries."""

from __future__ import annotations

import h5py
import numpy as np
import plain_descriptors as plain
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from viewcast.coding import dictionary as dictionaries
from viewcast.coding.kmeans import learn_dictionary
from viewcast.coding.llc import Codes, llc_codes, nearest_words
from viewcast.coding.pyramid import finest_cells, l2_normalise, max_pool
from viewcast.device import choose_device
from viewcast.errors import ViewcastError


def histograms(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(50, 0.05), n).astype(np.float32)


@pytest.mark.parametrize("knn", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("count, width, words", [(700, 50, 200), (300, 124, 256), (2100, 7, 9), (5, 3, 8)])
def test_codes_match_the_definition(count, width, words, knn):
    rng = np.random.default_rng([count, knn])
    x, book = rng.random((count, width), np.float32), rng.random((words, width), np.float32)
    indices, weights = plain.llc(x, book.astype(float), knn)
    codes = llc_codes(x, book, knn)
    np.testing.assert_array_equal(codes.indices.numpy(), indices)
    np.testing.assert_allclose(codes.weights.numpy(), weights, atol=1e-5)
    np.testing.assert_allclose(codes.weights.sum(1).numpy(), 1, atol=1e-5)


@pytest.mark.parametrize("closeness", [1e-1, 1e-2, 1e-3, 1e-4, 1e-5])
def test_codes_near_their_words(closeness):
    """All words of a neighbourhood very near the descriptor: where float32 distances are mostly rounding."""
    rng = np.random.default_rng(0)
    x = histograms(200, 0)
    book = (x[rng.integers(0, 200, 90)] + closeness * rng.normal(0, 1, (90, 50))).astype(np.float32)
    indices, weights = plain.llc(x, book.astype(float), 3)
    codes = llc_codes(x, book, 3)
    np.testing.assert_array_equal(codes.indices.numpy(), indices)
    np.testing.assert_allclose(codes.weights.numpy(), weights, atol=3e-5)


@given(st.integers(0, 10_000), st.integers(2, 40), st.sampled_from([1, 3, 5]))
@settings(max_examples=40, deadline=None)
def test_neighbours_with_near_ties(seed, words, knn):
    """Words on a coarse grid, moved by less than float32 can see beside the norm."""
    rng = np.random.default_rng(seed)
    words = max(words, knn)
    book = rng.integers(0, 3, (words, 4)) + 1e-7 * rng.random((words, 4)) + 50
    x = rng.integers(0, 3, (30, 4)) + 0.25 + 50.0
    _, squared = nearest_words(x, book, knn)
    exact = np.sort(((x[:, None] - book[None]) ** 2).sum(2), axis=1)[:, :knn]
    np.testing.assert_allclose(squared, exact, atol=1e-10)


def test_equal_words_give_a_defined_code():
    book = np.ones((4, 6), np.float32)
    codes = llc_codes(np.ones((2, 6), np.float32), book, 3)
    np.testing.assert_array_equal(codes.weights.numpy(), [[1, 0, 0]] * 2)
    np.testing.assert_array_equal(codes.indices.numpy(), [[0, 1, 2]] * 2)
    assert np.isfinite(llc_codes(np.zeros((2, 6), np.float32), book, 3).weights.numpy()).all()


def test_no_descriptors_and_wrong_shapes():
    book = np.eye(5, dtype=np.float32)
    assert llc_codes(np.zeros((0, 5), np.float32), book).weights.shape == (0, 3)
    with pytest.raises(ViewcastError, match="knn = 6"):
        llc_codes(np.zeros((1, 5), np.float32), book, 6)
    with pytest.raises(ViewcastError, match="do not fit"):
        llc_codes(np.zeros((1, 4), np.float32), book)
    with pytest.raises(ViewcastError, match="finite"):
        llc_codes(np.zeros((1, 5), np.float32), book * np.nan)


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(4, 50), st.integers(4, 50))
@settings(max_examples=60, deadline=None)
def test_pooling_matches_the_definition(seed, count, width, height):
    rng = np.random.default_rng(seed)
    indices = np.array([rng.permutation(7)[:3] for _ in range(count)])
    weights = rng.normal(0, 1, (count, 3)).astype(np.float32)
    xy = np.stack([rng.integers(1, width + 1, count), rng.integers(1, height + 1, count)], 1)
    expected = plain.pyramid(indices, weights, xy, (height, width), 7)
    cells = torch.from_numpy(finest_cells(xy, width, height))
    found = max_pool(Codes(torch.from_numpy(indices), torch.from_numpy(weights)), cells, 7)
    np.testing.assert_array_equal(found.numpy(), expected.astype(np.float32))


def test_cells():
    xy = np.array([[1, 1], [24, 1], [25, 1], [1, 25], [99, 99], [100, 1], [1, 100]])
    np.testing.assert_array_equal(finest_cells(xy, 100, 100), [0, 0, 4, 1, 15, -1, -1])


def test_a_word_used_negatively_by_all_stays_negative():
    codes = Codes(torch.tensor([[0, 1], [0, 1]]), torch.tensor([[1.5, -0.5], [1.25, -0.25]]))
    pooled = max_pool(codes, torch.tensor([0, 0]), 3).view(21, 3)
    np.testing.assert_array_equal(pooled[0], [1.5, -0.25, 0])
    np.testing.assert_array_equal(pooled[20], [1.5, 0, 0])


def test_normalising_zeros_keeps_zeros():
    assert not l2_normalise(torch.zeros(5)).any()
    torch.testing.assert_close(l2_normalise(torch.tensor([3.0, 4.0])), torch.tensor([0.6, 0.8]))


def test_a_dictionary_is_seeded_and_as_good_as_full_k_means():
    samples = histograms(4000, 1)
    first = learn_dictionary(samples, 40, seed=3)
    again = learn_dictionary(samples, 40, seed=3)
    assert first.words.shape == (40, 50) and first.words.dtype == np.float32
    assert first.digest == again.digest != learn_dictionary(samples, 40, seed=4).digest
    full = KMeans(40, n_init=3, max_iter=300, random_state=0).fit(samples).inertia_ / len(samples)
    _, squared = nearest_words(samples, first.words, 1)
    assert squared.mean() <= 1.02 * full
    assert first.provenance["mean_squared_error"] == pytest.approx(squared.mean(), rel=1e-3)


def test_rare_samples_among_many_alike_become_words():
    samples = np.repeat(histograms(1, 0), 3000, axis=0)
    samples[::500] = histograms(6, 1)
    words = learn_dictionary(samples, 7, 0).words
    _, squared = nearest_words(samples, words, 1)
    assert squared.max() < 1e-9


def test_a_dictionary_survives_its_file(tmp_path):
    made = learn_dictionary(histograms(300, 2), 8, 0, {"photos": 3})
    path = tmp_path / "deep" / "words.h5"
    dictionaries.save_dictionary(path, made)
    read = dictionaries.load_dictionary(path)
    np.testing.assert_array_equal(read.words, made.words)
    assert read.provenance == made.provenance and read.provenance["photos"] == 3
    with h5py.File(path, "r+") as file:
        file["words"][0, 0] += 1
    with pytest.raises(ViewcastError, match="digest"):
        dictionaries.load_dictionary(path)
    for name in ("absent.h5", "empty.h5"):
        (tmp_path / "empty.h5").write_bytes(b"")
        with pytest.raises(ViewcastError, match=name):
            dictionaries.load_dictionary(tmp_path / name)


def test_too_few_samples_are_refused():
    with pytest.raises(ViewcastError, match="distinct"):
        learn_dictionary(np.repeat(histograms(5, 0), 4, axis=0), 6, 0)
    with pytest.raises(ViewcastError, match="finite"):
        learn_dictionary(np.full((10, 3), np.nan), 2, 0)


def test_devices():
    assert choose_device("cpu") == "cpu"
    assert choose_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(ViewcastError, match="CUDA devices"):
        choose_device("cuda:99")
    with pytest.raises(ViewcastError, match="not one of"):
        choose_device("tpu")
