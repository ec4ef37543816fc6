"""One set of packages, said in three files: pyproject.toml, requirements.txt, environment.yml. And the tasks."""

import ast
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ser_lessons import doctor
from tools import tasks

PLATFORMS = {
    "Linux": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"},
    "macOS": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64", "os_name": "posix"},
    "Windows": {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64", "os_name": "nt"},
}
VERSIONS = [f"{major}.{minor}" for major, minor in tasks.PYTHONS]
MOST_DEPENDENCIES, MOST_PACKAGES = 24, 190


@pytest.fixture(scope="module")
def declaration(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wishes(declaration):
    lines = [declaration["dependencies"], *declaration["optional-dependencies"].values()]
    return [Requirement(line) for line in sum(lines, [])]


def pinned(root):
    """The text of the pinned set, with what each extra adds."""
    names = ["requirements.txt", *tasks.EXTRAS.values()]
    return "\n".join((root / name).read_text() for name in names)


@pytest.fixture(scope="module")
def pins(root):
    lines = pinned(root).splitlines()
    return [Requirement(line) for line in lines if line and not line.lstrip().startswith("#")]


def applies(requirement, platform, version):
    versions = {"python_version": version, "python_full_version": f"{version}.7"}
    here = {**default_environment(), **PLATFORMS[platform], **versions}
    return requirement.marker is None or requirement.marker.evaluate(here)


def unmet(wishes, pins, platform, version):
    """Names of the wishes that the pinned set does not fulfill on a platform."""
    there = {canonicalize_name(pin.name): pin for pin in pins if applies(pin, platform, version)}
    faults = []
    for wish in (wish for wish in wishes if applies(wish, platform, version)):
        pin = there.get(canonicalize_name(wish.name))
        if pin is None or not wish.specifier.contains(next(iter(pin.specifier)).version):
            faults.append(wish.name)
    return faults


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_pinned_set_fulfills_the_declaration(wishes, pins, platform, version):
    assert unmet(wishes, pins, platform, version) == [], "run `make lock`"


def test_a_wish_out_of_bounds_is_noticed(pins):
    wishes = [Requirement("numpy<2"), Requirement("no-such-package")]
    assert unmet(wishes, pins, "Linux", "3.12") == ["numpy", "no-such-package"]


@pytest.mark.parametrize("version, major", [("3.11", "0.11"), ("3.12", "1.0"), ("3.13", "1.0")])
def test_every_python_gets_the_newest_librosa_there_is_for_it(pins, version, major):
    [pin] = [pin for pin in pins if pin.name == "librosa" and applies(pin, "Linux", version)]
    assert str(pin.specifier).startswith(f"=={major}")


def test_the_runtime_stays_small(declaration):
    assert len(declaration["dependencies"]) <= MOST_DEPENDENCIES


def test_extras_add_nothing_to_what_a_learner_installs(root):
    def names(file):
        return set(re.findall(r"^[A-Za-z0-9][\w.-]*", (root / file).read_text(), re.M))

    base = names("requirements.txt")
    assert 100 < len(base) <= MOST_PACKAGES
    for file in tasks.EXTRAS.values():
        assert names(file) and not names(file) & base, file


def test_every_package_is_pinned_to_one_version(pins):
    loose = [str(pin) for pin in pins if [spec.operator for spec in pin.specifier] != ["=="]]
    assert loose == []


def test_pins_asked_for_by_us_are_declared(root, wishes):
    """A dependency taken out of pyproject.toml must leave requirements.txt as well."""
    text = pinned(root)
    blocks = re.findall(r"^(\S+)==\S+.*\n((?:    #.*\n)+)", text, flags=re.MULTILINE)
    ours = {canonicalize_name(name) for name, reasons in blocks if "ser-lessons (pyproject.toml)" in reasons}
    assert ours == {canonicalize_name(wish.name) for wish in wishes}, "run `make lock`"


def test_requirements_name_no_index_and_no_host(root):
    text = pinned(root)
    assert not re.search(r"://|^\s*-|index|find-links|@ ", text, flags=re.MULTILINE)


def test_every_dependency_has_an_upper_bound_and_a_reason(root, wishes):
    for wish in wishes:
        assert any(spec.operator in ("<", "==", "~=") for spec in wish.specifier), f"{wish.name} has no upper bound"
        pattern = rf'^ +"{re.escape(wish.name)}[^"]*", +# \S+( \S+)+'
        line = re.search(pattern, (root / "pyproject.toml").read_text(), flags=re.MULTILINE)
        assert line, f"{wish.name} has no reason beside it"


def test_every_file_speaks_of_the_same_pythons(root, declaration):
    """What pip allows, conda makes, the tasks look for, the check-up accepts and CI tries."""
    oldest, newest = tasks.PYTHONS[-1], tasks.PYTHONS[0]
    assert declaration["requires-python"] == f">={VERSIONS[-1]},<{newest[0]}.{newest[1] + 1}"
    listed = re.findall(r"^ +- (.*)$", (root / "environment.yml").read_text(), flags=re.MULTILINE)
    python = f"python{declaration['requires-python']}"
    assert listed == ["conda-forge", python, "pip", "pip:", "--requirement requirements.txt", "--editable ."]
    assert sorted(tasks.PYTHONS) == sorted(doctor.PYTHONS) and oldest < newest
    assert {f"Programming Language :: Python :: {version}" for version in VERSIONS} <= set(declaration["classifiers"])
    for workflow in ("test.yml", "canary.yml"):
        tried = re.search(r"python: \[(.*)\]", (root / ".github" / "workflows" / workflow).read_text()).group(1)
        assert sorted(re.findall(r"[\d.]+", tried)) == sorted(VERSIONS), workflow.name


@pytest.fixture(scope="module")
def canary(root):
    return yaml.safe_load((root / ".github" / "workflows" / "canary.yml").read_text())["jobs"]


def test_the_canary_builds_course_book_and_class_with_every_extra(canary, declaration):
    steps = {step.get("name"): step for step in canary["unpinned"]["steps"]}
    extras = re.search(r"\[(.*)\]", steps["installation"]["run"]).group(1).split(",")
    assert sorted(extras) == sorted(declaration["optional-dependencies"])
    for name, script in (
        ("book", "book.py"),
        ("class", "classroom.py make"),
        ("course, executed anew", "lessons.py exec"),
    ):
        assert f"tools/{script}" in steps[name]["run"] and "!cancelled()" in steps[name]["if"], name


@pytest.mark.skipif(os.name == "nt" or not shutil.which("jq"), reason="needs a POSIX shell and jq")
@pytest.mark.parametrize(
    "failed, known, asked",
    [
        (True, "", ["issue create"]),
        (True, "8", ["issue reopen 8", "issue edit 8"]),
        (False, "8", ["issue close 8"]),
        (False, "", []),
    ],
)
def test_the_canary_keeps_one_issue(failed, known, asked, canary, tmp_path):
    """The step itself, with a `gh` that answers as the real one and writes down what it was asked for."""
    report = canary["report"]
    assert set(report["needs"]) == set(canary) - {"report"} and report["permissions"]["issues"] == "write"
    step = {"name": "book", "conclusion": "failure"}
    jobs = [
        {"name": "3.13", "url": "there", "conclusion": "failure" if failed else "success", "steps": [step]},
        {"name": "3.12", "url": "here", "conclusion": "success", "steps": []},
    ]
    (tmp_path / "jobs.json").write_text(json.dumps({"jobs": jobs}))
    (tmp_path / "gh").write_text(
        f"""#!/bin/bash
        case "$1 $2" in
            "run view") jq -r "$7" jobs.json ;;
            "issue list") echo -n "{known}" ;;
            *) echo "$@" >> asked.txt ;;
        esac"""
    )
    (tmp_path / "gh").chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "RUN": "1"}
    env |= {name: report["env"][name] for name in ("TITLE", "FAILED")}
    subprocess.run(["bash", "-e", "-c", report["steps"][0]["run"]], cwd=tmp_path, env=env, check=True)
    found = (tmp_path / "asked.txt").read_text().splitlines() if (tmp_path / "asked.txt").exists() else []
    assert [line.split(" --")[0] for line in found] == asked
    assert not failed or "- [3.13](there): book\n" in (tmp_path / "body.md").read_text()


# --------------------------------------------------------------------------------------------------- the tasks


def test_makefile_and_tasks_name_the_same_targets(root):
    targets = re.search(r"^TASKS := (.*)$", (root / "Makefile").read_text(), flags=re.MULTILINE).group(1).split()
    assert targets == [task.__name__ for task in tasks.TASKS]


def test_soak_runs_every_full_count_there_is(root, monkeypatch, capsys):
    """A file with a full count that no part of `soak` names would never run; a misspelt part is named."""
    files = [path for path in (root / "tests").rglob("test_*.py") if "@pytest.mark" + ".soak" in path.read_text()]
    named = {word for words in tasks.SOAK.values() for word in words if word.startswith("tests/")}
    assert named == {path.relative_to(root).as_posix() for path in files}
    commands = []
    monkeypatch.setattr(tasks, "install", lambda args=None: None)
    monkeypatch.setattr(tasks, "run", lambda *words, **options: commands.append(words[1:]) or words[-1].count("state"))
    assert tasks.main(["soak", "archives", "kills"]) == 1
    assert commands == [tuple(tasks.SOAK["archives"]), tuple(tasks.SOAK["kills"])]
    assert "kills failed" in capsys.readouterr().out
    assert tasks.main(["soak", "kill"]) == 1 and len(commands) == 2
    assert "no part kill" in capsys.readouterr().err
    assert tasks.main(["soak"]) == 1 and len(commands) == 2 + len(tasks.SOAK)


def test_tasks_need_nothing_but_the_standard_library_of_an_old_python(root):
    tree = ast.parse((root / "tools" / "tasks.py").read_text(), feature_version=(3, 8))
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {alias.name for node in imports for alias in node.names}
    assert names <= set(sys.stdlib_module_names)


@pytest.fixture
def pretend(monkeypatch, tmp_path):
    """An installation that runs nothing: the commands it would run, and which Python each command would be."""
    commands, pythons = [], {}
    python = tasks.venv_python(tmp_path / ".venv")

    def run(*words, check=True, env=None):
        commands.append([str(word) for word in words])
        if "venv" in words:
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
            pythons[str(python)] = pythons.get(words[0])
        return 0

    monkeypatch.delenv("PYTHON", raising=False)
    monkeypatch.setattr(tasks, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(tasks, "STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setattr(tasks, "LOCK", tmp_path / "cache" / "lock")
    monkeypatch.setattr(tasks, "venv_python", lambda: python)
    monkeypatch.setattr(tasks, "version_of", lambda command: pythons.get(str(command[0])))
    monkeypatch.setattr(tasks, "run", run)
    pythons |= {"python3.11": (3, 11), "python3.12": (3, 12), "python3.10": (3, 10)}
    return commands, pythons


def made_with(commands):
    """The Python that a `.venv` was made with, if one was made."""
    return [words[0] for words in commands if "venv" in words]


def test_an_unchanged_installation_is_left_alone(pretend, tmp_path):
    """`make lab` without network: the second start runs no installer."""
    commands, _ = pretend
    tasks.install()
    assert made_with(commands) == ["python3.12"], "the newest that is there"
    assert any("requirements.txt" in words for words in commands)
    settings = (tmp_path / ".venv" / "share" / "jupyter" / "lab" / "settings" / "overrides.json").read_text()
    assert '"fetchNews": "false"' in settings  # no question in front of the lesson
    assert '"lineWrap": true' in settings  # no scroll bar below a line of code
    commands.clear()
    tasks.install()
    assert commands == []


def test_a_finished_environment_is_brought_up_to_date(pretend):
    """An older pinned set under any supported Python: its packages are renewed, the environment stays."""
    commands, pythons = pretend
    tasks.install()
    tasks.STAMP.write_text("of an older pinned set")
    pythons["python3.13"] = (3, 13)
    commands.clear()
    tasks.install()
    assert made_with(commands) == [] and any("requirements.txt" in words for words in commands)
    assert tasks.STAMP.read_text() == tasks.fingerprint()


def test_the_python_that_is_asked_for_is_taken(pretend, monkeypatch):
    commands, _ = pretend
    tasks.install()
    for wish, made in (("python3.12", []), ("python3.11", ["python3.11"]), ("python3.11", [])):
        monkeypatch.setenv("PYTHON", wish)
        commands.clear()
        tasks.install()
        assert made_with(commands) == made
    for wish in ("python3.10", "no-such-python"):
        monkeypatch.setenv("PYTHON", wish)
        with pytest.raises(tasks.TaskError, match=f"3.13, 3.12, 3.11 .*={wish} "):
            tasks.install()
        assert tasks.STAMP.exists(), "what is installed stays"


def test_the_python_of_this_process_can_be_found():
    assert tasks.version_of([sys.executable]) == sys.version_info[:2]
    assert tasks.version_of(["no-such-python"]) is None and tasks.version_of([sys.executable, "--no-such"]) is None


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("No space left on device"), tasks.TaskError("see above")])
@pytest.mark.parametrize("renewed, step", [*((False, step) for step in range(4)), *((True, step) for step in range(3))])
def test_an_interrupted_installation_starts_over(renewed, step, error, pretend, monkeypatch):
    """Stopped at any step, new or renewed, it leaves no stamp: what stands there is never taken for a whole one."""
    commands, _ = pretend
    if renewed:
        tasks.install()
        tasks.STAMP.write_text("of an older pinned set")
        commands.clear()

    def break_down(*words, **options):
        if len(commands) == step:
            raise error
        return whole(*words, **options)

    whole = tasks.run
    monkeypatch.setattr(tasks, "run", break_down)
    with pytest.raises((KeyboardInterrupt, OSError, tasks.TaskError)):
        tasks.install()
    assert not tasks.STAMP.exists()
    monkeypatch.setattr(tasks, "run", whole)
    commands.clear()
    tasks.install()
    assert made_with(commands) == ["python3.12"] and tasks.STAMP.read_text() == tasks.fingerprint()


def test_a_half_deleted_environment_does_not_look_whole(pretend, monkeypatch):
    """`make clean` takes the stamp first."""
    commands, _ = pretend
    tasks.install()
    monkeypatch.setattr(tasks, "ROOT", tasks.VENV.parent)
    monkeypatch.setattr(tasks.shutil, "rmtree", lambda *words, **options: sys.exit("killed"))
    with pytest.raises(SystemExit):
        tasks.clean(None)
    assert not tasks.STAMP.exists()


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied", "x"), tasks.TaskError("Python is needed")])
def test_a_task_that_cannot_go_on_says_so_in_one_sentence(error, monkeypatch, capsys):
    def break_down(args=None):
        raise error

    monkeypatch.setattr(tasks, "is_installed", break_down)
    assert tasks.main(["install"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no lock that a child inherits")
def test_a_second_installation_waits_for_the_orphan_of_a_killed_one(pretend):
    """The installer that a killed `make lab` leaves behind still writes into .venv."""
    done = tasks.VENV.parent / "done"
    code = f"import pathlib, time; time.sleep(1); pathlib.Path({str(done)!r}).touch()"
    with tasks.alone():
        orphan = subprocess.Popen([sys.executable, "-c", code], close_fds=False)
    with tasks.alone():
        assert done.exists()
    orphan.wait()


def test_fingerprint_follows_files_and_place(tmp_path):
    prints = set()
    for place, text in (("a", "numpy==1"), ("a", "numpy==2"), ("b", "numpy==2")):
        folder = tmp_path / place
        folder.mkdir(exist_ok=True)
        (folder / "requirements.txt").write_text(text)
        (folder / "pyproject.toml").write_text("")
        prints.add(tasks.fingerprint(folder))
    assert len(prints) == 3


def test_servers_are_started_with_our_options(monkeypatch):
    commands = []
    monkeypatch.setattr(tasks, "install", lambda args=None: None)
    monkeypatch.setattr(tasks, "run", lambda *words, **options: commands.append([str(w) for w in words]) or 0)
    assert tasks.main(["lab"]) == 0
    assert tasks.main(["playground", "--no-browser"]) == 0
    assert commands[0][1:] == tasks.lab_words()
    assert any(word.endswith("default_url=/lab/tree/notebooks/00_start_here.ipynb") for word in commands[0])
    assert commands[1][1:] == [*tasks.playground_words(), "--no-browser"]


def test_ci_says_where_the_corpus_is(root, tmp_path):
    """.ci/run finds the corpora beside the course folder, and is silent about them where there are none."""
    course = tmp_path / "course"
    (course / ".ci").mkdir(parents=True)
    script = course / ".ci" / "run"
    script.write_text((root / ".ci" / "run").read_text())
    (course / "tools").mkdir()
    (course / "tools" / "tasks.py").write_text("raise SystemExit(3)")
    (course / "Makefile").write_text('test:\n\t@echo "CI=$$CI R=$$SER_RAVDESS O=$$SER_RAVDESS_ORIGINAL"\n')
    # The tests themselves run under make: what it hands down would make the inner make announce its folders.
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SER_", "MAKE", "MFLAGS")) and k != "CI"}

    def run():
        done = subprocess.run(["bash", script], env=env, cwd=tmp_path, capture_output=True, text=True)
        return done.stdout.splitlines()[-1]

    assert run() == "CI=true R= O="
    (tmp_path / "shared" / "ravdess").mkdir(parents=True)
    assert run() == f"CI=true R={tmp_path / 'shared' / 'ravdess'} O="


@pytest.mark.parametrize(
    "answers, code",
    [
        ([None], 3),
        ([[{"name": "a", "skip_reason": "not found"}]], 3),
        ([[{"name": "a", "vulns": []}], [{"name": "a", "vulns": []}]], 0),
        ([[{"name": "a", "vulns": []}], [{"name": "a", "vulns": [{"id": "PYSEC-1"}]}]], 1),
        ([[{"name": "a", "vulns": []}], [{"name": "a", "vulns": [{"id": "PYSEC-2"}]}]], 0),
    ],
)
def test_audit_never_calls_silence_green(answers, code, monkeypatch, tmp_path, capsys):
    """A registry that answers nothing is not a clean bill of health; an explained finding is not a red one."""
    (tmp_path / "requirements.txt").write_text("a==1\n")
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "audit-ignore.txt").write_text("# why\nPYSEC-2 only on a system we do not support\n")
    monkeypatch.setattr(tasks, "ROOT", tmp_path)
    monkeypatch.setattr(tasks, "install", lambda args=None: None)
    monkeypatch.setattr(tasks, "ask_registry", lambda pins: answers.pop(0))
    assert tasks.audit(None) == code
    assert "audit" in capsys.readouterr().out


# --------------------------------------------------------------------------------------------------- the wheel


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """The course as a wheel, unpacked into a folder as pip does it, without network."""
    folder = tmp_path_factory.mktemp("wheel")
    skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in ("ser_lessons", "reports", "notebooks"):
        shutil.copytree(root / name, folder / "source" / name, ignore=skip)
    for path in [root / "pyproject.toml", *root.glob("README*"), *root.glob("LICENSE*")]:
        shutil.copy(path, folder / "source")
    pip = [sys.executable, "-m", "pip", "--quiet"]
    build = [*pip, "wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, folder / "source"]
    subprocess.run(build, check=True, capture_output=True)
    [made] = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-index", "--no-deps", "--target", folder / "site", made], check=True)
    shutil.rmtree(folder / "source")
    return folder / "site"


def ask(*words, cwd, site=None):
    """Run a Python with the wheel, or else with the clone, in front of everything else; return what it printed."""
    env = {**os.environ, "PYTHONPATH": str(site or tasks.ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, *map(str, words)], cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


RECORDED = """
from ser_lessons.evaluate import recorded
print(recorded.find_reports()[0].name, recorded.recorded("student_reproduction"), len(recorded.recorded("baselines")))
"""


@pytest.mark.slow
def test_a_wheel_is_the_course(wheel, root, tmp_path):
    """From another folder, it says what the clone says, and writes nothing beside itself."""
    before = {path: path.stat().st_mtime_ns for path in wheel.rglob("*")}
    for words in (["-m", "ser_lessons", "report", "--json"], ["-c", RECORDED]):
        assert ask(*words, cwd=tmp_path, site=wheel) == ask(*words, cwd=tmp_path)
    place = ask("-c", "import ser_lessons; print(ser_lessons.__file__)", cwd=tmp_path, site=wheel)
    assert pathlib.Path(place.strip()).is_relative_to(wheel), "the tests above asked the clone twice"
    assert json.loads(ask("-m", "ser_lessons", "doctor", "--json", cwd=tmp_path, site=wheel))["healthy"]
    ask("-m", "ser_lessons", "lessons", "mine", cwd=tmp_path, site=wheel)
    lessons = {path.name: path.read_bytes() for path in (root / "notebooks").glob("*.ipynb")}
    assert {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()} == lessons
    assert {path: path.stat().st_mtime_ns for path in wheel.rglob("*")} == before


@pytest.mark.slow
def test_every_file_of_the_package_goes_into_the_wheel(wheel, root):
    """Pages and pictures, too: each kind of file is named in pyproject.toml."""
    files = [path.relative_to(root) for path in (root / "ser_lessons").rglob("*") if path.is_file()]
    ours = [path for path in files if not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)]
    assert [str(path) for path in ours if not (wheel / path).is_file()] == [], "add its kind to package-data"
