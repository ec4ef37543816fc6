"""Real servers and a real browser for the tests in this folder.

Without Chromium these tests are skipped with a message; in CI (`CI=true`) a missing browser is a failure.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).parents[2]
TOKEN = "playground-test"
FLAGS = ("--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--autoplay-policy=user-gesture-required")
SLOW_MS = 60_000


def find_chromium():
    """Path of a Chromium, or skip; with CI=true a missing one fails."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        message = "no Chromium found (apt-get install chromium): browser tests need one"
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def chromium():
    return find_chromium()


@pytest.fixture(scope="session")
def playwright():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def launch(playwright, chromium):
    """Function (wav=None) -> browser whose microphone plays that wav; all are closed at the end."""
    opened = []

    def launch_(wav=None):
        flags = [*FLAGS, *([f"--use-file-for-fake-audio-capture={wav}"] if wav else [])]
        opened.append(playwright.chromium.launch(executable_path=chromium, args=flags))
        return opened[-1]

    yield launch_
    for browser in opened:
        browser.close()


class Server:
    """A Jupyter or Voila server on the loopback address, its log kept for failure messages."""

    def __init__(self, words, folder, probe):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        home = {name: str(folder / ".jupyter" / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR")}
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self.log = (folder / "server.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", *words, "--no-browser", f"--port={self.port}"],
            cwd=folder, env={**os.environ, **home, "PYTHONPATH": path}, stdout=self.log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._wait(probe)

    def _wait(self, probe):
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.url + probe, timeout=5)
                return
            except urllib.error.HTTPError:
                return  # it answers; that it refuses strangers is another test's business
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("the server did not start:\n" + (self.folder / "server.log").read_text()[-3000:])

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()
