"""Put a file where it belongs so that it is there whole or not at all: draft, fsync, rename.

Used wherever something is kept: the caches (`features`, `f0`), the practice corpus, downloads, training
states and bundles. It imports nothing of this package, so that every row may use it. Lesson: none.
"""

import contextlib
import os
import pathlib
import uuid

DRAFTS = ".*.part"
"""Pattern of the drafts that a killed process leaves beside the file it was writing."""


def write_whole(path, content, *, sync=True):
    """Write bytes to a file that is there whole or not at all; its folder is made.

    Parameters
    ----------
    path : path; a file there is replaced
    content : bytes
    sync : bool; False leaves the moment of writing to the system. Then a power cut (not a kill) may leave a
        file of the right name with other bytes: only for files whose reader checks a digest

    Raises
    ------
    OSError : the folder cannot be made or written, or the disk is full; no draft is left behind
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        draft.write_bytes(content)
        put_in_place(draft, path, sync=sync)
    finally:
        draft.unlink(missing_ok=True)


def put_in_place(draft, path, *, sync=True):
    """Rename a finished draft to `path` in one step, its bytes on the disk first (unless `sync` is False)."""
    if sync:
        sync_file(draft)
    os.replace(draft, path)


@contextlib.contextmanager
def alone(folder):
    """Let one process at a time work in a folder: yields whether this one may; a killed one locks nobody out."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "a+b") as file:
        yield _try_lock(file)


def _try_lock(file):
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def sync_file(path):
    """Wait until the bytes of a file are on the disk."""
    with open(path, "r+b") as file:
        os.fsync(file.fileno())
