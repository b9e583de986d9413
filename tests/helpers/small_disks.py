"""A disk of a few megabytes that a test may fill, or make read-only: a tmpfs, where the system lets one be mounted."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A mounted tmpfs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def remount(self, options: str) -> None:
        """``ro``, ``rw`` or another ``size=``."""
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True)

    def fill(self, left: int) -> None:
        """Write a file that leaves ``left`` bytes of room."""
        room = shutil.disk_usage(self.folder).free - left
        (self.folder / "filler").write_bytes(bytes(max(room, 0)))


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk]:
    """Mount a disk of ``size`` (``900k``, ``2m``) for the block; the test is skipped where that cannot be done."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "viewcast-test", str(folder)]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted here (root on Linux can): {error}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
