"""What JupyterHub is told, by tools/hub.py: see there. Change a line, and start the hub again."""

import hmac
import os
import pathlib
import sys

from jupyterhub.auth import Authenticator
from jupyterhub.spawner import LocalProcessSpawner

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from tools import hub

FOLDER = pathlib.Path(os.environ["SER_HUB_FOLDER"])
MEMORY = int(os.environ["SER_HUB_MEMORY"])
LEARNERS = hub.group_of_learners()
BIN = pathlib.Path(sys.executable).parent
IDLE = 3600
"""Seconds after which a kernel, then a server, that nobody uses is stopped; notebooks are saved long before."""


class ListAuthenticator(Authenticator):
    """Lets in whoever knows the password in learners.csv."""

    async def authenticate(self, handler, data):
        known = hub.passwords(FOLDER).get(data["username"])
        right = known is not None and hmac.compare_digest(known.encode(), data["password"].encode())
        return data["username"] if right and hub.account(data["username"]) else None


class WalledSpawner(LocalProcessSpawner):
    """Starts a learner's server as the learner's own user, within walls."""

    def make_preexec_fn(self, name):
        become = super().make_preexec_fn(name)

        def preexec():
            hub.enter(name, LEARNERS, MEMORY)
            become()

        return preexec


c = get_config()  # noqa: F821

c.JupyterHub.ip = "127.0.0.1"
c.JupyterHub.db_url = f"sqlite:///{FOLDER / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(FOLDER / "cookie_secret")
c.ConfigurableHTTPProxy.command = [str(hub.proxy(FOLDER))]
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "proxy.pid")
c.ConfigurableHTTPProxy.check_running_interval = 2

c.JupyterHub.authenticator_class = ListAuthenticator
c.Authenticator.allow_all = True  # whoever is on the list

c.JupyterHub.spawner_class = WalledSpawner
c.JupyterHub.concurrent_spawn_limit = 30
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 300  # thirty at once on two cores take their time
c.Spawner.default_url = "/lab/tree/lessons/00_start_here.ipynb"
c.Spawner.env_keep = ["LANG"]
c.Spawner.environment = {
    "PATH": os.pathsep.join([str(BIN), "/usr/local/bin", "/usr/bin", "/bin"]),
    "JUPYTER_PATH": str(FOLDER / "jupyter"),
    "SER_SHARED": str(FOLDER / "shared"),
    # Thirty kernels with a thread a core each only get into each other's way, and every thread keeps memory.
    **dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"], "1"),
    "MALLOC_ARENA_MAX": "2",
}
c.Spawner.args = [
    "--ConnectionFileMixin.transport=ipc",  # sockets in the learner's home: on a port, others could read along
    f"--MappingKernelManager.cull_idle_timeout={IDLE}",
    "--MappingKernelManager.cull_connected=True",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]

c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
c.JupyterHub.services = [
    {"name": "idle-culler", "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE}"]}
]
