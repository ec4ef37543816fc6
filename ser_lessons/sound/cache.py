"""Numbers measured on sound files, each once: a folder with one small file an entry.

An entry is keyed by the file's bytes, the settings and the code, and carries the digest of its numbers: a torn one
(entries are not forced to the disk one by one) or a damaged one is noticed, and measured again with a warning.
`joblib.Memory` would do the same, but unpickles what it finds.
"""

import contextlib
import hashlib
import io
import json
import os
import pathlib
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .. import system
from ..errors import BadClip, SerError


def fill(out, paths, compute, *, recipe, sources, cache=None, n_jobs=None):
    """Fill the rows of an array with what a function measures on each file, and keep them.

    `out` is a float array, shape (files, ...), filled in place and returned, unless a shared one is there; `compute` a
    function (path, SHA-256 of its bytes as text) -> array of the shape and type of a row. The numbers depend on the
    `recipe`, plain values for JSON, and on the code in the paths `sources`. `n_jobs` counts threads (default: one a
    core). `cache` is the folder for the entries (default: in the user's cache, `SER_CACHE`; False keeps nothing). By
    default entries that a teacher shares (`SER_SHARED`) are read, too, and an array that lies there whole is not read
    but mapped: then all users of a machine hold it in memory once, and only what one of them changes is a copy.

    Raises `BadClip` where a file cannot be read, and begins no other then; SerError where an entry cannot be written.
    """
    import joblib

    folder = None if cache is False else pathlib.Path(cache or system.cache_dir() / "features")
    shared = system.shared_dir() if cache is None else None
    with ThreadPoolExecutor() as pool:
        contents = list(pool.map(_digest_of, paths))
    stamp = json.dumps([recipe, [_digest_of(source) for source in sources]], sort_keys=True)
    names = [hashlib.sha256((stamp + content).encode()).hexdigest() for content in contents]
    whole = shared and shared / "features" / f"{hashlib.sha256(''.join(names).encode()).hexdigest()}.npy"
    if whole and whole.is_file():
        return np.asarray(np.load(whole, mmap_mode="c"))
    places = [place for place in (folder, shared and shared / "features") if place]
    missing = [i for i, name in enumerate(names) if not any(_recall(place / name, out[i : i + 1]) for place in places)]
    n_jobs = min(n_jobs or os.cpu_count(), max(1, len(missing)))
    measure = joblib.Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")
    results = measure(joblib.delayed(_compute)(compute, paths[i], contents[i]) for i in missing)
    bar = system.progress_bar("Listening to clips", len(missing)) if missing else contextlib.nullcontext()
    try:
        with bar as advance:
            for n_done, (numbers, i) in enumerate(zip(results, missing), start=1):
                out[i] = numbers
                if folder is not None:
                    payload = out[i].tobytes()
                    system.write_whole(folder / names[i], hashlib.sha256(payload).digest() + payload, sync=False)
                advance(n_done)
        if whole and folder == whole.parent:  # a teacher fills the shared folder
            buffer = io.BytesIO()
            np.save(buffer, out)
            system.write_whole(whole, buffer.getvalue())
    except OSError as error:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # joblib counts the results that nobody will read
            results.close()
        told = f"{folder} cannot keep what is measured ({error.strerror or error})"
        raise SerError(f"{told}: free some space, or set SER_CACHE to another folder.") from None
    return out


def _compute(compute, path, digest):
    try:
        return compute(path, digest)
    except BadClip as error:
        folder = os.path.dirname(os.fsdecode(path))
        raise BadClip(f"{error} It lies in {folder}: `ser-lessons data check` finds all such clips.") from None


def _digest_of(path):
    try:
        return hashlib.sha256(pathlib.Path(os.fsdecode(path)).read_bytes()).hexdigest()
    except OSError as error:
        raise BadClip(
            f"{str(path)!r} cannot be read ({error.strerror}): `ser-lessons data check` finds all such clips."
        ) from None


def _recall(path, out):
    """Fill `out` from an entry; False when there is none, or it is damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    digest, payload = content[:32], memoryview(content)[32:]
    if len(payload) != out.nbytes or hashlib.sha256(payload).digest() != digest:
        warnings.warn(f"the kept entry {path.name} was damaged and is measured again", stacklevel=4)
        return False
    out[...] = np.frombuffer(payload, out.dtype).reshape(out.shape)
    return True
