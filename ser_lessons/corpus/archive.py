"""Unpack a zip that may be damaged or hostile: whole, inside its folder, or not at all.

Everything is judged before the first byte is written; the files appear in a hidden folder that takes its final
name only when all of them are there and their checksums agree. Lesson: 00_start_here.
"""

import contextlib
import errno
import os
import pathlib
import re
import shutil
import stat
import unicodedata
import uuid
import zipfile
import zlib

from ..errors import DownloadError

MAX_FILES = 10_000
MAX_BYTES = 4_000_000_000
MAX_RATIO = 200
"""Sound hardly shrinks: an archive that grows two hundredfold holds no recordings."""

_CHUNK = 1 << 20
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def unpack(archive, folder, *, max_files=MAX_FILES, max_bytes=MAX_BYTES):
    """Unpack a zip into a new folder, or refuse it before anything is written.

    Parameters
    ----------
    archive : path of a zip file
    folder : path; must not exist yet, or be empty
    max_files, max_bytes : int; an archive that claims more is refused

    Returns
    -------
    pathlib.Path of the folder, which holds every file of the archive

    Raises
    ------
    DownloadError : no zip, damaged, or hostile (a path that leads outside, a link, a name twice, far too large),
        no room on the disk, or a folder that already holds something

    A kill in the middle leaves a hidden `.unpacking-` folder, which nothing takes for a corpus and which the next
    `fetch` or `adopt` removes. Lesson: 00_start_here.
    """
    archive, folder = pathlib.Path(archive), pathlib.Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DownloadError(f"{folder} already holds something; move it away or choose another folder.")
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _judge(archive, opened.infolist(), max_files, max_bytes)
            folder.parent.mkdir(parents=True, exist_ok=True)
            check_room(folder.parent, sum(member.file_size for member in members))
            draft = folder.parent / f".unpacking-{folder.name}-{uuid.uuid4().hex}"
            try:
                for member in members:
                    _write_member(archive, opened, member, draft)
                draft.mkdir(exist_ok=True)
                if folder.exists():
                    folder.rmdir()
                os.rename(draft, folder)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    except FileNotFoundError as error:
        raise DownloadError(f"There is no archive {archive}; fetch it again.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise DownloadError(
            f"{archive} is damaged or no zip archive ({error}); delete it and fetch it again."
        ) from error
    except OSError as error:
        raise explain(error, folder) from error
    return folder


def explain(error, folder):
    """Turn an OSError met while writing into a DownloadError of one sentence."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return DownloadError(f"The disk of {folder} is full; free some space and run the same command again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DownloadError(f"{folder} cannot be written ({error.strerror}); choose a folder that you may write.")
    return DownloadError(f"Working in {folder} failed ({error.strerror or error}); mend that and run it again.")


def check_room(folder, n_bytes):
    """There must be room for the files, and a little more."""
    while not folder.exists():
        folder = folder.parent
    free, needed = shutil.disk_usage(folder).free, int(1.02 * n_bytes)
    if free < needed:
        raise DownloadError(
            f"{folder} has {free / 1e6:.0f} MB free but {needed / 1e6:.0f} MB are needed; free some space first."
        )


def _judge(archive, members, max_files, max_bytes):
    """Refuse an archive that no honest corpus would be; returns the files to write."""
    if len(members) > max_files:
        raise DownloadError(f"{archive} claims {len(members)} files, more than {max_files}; this is not the corpus.")
    total, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if total > max_bytes or total > MAX_RATIO * max(packed, archive.stat().st_size, 1 << 16):
        raise DownloadError(
            f"{archive} would unpack to {total / 1e6:.0f} MB; this is not the corpus, nothing unpacked."
        )
    seen = set()
    for member in members:
        fault = _fault(member)
        key = _key(member.filename)
        if fault is None and key in seen:
            fault = "is there twice"
        if fault:
            raise DownloadError(f"{archive} is not safe: {member.filename!r:.200} {fault}; nothing was unpacked.")
        seen.add(key)
    files = [member for member in members if not member.is_dir()]
    taken = {_key(member.filename) for member in files}
    for member in files:
        parts = _key(member.filename).split("/")
        both = taken & {"/".join(parts[:n]) for n in range(1, len(parts))}
        if both:
            raise DownloadError(f"{archive} is not safe: {both.pop()!r:.200} is a file and a folder; nothing unpacked.")
    return files


def _key(name):
    """Names that some file system would take for one have the same key."""
    return unicodedata.normalize("NFC", name.rstrip("/")).casefold()


def _fault(member):
    """What is wrong with one entry, or None."""
    name, kind = member.filename, stat.S_IFMT(member.external_attr >> 16)
    parts = name.rstrip("/").split("/")
    if getattr(member, "orig_filename", name) != name and "\0" in member.orig_filename:
        return "hides a part of its name"
    if not name or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        return "has an absolute name"
    if "\\" in name or ".." in parts:
        return "leads outside the folder"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if member.flag_bits & 1:
        return "is encrypted"
    if any(part in ("", ".") or len(part.encode("utf-8", "replace")) > 255 for part in parts):
        return "has a name that no folder can hold"
    if any(ord(letter) < 32 or letter in '<>:"|?*' for letter in name) or any(
        part.split(".")[0].strip().casefold() in _RESERVED or part.endswith((" ", ".")) for part in parts
    ):
        return "has a name that not every computer can hold"
    return None


def _write_member(archive, opened, member, draft):
    """Write one file, never more than it claims; its checksum is compared on the way."""
    path = draft.joinpath(*member.filename.split("/"))
    path.parent.mkdir(parents=True, exist_ok=True)
    left = member.file_size
    with opened.open(member) as source, open(path, "xb") as target:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise DownloadError(f"{archive} lies about the size of {member.filename!r:.200}; nothing was unpacked.")
            target.write(chunk)
    if left:
        raise DownloadError(f"{archive} is cut short in {member.filename!r:.200}; delete it and fetch it again.")


def sweep(folder):
    """Remove what a killed run left half unpacked in a folder; call it only while holding the folder's lock."""
    for draft in pathlib.Path(folder).glob(".unpacking-*"):
        with contextlib.suppress(OSError):
            shutil.rmtree(draft)
