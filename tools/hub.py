"""A hub for a class on one Linux server: `sudo make hub` prepares what learners share, and starts JupyterHub.

Learners are users of the system, with a home that nobody else may enter; their passwords stand in learners.csv, which
only root may read. They share this installation, the practice corpus and its spectrograms, all read-only. What
JupyterHub is told stands in hub_config.py. Options that are not listed go to it: --ip, --port, --ssl-cert, --ssl-key.
"""

import argparse
import csv
import grp
import json
import os
import pathlib
import platform
import pwd
import re
import resource
import secrets
import shutil
import subprocess
import sys
import sysconfig

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = "/srv/ser-hub"
GROUP = "ser-learners"
"""The system's group of learners: nobody outside it is ever let in, changed or removed."""

PROXY = "configurable-http-proxy@5.1.0"
"""JupyterHub's own proxy, from npm; it needs Node 18 or newer."""

MEMORY = 2.5
"""GiB that one learner may hold, unless `--memory` says otherwise; librosa asks for 1.1 in lesson 02, and uses 0.1."""

NAME = re.compile(r"[a-z][a-z0-9]{0,30}")
WARM_UP = "solutions/02_spectrograms.py"
"""Run at each start, so that new homes hold what librosa compiles; learners cannot write into the installation."""

FILL = "from ser_lessons import corpus; from ser_lessons.sound import hearing; "
FILL += "hearing.corpus_features(corpus.open_corpus(channel='speech'))"


class HubError(Exception):
    """The hub cannot start; the message says what to do."""


def prepare(folder, n_learners):
    """Make whatever the hub needs and does not have: the shared folder, the proxy, the list, the accounts.

    Parameters
    ----------
    folder : path of the hub's folder
    n_learners : int, how many names (learner01 ...) a new list gets; an existing list is left as it is
    """
    if os.name != "posix" or platform.system() != "Linux" or os.geteuid():
        raise HubError("A hub makes users and starts servers for them: run it as root on Linux (sudo make hub).")
    refuse_private_installation()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    if not (folder / "learners.csv").exists():
        write_list(folder, [f"learner{number:02d}" for number in range(1, n_learners + 1)])
    fetch_proxy(folder)
    share(folder)
    subprocess.run(["groupadd", "--force", GROUP], check=True)
    for name in passwords(folder):
        add_account(name, folder / "skeleton")


def refuse_private_installation():
    """Raise HubError where another user than root cannot run this installation."""
    words = [sys.executable, "-c", "import ser_lessons, jupyterhub"]
    try:
        subprocess.run(words, cwd="/", env={}, user="nobody", capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise HubError(
            f"Learners could not start {sys.executable}: lay the course where all may read it (/opt), and make its "
            ".venv with the system's Python (delete .venv, then `sudo make hub PYTHON=/usr/bin/python3`)."
        ) from None


def write_list(folder, names):
    """Write learners.csv, a name and a password a line, for root's eyes only."""
    path = folder / "learners.csv"
    path.touch(0o600)
    lines = [f"{name},{secrets.token_hex(4)}\n" for name in names]
    path.write_text("name,password\n" + "".join(lines))
    print(f"{len(names)} names and passwords to hand out: {path} (change the names there as you like)")


def passwords(folder):
    """{name: password} of learners.csv.

    Raises HubError where a line is no name and password, or the name belongs to somebody else on this machine.
    """
    path, found = folder / "learners.csv", {}
    for number, row in enumerate(csv.DictReader(path.read_text().splitlines()), 2):
        name, password = (row.get("name") or "").strip(), (row.get("password") or "").strip()
        if not NAME.fullmatch(name) or len(password) < 6:
            raise HubError(
                f"{path}, line {number}: write a name of small letters and digits, a comma, and a password of six "
                "characters or more."
            )
        if account(name) and name not in learners():
            raise HubError(f"{path}, line {number}: {name} is a user of this machine already; take another name.")
        found[name] = password
    return found


def account(name):
    """The entry of a system user, None where there is none."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def learners():
    """Names of the system users that were made here."""
    try:
        group = grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return set()
    return {entry.pw_name for entry in pwd.getpwall() if entry.pw_gid == group}


def add_account(name, skeleton):
    """Make the system user of a learner, with the lessons in a home of their own, unless it is there.

    The user has no password of the system, so that the hub is the only door.
    """
    if account(name):
        return
    words = ["useradd", "--create-home", "--skel", skeleton, "--key", "HOME_MODE=0700", "--shell", "/bin/bash"]
    subprocess.run([*words, "--no-user-group", "--gid", GROUP, name], check=True)


def remove():
    """Delete all learners' accounts, with everything in their homes; the list and the shared folder stay."""
    for name in sorted(learners()):
        subprocess.run(["userdel", "--remove", "--force", name], check=True, stderr=subprocess.DEVNULL)


def fetch_proxy(folder):
    """Install JupyterHub's proxy beside the hub, once."""
    if shutil.which("npm") is None:
        raise HubError("JupyterHub's proxy runs on Node: apt-get install nodejs npm.")
    place = folder / "proxy"
    if not proxy(folder).exists():
        subprocess.run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", place, PROXY], check=True)


def proxy(folder):
    """Path of the command that starts the proxy."""
    return folder / "proxy" / "node_modules" / ".bin" / "configurable-http-proxy"


def share(folder):
    """Bring up to date what learners read and cannot change: compiled code, corpus, kernel, first home."""
    print("Preparing what all learners share (some minutes the first time) ...", flush=True)
    shared, skeleton, python = folder / "shared", folder / "skeleton", sys.executable
    subprocess.run([python, "-m", "compileall", "-q", "-j", "0", sysconfig.get_path("purelib"), ROOT / "ser_lessons"])
    env = {**os.environ, "SER_CORPUS": "practice", "SER_CACHE": str(shared), "SER_SHARED": str(shared)}
    subprocess.run([python, "-c", FILL], check=True, env=env)
    shutil.rmtree(skeleton, ignore_errors=True)
    subprocess.run(
        [python, "-m", "ser_lessons", "lessons", skeleton / "lessons"], check=True, stdout=subprocess.DEVNULL
    )
    env |= {"NUMBA_CACHE_DIR": str(skeleton / ".cache" / "numba"), "MPLBACKEND": "agg"}
    subprocess.run([python, ROOT / WARM_UP], check=True, env=env, stdout=subprocess.DEVNULL)
    write_kernel(folder)
    subprocess.run(["chmod", "-R", "u=rwX,go=rX", shared, skeleton, folder / "jupyter"], check=True)


def write_kernel(folder):
    """Tell Jupyter to start hub_kernel.py instead of the bare kernel."""
    place = folder / "jupyter" / "kernels" / "python3" / "kernel.json"
    words = [sys.executable, "-P", str(ROOT / "tools" / "hub_kernel.py"), "-f", "{connection_file}"]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"argv": words, "display_name": "Python 3 (ipykernel)", "language": "python"}))


# ------------------------------------------------------------------------------------------------------------- memory


def kernel_limit(limit):
    """Bytes that one process may hold, of the bytes of its learner: the rest is for the learner's Jupyter server."""
    return int(limit) - (256 << 20)


def group_of_learners(mount="/sys/fs/cgroup", own="/proc/self/cgroup"):
    """Make the control group that holds every learner's, and limit it, so that the hub outlives them all.

    Control groups of version 2 want the hub itself in a group beside it; `start` asked systemd for the permission.
    Returns its folder, None where this system gives none: then only the limit of each process holds.
    """
    groups = dict(line.split(":", 2)[1:] for line in pathlib.Path(own).read_text().splitlines())
    mount = pathlib.Path(mount)
    try:
        if "memory" in groups:
            learners = mount / "memory" / groups["memory"].lstrip("/") / GROUP
            learners.mkdir(exist_ok=True)
        else:
            here = mount / groups[""].lstrip("/")
            learners, hub = here / GROUP, here / "hub"
            for place in (learners, hub):
                place.mkdir(exist_ok=True)
            for process in (here / "cgroup.procs").read_text().split():
                (hub / "cgroup.procs").write_text(process)
            for place in (here, learners):
                (place / "cgroup.subtree_control").write_text("+memory")
        limit_group(learners, int(0.9 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")))
    except (OSError, KeyError):
        return None
    return learners


def limit_group(group, limit):
    """Limit the memory of all processes in a control group together, in bytes; swap is none."""
    if (group / "memory.max").exists():
        (group / "memory.max").write_text(str(limit))
        both, none = group / "memory.swap.max", "0"
    else:
        both, none = group / "memory.memsw.limit_in_bytes", str(limit)
        if both.exists():
            both.write_text("-1")  # of a group that is there already: it may never lie below the next line's
        (group / "memory.limit_in_bytes").write_text(str(limit))
    if both.exists():
        both.write_text(none)


def enter(name, learners, limit):
    """Wall this process, which becomes the learner's server, off from all others; called in it, still as root."""
    if learners is not None:
        group = learners / name
        group.mkdir(exist_ok=True)
        limit_group(group, limit)
        (group / "cgroup.procs").write_text("0")
    pathlib.Path("/proc/self/oom_score_adj").write_text("500")  # where the whole server is full, the hub goes last
    resource.setrlimit(resource.RLIMIT_DATA, 2 * (kernel_limit(limit),))
    resource.setrlimit(resource.RLIMIT_NPROC, (500, 500))  # no learner fills the table of processes
    os.umask(0o077)


# -------------------------------------------------------------------------------------------------------------- start


def start(folder, memory, rest):
    """Become JupyterHub; under systemd, in a unit of its own whose control groups are ours to share out."""
    env = {
        "PATH": os.environ["PATH"],
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "SER_HUB_FOLDER": str(folder),
        "SER_HUB_MEMORY": str(int(memory * 2**30)),
    }
    words = [sys.executable, "-m", "jupyterhub", "-f", str(ROOT / "tools" / "hub_config.py"), *rest]
    if pathlib.Path("/run/systemd/system").exists():
        words = ["systemd-run", "--scope", "--quiet", "--property=Delegate=yes", *words]
    if not any(word.startswith(("--ip", "--ssl")) for word in rest):
        print("Only this machine can reach the hub. For a class, add --ssl-cert FILE --ssl-key FILE --ip 0.0.0.0")
    os.chdir(folder)
    os.umask(0o077)  # the hub's database is nobody else's business
    os.execvpe(words[0], words, env)


def main(argv=None):
    """Prepare and start the hub, or remove its accounts."""
    parser = argparse.ArgumentParser(prog="hub.py", description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("--folder", default=FOLDER, help="where its list and what is shared lie (%(default)s)")
    parser.add_argument("--learners", type=int, default=30, help="names on a new list (%(default)s)")
    parser.add_argument("--memory", type=float, default=MEMORY, help="GiB that one learner may hold (%(default)s)")
    parser.add_argument("--prepare", action="store_true", help="prepare everything, start nothing")
    parser.add_argument("--remove", action="store_true", help="delete the learners' accounts and all their work")
    args, rest = parser.parse_known_args(argv)
    folder = pathlib.Path(args.folder).resolve()
    try:
        if args.remove:
            return remove()
        prepare(folder, args.learners)
    except (HubError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"hub: {error}")
    if not args.prepare:
        start(folder, args.memory, rest)


if __name__ == "__main__":
    main()
