"""What the operating system is asked for: whole files, locks, the cache folder, a progress bar, quiet C libraries.

It imports nothing of this package, so that every room may use it.
"""

import contextlib
import os
import pathlib
import signal
import sys
import threading
import uuid

DRAFTS = ".*.part"  # pattern of the drafts that a killed process leaves beside the file it was writing


def write_whole(path, content, *, sync=True):
    """Write bytes to a file that is there whole or not at all; its folder is made, what was there is replaced.

    `sync` False leaves the moment of writing to the system. Then a power cut (not a kill) may leave a file of the right
    name with other bytes: only for files whose reader checks a digest. After an OSError no draft is left behind.
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
        with open(draft, "r+b") as file:
            os.fsync(file.fileno())
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


def cache_dir():
    """Folder of everything that can be made again: `SER_CACHE`, else the user's cache folder."""
    import platformdirs

    return pathlib.Path(os.environ.get("SER_CACHE") or platformdirs.user_cache_dir("ser_lessons"))


def shared_dir():
    """Folder that a teacher filled for all users of a machine (`SER_SHARED`): looked into first, never written to.

    None where there is none. To fill it, set `SER_CACHE` to the same folder.
    """
    folder = os.environ.get("SER_SHARED")
    return pathlib.Path(folder) if folder else None


def course_folder(inside, beside):
    """A folder of the course: in the package, where a wheel holds it, else beside the package, as in the clone."""
    package = pathlib.Path(__file__).resolve().parent
    return package / inside if (package / inside).is_dir() else package.parent / beside


def is_watched():
    """Tell whether a person sees what is written now.

    True in a terminal, and in a notebook whose front end offers to ask its user for input, as JupyterLab, VS Code and
    Colab do. False in pipes and in notebooks that run by themselves (nbval, nbconvert, the book), whose cells
    must not gain an output.
    """
    ipython = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if hasattr(ipython, "kernel"):
        return bool(ipython.kernel.get_parent("shell").get("content", {}).get("allow_stdin"))
    return sys.stderr is not None and sys.stderr.isatty()


@contextlib.contextmanager
def progress_bar(title, total, *, in_bytes=False):
    """Where `is_watched()`, show a bar, which disappears at the end; yields a function of what is done so far."""
    from rich import progress
    from rich.console import Console

    count = progress.DownloadColumn() if in_bytes else progress.MofNCompleteColumn()
    left = progress.TimeRemainingColumn(compact=True)
    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), count, left)
    with progress.Progress(*columns, console=Console(stderr=True), transient=True, disable=not is_watched()) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextlib.contextmanager
def undisturbed():
    """Let Ctrl-C wait until a `with` block of the main thread is done."""
    presses = []
    before = signal.signal(signal.SIGINT, lambda *press: presses.append(press))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if presses and callable(before):
        before(*presses[0])


_lock = threading.Lock()
_depth, _kept = 0, None


@contextlib.contextmanager
def quiet_stderr():
    """Send what C code writes to the error stream into nothing, for the time of a `with` block.

    Threads may overlap: the first one in switches off, the last one out switches on again.
    Python's own messages are held back too, so keep the block short and let errors leave it.
    """
    global _depth, _kept
    with _lock:
        if _depth == 0:
            with contextlib.suppress(OSError), open(os.devnull, "wb") as sink:
                _kept = os.dup(2)
                os.dup2(sink.fileno(), 2)
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0 and _kept is not None:
                os.dup2(_kept, 2)
                os.close(_kept)
                _kept = None
