"""Is this computer ready for the course? Every problem that is found comes with its fix.

`ser-lessons doctor` prints the findings; `examine()` returns them. Lesson: 00_start_here.
"""

import dataclasses
import importlib.metadata
import pathlib
import shutil
import sys
import tempfile

from . import system
from .errors import SerError

FREE_GB = 3.0
"""Free disk space (GB) that RAVDESS, its unpacked copy and the caches need together."""

PYTHON = (3, 11)
REINSTALL = "run `make lab` (or `python3.11 tools/tasks.py install`) in the course folder"


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was examined.

    Parameters
    ----------
    name : str, what was examined
    state : "ok", "note" (works, but worth knowing) or "problem"
    detail : str, what was found
    fix : str, what to do; empty when all is well

    Lesson: 00_start_here.
    """

    name: str
    state: str
    detail: str
    fix: str = ""


def examine():
    """Examine Python, packages, disk, cache, corpus, bundle and Jupyter; never raise, never download.

    Returns
    -------
    list of Finding, in the order in which they should be mended

    Lesson: 00_start_here.
    """
    findings = []
    looks = (look_at_python, look_at_packages, look_at_disk, look_at_cache, look_at_corpus, look_at_bundle)
    for look in (*looks, look_at_jupyter):
        try:
            findings += look()
        except Exception as error:  # a check-up that breaks down is itself a finding
            name = look.__name__.removeprefix("look_at_")
            findings.append(Finding(name, "problem", f"{type(error).__name__}: {error}", REINSTALL))
    return findings


def is_healthy(findings):
    """True when no finding is a problem."""
    return all(finding.state != "problem" for finding in findings)


def look_at_python(version=None):
    """The interpreter: 3.11, the only one that every pinned package has wheels for."""
    version = tuple(version or sys.version_info[:2])
    detail = f"{version[0]}.{version[1]} at {sys.executable}"
    if version == PYTHON:
        return [Finding("python", "ok", detail)]
    return [Finding("python", "problem", detail, "install Python 3.11, delete the folder .venv, and " + REINSTALL)]


def declared_bounds(distribution="ser-lessons"):
    """Requirements of the installed course (without its test extra), as `packaging` objects.

    Raises
    ------
    SerError : the course itself is not installed, only lies in a folder
    """
    from packaging.requirements import Requirement

    try:
        lines = importlib.metadata.requires(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        raise SerError(f"The package {distribution} is not installed; {REINSTALL}.") from None
    wishes = [Requirement(line) for line in lines]
    return [wish for wish in wishes if wish.marker is None or wish.marker.evaluate({"extra": ""})]


def look_at_packages(bounds=None, version_of=importlib.metadata.version):
    """Every declared package against its bounds; one line when all fit, else one a package at fault."""
    try:
        bounds = declared_bounds() if bounds is None else bounds
    except SerError as error:
        return [Finding("packages", "problem", str(error), REINSTALL)]
    faults = []
    for wish in bounds:
        try:
            found = version_of(wish.name)
        except importlib.metadata.PackageNotFoundError:
            faults.append(Finding(wish.name, "problem", f"missing, {wish.specifier} is needed", REINSTALL))
            continue
        if not wish.specifier.contains(found, prereleases=True):
            faults.append(Finding(wish.name, "problem", f"version {found}, {wish.specifier} is needed", REINSTALL))
    return faults or [Finding("packages", "ok", f"all {len(bounds)} within their bounds")]


def look_at_disk(free_bytes=None, folder="."):
    """Free space where the course lies."""
    free_gb = (shutil.disk_usage(folder).free if free_bytes is None else free_bytes) / 1e9
    if free_gb >= FREE_GB:
        return [Finding("disk", "ok", f"{free_gb:.0f} GB free")]
    fix = f"free {FREE_GB - free_gb:.1f} GB, or stay with the practice corpus, which needs 50 MB"
    return [Finding("disk", "note", f"{free_gb:.1f} GB free, RAVDESS and its caches need {FREE_GB:.0f}", fix)]


def look_at_cache(folder=None):
    """Write access to the folder where spectrograms and the practice corpus are kept."""
    folder = pathlib.Path(folder or system.cache_dir())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        fix = "set the environment variable SER_CACHE to a folder that you may write to"
        return [Finding("cache", "problem", f"{folder}: {error.strerror}", fix)]
    return [Finding("cache", "ok", str(folder))]


def look_at_corpus():
    """RAVDESS: found and complete, found with faults, or absent (then the practice corpus serves)."""
    from . import corpus

    try:
        folder = corpus.find_ravdess()
        if folder is None:
            fix = "nothing, or `ser-lessons data fetch` for the real recordings"
            return [Finding("corpus", "note", "no RAVDESS; the lessons run on the practice corpus (synthetic)", fix)]
        faults = corpus.check_ravdess(corpus.scan(folder))
    except SerError as error:
        return [Finding("corpus", "problem", str(error), "`ser-lessons data check` says more")]
    if faults:
        return [Finding("corpus", "problem", f"{folder}: {faults[0]}", "`ser-lessons data check` lists all findings")]
    return [Finding("corpus", "ok", f"RAVDESS, complete, at {folder}")]


def look_at_bundle():
    """The shipped model: it loads, and its self-test passes on this machine's runtime."""
    from .net import bundle

    try:
        model = bundle.load()
    except SerError as error:
        return [Finding("model", "problem", str(error), REINSTALL)]
    return [Finding("model", "ok", f"{len(model.labels)} emotions, its self-test passes here")]


def look_at_jupyter():
    """The kernel that JupyterLab would start: there, and run by this very Python."""
    from jupyter_client import kernelspec

    fix = f"choose the kernel `Python 3 (ipykernel)` of the folder .venv, or {REINSTALL}"
    try:
        command = kernelspec.KernelSpecManager().get_kernel_spec("python3").argv[0]
    except kernelspec.NoSuchKernel:
        return [Finding("jupyter", "problem", "no kernel named python3", fix)]
    place = pathlib.Path(shutil.which(command) or command)
    bare = place.name.startswith("python") and not pathlib.Path(command).is_absolute()
    if bare or place.parent == pathlib.Path(sys.executable).parent:
        return [Finding("jupyter", "ok", "its kernel runs this Python")]
    return [Finding("jupyter", "note", f"its kernel runs {command}, not {sys.executable}", fix)]
