"""The servers that our commands start, asked from outside: what is not the course stays closed."""

import json
import re

import psutil
import pytest
from servers import Server

from tools import tasks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Function (words, folder) that starts a server: it and the token that it made up and printed."""
    servers = []

    def start_(words, folder, **options):
        servers.append(Server(words, folder, **options))
        found = re.search(r"token=([0-9a-f]{32,})", servers[-1].log)
        assert found, servers[-1].log
        return servers[-1], found.group(1)

    yield start_
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def lab(start, tmp_path_factory):
    """JupyterLab over a small course folder, beside which lies a file that is none of its business."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "course").mkdir()
    (folder / "course" / "lesson.txt").write_text("a lesson")
    (folder / "course" / "00_start_here.py").write_text("# the lesson as text, which JupyterLab does not list")
    (folder / "private.txt").write_text("nobody's business")
    return start(tasks.lab_words(folder / "course"), folder)


@pytest.fixture(scope="module")
def voila(start, tmp_path_factory):
    """The playground's page, started in the course folder as `make playground` does."""
    return start(tasks.playground_words(), tmp_path_factory.mktemp("voila"), cwd=tasks.ROOT)


@pytest.mark.parametrize("name", ["lab", "voila"])
def test_servers_listen_on_this_machine_only(name, request):
    server, _ = request.getfixturevalue(name)
    listening = psutil.Process(server.process.pid).net_connections("tcp")
    assert {one.laddr.ip for one in listening if one.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_the_lab_serves_its_folder_to_those_with_the_token(lab):
    """Otherwise the tests below would pass because nothing is served at all."""
    server, token = lab
    status, _, body = server.answer("/api/contents", token=token)
    assert status == 200 and [item["name"] for item in json.loads(body)["content"]] == ["lesson.txt"]
    assert server.answer("/files/lesson.txt", token=token)[::2] == (200, "a lesson")


@pytest.mark.parametrize("token", [None, "0" * 48])
@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/api/contents"),
        ("GET", "/files/lesson.txt"),
        ("GET", "/api/sessions"),
        ("GET", "/doc/tree/lesson.txt"),
        ("POST", "/api/kernels"),
        ("POST", "/api/terminals"),
        ("POST", "/api/shutdown"),
    ],
)
def test_the_lab_does_nothing_without_its_token(lab, token, method, path):
    status, _, body = lab[0].answer(path, method=method, token=token)
    assert status in (302, 401, 403) and "a lesson" not in body


@pytest.mark.parametrize(
    "path", ["../private.txt", "..%2fprivate.txt", "%2e%2e/private.txt", "..%5cprivate.txt", "%2fetc%2fpasswd"]
)
def test_the_lab_serves_nothing_outside_its_folder(lab, path):
    server, token = lab
    for address in (f"/files/{path}", f"/api/contents/{path}"):
        status, _, body = server.answer(address, token=token)
        assert status in (400, 403, 404), (address, status)
        assert "nobody" not in body and "root:" not in body


def test_the_lab_answers_no_other_host_name(lab):
    """A web page whose name suddenly means 127.0.0.1 (DNS rebinding) must not reach the server."""
    server, token = lab
    assert server.answer("/api/contents", host="evil.example", token=token)[0] == 403


@pytest.mark.parametrize("path", ["/", "/?token=wrong", "/api/kernels", "/api/shutdown/x", "/voila/render/app.ipynb"])
def test_without_its_token_the_playground_shows_only_the_login(voila, path):
    status, to, body = voila[0].answer(path)
    assert (status, body) == (302, "") and to.startswith("/login?next=")


def test_the_playground_serves_no_files_of_the_course(voila):
    """Voila shows one page; sources, data and other notebooks are not to be had, with the token or without."""
    server, ours = voila
    names = ("README.md", "tools/tasks.py", "../README.md", "%2e%2e/%2e%2e/README.md", "%2fetc%2fpasswd", "app.ipynb")
    for token in (None, ours):
        for name in names:
            for address in (f"/voila/files/{name}", f"/files/{name}", f"/voila/render/{name}", f"/static/{name}"):
                status, _, body = server.answer(address, token=token)
                assert status in (302, 400, 403, 404, 405), (address, status)
                assert "Copyright" not in body and "root:" not in body and "def main" not in body
        for path in ("/api/kernels", "/api/contents"):
            assert server.answer(path, method="POST", token=token)[0] in (302, 403, 404, 405)
