"""What `make` does, without make: `python tools/tasks.py lab` (Windows, too).

This file runs before anything is installed, so it needs the standard library of Python 3.8 or newer and no more.
The Makefile has no logic of its own; each of its targets calls the task of the same name.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / ".ser-lessons-installed"
"""Written last and deleted first: a .venv without it was never finished, and the next run makes it anew."""

LOCK = ROOT / ".cache" / "install.lock"
PYTHONS = ((3, 13), (3, 12), (3, 11))
"""The versions that the pinned set is made for, the one we like best first."""

UV = "uv>=0.9,<1"
"""The installer that fetches and unpacks in parallel; pip itself is the fall-back."""

LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
    "@jupyterlab/notebook-extension:tracker": {"codeCellConfig": {"lineNumbers": False, "lineWrap": True}},
}
"""JupyterLab would ask about official news in front of the lesson, and give long lines of code a scroll bar each."""

EXTRAS = {
    "book": "book/requirements.txt",
    "class": "tools/requirements-class.txt",
    "hub": "tools/requirements-hub.txt",
    "cluster": "tools/requirements-cluster.txt",
}
"""Parts that a learner's installation does without, and the file that pins what each adds."""

START = "notebooks/00_start_here.ipynb"
PLAYGROUND = "ser_lessons/playground/app.ipynb"
TWINS = "[0-9][0-9]_*.py"
"""The lessons as text, for reading and review: JupyterLab does not list them beside the notebooks."""

FULL = ["-m", "pytest", "-n", "0", "-s", "-m", "soak"]
SOAK = {
    "audio": [*FULL, "tests/robustness/test_audio_files.py"],
    "downloads": [*FULL, "tests/robustness/test_download_faults.py"],
    "archives": [*FULL, "tests/robustness/test_archives.py"],
    "bundles": [*FULL, "tests/robustness/test_bundles.py"],
    "kills": [*FULL, "tests/robustness/test_state.py"],
    "notebooks": [*FULL, "tests/robustness/test_notebooks_abused.py"],
    "installs": [*FULL, "tests/robustness/test_interrupted_install.py"],
    "mutants": ["benchmarks/mutation.py", "--output", "reports/mutation.json"],
    "coverage": ["benchmarks/code_coverage.py"],
}
"""Words after `python` for each part of `soak`, in the order of their run."""


class TaskError(Exception):
    """A task cannot go on; the message says what to do."""


def venv_python(folder=VENV):
    """Path of the interpreter in a virtual environment, on any system."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(root=ROOT):
    """Return a hash (hex, 64 characters) that changes when an installation has to be renewed.

    It covers the pinned set, the declaration, JupyterLab's settings, and where the course folder lies, since
    the package is installed in place.
    """
    digest = hashlib.sha256(f"{root} {LAB_SETTINGS}".encode())
    for name in ("requirements.txt", "pyproject.toml"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def run(*command, check=True, env=None):
    """Run a command in the course folder and return its exit code; stop the task when it fails."""
    words = [str(word) for word in command]
    code = subprocess.call(words, cwd=ROOT, env=None if env is None else {**os.environ, **env}, close_fds=False)
    if check and code:
        raise TaskError(f"`{' '.join(words)}` ended with code {code}; its own message stands above.")
    return code


def version_of(command):
    """(major, minor) of the Python that a command starts; None where there is none that can make an environment."""
    code = "import ensurepip, sys, venv; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([*command, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    return tuple(map(int, done.stdout.split())) or None


def wanted_python():
    """The command that the environment variable PYTHON holds, as a list of words; empty where nothing is forced."""
    wish = os.environ.get("PYTHON", "")
    return [wish] if shutil.which(wish) else wish.split()


def find_python():
    """Return the command of the Python to work with: the one that PYTHON names, else the newest that is there.

    Raises
    ------
    TaskError : there is none of the supported versions
    """
    wish = wanted_python()
    for version in PYTHONS:
        for command in [wish] if wish else commands_for(version):
            if version_of(command) == version:
                return command
    names = ", ".join(f"{major}.{minor}" for major, minor in PYTHONS)
    found = f"PYTHON={' '.join(wish)} is none" if wish else "none was found"
    raise TaskError(f"One of Python {names} with its venv module is needed and {found}: install one.")


def commands_for(version):
    """Commands that may start a Python of one version: on the path, on Windows, and where pyenv keeps them."""
    name = ".".join(map(str, version))
    if sys.version_info[:2] == version:
        yield [getattr(sys, "_base_executable", None) or sys.executable]
    yield from ([f"python{name}"], ["py", f"-{name}"])
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv")
    yield from ([str(path)] for path in sorted(pyenv.glob(f"versions/{name}.*/bin/python")))


@contextlib.contextmanager
def alone():
    """Let one installation at a time work (not on Windows); the orphaned installer of a killed one counts, too."""
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("a") as file:
        if os.name != "nt":
            import fcntl

            os.set_inheritable(file.fileno(), True)  # so that every command started below holds the lock as well
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Waiting for another installation of this folder to end ...", flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_installed():
    """Whether `.venv` holds this pinned set as a whole, under the Python that was asked for, if any was."""
    if not (venv_python().exists() and STAMP.exists() and STAMP.read_text() == fingerprint()):
        return False
    wish = wanted_python()
    return not wish or version_of(wish) == version_of([venv_python()])


def install(args=None):
    """Make `.venv` and fill it with the pinned set; do nothing, and need no network, when that was done before.

    Stopped at any moment, by Ctrl-C, a kill or a full disk, it leaves no stamp, and the next run starts over.
    """
    if is_installed():
        return
    with alone():
        try:
            if not is_installed():
                fill_venv()
        except TaskError as error:
            raise TaskError(f"{error} Mend that and run the same again: it starts over.") from None


def fill_venv():
    """Bring a finished `.venv` of a supported Python up to date; make any other anew."""
    python = venv_python()
    version = version_of([python]) if STAMP.exists() else None
    wish = wanted_python()
    keep = version == version_of(wish) if wish else version in PYTHONS
    maker = [] if keep else find_python()
    STAMP.unlink(missing_ok=True)
    if not keep:
        print("Making .venv ...", flush=True)
        if run(*maker, "-m", "venv", "--clear", VENV, check=False):
            raise TaskError("The folder .venv could not be made (see above): delete it.")
    print("Installing the pinned packages (the first time about 1 GB; once only) ...", flush=True)
    installer = find_installer(python)
    run(*installer, "--no-deps", "-r", "requirements.txt")
    run(*installer, "--no-deps", "--no-build-isolation", "--editable", ".")
    settings = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(LAB_SETTINGS), encoding="utf-8")
    draft = STAMP.with_suffix(".part")
    draft.write_text(fingerprint())
    draft.replace(STAMP)


def find_installer(python):
    """The words that start the installer of an environment: uv where it can be had, else pip."""
    if run(python, "-m", "pip", "install", "-qq", UV, check=False) == 0:
        return [python, "-m", "uv", "pip", "install", "--quiet", "--python", python]
    return [python, "-m", "pip", "install", "--quiet"]


def add(extra):
    """Install what an extra adds to the pinned set, once."""
    install()
    pins, stamp = ROOT / EXTRAS[extra], VENV / f".ser-lessons-{extra}"
    wanted = hashlib.sha256(pins.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with alone():
        run(*find_installer(venv_python()), "--no-deps", "-r", pins)
        stamp.write_text(wanted)


def lab(args):
    """Open JupyterLab at lesson 00: on this machine only, with its token, serving only the course folder."""
    install()
    run(venv_python(), *lab_words(), *args.rest)


def lab_words(folder=ROOT):
    """Words after `python` that start JupyterLab on the loopback address; its token is on unless configured away."""
    root_user = hasattr(os, "geteuid") and os.geteuid() == 0
    words = ["-m", "jupyterlab", f"--ServerApp.root_dir={folder}", "--ServerApp.ip=127.0.0.1"]
    words += ["--ServerApp.allow_remote_access=False", f"--LabApp.default_url=/lab/tree/{START}"]
    words += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    words += [f"--ContentsManager.hide_globs={name}" for name in ("__pycache__", "*.pyc", TWINS)]
    return [*words, *(["--allow-root"] if root_user else [])]


def playground(args):
    """Open the audio playground as a page of its own (Voila), on this machine only, with a token."""
    install()
    run(venv_python(), *playground_words(), *args.rest)


def playground_words(notebook=PLAYGROUND):
    """Words after `python` that start Voila on the loopback address; unlike Jupyter it has no token unless asked."""
    return ["-m", "voila", notebook, "--Voila.ip=127.0.0.1", "--Voila.auto_token=True"]


def browser(args=None):
    """Install Debian's Chromium for the browser tests where that is possible; say so where it is not."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    may_install = shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0
    if not (may_install and os.environ.get("CI")):
        print("No Chromium found: the browser tests will be skipped (to run them: apt-get install chromium).")
        return
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "-qq", "update", check=False, env=quiet)
    run("apt-get", "-qq", "-y", "install", "--no-install-recommends", "chromium", check=False, env=quiet)


def test(args):
    """Check the format, the lessons and everything under tests/; the closing line is pytest's."""
    # Hundreds of processes start below: where nothing compiled may be kept, each would compile SciPy anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for extra in EXTRAS:
        add(extra)
    browser()
    python = venv_python()
    run(python, "-m", "ruff", "check", "--quiet", ".")
    run(python, "-m", "ruff", "format", "--check", "--quiet", ".")
    run(python, "tools/lessons.py", "check")
    spread = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]  # in the order of tests/conftest.py
    return run(python, "-m", "pytest", *spread, *args.rest, check=False)


def soak(args):
    """Run tests/robustness in full counts, figures into reports/ (hours; `soak kills`: only that part)."""
    install()
    unknown = [name for name in args.rest if name not in SOAK]
    if unknown:
        raise TaskError(f"there is no part {', '.join(unknown)}: name some of {', '.join(SOAK)}, or none for all.")
    codes = {}
    for number, name in enumerate(args.rest or SOAK, 1):
        print(f"\nsoak: {name} (part {number} of {len(args.rest or SOAK)})", flush=True)
        codes[name] = run(venv_python(), *SOAK[name], check=False)
    failed = [name for name, code in codes.items() if code]
    print(f"\nsoak: {', '.join(failed) or 'nothing'} failed; the figures stand in reports/.")
    return 1 if failed else 0


def reproduce(args):
    """Run the student project's recipe end to end on RAVDESS (over an hour; resumable) and render its report."""
    install()
    return run(venv_python(), "benchmarks/reproduce_student.py", *args.rest, check=False)


def bench(args):
    """Measure the student project's way beside ours on this machine."""
    install()
    return run(venv_python(), "benchmarks/bench.py", *args.rest, check=False)


def lessons(args):
    """Write the learner notebooks from the solutions, and execute the solutions (`lessons 04`: only that one)."""
    install()
    run(venv_python(), "tools/lessons.py", "build")
    run(venv_python(), "tools/lessons.py", "execute", *args.rest)


def book(args):
    """Write the course as a web book into book/_build/html (the first time, this fetches Sphinx)."""
    add("book")
    run(venv_python(), "tools/book.py")


def class_(args):
    """Write the lessons as nbgrader assignments into build/class (`class FOLDER`: there)."""
    add("class")
    run(venv_python(), "tools/classroom.py", "make", *args.rest)


def hub(args):
    """Start a JupyterHub for a class on this server, as root (`hub --learners 20`: for so many)."""
    add("hub")
    return run(venv_python(), "tools/hub.py", *args.rest, check=False)


def lock(args):
    """Rewrite the requirements.txt of all from pyproject.toml, for every Python and system at once (needs network)."""
    run(venv_python(), "-m", "pip", "install", "-qq", UV)
    options = ["--universal", "--python-version", "3.11", "--no-emit-index-url", "--quiet"]
    options += ["--custom-compile-command", "make lock", *args.rest]
    compile_ = [venv_python(), "-m", "uv", "pip", "compile", *options, "pyproject.toml"]
    run(*compile_, "--extra", "workshop", "--extra", "media", "--extra", "test", "-o", "requirements.txt")
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    ours = sorted({line.split("==")[0] for line in lines if "==" in line})
    for extra, pins in EXTRAS.items():
        known = [f"--no-emit-package={name}" for name in ours]
        run(*compile_, "--extra", extra, "-c", "requirements.txt", *known, "-o", pins)
        text = (ROOT / pins).read_text()  # uv lists below the pins what it was told to leave out: all of ours
        (ROOT / pins).write_text(text.split("\n# The following packages were excluded")[0].rstrip() + "\n")


def audit(args):
    """Ask the package registry for known vulnerabilities of the pinned set (needs network).

    Ends with 0 when none is known, 1 when one is, 3 when the registry does not answer such questions (mirrors
    often carry packages only): then nothing was audited, and nothing is claimed.
    """
    install()
    pins = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line]
    probe = ask_registry(pins[:1])
    if probe is None or any("skip_reason" in answer for answer in probe):
        print("audit: this registry serves no vulnerability data, so nothing was audited.")
        return 3
    answers = ask_registry(pins) or []
    lines = (ROOT / ".ci" / "audit-ignore.txt").read_text().splitlines()
    ignored = {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}
    found = [(answer["name"], fault["id"]) for answer in answers for fault in answer.get("vulns", [])]
    skipped = sum("skip_reason" in answer for answer in answers)
    print(f"audit: {len(answers) - skipped} of {len(pins)} packages audited, {len(found)} vulnerabilities known.")
    for name, identifier in found:
        print(f"  {name}: {identifier}" + (" (explained in .ci/audit-ignore.txt)" if identifier in ignored else ""))
    return 1 if any(identifier not in ignored for _, identifier in found) else 0


def ask_registry(pins):
    """What the registry knows about pinned packages: one dict each from pip-audit, or None without an answer."""
    with tempfile.TemporaryDirectory() as folder:
        wishes, answers = pathlib.Path(folder, "pins.txt"), pathlib.Path(folder, "answers.json")
        wishes.write_text("\n".join(pins))
        options = ["--vulnerability-service", "pypi", "--disable-pip", "--no-deps", "--progress-spinner", "off"]
        options += ["--format", "json", "--output", answers, "-r", wishes]
        subprocess.run([venv_python(), "-m", "pip_audit", *options], capture_output=True)
        return json.loads(answers.read_text())["dependencies"] if answers.exists() else None


def clean(args):
    """Delete what the tasks made: .venv, caches, builds. Data, runs and notebooks stay."""
    STAMP.unlink(missing_ok=True)  # first: stopped halfway, this must not leave a .venv that looks whole
    made = [ROOT / name for name in (".venv", ".cache", ".hypothesis", ".ruff_cache", "build", "dist", "book/_build")]
    made += ROOT.glob("*.egg-info")
    for top in ("ser_lessons", "tests", "benchmarks", "tools"):
        made += (ROOT / top).rglob("__pycache__")
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


class_.__name__ = "class"  # a word that Python keeps for itself
TASKS = (
    install,
    lab,
    playground,
    test,
    book,
    class_,
    hub,
    soak,
    reproduce,
    bench,
    lessons,
    lock,
    audit,
    browser,
    clean,
)


def main(argv=None):
    """Run one task; the exit code is that of what it ran."""
    parser = argparse.ArgumentParser(prog="python tools/tasks.py", description=__doc__.split("\n")[0])
    names = {task.__name__: task for task in TASKS}
    parser.add_argument(
        "task", choices=names, help="; ".join(f"{n}: {t.__doc__.split(chr(10))[0]}" for n, t in names.items())
    )
    args, rest = parser.parse_known_args(argv)
    args.rest = rest
    try:
        return names[args.task](args) or 0
    except TaskError as error:
        print(f"{args.task}: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a folder that may not be written
        print(f"{args.task}: {error}; mend that and run the same again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
