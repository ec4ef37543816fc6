"""Fetch RAVDESS from Zenodo, verify it, unpack it; or adopt a copy that somebody already has.

The corpus is Livingstone & Russo (2018), Zenodo record 1188976, CC BY-NC-SA 4.0: free for non-commercial use, with
the authors named, under the same licence. pooch was tried: it cannot resume, and what was left for it, comparing a
checksum, hashlib does. A zip member is a clip if it bears a RAVDESS name, and is written under a path made from that
name's codes: no name of an archive ever reaches the disk. Lesson: 00_start_here.
"""

import contextlib
import email.utils
import errno
import hashlib
import lzma
import os
import pathlib
import re
import shutil
import stat
import tarfile
import time
import uuid
import zipfile
import zlib
from typing import NamedTuple

from .. import system
from ..errors import BadCorpus, DownloadError
from . import ravdess

BASE_URL = "https://zenodo.org/records/1188976/files/"
PAUSES = (1, 2, 4, 8, 16, 32)  # seconds between two attempts; the count starts anew whenever something arrived
TIMEOUT = (15, 60)  # seconds to connect, and to wait for the next byte
MAX_WAIT = 300  # seconds; a server that asks for more patience than this is answered by giving up with a sentence
MAX_FILES = 10_000
MAX_BYTES = 4_000_000_000
MAX_RATIO = 200  # sound hardly shrinks: an archive that grows two hundredfold holds no recordings
_CHUNK = 1 << 12  # what a broken line may lose
_SYNTHETIC = "{} holds the practice corpus (synthetic), not RAVDESS; give another copy."
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, ValueError)


class Archive(NamedTuple):
    """One zip file of the record: its name, size in bytes, MD5, and about how many bytes it unpacks to."""

    name: str
    size: int
    md5: str
    unpacked: int


ARCHIVES = {
    "speech": Archive("Audio_Speech_Actors_01-24.zip", 208_468_073, "bc696df654c87fed845eb13823edef8a", 600_000_000),
    "song": Archive("Audio_Song_Actors_01-24.zip", 225_505_317, "5411230427d67a21e18aa4d466e6d1b9", 500_000_000),
}


def fetch(folder, *, channels=tuple(ARCHIVES)):
    """Download RAVDESS, verify its checksums and unpack it; what is already whole is kept.

    The folder gets `speech/Actor_01/...` and `song/Actor_01/...`; `channels` says which of the two, 0.2 GB each.

    Returns the folder. Raises `DownloadError`, which says what to do: no connection, a server that refuses, a wrong
    checksum, a full disk, a folder that cannot be written or holds something else, another process at work there.
    A broken transfer goes on where it stopped, also after a kill. Lesson: 00_start_here.
    """
    folder = pathlib.Path(folder)
    for channel in channels:
        if channel not in ARCHIVES:
            raise DownloadError(f"There is no vocal channel {channel!r} to fetch; use {' or '.join(ARCHIVES)}.")
    with _alone_in(folder):
        missing = [ARCHIVES[channel] for channel in channels if not _is_whole(folder, channel)]
        depot = folder / ".download"
        depot.mkdir(exist_ok=True)
        have = sum(path.stat().st_size for path in depot.iterdir() if path.is_file())
        _check_room(folder, sum(archive.size + archive.unpacked for archive in missing) - have)
        for archive in missing:
            packed = _retrieve(archive, depot)
            _unpack(packed, folder)
            packed.unlink()
        shutil.rmtree(depot, ignore_errors=True)
    return folder


def adopt(path, folder):
    """Put a copy of RAVDESS that is already on this computer into place; the copy itself is not changed.

    `path` is a folder or a zip file (any nesting; second copies and all that is no clip are left out). `folder` gets
    `speech/Actor_01/...` and `song/Actor_01/...`, linked where the disk allows it, else copied.

    Returns the folder. Raises `DownloadError`: nothing there, no RAVDESS in it, a damaged or hostile zip, or a channel
    already in place. An incomplete copy is taken as it is; `corpus.check_ravdess` says what it lacks.
    Lesson: 00_start_here.
    """
    path, folder = pathlib.Path(path), pathlib.Path(folder)
    if not path.exists():
        raise DownloadError(f"There is no {path}; give the folder or the zip file that holds RAVDESS.")
    with _alone_in(folder):
        if not path.is_dir():
            _unpack(path, folder)
            return folder
        try:
            table = ravdess.scan(path)
        except BadCorpus as error:
            raise DownloadError(str(error)) from error
        if table.attrs["corpus"] == "practice":
            raise DownloadError(_SYNTHETIC.format(path))

        def link_or_copy(source, target):
            try:
                os.link(source.resolve(), target)
            except OSError:
                shutil.copyfile(source, target)

        _place({pathlib.Path(clip).name: pathlib.Path(clip) for clip in table["path"]}, folder, link_or_copy)
    return folder


def _unpack(archive, folder):
    """Put the clips of a zip file into place, or refuse it before anything is written."""
    try:
        with zipfile.ZipFile(archive) as opened:
            clips = _judge(archive, opened.infolist())
            _check_room(folder, sum(member.file_size for member in clips.values()))

            def extract(member, target):
                with opened.open(member) as source, open(target, "xb") as file:
                    shutil.copyfileobj(source, file)

            _place(clips, folder, extract)
    except DownloadError:
        raise
    except _DAMAGED as error:
        with open(archive, "rb") as file:
            start = file.read(4)
        kind = {b"7z\xbc\xaf": "a 7z", b"Rar!": "a rar"}.get(start, "a tar" if tarfile.is_tarfile(archive) else None)
        told = f"is damaged or no zip archive ({error}); fetch it again."
        told = f"is no zip but {kind} archive: unpack it, and adopt the folder." if kind else told
        raise DownloadError(f"{archive} {told}") from error


def _judge(archive, members):
    """Members that are clips, by their file names, of equal copies the first; refuses what no honest copy holds."""
    clips, facts = {}, {}
    for member in members:
        parts = re.split(r"[/\\]", member.filename)
        stem, suffix = os.path.splitext(parts[-1])
        row, fault = ravdess.try_name(stem) if suffix.lower() in ravdess.SUFFIXES else None, None
        stem = row and row["stem"]
        fact = (member.CRC, member.file_size)
        if ".." in parts or not parts[0] or ":" in parts[0][1:2]:
            fault = "leads outside the folder"
        elif stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            fault = "is a link or a device"
        elif member.flag_bits & 1:
            fault = "is encrypted"
        elif facts.get(stem, fact) != fact:
            fault = "is there twice, differing"
        if fault:
            raise DownloadError(f"{archive} is not safe: {member.filename!r:.200} {fault}; nothing was unpacked.")
        if parts[-1] == ravdess.PRACTICE_MANIFEST:
            raise DownloadError(_SYNTHETIC.format(archive))
        if stem and stem not in facts:
            facts[stem], clips[parts[-1]] = fact, member
    size = sum(member.file_size for member in clips.values())
    if len(members) > MAX_FILES or size > min(MAX_BYTES, MAX_RATIO * max(archive.stat().st_size, 1 << 16)):
        told = f"{len(members)} files and would unpack to {size / 1e6:.0f} MB, which is more than the corpus has"
        raise DownloadError(f"{archive} holds {told}; give another copy.")
    if not clips:
        raise DownloadError(f"{archive} holds no RAVDESS clip; see data/README.md for how to get it.")
    return clips


def _place(clips, folder, write):
    """Write clips, a dict from file name to source, into `folder/channel/Actor_NN`; a channel is whole or not there."""
    rows = {name: ravdess.parse_name(os.path.splitext(name)[0]) for name in clips}
    channels = sorted({row["channel"] for row in rows.values()})
    for place in (folder / channel for channel in channels):
        if place.exists() and not (place.is_dir() and not any(place.iterdir())):
            raise DownloadError(f"{place} is already there; move it away first, or adopt into another folder.")
    draft = folder / f".unpacking-{uuid.uuid4().hex}"
    try:
        for name, row in rows.items():
            target = draft / row["channel"] / f"Actor_{row['actor']:02d}" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            write(clips[name], target)
        for channel in channels:
            if (folder / channel).exists():
                (folder / channel).rmdir()
            os.rename(draft / channel, folder / channel)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _is_whole(folder, channel):
    """True when all clips of a channel are in place; a folder that holds something else is never touched."""
    place = folder / channel
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return False
    expected = {"speech": ravdess.SPEECH_CLIPS, "song": ravdess.SONG_CLIPS}[channel]
    with contextlib.suppress(BadCorpus):
        if (ravdess.scan(place)["channel"] == channel).sum() == expected:
            return True
    raise DownloadError(f"{place} is there but is not the whole {channel} part; move it away and run this again.")


@contextlib.contextmanager
def _alone_in(folder):
    """Work in a folder alone, or say who does; sweep what a killed process left there; explain what the disk says."""
    try:
        with system.alone(folder) as is_alone:
            if not is_alone:
                raise DownloadError(f"Another process is at work in {folder}; wait for it, then run this again.")
            for draft in folder.glob(".unpacking-*"):
                shutil.rmtree(draft, ignore_errors=True)
            yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            told = f"The disk of {folder} is full; free some space and run the same command again."
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            told = f"{folder} cannot be written ({error.strerror}); choose a folder that you may write."
        else:
            told = f"Working in {folder} failed ({error.strerror or error}); mend that and run it again."
        raise DownloadError(told) from error


def _check_room(folder, n_bytes):
    free, needed = shutil.disk_usage(folder).free, int(1.02 * n_bytes)
    if free < needed:
        told = f"has {free / 1e6:.0f} MB free but {needed / 1e6:.0f} MB are needed"
        raise DownloadError(f"{folder} {told}; free some space first.")


def _retrieve(archive, depot):
    """Path of the archive, its checksum verified; bytes collect in this file, which outlives the process."""
    part = depot / f"{archive.name}.part"
    url = f"{BASE_URL.rstrip('/')}/{archive.name}?download=1"
    for _ in range(2 if part.exists() else 1):  # a damaged part costs one new start
        _complete(url, part, archive)
        with open(part, "rb") as file:
            if hashlib.file_digest(file, "md5").hexdigest() == archive.md5:
                return part
        part.unlink()
    raise _refused(url, f"did not have the checksum of {archive.name}, so it was thrown away; try again later")


def _complete(url, part, archive):
    """Ask again and again for what the part lacks of the archive, as long as something arrives now and then."""
    part.touch()
    failures = 0
    with system.progress_bar(archive.name, archive.size, in_bytes=True) as advance:
        while (before := part.stat().st_size) < archive.size:
            reason, seconds = _attempt(url, part, archive.size, advance)
            have = part.stat().st_size
            if have < archive.size:
                failures = failures + 1 if have <= before else 1
                if failures > len(PAUSES):
                    kept = f"({reason}); {have / 1e6:.0f} MB are kept: check the connection and run the same command"
                    raise _refused(url, f"could not be fetched {kept} again")
                if seconds > MAX_WAIT:
                    told = f"The server asks to be left alone for {seconds / 60:.0f} minutes"
                    raise DownloadError(f"{told}; run the same command after that.")
                time.sleep(max(PAUSES[failures - 1], seconds))


def _refused(url, told):
    """What went wrong with an address, and the way round it."""
    by_hand = "or download it in a browser and run `ser-lessons data adopt` on the zip file"
    return DownloadError(f"{url} {told}, {by_hand}.")


def _attempt(url, part, whole, advance):
    """Ask once for what is missing of `whole` bytes; returns why it ended, and the seconds that the server asks for."""
    import requests
    from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema, TooManyRedirects

    have = part.stat().st_size
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            status = answer.status_code
            if status in (408, 425, 429) or status >= 500:
                return f"the server answered {status}", _seconds_asked(answer.headers.get("Retry-After"))
            is_next = answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            if status == 416 or (status == 206 and not is_next):
                part.write_bytes(b"")
                return "the server did not resume", 0
            if status not in (200, 206):
                raise _refused(url, f"answered {status} ({answer.reason}); check the address")
            if "text/html" in answer.headers.get("Content-Type", ""):
                raise _refused(url, "sent a web page instead of the archive; log in to the network first")
            with open(part, "ab" if status == 206 else "wb") as file:
                size = have if status == 206 else 0
                for chunk in answer.iter_content(_CHUNK):
                    if size == 0 and not b"PK\x03\x04".startswith(chunk[:4]):
                        raise _refused(url, "did not send a zip archive; log in to the network first")
                    file.write(chunk[: whole - size])
                    file.flush()
                    size = min(whole, size + len(chunk))
                    advance(size)
                    if size == whole:
                        break
    except (InvalidSchema, InvalidURL, MissingSchema, TooManyRedirects) as error:
        raise DownloadError(f"{url} leads nowhere ({error}); correct the address.") from error
    except requests.RequestException as error:
        return f"the connection broke: {type(error).__name__}", 0
    return "the server stopped before the end", 0


def _seconds_asked(retry_after):
    """What a Retry-After header asks for, which holds seconds or a date; 0 when it says nothing useful."""
    with contextlib.suppress(TypeError, ValueError):
        return float(retry_after)
    with contextlib.suppress(TypeError, ValueError):
        return email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
    return 0
