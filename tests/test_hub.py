"""The hub for a class: its list, its walls, its settings. Thirty real users: benchmarks/hub.py (root only)."""

import os
import pathlib
import resource
import runpy
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the hub runs on Linux servers only")
hub = pytest.importorskip("tools.hub") if sys.platform == "linux" else None
GIB = 2**30


def test_a_new_list_is_for_root_only_and_has_a_password_each(tmp_path):
    hub.write_list(tmp_path, ["ada", "ben"])
    assert (tmp_path / "learners.csv").stat().st_mode & 0o777 == 0o600
    found = hub.passwords(tmp_path)
    assert list(found) == ["ada", "ben"] and found["ada"] != found["ben"] and len(found["ada"]) >= 8


@pytest.mark.parametrize(
    "line, complaint",
    [
        ("root,secret77", "line 3: root is a user of this machine"),
        ("../ada,secret77", "line 3: write a name"),
        ("Ada Lovelace,secret77", "line 3: write a name"),
        ("ben,short", "line 3: write a name"),
        ("ben", "line 3: write a name"),
    ],
)
def test_a_line_that_would_harm_is_refused_in_one_sentence(line, complaint, tmp_path):
    (tmp_path / "learners.csv").write_text(f"name,password\nada,secret77\n{line}\n")
    with pytest.raises(hub.HubError, match=complaint):
        hub.passwords(tmp_path)


@pytest.fixture
def refused(monkeypatch, tmp_path):
    """Function (complaint) that starts a hub which is refused with it before anything is prepared."""
    monkeypatch.setattr(hub, "write_list", lambda *_: pytest.fail("the hub is being prepared"))

    def refused_(complaint):
        with pytest.raises(SystemExit, match=f"hub: {complaint}"):
            hub.main(["--folder", str(tmp_path / "hub")])
        assert not (tmp_path / "hub").exists()

    return refused_


def test_only_root_starts_a_hub(monkeypatch, refused):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    refused(".* run it as root on Linux")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_an_installation_that_learners_cannot_enter_is_refused(monkeypatch, tmp_path, refused):
    (tmp_path / "private").mkdir(mode=0o700)
    inner = tmp_path / "private" / "python"
    inner.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    inner.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(inner))
    refused("Learners could not start .*PYTHON=/usr/bin/python3")


def test_a_first_home_holds_what_librosa_compiles(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(subprocess, "run", lambda words, **options: asked.append((words, options.get("env"))))
    hub.share(tmp_path)
    [env] = [env for words, env in asked if hub.ROOT / hub.WARM_UP in words]
    assert env["NUMBA_CACHE_DIR"] == str(tmp_path / "skeleton" / ".cache" / "numba")  # ~/.cache/numba, in each copy
    assert (hub.ROOT / hub.WARM_UP).exists()


# ------------------------------------------------------------------------------------------------------------- memory


@pytest.mark.parametrize(
    "version, own, place, limit",
    [
        (1, "4:memory:/me\n0::/other\n", "memory/me", "memory.limit_in_bytes"),
        (2, "0::/me\n", "me", "memory.max"),
    ],
)
def test_each_learner_gets_a_control_group_within_that_of_all(version, own, place, limit, tmp_path):
    """On a copy of what the kernel shows: version 1, and version 2, where the hub has to leave for a group beside."""
    here = tmp_path / place
    for folder in (here, here / hub.GROUP, here / hub.GROUP / "ada"):
        folder.mkdir(parents=True)
        (folder / limit).touch()
    (here / "cgroup.procs").write_text("11\n12\n")
    (tmp_path / "own").write_text(own)
    group = hub.group_of_learners(tmp_path, tmp_path / "own")
    assert group == here / hub.GROUP and 0 < int((group / limit).read_text())
    hub.limit_group(group / "ada", GIB)
    assert (group / "ada" / limit).read_text() == str(GIB)
    if version == 2:
        assert (here / "hub" / "cgroup.procs").read_text() == "12"
        assert (group / "cgroup.subtree_control").read_text() == "+memory"


@pytest.mark.parametrize(
    "limit, both, order",
    [
        ("memory.max", "memory.swap.max", [0, "0"]),
        ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", ["-1", 0, str(GIB)]),
    ],
)
def test_swap_is_none_and_the_kernel_takes_the_lines_in_their_order(limit, both, order, monkeypatch, tmp_path):
    """In version 1 memory and swap together may never lie below memory alone, so they are lifted first."""
    for name in (limit, both):
        (tmp_path / name).touch()
    written = []
    monkeypatch.setattr(pathlib.Path, "write_text", lambda path, text: written.append((path.name, text)))
    hub.limit_group(tmp_path, GIB)
    assert written == [(both, text) if text else (limit, str(GIB)) for text in order]


def test_without_control_groups_the_limit_of_each_process_holds(tmp_path):
    (tmp_path / "own").write_text("")
    assert hub.group_of_learners(tmp_path, tmp_path / "own") is None
    code = f"from tools import hub; hub.enter('ada', None, {GIB}); print(open('/proc/self/oom_score_adj').read())"
    done = subprocess.run([sys.executable, "-c", f"{code}; b'.' * {GIB}"], cwd=hub.ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "500"
    assert done.stderr.strip().endswith("MemoryError")


def test_a_cell_that_asks_for_too_much_is_told_what_to_do_and_nothing_is_lost():
    from jupyter_client import KernelManager

    def wall():
        resource.setrlimit(resource.RLIMIT_DATA, 2 * (hub.kernel_limit(GIB),))

    manager = KernelManager()
    manager.kernel_spec.argv = [
        sys.executable,
        "-P",
        str(hub.ROOT / "tools" / "hub_kernel.py"),
        "-f",
        "{connection_file}",
    ]
    manager.start_kernel(preexec_fn=wall)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    said = []

    def run(code):
        said.clear()
        client.execute_interactive(code, timeout=60, output_hook=said.append, allow_stdin=False)
        return [message["content"].get("text") or message["content"].get("ename") for message in said][1:-1]

    try:
        run("kept = 77")
        name, sentence = run(f"bytearray({GIB})")[-2:]
        assert name == "MemoryError" and "more memory than a notebook may use here (0.8 GiB)" in sentence, said
        assert run("print(kept)")[-1] == "77\n"
        run("import numpy, scipy.linalg, ctypes; libc = ctypes.CDLL(None); libc.malloc.restype = ctypes.c_void_p")
        run("while libc.malloc(ctypes.c_size_t(1 << 20)):\n    pass")  # not a MiB is left
        alive = "print(numpy.linalg.cholesky(numpy.eye(2)).sum(), scipy.linalg.cholesky(numpy.eye(2)).sum())"
        assert run(alive)[-1] == "2.0 2.0\n", "OpenBLAS has no memory to work in"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


# ----------------------------------------------------------------------------------------------------------- settings


@pytest.fixture
def settings(monkeypatch, tmp_path):
    """(what the hub is told, what the file of its settings defines)."""
    pytest.importorskip("jupyterhub", reason="needs the extra hub")
    from traitlets.config import Config

    monkeypatch.setenv("SER_HUB_FOLDER", str(tmp_path))
    monkeypatch.setenv("SER_HUB_MEMORY", str(GIB))
    monkeypatch.setattr(hub, "group_of_learners", lambda: None)
    told = Config()
    return told, runpy.run_path(str(hub.ROOT / "tools" / "hub_config.py"), {"get_config": lambda: told})


def test_every_setting_is_one_that_its_owner_knows(settings):
    """JupyterHub would pass over a misspelled one in silence; the kernels' ports would then be open to all."""
    from jupyter_client.connect import ConnectionFileMixin
    from jupyter_server.services.kernels.kernelmanager import MappingKernelManager
    from jupyterhub.app import JupyterHub
    from jupyterhub.proxy import ConfigurableHTTPProxy
    from jupyterlab.labapp import LabApp

    told, made = settings
    owners = [JupyterHub, ConfigurableHTTPProxy, made["ListAuthenticator"], made["WalledSpawner"]]
    owners += [LabApp, MappingKernelManager, ConnectionFileMixin]
    known = {parent.__name__: owner.class_trait_names() for owner in owners for parent in owner.__mro__}
    words = [word.lstrip("-").partition("=")[0] for word in told.Spawner.args]
    settings = [f"{section}.{name}" for section, names in told.items() for name in names] + words
    assert [name for name in settings if name.split(".")[1] not in known[name.split(".")[0]]] == []
    assert "--ConnectionFileMixin.transport=ipc" in told.Spawner.args


def test_the_password_of_the_list_opens_and_no_other(settings, monkeypatch, tmp_path):
    import asyncio

    hub.write_list(tmp_path, ["ada", "ben"])
    monkeypatch.setattr(hub, "account", lambda name: name == "ada")
    monkeypatch.setattr(hub, "learners", lambda: {"ada"})
    door, known = settings[1]["ListAuthenticator"](), hub.passwords(tmp_path)

    def knock(name, password):
        return asyncio.run(door.authenticate(None, {"username": name, "password": password}))

    assert knock("ada", known["ada"]) == "ada"
    assert knock("ada", known["ben"]) is None and knock("ada", "") is None
    assert knock("root", "") is None and knock("ben", known["ben"]) is None, "without an account nobody gets in"


def test_the_page_of_teachers_shows_what_was_measured(root):
    import json

    from benchmarks import hub as measured

    report = json.loads((root / "reports" / "hub.json").read_text())
    text = (root / "notebooks" / "README.md").read_text(encoding="utf-8")
    assert report["rounds"] and measured.table(report) in text, "run benchmarks/hub.py"
    assert not any(line["failures"] for line in report["rounds"])
    sizes = {(line["lesson"], line["users"]): line for line in report["rounds"]}
    assert set(sizes) == {(lesson, users) for lesson in measured.LESSONS for users in (1, 10, 30)}
    most = sizes["05", 30]
    held, minutes = 30 * (most["kernel_mib"] + most["server_mib"]) / 1024, most["lesson_s"][0] / 60
    assert f"Thirty of lesson 05 hold {held:.0f} GiB" in text and (round(minutes) == 6 and "in six minutes" in text)
    accidents = [told for name, told in report["accidents"].items() if name != "closed doors"]
    assert len(accidents) == 4 and all(told["saved_work_whole"] and told["neighbor_unhurt"] for told in accidents)
