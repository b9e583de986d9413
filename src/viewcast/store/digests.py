"""A digest of any file or folder that the workflow makes, without reading all of it where it carries one."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from viewcast.store.seal import read_seal


def digest_of(path: str | os.PathLike[str]) -> str:
    """What tells this file's content from another, such as ``sealed:6f0c...``.

    :returns: for a sealed file the digest in it, which is not compared with the content
        (:func:`viewcast.records.verify.verify_results` does that); for a folder a digest over the names and the digests
        of all files in it that are not hidden; for any other file the digest of its bytes.
    :raises OSError: the file cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        digest = hashlib.blake2b(digest_size=32)
        # Snakemake puts a hidden file of its own into a folder.
        for file in sorted(file for file in path.rglob("[!.]*") if file.is_file()):
            digest.update(f"{file.relative_to(path).as_posix()}\0{digest_of(file)}\0".encode())
        return f"folder:{digest.hexdigest()}"
    sealed = read_seal(path)
    if sealed is not None:
        return f"sealed:{sealed}"
    with open(path, "rb") as plain:
        return f"bytes:{hashlib.file_digest(plain, lambda: hashlib.blake2b(digest_size=32)).hexdigest()}"
