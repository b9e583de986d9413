"""A file is whole or absent, whatever happens while it is written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from viewcast.store.atomic import atomic_path, write_text


def test_written_whole_with_its_folder(tmp_path):
    target = tmp_path / "a" / "b.csv"
    write_text(target, "ä\n\r\n")
    assert target.read_bytes() == "ä\n\r\n".encode()
    assert os.listdir(target.parent) == ["b.csv"]


def test_failure_keeps_what_was_there(tmp_path):
    target = tmp_path / "b.csv"
    write_text(target, "old")
    with pytest.raises(RuntimeError), atomic_path(target) as path:
        assert path.parent == tmp_path and path.suffix == ".csv" and path != target
        path.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old" and os.listdir(tmp_path) == ["b.csv"]


def test_a_kill_leaves_no_half_file(tmp_path):
    target = tmp_path / "a.h5"
    program = (
        "import os, signal, sys\n"
        "import numpy as np\n"
        "from viewcast.features.files import FeatureAttributes, feature_writer\n"
        "with feature_writer(sys.argv[1], 3, FeatureAttributes('x', '1')) as writer:\n"
        "    writer.append(np.ones((1, 3)), ['a'], ['ok'])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(target)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not target.exists()
    assert all(name.startswith(".a.tmp.") for name in os.listdir(tmp_path))
