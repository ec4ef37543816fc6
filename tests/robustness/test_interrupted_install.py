"""An installation stopped at any moment heals: the next one finishes by itself, and what it installed works."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest
from soak import ROOT, Part

TRIALS = 10
WORKS = "import tensorflow, librosa, pandas, ser_lessons.net.bundle as b; b.load()"


@pytest.fixture
def course(tmp_path):
    """A copy of the course without its .venv."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def start(course):
    """Start an installation as a process group of its own, as a terminal does."""
    words = [sys.executable, "tools/tasks.py", "install"]
    return subprocess.Popen(words, cwd=course, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def stop(process, how):
    """Ctrl-C and kill reach the whole group; an orphaned installer goes on when only its parent is killed."""
    if process.poll() is None:
        sign = signal.SIGINT if how == "Ctrl-C" else signal.SIGKILL
        os.kill(process.pid, sign) if how == "parent killed" else os.killpg(process.pid, sign)
    process.wait(timeout=120)
    process.stdout.close()


def finish(course):
    """Install once more, undisturbed, and use what was installed; return what was said, and the seconds."""
    started = time.monotonic()
    process = start(course)
    said = process.communicate(timeout=1200)[0].decode()
    seconds = time.monotonic() - started
    assert process.returncode == 0, said[-2000:]
    python = course / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    used = subprocess.run([python, "-c", WORKS], cwd=course, capture_output=True, text=True, timeout=600)
    assert used.returncode == 0, used.stderr[-2000:]
    checked = subprocess.run([python, "-m", "pip", "check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    return said, seconds


@pytest.mark.soak
def test_an_installation_heals_wherever_it_was_stopped(course):
    """A random moment of each tenth of an installation; in turn Ctrl-C, a kill, and a kill of the parent alone."""
    draw = random.Random(7)
    with Part("interrupted_installs", TRIALS) as part:
        seconds = finish(course)[1]
        part.more = {"whole_install_s": round(seconds), "moments": []}
        for number in range(TRIALS):
            how = ("Ctrl-C", "killed", "parent killed")[number % 3]
            moment = seconds * (number + draw.random()) / TRIALS
            shutil.rmtree(course / ".venv")
            with part.trial(f"{how} after {moment:.1f} s"):
                process = start(course)
                time.sleep(moment)
                stop(process, how)
                part.more["moments"].append(f"{how} after {moment:.1f} s")
                finish(course)
