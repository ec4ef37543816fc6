"""One set of packages, said in three files: pyproject.toml, requirements.txt, environment.yml. And the tasks."""

import contextlib
import http.client
import os
import random
import re
import socket
import subprocess
import sys
import time
import tomllib

import psutil
import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import tasks

PLATFORMS = {
    "Linux": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"},
    "macOS": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64", "os_name": "posix"},
    "Windows": {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64", "os_name": "nt"},
}


@pytest.fixture(scope="module")
def declaration(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wishes(declaration):
    lines = declaration["dependencies"] + declaration["optional-dependencies"]["test"]
    return [Requirement(line) for line in lines]


@pytest.fixture(scope="module")
def pins(root):
    lines = (root / "requirements.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.lstrip().startswith("#")]


def applies(requirement, platform):
    here = {**default_environment(), **PLATFORMS[platform], "python_version": "3.11", "python_full_version": "3.11.7"}
    return requirement.marker is None or requirement.marker.evaluate(here)


def unmet(wishes, pins, platform):
    """Names of the wishes that the pinned set does not fulfill on a platform."""
    there = {canonicalize_name(pin.name): pin for pin in pins if applies(pin, platform)}
    faults = []
    for wish in (wish for wish in wishes if applies(wish, platform)):
        pin = there.get(canonicalize_name(wish.name))
        if pin is None or not wish.specifier.contains(next(iter(pin.specifier)).version):
            faults.append(wish.name)
    return faults


@pytest.mark.parametrize("platform", PLATFORMS)
def test_pinned_set_fulfills_the_declaration(wishes, pins, platform):
    assert unmet(wishes, pins, platform) == [], "run `make lock`"


def test_a_wish_out_of_bounds_is_noticed(pins):
    assert unmet([Requirement("numpy<2"), Requirement("no-such-package")], pins, "Linux") == [
        "numpy",
        "no-such-package",
    ]


def test_every_package_is_pinned_to_one_version(pins):
    loose = [str(pin) for pin in pins if [spec.operator for spec in pin.specifier] != ["=="]]
    assert loose == []


def test_pins_asked_for_by_us_are_declared(root, wishes):
    """A dependency taken out of pyproject.toml must leave requirements.txt as well."""
    text = (root / "requirements.txt").read_text()
    blocks = re.findall(r"^(\S+)==\S+.*\n((?:    #.*\n)+)", text, flags=re.MULTILINE)
    ours = {canonicalize_name(name) for name, reasons in blocks if "ser-lessons (pyproject.toml)" in reasons}
    assert ours == {canonicalize_name(wish.name) for wish in wishes}, "run `make lock`"


def test_requirements_name_no_index_and_no_host(root):
    text = (root / "requirements.txt").read_text()
    assert not re.search(r"://|^\s*-|index|find-links|@ ", text, flags=re.MULTILINE)


def test_every_dependency_has_an_upper_bound_and_a_reason(root, wishes):
    for wish in wishes:
        assert any(spec.operator in ("<", "==", "~=") for spec in wish.specifier), f"{wish.name} has no upper bound"
        pattern = rf'^ +"{re.escape(wish.name)}[^"]*", +# \S+( \S+)+'
        line = re.search(pattern, (root / "pyproject.toml").read_text(), flags=re.MULTILINE)
        assert line, f"{wish.name} has no reason beside it"


def test_conda_installs_the_same(root, declaration):
    text = (root / "environment.yml").read_text()
    assert re.search(r"^  - python=3\.11$", text, flags=re.MULTILINE)
    assert declaration["requires-python"] == "==3.11.*"
    listed = re.findall(r"^ +- (.*)$", text, flags=re.MULTILINE)
    assert listed == ["conda-forge", "python=3.11", "pip", "pip:", "--requirement requirements.txt", "--editable ."]


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


def test_tasks_need_nothing_but_the_standard_library(root):
    code = "import sys, tools.tasks as t; print(sorted(n for n in sys.modules if n.split('.')[0] in %r))"
    foreign = ("numpy", "typer", "rich", "pandas", "tensorflow", "librosa")
    out = subprocess.run(
        [sys.executable, "-c", code % (foreign,)], cwd=root, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "[]"


def test_an_unchanged_installation_is_left_alone(monkeypatch, tmp_path):
    """`make lab` without network: the second start runs no installer."""
    commands = []
    python = tasks.venv_python(tmp_path)
    python.parent.mkdir()
    python.touch()
    monkeypatch.setattr(tasks, "VENV", tmp_path)
    monkeypatch.setattr(tasks, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(tasks, "venv_python", lambda: python)
    monkeypatch.setattr(tasks, "run", lambda *words, **options: commands.append(words) or 0)
    (tmp_path / "stamp").write_text(tasks.fingerprint())
    tasks.install()
    assert commands == []
    (tmp_path / "stamp").write_text("of an older pinned set")
    monkeypatch.setattr(tasks.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 0, stdout="3 11\n"))
    tasks.install()
    assert any("requirements.txt" in words for words in commands)
    assert (tmp_path / "stamp").read_text() == tasks.fingerprint()
    settings = (tmp_path / "share" / "jupyter" / "lab" / "settings" / "overrides.json").read_text()
    assert '"fetchNews": "false"' in settings  # no question in front of the lesson


def test_a_failed_installation_leaves_no_stamp(monkeypatch, tmp_path):
    python = tasks.venv_python(tmp_path)
    python.parent.mkdir()
    python.touch()
    monkeypatch.setattr(tasks, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(tasks, "venv_python", lambda: python)
    monkeypatch.setattr(tasks.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 0, stdout="3 11\n"))
    monkeypatch.setattr(tasks.subprocess, "call", lambda *a, **k: 1)
    (tmp_path / "stamp").write_text("older")
    with pytest.raises(tasks.TaskError):
        tasks.install()
    assert not (tmp_path / "stamp").exists()


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


def free_port():
    """A port that nobody uses, below those that the system gives away: kernels and other workers cannot take it."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as free:
            free.bind(("127.0.0.1", port))
            return port


class Server:
    """A server started with the words that the tasks use, on a free port, without a browser."""

    def __init__(self, words, folder):
        self.port = free_port()
        self.log = (folder / "server.log").open("w+")
        env = {**os.environ, "JUPYTER_CONFIG_DIR": str(folder / "config"), "JUPYTER_RUNTIME_DIR": str(folder / "run")}
        command = [sys.executable, *words, "--no-browser", f"--port={self.port}"]
        env = {name: value for name, value in env.items() if name != "JUPYTER_TOKEN"}
        self.process = subprocess.Popen(command, cwd=tasks.ROOT, env=env, stdout=self.log, stderr=self.log)

    def status(self, path, host="127.0.0.1"):
        """HTTP status of a path, 0 when nobody answers; redirects (to the login page) are not followed."""
        connection = http.client.HTTPConnection(host, self.port, timeout=60)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def wait(self):
        while not self.status("/static/favicon.ico") and self.process.poll() is None:
            time.sleep(0.2)
        self.log.seek(0)
        return self.log.read()

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


@pytest.mark.slow
@pytest.mark.parametrize("words, closed", [(tasks.lab_words(), "/api/contents"), (tasks.playground_words(), "/")])
def test_servers_want_their_token_and_listen_on_this_machine_only(words, closed, tmp_path):
    server = Server(words, tmp_path)
    try:
        log = server.wait()
        assert server.status(closed) in (302, 403), log
        assert re.search(r"token=[0-9a-f]{32,}", log), log
        own = [c.laddr.ip for c in psutil.Process(server.process.pid).net_connections("tcp") if c.status == "LISTEN"]
        assert own and set(own) == {"127.0.0.1"}
    finally:
        server.close()


def test_ci_says_where_the_corpus_is(root, tmp_path):
    """.ci/run finds the corpora beside the course folder, and is silent about them where there are none."""
    course = tmp_path / "course"
    (course / ".ci").mkdir(parents=True)
    script = course / ".ci" / "run"
    script.write_text((root / ".ci" / "run").read_text())
    (course / "ser_lessons").mkdir()
    (course / "ser_lessons" / "tasks.py").write_text("raise SystemExit(3)")
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
