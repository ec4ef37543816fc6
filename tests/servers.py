"""A server of the course under test: started with the words of the tasks, on a port of this machine, no browser."""

import contextlib
import http.client
import os
import random
import socket
import subprocess
import sys
import time

from tools import tasks


def free_port():
    """A port that nobody uses, below those that the system gives away: kernels and other workers cannot take it."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as free:
            free.bind(("127.0.0.1", port))
            return port


class Server:
    """A Jupyter or Voila server that answers; `log` is what it printed meanwhile. Its state lies in `folder`."""

    def __init__(self, words, folder, *, cwd=None, env=None):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        ours = {name: value for name, value in os.environ.items() if name != "JUPYTER_TOKEN"}
        homes = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR")
        ours |= {name: str(folder / ".jupyter" / name.lower()) for name in homes}
        ours["PYTHONPATH"] = os.pathsep.join(filter(None, [str(tasks.ROOT), os.environ.get("PYTHONPATH")]))
        command = [sys.executable, *words, "--no-browser", f"--port={self.port}"]
        with (folder / "server.log").open("w") as log:
            self.process = subprocess.Popen(command, cwd=cwd or folder, env=ours | (env or {}), stdout=log, stderr=log)
        self._wait()
        self.log = (folder / "server.log").read_text()

    def answer(self, path, *, method="GET", host=None, token=None):
        """(status, where it sends us, body as text) of one request, no redirection followed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Host": host or f"127.0.0.1:{self.port}"} | ({"Authorization": f"token {token}"} if token else {})
        try:
            connection.request(method, path, headers=headers)
            reply = connection.getresponse()
            return reply.status, reply.getheader("Location", ""), reply.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def _wait(self):
        while self.process.poll() is None:
            with contextlib.suppress(OSError):
                self.answer("/static/favicon.ico")
                return
            time.sleep(0.2)
        raise RuntimeError("the server did not start:\n" + (self.folder / "server.log").read_text()[-3000:])

    def close(self):
        """Stop the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
