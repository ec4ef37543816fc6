"""A server that misbehaves on purpose: the download resumes, or says in one sentence what to do.

Everything happens on this machine; waiting is recorded instead of done, so no test depends on the clock.
"""

import errno
import hashlib
import http.server
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import types
import zipfile

import pytest
from soak import Part

from ser_lessons import corpus
from ser_lessons.corpus import fetch as download
from ser_lessons.corpus import ravdess
from ser_lessons.errors import DownloadError

STEMS = [f"03-01-0{emotion}-01-01-01-0{actor}" for emotion in range(1, 9) for actor in (1, 2)]


def make_zip():
    """A tiny speech archive of 16 clips that does not compress."""
    rng = random.Random(7)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for stem in STEMS:
            archive.writestr(f"Actor_{stem[-2:]}/{stem}.wav", rng.randbytes(12_000))
    return buffer.getvalue()


DATA = make_zip()
LOST = 4096
"""Bytes that one broken line may cost."""

ARCHIVE = download.Archive("Speech.zip", len(DATA), hashlib.md5(DATA).hexdigest(), 300_000)


class Server:
    """An HTTP server that plays a list of acts, one a request, and then behaves."""

    def __init__(self):
        self.acts, self.ranges, self.asked = [], [], []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                server.ranges.append(self.headers.get("Range"))
                server.asked.append(self.path)
                act = server.acts.pop(0) if server.acts else serve()
                self.close_connection = True
                try:
                    act(self)
                except OSError:
                    pass

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/files"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@pytest.fixture
def server(monkeypatch):
    """A server of the tiny archive; `waited` collects the seconds of patience that it cost."""
    made = Server()
    made.waited = []
    clock = types.SimpleNamespace(sleep=made.waited.append, time=time.time)
    facts = {"ARCHIVES": {"speech": ARCHIVE}, "BASE_URL": made.url, "PAUSES": (1, 2, 4), "TIMEOUT": (600, 600)}
    for name, value in {**facts, "time": clock}.items():
        monkeypatch.setattr(download, name, value)
    monkeypatch.setattr(ravdess, "SPEECH_CLIPS", len(STEMS))
    yield made
    made.http.shutdown()
    made.http.server_close()


def head(handler, status, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.send_header("Connection", "close")
    handler.end_headers()


def serve(data=DATA, cut=None, piece=None, ranges=True, content_type="application/zip"):
    """Send the file, from where it was asked for; `cut` breaks the connection after that many bytes of the body."""

    def act(handler):
        asked = handler.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and ranges else 0
        body = data[start:]
        extra = {"Content_Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if asked and ranges else {}
        head(handler, 206 if extra else 200, Content_Length=len(body), Content_Type=content_type, **extra)
        body = body[:cut]
        for place in range(0, len(body), piece or len(body) or 1):
            handler.wfile.write(body[place : place + (piece or len(body))])
            handler.wfile.flush()

    return act


def hold_back(released):
    """Send the first 131 072 bytes, and no more until the event."""

    def act(handler):
        head(handler, 200, Content_Length=len(DATA), Content_Type="application/zip")
        handler.wfile.write(DATA[:131_072])
        handler.wfile.flush()
        released.wait(600)

    return act


def refuse(status, **headers):
    return lambda handler: head(handler, status, Content_Length=0, **headers)


def fetch(server, folder):
    """Fetch the speech part; the seconds waited for it."""
    server.waited.clear()
    assert download.fetch(folder, channels=("speech",)) == folder
    return list(server.waited)


def assert_whole(folder):
    table = corpus.scan(folder)
    assert sorted(table["stem"]) == sorted(STEMS)
    assert all((folder / "speech" / f"Actor_{stem[-2:]}" / f"{stem}.wav").stat().st_size == 12_000 for stem in STEMS)
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "speech"]


def assert_nothing_trusted(folder):
    assert not (folder / "speech").exists()


def elsewhere(handler):
    """Answer a range with the beginning of the file."""
    head(handler, 206, Content_Length=10, Content_Range=f"bytes 0-9/{len(DATA)}")
    handler.wfile.write(DATA[:10])


SURVIVED = {
    "an honest server": ([], []),
    **{f"a line cut after {cut} bytes": ([serve(cut=cut)], [1]) for cut in (0, 1, 3, 4, 5, len(DATA) - 1)},
    "a server that cannot resume": ([serve(cut=50_000), serve(ranges=False)], [1]),
    "a server that resumes elsewhere": ([serve(cut=50_000), elsewhere], [1, 2]),
    "a refused range": ([serve(cut=50_000), refuse(416)], [1, 2]),
    "too many requests": ([refuse(429, Retry_After=7), refuse(429), refuse(429, Retry_After="soon")], [7.0, 2, 4]),
    "patience until a date": ([refuse(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")], [1]),
    **{f"a server in trouble: {status}": ([refuse(status)] * 3, [1, 2, 4]) for status in (500, 502, 503, 504)},
    "progress between": ([refuse(500), refuse(500), serve(cut=9000), refuse(500), refuse(500)], [1, 2, 1, 2, 4]),
    "a redirect": ([refuse(302, Location="/elsewhere")], []),
    "a slow drip": ([serve(piece=701)], []),
    "a server that does not stop": ([serve(DATA + b"\0" * 5_000_000)], []),
}


@pytest.mark.parametrize("acts, waits", SURVIVED.values(), ids=SURVIVED)
def test_it_ends_whole_and_is_not_fetched_again(server, tmp_path, acts, waits):
    server.acts = list(acts)
    assert fetch(server, tmp_path / "new" / "place") == waits
    assert_whole(tmp_path / "new" / "place")
    asked = len(server.ranges)
    fetch(server, tmp_path / "new" / "place")
    assert len(server.ranges) == asked and set(server.asked) <= {"/files/Speech.zip?download=1", "/elsewhere"}


@pytest.mark.parametrize("seed", range(6))
def test_a_cable_pulled_at_random_bytes_is_resumed(server, tmp_path, seed):
    rng = random.Random(seed)
    cuts = [rng.randrange(0, len(DATA) // 4) for _ in range(4)]
    server.acts = [serve(cut=cut) for cut in cuts]
    waited = fetch(server, tmp_path)
    assert_whole(tmp_path)
    starts = [0 if asked is None else int(asked[6:-1]) for asked in server.ranges]
    assert starts == sorted(starts) and sum(cuts) - 4 * LOST < starts[-1] <= sum(cuts)
    assert len(waited) == 4


def test_the_next_run_goes_on_where_the_last_gave_up(server, tmp_path):
    server.acts = [serve(cut=70_000)] + [refuse(503)] * 3
    with pytest.raises(DownloadError, match="answered 503.*MB are kept: check the connection and run the same command"):
        fetch(server, tmp_path)
    assert_nothing_trusted(tmp_path)
    part = (tmp_path / ".download" / "Speech.zip.part").read_bytes()
    assert DATA.startswith(part) and 70_000 - LOST < len(part) <= 70_000
    fetch(server, tmp_path)
    assert_whole(tmp_path)
    assert server.ranges[-1] == f"bytes={len(part)}-"


PAGE = b"<!doctype html><title>Welcome to the hotel network</title>" * 9000
WRONG = DATA[: len(DATA) // 2] + bytes([DATA[len(DATA) // 2] ^ 1]) + DATA[len(DATA) // 2 + 1 :]
UNTRUSTED = {
    **{str(status): (refuse(status), f"answered {status} .*check the address.*data adopt") for status in (401, 404)},
    "too much patience": (refuse(429, Retry_After=3600), "left alone for 60 minutes; run the same command after that"),
    "a page": (serve(PAGE, content_type="text/html; charset=utf-8"), "sent a web page.*log in to the network first"),
    "a page that says zip": (serve(PAGE), "did not send a zip archive.*log in to the network first"),
    "one wrong bit": (serve(WRONG), "did not have the checksum of Speech.zip, so it was thrown away"),
    "endless zeros": (serve(b"PK\x03\x04" + b"\0" * 5_000_000), "did not have the checksum"),
}


@pytest.mark.parametrize("act, message", UNTRUSTED.values(), ids=UNTRUSTED)
def test_what_cannot_be_trusted_is_refused_at_once_and_leaves_nothing(server, tmp_path, act, message):
    server.acts = [act]
    with pytest.raises(DownloadError, match=message):
        fetch(server, tmp_path)
    assert len(server.ranges) == 1
    assert_nothing_trusted(tmp_path)
    assert "checksum" not in message or not list(tmp_path.glob(".download/*"))
    fetch(server, tmp_path)
    assert_whole(tmp_path)


def test_redirects_are_not_followed_in_circles(server, tmp_path):
    server.acts = [refuse(302, Location="/round")] * 40
    with pytest.raises(DownloadError, match="leads nowhere"):
        fetch(server, tmp_path)
    assert_nothing_trusted(tmp_path)


def test_a_damaged_part_costs_one_more_transfer(server, tmp_path):
    part = tmp_path / ".download" / "Speech.zip.part"
    part.parent.mkdir()
    part.write_bytes(DATA[:999] + b"x" + DATA[1000:60_000])
    fetch(server, tmp_path)
    assert_whole(tmp_path)
    assert server.ranges == ["bytes=60000-", None]


def test_a_server_that_falls_silent_is_left_and_resumed(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", (600, 0.3))
    monkeypatch.setattr(download, "PAUSES", (1,) * 100)  # on a busy machine honest answers may be late, too
    woken = threading.Event()
    server.acts = [hold_back(woken)]
    fetch(server, tmp_path)
    woken.set()
    assert_whole(tmp_path)


def test_nobody_listens(tmp_path, server):
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(DownloadError, match="could not be fetched.*check the connection"):
        fetch(server, tmp_path)


@pytest.mark.parametrize("address", ["gopher://example.org", "example.org/files", "http://"])
def test_an_address_that_is_none(tmp_path, server, address, monkeypatch):
    monkeypatch.setattr(download, "BASE_URL", address)
    with pytest.raises(DownloadError, match="leads nowhere"):
        fetch(server, tmp_path)


def test_a_small_disk_is_refused_before_the_first_byte(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download.shutil, "disk_usage", lambda folder: types.SimpleNamespace(free=1000))
    with pytest.raises(DownloadError, match="MB free but .* MB are needed; free some space first"):
        fetch(server, tmp_path)
    assert server.ranges == []


def test_a_disk_that_fills_up_keeps_what_arrived(server, tmp_path, monkeypatch):
    class Full(io.FileIO):
        """A file whose disk is full after 70 000 bytes."""

        def write(self, data):
            if self.tell() + len(data) > 70_000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    monkeypatch.setattr(download, "open", Full, raising=False)
    with pytest.raises(DownloadError, match="is full; free some space and run the same command again"):
        fetch(server, tmp_path)
    assert_nothing_trusted(tmp_path)
    monkeypatch.setattr(download, "open", open)
    fetch(server, tmp_path)
    assert_whole(tmp_path)
    assert server.ranges[-1].startswith("bytes=")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_read_only_folder_is_one_sentence(server, tmp_path, monkeypatch, code):
    def refuse_to_write(*args, **options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(download, "open", refuse_to_write, raising=False)
    with pytest.raises(DownloadError, match="cannot be written .*; choose a folder that you may write"):
        fetch(server, tmp_path)


def test_a_file_where_the_folder_should_be(server, tmp_path):
    (tmp_path / "corpus").write_text("in the way")
    with pytest.raises(DownloadError, match="run it again"):
        fetch(server, tmp_path / "corpus")


def test_the_second_of_two_at_once_is_told_to_wait(server, tmp_path):
    messages = []

    def meanwhile(handler):
        try:
            fetch(server, tmp_path)
        except DownloadError as error:
            messages.append(str(error))
        serve()(handler)

    server.acts = [meanwhile]
    fetch(server, tmp_path)
    assert_whole(tmp_path)
    assert len(messages) == 1 and "Another process is at work" in messages[0]


def test_a_half_corpus_in_place_is_not_taken_for_a_whole_one(server, tmp_path):
    half = tmp_path / "speech" / "Actor_01" / f"{STEMS[0]}.wav"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"mine")
    with pytest.raises(DownloadError, match="not the whole speech part; move it away"):
        fetch(server, tmp_path)
    assert half.read_bytes() == b"mine" and server.ranges == []


def test_an_unknown_channel_is_refused(tmp_path):
    with pytest.raises(DownloadError, match="no vocal channel 'opera' to fetch; use speech"):
        download.fetch(tmp_path, channels=("opera",))


CHILD = """
import sys
from ser_lessons.corpus import fetch as download
from ser_lessons.corpus import ravdess
ravdess.SPEECH_CLIPS = 16
download.ARCHIVES["speech"] = download.Archive("Speech.zip", int(sys.argv[3]), sys.argv[4], 300_000)
download.BASE_URL = sys.argv[2]
download.fetch(sys.argv[1], channels=("speech",))
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_killed_download_leaves_a_part_and_no_lock(server, tmp_path):
    """Killed while the server holds back the second half; the next run asks for just that half."""
    killed = threading.Event()
    server.acts = [hold_back(killed)]
    command = [sys.executable, "-c", CHILD, str(tmp_path), server.url, str(ARCHIVE.size), ARCHIVE.md5]
    child = subprocess.Popen(command)
    part = tmp_path / ".download" / "Speech.zip.part"
    while child.poll() is None and not (part.exists() and part.stat().st_size >= 65_536):
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    killed.set()
    assert_nothing_trusted(tmp_path)
    kept = part.stat().st_size
    fetch(server, tmp_path)
    assert_whole(tmp_path)
    assert server.ranges == [None, f"bytes={kept}-"]


def mixture(seed):
    """Some of the faults above, in any order."""
    rng = random.Random(seed)
    faults = [
        lambda: serve(cut=rng.randrange(len(DATA))),
        lambda: refuse(rng.choice([429, 500, 502, 503, 504])),
        lambda: refuse(416),
        lambda: refuse(302, Location="/elsewhere"),
        lambda: serve(ranges=False, cut=rng.randrange(len(DATA))),
        lambda: serve(piece=rng.randrange(1000, 9000), cut=rng.randrange(len(DATA))),
    ]
    return [rng.choice(faults)() for _ in range(rng.randrange(1, 12))]


def survive(server, folder, acts):
    """The corpus is whole at the end; how many of the faults were met before it was."""
    server.acts = list(acts)
    fetch(server, folder)
    assert_whole(folder)
    return len(acts) - len(server.acts)


@pytest.mark.parametrize("seed", range(3))
def test_a_mixture_of_faults_ends_whole(server, tmp_path, seed, monkeypatch):
    monkeypatch.setattr(download, "PAUSES", (1,) * 30)
    assert survive(server, tmp_path, mixture(seed)) > 0


@pytest.mark.soak
def test_five_hundred_mixtures_of_faults_end_whole(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "PAUSES", (1,) * 30)
    with Part("download_faults", 500) as part:
        part.more["faults_injected"] = 0
        for seed in range(part.planned):
            with part.trial(seed):
                part.more["faults_injected"] += survive(server, tmp_path / str(seed), mixture(seed))
            shutil.rmtree(tmp_path / str(seed), ignore_errors=True)
