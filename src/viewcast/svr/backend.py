"""One solver over two libraries: NumPy on a CPU, torch on a CPU or a CUDA card.

Both follow the array API standard, array_api_compat removes the remaining differences, and the solver's code is written
in it. Here is what they do not share, or do at very different speeds.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of
from threadpoolctl import threadpool_limits

from viewcast.errors import ViewcastError

#: A ``numpy.ndarray`` or a ``torch.Tensor``.
Array = Any

__all__ = ["Array", "Backend", "array_namespace", "device_of", "load_backend"]


class Backend(Protocol):
    """A library on a device.

    :ivar xp: the library's array API namespace.
    :ivar device: where arrays are made, as ``xp``'s functions want it.
    """

    xp: Any
    device: Any

    def array(self, values: np.ndarray) -> Array:
        """``values`` on the device; not copied where the device is the CPU."""
        ...

    def numpy(self, values: Array) -> np.ndarray:
        """``values`` back in NumPy."""
        ...

    def gather(self, block: Array, rows: Array, out: Array) -> Array:
        """Rows (m,) of a float32 block (n, d) into ``out`` (m, d)."""
        ...

    def widen(self, values: Array, out: Array) -> None:
        """Finite ``values`` of any float type into ``out`` of the same shape, float32."""
        ...

    def inverse(self, matrix: Array) -> Array:
        """The inverse (d, d) of a symmetric positive definite float32 matrix, which is used up."""
        ...


class NumpyBackend:
    """NumPy, and LAPACK through SciPy."""

    device = "cpu"

    def __init__(self, threads: int | None = None) -> None:
        import array_api_compat.numpy as xp

        self.xp: Any = xp
        if threads is not None:
            threadpool_limits(threads)

    def array(self, values: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(values)

    def numpy(self, values: np.ndarray) -> np.ndarray:
        return values

    def gather(self, block: np.ndarray, rows: np.ndarray, out: np.ndarray) -> np.ndarray:
        # In any other mode NumPy gathers into a buffer first.
        return np.take(block, rows, axis=0, out=out, mode="clip")

    def widen(self, values: np.ndarray, out: np.ndarray) -> None:
        if values.dtype != np.float16:
            out[...] = values
            return
        # NumPy converts half precision one value after another. The bits in their places (the sign, which widening
        # an integer copies, kept once) are the value but for the exponents' different zeros: exact, in a quarter
        # of the time.
        bits = out.view(np.int32)
        np.left_shift(np.ascontiguousarray(values).view(np.int16), 13, out=bits, dtype=np.int32)
        bits &= np.int32(-0x70000001)
        out *= np.float32(2.0**112)

    def inverse(self, matrix: np.ndarray) -> np.ndarray:
        from scipy.linalg import lapack  # a third of a second, which jobs in an eigenbasis are spared

        # LAPACK counts rows as columns; a symmetric matrix does not mind, and is not copied.
        factor, failed = lapack.spotrf(matrix.T, lower=0, clean=0, overwrite_a=1)
        if failed:
            raise np.linalg.LinAlgError
        inverted, _ = lapack.spotri(factor, lower=0, overwrite_c=1)
        inverted = inverted.T
        step = 1024
        for first in range(0, len(inverted), step):
            part = slice(first, first + step)
            square = inverted[part, part]
            square[...] = np.tril(square) + np.tril(square, -1).T
            inverted[part, first + step :] = inverted[first + step :, part].T
        return inverted


class TorchBackend:
    """torch on a CPU (``torch``) or a CUDA card (``cuda``, ``cuda:1``)."""

    def __init__(self, name: str, threads: int | None = None) -> None:
        import array_api_compat.torch as xp
        import torch

        from viewcast.device import choose_device

        self.xp: Any = xp
        self._torch = torch
        self.device: Any = torch.device("cpu" if name == "torch" else choose_device(name))
        if threads is not None:
            torch.set_num_threads(threads)

    def array(self, values: np.ndarray) -> Array:
        return self._torch.from_numpy(np.ascontiguousarray(values)).to(self.device)

    def numpy(self, values: Array) -> np.ndarray:
        return values.cpu().numpy()

    def gather(self, block: Array, rows: Array, out: Array) -> Array:
        return self._torch.index_select(block, 0, rows, out=out)

    def widen(self, values: Array, out: Array) -> None:
        out[...] = values

    def inverse(self, matrix: Array) -> Array:
        factor, failed = self._torch.linalg.cholesky_ex(matrix)
        if failed:
            raise np.linalg.LinAlgError
        return self._torch.cholesky_inverse(factor)


def load_backend(name: str = "numpy", threads: int | None = None) -> Backend:
    """The library that computes, on its device.

    :param name: ``numpy``, ``torch`` (on the CPU), ``cuda`` or ``cuda:n``.
    :param threads: on a CPU, for the whole process, as sums in another order have other digits; None: as it is.
    :raises ViewcastError: the name is another one, or there is no such CUDA device.
    """
    if name == "numpy":
        return NumpyBackend(threads)
    if name == "torch" or name.partition(":")[0] == "cuda":
        return TorchBackend(name, threads)
    raise ViewcastError(f"svr: the backend '{name}' is not one of numpy, torch, cuda or cuda:N.")
