"""The files of a table: which they are, and their text as UTF-8."""

from __future__ import annotations

import bz2
import codecs
import glob
import gzip
import io
import logging
import lzma
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from viewcast.errors import ViewcastError

logger = logging.getLogger(__name__)

#: Suffix -> kind of file; ``.txt`` is a CSV whose separator is found out.
KINDS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".tab": "csv", ".jsonl": "json", ".ndjson": "json",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
PACKED = (".gz", ".bz2", ".xz", ".zst")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def kind_of(path: Path) -> str | None:
    """``csv``, ``json`` or ``parquet``; None for a file of another kind."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return KINDS.get(suffixes[-1]) if suffixes else None


def parts_of(path: Path, key: str) -> list[Path]:
    """The files of a table, in the order of their names; the arguments are those of ``reading.read_table``.

    :raises ViewcastError: there is none, or it is of another kind.
    """
    if path.is_file():
        if kind_of(path) is None:
            raise ViewcastError(
                f"The table {path} ({key}) must be a file of the kinds {', '.join(KINDS)}, perhaps compressed "
                f"({', '.join(PACKED)})."
            )
        return [path]
    if path.is_dir():
        entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
        found = [entry for entry in entries if entry.is_file() and kind_of(entry) is not None]
        others = [entry.name for entry in entries if entry not in found]
        if found and others:
            logger.warning("%s: left out, because they are no tables of a known kind: %s", path, ", ".join(others[:10]))
    else:
        found = [part for part in sorted(map(Path, glob.glob(str(path)))) if kind_of(part) is not None]
    if not found:
        what = "holds no table" if path.is_dir() else "does not exist"
        raise ViewcastError(
            f"The table {path} {what}. Mend {key}; a path that does not begin at the root is taken from the folder in "
            f"which the run was started, {Path.cwd()}."
        )
    return found


def state_of_table(path: str | Path) -> str:
    """A short text that changes when the table, or a part of it, is another file: names, sizes and times."""
    path = Path(path)
    found = [path] if path.is_file() else list(path.iterdir()) if path.is_dir() else list(path.parent.glob(path.name))
    stats = [(part.name, part.stat()) for part in sorted(found) if part.is_file()]
    return ", ".join(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, uncompressed."""
    packed = path.suffix.lower()
    if packed == ".zst":
        with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as stream:
            yield io.BufferedReader(stream)
    else:
        openers: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
        opener = openers.get(packed, open)
        with opener(path, "rb") as stream:
            yield stream


def check_encoding(encoding: str | None) -> None:
    """:raises ViewcastError: there is no such encoding of text."""
    if encoding is not None:
        try:
            "x".encode(encoding).decode(encoding)
        except (LookupError, UnicodeError):
            raise ViewcastError(
                f"There is no encoding {encoding!r} (corpus.encoding). Write for instance utf-8, latin-1 or cp1252; "
                "MySQL's utf8mb4 is utf-8."
            ) from None


def check_text(sample: bytes, path: Path) -> None:
    """:raises ViewcastError: the file is none of text."""
    marks = {b"PK": "an Excel workbook or a zip archive", b"\x1f\x8b": "gzip", b"PAR1": "Parquet", b"\x89HDF": "HDF5"}
    what = next((what for mark, what in marks.items() if sample.startswith(mark)), None)
    if what is None and sample.count(b"\0") > len(sample) / 10 and sample[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        what = "binary, or UTF-16 without a mark at its beginning (then name corpus.encoding: utf-16-le or utf-16-be)"
    if what is not None:
        raise ViewcastError(
            f"The table {path} is no text: it is {what}. Save it as CSV, or give the file its own suffix."
        )


def encoding_of(sample: bytes, encoding: str | None) -> str:
    """The given encoding, else what a mark at the beginning says, else UTF-8."""
    if encoding is not None:
        return encoding
    return next((name for mark, name in _BOMS if sample.startswith(mark)), "utf-8")


@contextmanager
def as_utf8(path: Path, encoding: str) -> Iterator[IO[bytes]]:
    """The file's text as UTF-8, without a mark at its beginning."""
    with opened(path) as stream:
        if encoding.lower().replace("_", "-") not in ("utf-8", "utf-8-sig", "ascii"):
            yield io.BytesIO(io.TextIOWrapper(stream, encoding=encoding, newline="").read().encode())
            return
        buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, stream))
        if buffered.peek(3)[:3] == codecs.BOM_UTF8:
            buffered.read(3)
        yield buffered


def not_encoded(path: Path, encoding: str | None, error: UnicodeDecodeError) -> ViewcastError:
    """Where the first byte stands that is not of the encoding."""
    position, row = 0, 1
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")()
    wrong = error.object[error.start]
    with opened(path) as stream:
        for line in stream:
            try:
                decoder.decode(line)
            except UnicodeDecodeError as here:
                position, wrong = position + here.start, here.object[here.start]
                break
            position, row = position + len(line), row + 1
    return ViewcastError(
        f"The table {path} is not {encoding or 'UTF-8'}: byte 0x{wrong:02x} at position {position}, in row {row}. Save "
        "it as UTF-8, or name its own encoding, such as latin-1 or cp1252: corpus.encoding, for an import --encoding."
    )
