"""Is this computer ready for the course? Every problem that is found comes with its fix.

`ser-lessons doctor` prints the findings; `examine()` returns them. Lesson: 00_start_here.
"""

import dataclasses
import importlib.metadata
import pathlib
import shutil
import subprocess
import sys
import tempfile

from . import system

FREE_GB = 3.0  # free disk space (GB) that RAVDESS, its unpacked copy and the caches need together
PYTHONS = ((3, 11), (3, 12), (3, 13))
REINSTALL = "run `make lab` (or `python tools/tasks.py install`) in the course folder, or install its wheel again"
DATA_CHECK = "`ser-lessons data check` says more"


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was examined: its `name`, its `state`, what was found, and what to do; "" when all is well.

    `state` is "ok", "note" (works, but worth knowing) or "problem".
    """

    name: str
    state: str
    detail: str
    fix: str = ""


def examine():
    """Examine Python, packages, disk, cache, corpus, bundle and Jupyter; never raise, never download.

    Returns a list of Finding, in the order in which they should be mended. Lesson: 00_start_here.
    """
    findings = []
    for name, (look, fix) in LOOKS.items():
        try:
            findings += [Finding(name, *found) for found in look()]
        except Exception as error:  # a check-up that breaks down is itself a finding
            findings.append(Finding(name, "problem", str(error) or type(error).__name__, fix))
    return findings


def is_healthy(findings):
    """True when no finding is a problem."""
    return all(finding.state != "problem" for finding in findings)


def look_at_python(version=None):
    """The interpreter: one of the versions that every pinned package has wheels for."""
    version = tuple(version or sys.version_info[:2])
    fix = "" if version in PYTHONS else f"install Python 3.13, delete the folder .venv, and {REINSTALL}"
    yield "problem" if fix else "ok", f"{version[0]}.{version[1]} at {sys.executable}", fix


def look_at_packages():
    """Every package that the course declares, against its bounds, as pip sees it; one line a package at fault."""
    importlib.metadata.version("ser-lessons")
    pip = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, errors="replace")
    if not pip.stdout:
        yield "note", "pip is not here, so nothing was compared with its bounds", "nothing, or install pip"
        return
    faults = [line for line in pip.stdout.splitlines() if line.startswith("ser-lessons ")]
    yield from (("problem", line, REINSTALL) for line in faults)
    if not faults:
        yield "ok", "all within their bounds"


def look_at_disk(free_bytes=None):
    """Free space where the course lies."""
    free_gb = (shutil.disk_usage(".").free if free_bytes is None else free_bytes) / 1e9
    if free_gb >= FREE_GB:
        yield "ok", f"{free_gb:.0f} GB free"
    else:
        fix = f"free {FREE_GB - free_gb:.1f} GB, or stay with the practice corpus, which needs 50 MB"
        yield "note", f"{free_gb:.1f} GB free, RAVDESS and its caches need {FREE_GB:.0f}", fix


def look_at_cache():
    """Write access to the folder where spectrograms and the practice corpus are kept."""
    folder = system.cache_dir()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        yield "ok", str(folder)


def look_at_corpus():
    """RAVDESS: found and complete, found with faults, or absent (then the practice corpus serves)."""
    from . import corpus

    folder = corpus.find_ravdess()
    if folder is None:
        fix = "nothing, or `ser-lessons data fetch` for the real recordings"
        yield "note", "no RAVDESS; the lessons run on the practice corpus (synthetic)", fix
        return
    table = corpus.scan(folder)
    if faults := corpus.check_ravdess(table, decode=False):
        yield "problem", f"{folder}: {faults[0]}", DATA_CHECK
    else:
        yield "ok", " ".join([f"RAVDESS, complete, at {folder}.", *corpus.remarks_on(table)])


def look_at_bundle():
    """The shipped model: it loads, and its self-test passes on this machine's runtime."""
    from .net import bundle

    yield "ok", f"{len(bundle.load().labels)} emotions, its self-test passes here"


def look_at_jupyter():
    """The kernel that JupyterLab would start: there, and run by this very Python."""
    from jupyter_client import kernelspec

    command = kernelspec.get_kernel_spec("python3").argv[0]
    place = pathlib.Path(shutil.which(command) or command)
    bare = place.name.startswith("python") and not pathlib.Path(command).is_absolute()
    if bare or place.parent == pathlib.Path(sys.executable).parent:
        yield "ok", "its kernel runs this Python"
    else:
        yield "note", f"its kernel runs {command}, not {sys.executable}", KERNEL


KERNEL = f"choose the kernel `Python 3 (ipykernel)` of the folder .venv, or {REINSTALL}"
LOOKS = {
    "python": (look_at_python, REINSTALL),
    "packages": (look_at_packages, REINSTALL),
    "disk": (look_at_disk, "name a folder that is there"),
    "cache": (look_at_cache, "set the environment variable SER_CACHE to a folder that you may write to"),
    "corpus": (look_at_corpus, DATA_CHECK),
    "model": (look_at_bundle, REINSTALL),
    "jupyter": (look_at_jupyter, KERNEL),
}
"""What is examined, in order, and what to do where the look itself fails."""
