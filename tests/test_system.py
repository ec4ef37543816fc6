"""files: a file is there whole or not at all, whatever fails while it is written."""

import os
import subprocess
import sys

import pytest
from odd_files import no_space

from ser_lessons import system


def test_a_file_is_replaced_in_one_step_and_its_folder_is_made(tmp_path):
    path = tmp_path / "a" / "b.bin"
    system.write_whole(path, b"old")
    system.write_whole(path, b"new")
    assert path.read_bytes() == b"new" and os.listdir(path.parent) == ["b.bin"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_what_fails_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch, step):
    path = tmp_path / "b.bin"
    path.write_bytes(b"old")
    monkeypatch.setattr(system.os, step, no_space)
    with pytest.raises(OSError, match="No space"):
        system.write_whole(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["b.bin"]


@pytest.mark.parametrize("sync", [True, False])
def test_the_bytes_reach_the_disk_before_the_name(tmp_path, monkeypatch, sync):
    steps = []
    monkeypatch.setattr(system.os, "fsync", lambda _: steps.append("fsync"))
    replace = os.replace
    monkeypatch.setattr(system.os, "replace", lambda *names: (steps.append("replace"), replace(*names)))
    system.write_whole(tmp_path / "b.bin", b"new", sync=sync)
    assert steps == (["fsync", "replace"] if sync else ["replace"])


def test_what_a_killed_process_leaves_is_named_as_a_draft(tmp_path):
    code = (
        "import os, sys\nfrom ser_lessons import system\n"
        "os.replace = lambda *_: os._exit(9)\nsystem.write_whole(sys.argv[1], b'new')"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "b.bin"])
    assert done.returncode == 9
    assert len(list(tmp_path.glob(system.DRAFTS))) == len(os.listdir(tmp_path)) == 1
