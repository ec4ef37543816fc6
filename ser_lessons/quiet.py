"""Keep remarks of C libraries, which Python cannot switch off, away from the terminal. Lesson: -."""

import contextlib
import os
import threading

_lock = threading.Lock()
_depth, _kept = 0, None


@contextlib.contextmanager
def quiet_stderr():
    """Send what C code writes to the error stream into nothing, for the time of a `with` block.

    Threads may overlap: the first one in switches off, the last one out switches on again.
    Python's own messages are held back too, so keep the block short and let errors leave it.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter():
    global _depth, _kept
    with _lock:
        if _depth == 0:
            try:
                _kept = os.dup(2)
                sink = os.open(os.devnull, os.O_WRONLY)
                os.dup2(sink, 2)
                os.close(sink)
            except OSError:
                _kept = None
        _depth += 1


def _leave():
    global _depth, _kept
    with _lock:
        _depth -= 1
        if _depth == 0 and _kept is not None:
            os.dup2(_kept, 2)
            os.close(_kept)
            _kept = None
