"""Decoding files to RGB pixels, or to the reason why that is not possible: bad data never raise an error."""

from __future__ import annotations

import io
import os
import stat
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

#: Formats that are opened. Pillow's other decoders have had many more flaws and no photographs.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
#: Files longer than this are `too_large` unread: it bounds the memory of reading ahead.
MAX_FILE_BYTES = 256 * 2**20
MAX_PIXELS = 100_000_000

_SUFFIXES = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif"},
    "MPO": {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"},  # a JPEG with further pictures behind it
    "PNG": {".png", ".apng"},
    "GIF": {".gif"},
    "WEBP": {".webp"},
    "BMP": {".bmp", ".dib"},
    "DIB": {".bmp", ".dib"},
    "TIFF": {".tif", ".tiff"},
}
_ORIENTATION = 0x0112
_TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.swapaxes(0, 1),
    6: lambda image: image.swapaxes(0, 1)[:, ::-1],
    7: lambda image: image[::-1, ::-1].swapaxes(0, 1),
    8: lambda image: image.swapaxes(0, 1)[::-1],
}
#: Pixels converted at a time: a large picture is never in memory as a whole more than twice.
_STRIP_PIXELS = 4_000_000


@dataclass(frozen=True)
class Decoded:
    """A decoded picture, or the reason why there is none.

    :ivar image: RGB uint8 (height, width, 3), upright, C-contiguous; None unless ``status`` is ``ok``.
    :ivar status: ``ok``, or one of the others that :func:`read_file` and :func:`decode` name.
    :ivar reason: one line for people. An ``ok`` picture has one only where something is unusual (a PNG whose name ends
        in .jpg).
    :ivar format: the format found in the content, as Pillow names it; empty where there is no picture.
    """

    image: np.ndarray | None
    status: str
    reason: str = ""
    format: str = ""


def read_file(path: str | os.PathLike[str]) -> bytes | Decoded:
    """Read a whole file, once and from front to back.

    Where that is not possible, the status says why. ``missing``: there is no such file; ``unreadable``: it is not a
    regular file, may not be read, or the disk reports an error; ``empty``: it has no bytes; ``too_large``: it has over
    ``MAX_FILE_BYTES``, and is not read.

    :param path: of the file; a named pipe is refused and does not block.
    :returns: the bytes, or a :class:`Decoded` without a picture, with one of these statuses.
    """
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # a named pipe must not block
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                return Decoded(None, "unreadable", "not a regular file")
            if facts.st_size > MAX_FILE_BYTES:
                return Decoded(None, "too_large", f"{facts.st_size} bytes, over {MAX_FILE_BYTES}")
            data = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return Decoded(None, "missing", "no such file")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return Decoded(None, "unreadable", getattr(error, "strerror", None) or str(error))
    return data or Decoded(None, "empty", "the file has no bytes")


def decode(source: str | os.PathLike[str] | bytes, *, max_pixels: int = MAX_PIXELS) -> Decoded:
    """Decode a picture file, or its bytes, to upright 8-bit RGB.

    Statuses beside those of :func:`read_file`: ``ok``; ``too_large`` (the header names more than ``max_pixels``, or
    more than the 179 million that Pillow accepts: nothing is decoded); ``unsupported`` (not one of ``FORMATS`` by
    content, whatever the name says, or a pixel type without a defined range); ``truncated`` (the data end early);
    ``corrupt`` (any other fault that the decoder reports).

    Unusual pictures: the EXIF orientation is applied, which the toolbox of the paper's author does not do; grey is
    repeated over three channels; colours of a palette are looked up; of 16-bit samples the high byte is kept; CMYK is
    converted without a colour profile (no profile is applied to RGB either); transparent pixels are blended with white;
    of an animation the first frame is kept; 32-bit integers and floats have no defined white and are ``unsupported``. A
    JPEG that is damaged but complete is decoded as well as libjpeg can, without a remark.

    Warnings of Pillow are silenced meanwhile. Before Python 3.14 that is not safe in several threads at once: decode in
    several processes instead.

    :param source: the path of a file, or its content.
    :param max_pixels: the largest width times height that is decoded.
    :returns: the picture, or the reason why there is none; bad data never raise an error.

    >>> decode(b"<html></html>").status
    'unsupported'
    """
    data = source if isinstance(source, bytes) else read_file(source)
    if isinstance(data, Decoded):
        return data
    if not data:
        return Decoded(None, "empty", "no bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        decoded = _decode(data, max_pixels)
    if isinstance(source, bytes) or decoded.image is None:
        return decoded
    return replace(decoded, reason=note_of_name(decoded.format, Path(source).suffix))


def note_of_name(format: str, suffix: str) -> str:
    """A remark where a file's suffix belongs to another format than its content.

    :param format: as Pillow names it, such as ``PNG``.
    :param suffix: with its dot, in any case of letters.
    :returns: one line for people; an empty text where the two agree, and where the suffix is of no format known here.

    >>> note_of_name("PNG", ".jpg")
    'mislabelled: PNG content in a .jpg file'
    """
    suffix = suffix.lower()
    known = any(suffix in suffixes for suffixes in _SUFFIXES.values())
    if known and suffix not in _SUFFIXES.get(format, ()):
        return f"mislabelled: {format} content in a {suffix} file"
    return ""


def _decode(data: bytes, max_pixels: int) -> Decoded:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > max_pixels:
                return Decoded(None, "too_large", f"{width} x {height} pixels, over {max_pixels}")
            picture.load()  # only now is truncation found
            if picture.mode in ("I", "F"):
                return Decoded(None, "unsupported", f"pixels of type {picture.mode!r} have no defined white")
            image, turn, format = _pixels(picture), _turn(picture), picture.format or ""
        del picture
        return Decoded(np.ascontiguousarray(turn(image)) if turn else image, "ok", format=format)
    except UnidentifiedImageError:
        return Decoded(None, "unsupported", f"not one of {', '.join(FORMATS)}: {_looks_like(data)}")
    except (Image.DecompressionBombError, MemoryError) as error:
        return Decoded(None, "too_large", _one_line(error))
    except Exception as error:  # decoders of hostile files raise nearly everything
        text = _one_line(error)
        early = isinstance(error, EOFError) or "truncated" in text.lower()
        return Decoded(None, "truncated" if early else "corrupt", text)


def _pixels(picture: Image.Image) -> np.ndarray:
    width, height = picture.size
    rows = max(1, _STRIP_PIXELS // width)
    image = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        whole = bottom - top == height
        image[top:bottom] = _rgb(picture if whole else picture.crop((0, top, width, bottom)))
    return image


def _rgb(picture: Image.Image) -> np.ndarray:
    mode = picture.mode
    if mode.startswith("I;16"):
        return (np.asarray(picture) >> 8).astype(np.uint8)[:, :, None]
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        page = Image.new("RGB", rgba.size, "white")
        page.paste(rgba, mask=rgba.getchannel("A"))
        return np.asarray(page)
    return np.asarray(picture if mode == "RGB" else picture.convert("RGB"))


def _turn(picture: Image.Image) -> Callable[[np.ndarray], np.ndarray] | None:
    """How the pixels are turned. Pillow's ``exif_transpose`` would copy the whole picture before it is reduced, where a
    view of the finished pixels costs nothing, and would raise where the EXIF is broken.
    """
    try:
        return _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # broken EXIF is no reason to lose the pixels
        return None


def _looks_like(data: bytes) -> str:
    head = data[:256].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "the content is an HTML page"
    return f"the content begins with {data[:8].hex(' ')}"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
