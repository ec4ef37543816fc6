"""Fetch RAVDESS from Zenodo, verify it, unpack it; or adopt a copy that somebody already has.

The corpus is Livingstone & Russo (2018), Zenodo record 1188976, CC BY-NC-SA 4.0: free for non-commercial use, with
the authors named, under the same licence. pooch compares the checksums; this module resumes what a cable or a server
broke. A folder `speech` or `song` appears only when it is whole. Lesson: 00_start_here.
"""

import contextlib
import dataclasses
import email.utils
import os
import pathlib
import shutil
import time
import uuid

from .. import corpus, system
from ..errors import BadCorpus, DownloadError
from .archive import check_room, explain, sweep, unpack

__all__ = ["ARCHIVES", "BASE_URL", "Archive", "adopt", "fetch", "unpack"]

BASE_URL = "https://zenodo.org/records/1188976/files/"
PAUSES = (1, 2, 4, 8, 16, 32)
"""Seconds between two attempts; the count starts anew whenever a byte arrived."""

MAX_WAIT = 300
"""Seconds; a server that asks for more patience than this is answered by giving up with a sentence."""

_CHUNK = 1 << 16
_BY_HAND = "or download it in a browser and run `ser-lessons data adopt` on the zip file"


@dataclasses.dataclass(frozen=True)
class Archive:
    """One zip file of the record: its name, size in bytes, MD5, and about how many bytes it unpacks to."""

    name: str
    size: int
    md5: str
    unpacked: int


ARCHIVES = {
    "speech": Archive("Audio_Speech_Actors_01-24.zip", 208_468_073, "bc696df654c87fed845eb13823edef8a", 600_000_000),
    "song": Archive("Audio_Song_Actors_01-24.zip", 225_505_317, "5411230427d67a21e18aa4d466e6d1b9", 500_000_000),
}


def fetch(
    folder,
    *,
    channels=("speech", "song"),
    base_url=BASE_URL,
    progress=True,
    archives=ARCHIVES,
    pauses=PAUSES,
    sleep=time.sleep,
    timeout=(15, 60),
):
    """Download RAVDESS, verify its checksums and unpack it; what is already whole is kept.

    Parameters
    ----------
    folder : path; gets `speech/Actor_01/...` and `song/Actor_01/...`
    channels : which of "speech" (0.2 GB) and "song" (0.2 GB) to fetch
    base_url : str, where the archives lie
    progress : show a progress bar on stderr
    archives : dict from channel to Archive
    pauses : seconds to wait between attempts; `sleep` does the waiting
    timeout : seconds to connect, and to wait for the next byte

    Returns
    -------
    pathlib.Path of the folder

    Raises
    ------
    DownloadError : no connection, a server that refuses, a wrong checksum, a full disk, a folder that cannot be
        written or holds something else, or another process at work there; each says what to do

    A broken transfer goes on where it stopped, also after a kill. Lesson: 00_start_here.
    """
    folder = pathlib.Path(folder)
    for channel in channels:
        if channel not in archives:
            raise DownloadError(f"There is no channel {channel!r} to fetch; use {' or '.join(archives)}.")
    with _locked(folder):
        missing = [channel for channel in channels if not _is_whole(folder, channel)]
        depot = folder / ".download"
        depot.mkdir(exist_ok=True)
        have = sum(path.stat().st_size for path in depot.iterdir() if path.is_file())
        check_room(folder, sum(archives[c].size + archives[c].unpacked for c in missing) - have)
        for channel in missing:
            archive = archives[channel]
            transfer = _Transfer(depot, archive, progress, tuple(pauses), sleep, timeout)
            packed = transfer.run(f"{base_url.rstrip('/')}/{archive.name}?download=1")
            unpack(packed, folder / channel)
            packed.unlink()
        shutil.rmtree(depot, ignore_errors=True)
    return folder


def adopt(path, folder):
    """Put a copy of RAVDESS that is already on this computer into place; the copy itself is not changed.

    Parameters
    ----------
    path : path of a folder (any nesting; second copies are left out) or of a zip file
    folder : path; gets `speech/Actor_01/...` and `song/Actor_01/...`, linked where the disk allows it, else copied

    Returns
    -------
    pathlib.Path of the folder

    Raises
    ------
    DownloadError : nothing there, no RAVDESS in it, a damaged or hostile zip, or a channel that is already in place

    An incomplete copy is taken as it is; `corpus.check_ravdess` says what it lacks. Lesson: 00_start_here.
    """
    path, folder = pathlib.Path(path), pathlib.Path(folder)
    if not path.exists():
        raise DownloadError(f"There is no {path}; give the folder or the zip file that holds RAVDESS.")
    with _locked(folder):
        if path.is_dir():
            _place(path, folder)
            return folder
        unpacked = folder / f".unpacking-adopted-{uuid.uuid4().hex}"
        try:
            _place(unpack(path, unpacked), folder)
        finally:
            shutil.rmtree(unpacked, ignore_errors=True)
    return folder


def _place(source, folder):
    """Link or copy the clips of a folder into `folder/channel/Actor_NN`, each channel whole or not at all."""
    try:
        table = corpus.scan(source)
    except BadCorpus as error:
        raise DownloadError(str(error)) from error
    if table.attrs["corpus"] == "practice":
        raise DownloadError(f"{source} holds the practice corpus (synthetic), not RAVDESS; give another folder.")
    channels = {channel: rows for channel, rows in table.groupby("channel")}
    taken = [channel for channel in channels if (folder / channel).exists()]
    if taken:
        raise DownloadError(f"{folder / taken[0]} is already there; move it away first, or adopt into another folder.")
    for channel, rows in channels.items():
        draft = folder / f".unpacking-{channel}-{uuid.uuid4().hex}"
        try:
            for path, actor in zip(map(pathlib.Path, rows["path"]), rows["actor"]):
                _link_or_copy(path, draft / f"Actor_{actor:02d}" / path.name)
            os.rename(draft, folder / channel)
        except OSError as error:
            raise explain(error, folder) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _link_or_copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)


def _is_whole(folder, channel):
    """True when all clips of a channel are in place; a folder that holds something else is never touched."""
    place = folder / channel
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return False
    expected = {"speech": corpus.SPEECH_CLIPS, "song": corpus.SONG_CLIPS}[channel]
    with contextlib.suppress(BadCorpus):
        if (corpus.scan(place)["channel"] == channel).sum() == expected:
            return True
    raise DownloadError(f"{place} is there but is not the whole {channel} part; move it away and run this again.")


@contextlib.contextmanager
def _locked(folder):
    """Work in a folder alone, or say who does; sweep what a killed process left there."""
    try:
        with system.alone(folder) as is_alone:
            if not is_alone:
                raise DownloadError(f"Another process is at work in {folder}; wait for it, then run this again.")
            sweep(folder)
            yield
    except OSError as error:
        raise explain(error, folder) from error


class _TryAgain(Exception):
    """This attempt failed, but another may not; `seconds` is how long the server wants to be left alone."""

    def __init__(self, reason, seconds=None):
        super().__init__(reason)
        self.seconds = seconds


@dataclasses.dataclass
class _Transfer:
    """One archive on its way: bytes collect in a .part file, which outlives the process."""

    depot: pathlib.Path
    archive: Archive
    progress: bool
    pauses: tuple
    sleep: object
    timeout: tuple

    def run(self, url):
        """Bring the archive, verified by pooch; a resumed part with a wrong checksum costs one new start."""
        import pooch

        pooch.get_logger().setLevel("ERROR")
        resumed = self._size() > 0
        while True:
            try:
                return pathlib.Path(
                    pooch.retrieve(
                        url,
                        f"md5:{self.archive.md5}",
                        fname=self.archive.name,
                        path=self.depot,
                        downloader=self._download,
                    )
                )
            except DownloadError:
                raise
            except ValueError as error:
                if not resumed:
                    raise DownloadError(
                        f"{url} did not have the checksum of {self.archive.name}, so it was thrown away; "
                        f"try again later, {_BY_HAND}."
                    ) from error
                resumed = False

    @property
    def _part(self):
        return self.depot / f"{self.archive.name}.part"

    def _size(self):
        return self._part.stat().st_size if self._part.exists() else 0

    def _download(self, url, output_file, _pooch):
        """Called by pooch: complete the part file, attempt by attempt, then hand it over."""
        with _bar(self.archive, self.progress) as advance:
            failures = 0
            while (before := self._size()) < self.archive.size:
                try:
                    self._attempt(url, before, advance)
                except _TryAgain as problem:
                    failures = failures + 1 if self._size() <= before else 1
                    self._pause(url, problem, failures)
                advance(self._size())
        if self._size() > self.archive.size:
            self._part.unlink()
            raise DownloadError(f"{url} sent more than {self.archive.name} holds; try again later, {_BY_HAND}.")
        system.put_in_place(self._part, output_file)

    def _pause(self, url, problem, failures):
        if failures > len(self.pauses):
            raise DownloadError(
                f"{url} could not be fetched ({problem}); {self._size() / 1e6:.0f} MB are kept: "
                f"check the connection and run the same command again, {_BY_HAND}."
            ) from problem
        seconds = max(self.pauses[failures - 1], problem.seconds or 0)
        if seconds > MAX_WAIT:
            raise DownloadError(
                f"The server asks to be left alone for {seconds / 60:.0f} minutes; run the same command after that."
            ) from problem
        self.sleep(seconds)

    def _attempt(self, url, have, advance):
        """One request for what is still missing."""
        import requests
        import urllib3
        from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema, TooManyRedirects

        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        try:
            with requests.get(url, headers=headers, stream=True, timeout=self.timeout) as answer:
                append = self._judge(url, answer, have)
                self._collect(url, answer, have if append else 0, advance)
        except (InvalidSchema, InvalidURL, MissingSchema, TooManyRedirects) as error:
            raise DownloadError(f"{url} leads nowhere ({error}); correct the address.") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _TryAgain(f"the connection broke: {type(error).__name__}") from error
        if self._size() < self.archive.size:
            raise _TryAgain("the server stopped before the end")

    def _judge(self, url, answer, have):
        """Look at the answer's head; True when its body continues the part, False when it starts from the beginning."""
        status = answer.status_code
        if status in (408, 425, 429) or status >= 500:
            raise _TryAgain(f"the server answered {status}", _retry_after(answer.headers.get("Retry-After")))
        if status == 416:
            self._part.unlink(missing_ok=True)
            raise _TryAgain("the server refused to resume")
        if status not in (200, 206):
            raise DownloadError(f"{url} answered {status} ({answer.reason}); check the address, {_BY_HAND}.")
        if "text/html" in answer.headers.get("Content-Type", ""):
            raise DownloadError(
                f"{url} sent a web page instead of the archive; log in to the network first, {_BY_HAND}."
            )
        if status == 206:
            if not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                self._part.unlink(missing_ok=True)
                raise _TryAgain("the server resumed at the wrong place")
            return have > 0
        return False

    def _collect(self, url, answer, start, advance):
        """Append the body to the part as it comes; a body that is no zip, or too long, is refused at once."""
        with open(self._part, "ab" if start else "wb") as file:
            size = start
            while chunk := answer.raw.read1(_CHUNK):  # what has arrived, not a full chunk: a broken line loses nothing
                if size == 0 and not b"PK\x03\x04".startswith(chunk[:4]):
                    raise DownloadError(f"{url} did not send a zip archive; log in to the network first, {_BY_HAND}.")
                size += len(chunk)
                file.write(chunk)
                file.flush()
                advance(size)
                if size > self.archive.size:
                    return


def _retry_after(value):
    """Seconds asked for by a Retry-After header, which holds seconds or a date; None when it says nothing useful."""
    if not value:
        return None
    with contextlib.suppress(ValueError):
        return max(0.0, float(value))
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return None


@contextlib.contextmanager
def _bar(archive, shown):
    """A progress bar on stderr; yields a function that takes the bytes there are."""
    if not shown:
        yield lambda size: None
        return
    from rich import progress as rich
    from rich.console import Console

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.DownloadColumn(),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(archive.name, total=archive.size)
        yield lambda size: bar.update(task, completed=size)
