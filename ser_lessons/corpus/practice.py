"""The practice corpus: 1440 synthetic clips with RAVDESS names, made on first use, so that no lesson needs a download.

24 voices (odd low, even high), two sentences, eight emotions, two intensities, two repetitions, as in the speech
part of RAVDESS. Nobody spoke them: everything shown from it is labelled *practice corpus (synthetic)*. The voices
are made in `voice`, where the sources are cited. Lesson: 00_start_here.
"""

import contextlib
import hashlib
import io
import itertools
import json
import os
import pathlib
import time
import warnings

import joblib
import soundfile

from .. import system
from ..config import EMOTIONS, SEED
from ..errors import BadCorpus
from ..sound.audio import sound_files
from .ravdess import ACTORS, PRACTICE_MANIFEST, format_name, parse_name
from .voice import SAMPLE_RATE, synthesize

VERSION = 2  # raised when the voices change: an older corpus is then made again


def plan():
    """The stems of the practice corpus, by actor: the 1440 speech clips of RAVDESS. Lesson: 00_start_here."""
    return [
        format_name(emotion=emotion, intensity=intensity, statement=statement, repetition=repetition, actor=actor)
        for actor in ACTORS
        for emotion in EMOTIONS
        for intensity in (("normal",) if emotion == "neutral" else ("normal", "strong"))
        for statement in (1, 2)
        for repetition in (1, 2)
    ]


def ensure():
    """Make the practice corpus in the user's cache unless it is there, whole and undamaged; returns its folder.

    One that a teacher shares (`SER_SHARED`) is taken instead. Raises `BadCorpus` where the folder cannot be written.
    Lesson: 00_start_here.
    """
    name, shared = f"practice_v{VERSION}", system.shared_dir()
    if shared and len(_whole_clips(shared / name)) == len(plan()):
        return shared / name
    return make(system.cache_dir() / name)


def make(folder, *, n_jobs=None):
    """Make the practice corpus in a folder, or mend it there: whole clips are kept, all others are made again.

    `folder` is created if need be, and gets about 40 MB of FLAC files, 22 050 Hz, 16 bit: always the same sound,
    whatever the number of processes, `n_jobs` (default: two, or one on a machine with one core).

    Returns the folder. Raises `BadCorpus` where it holds other recordings, cannot be written, or its disk is full.
    Killing it or running it twice at once does no harm: clips appear whole or not at all, and a clip counts
    only once the manifest holds its hash. A damaged clip is made again, with a warning. Lesson: 00_start_here.
    """
    folder = pathlib.Path(folder)
    try:
        hashes = _whole_clips(folder)
        missing = [stem for stem in plan() if stem not in hashes]
        if missing:
            _write_manifest(folder, hashes)
            _make_missing(folder, hashes, missing, n_jobs)
            _sweep(folder)
    except OSError as error:
        raise BadCorpus(
            f"Cannot make the practice corpus in {folder} ({error.strerror or error}); it needs 50 MB in a folder "
            "that you may write: free some space, or set SER_CACHE to another folder."
        ) from error
    return folder


def _make_missing(folder, hashes, missing, n_jobs):
    """One job an actor; the manifest learns of each actor as soon as it is done."""
    by_actor = [list(stems) for _, stems in itertools.groupby(missing, key=lambda stem: stem[-2:])]
    n_jobs = n_jobs or min(2, os.cpu_count() or 1, len(by_actor))
    jobs = (joblib.delayed(_make_clips)(folder, stems) for stems in by_actor)
    with system.progress_bar("Making the practice corpus, once", len(missing)) as advance:
        have = len(hashes)
        for made in joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered")(jobs):
            hashes |= made
            _write_manifest(folder, hashes)
            advance(len(hashes) - have)


def _make_clips(folder, stems):
    """Make some clips, each there whole or not at all; returns their hashes by stem."""
    hashes = {}
    for stem in stems:
        data = _encode(stem)
        system.write_whole(_path_of(folder, stem), data)
        hashes[stem] = hashlib.sha256(data).hexdigest()
    return hashes


def _path_of(folder, stem):
    return folder / f"Actor_{stem[-2:]}" / f"{stem}.flac"


def _encode(stem):
    """The bytes of one clip as a 16-bit FLAC file."""
    row = parse_name(stem)
    wanted = {name: row[name] for name in ("emotion", "actor", "statement", "repetition", "intensity")}
    buffer = io.BytesIO()
    soundfile.write(buffer, synthesize(**wanted), SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def _write_manifest(folder, hashes):
    text = json.dumps({"corpus": "practice", "version": VERSION, "seed": SEED, "clips": dict(sorted(hashes.items()))})
    system.write_whole(folder / PRACTICE_MANIFEST, text.encode())


def _whole_clips(folder):
    """Hashes of the clips that are there and as the manifest says; other people's recordings are never touched."""
    manifest = folder / PRACTICE_MANIFEST
    if not manifest.is_file():
        if next(sound_files(folder), None) is not None:
            raise BadCorpus(f"{folder} holds other recordings; give an empty folder for the practice corpus.")
        return {}
    try:
        told = json.loads(manifest.read_bytes())
        fitting = (told["version"], told["seed"]) == (VERSION, SEED)
        expected = {str(stem): str(digest) for stem, digest in told["clips"].items()} if fitting else {}
    except (ValueError, KeyError, TypeError, AttributeError):
        warnings.warn(f"{manifest} is damaged; the practice corpus is made again.", stacklevel=4)
        expected = {}
    paths = {stem: _path_of(folder, stem) for stem in plan() if stem in expected}
    found = {stem: hashlib.sha256(path.read_bytes()).hexdigest() for stem, path in paths.items() if path.is_file()}
    damaged = [stem for stem, digest in found.items() if digest != expected[stem]]
    if damaged:
        warnings.warn(f"{len(damaged)} damaged practice clips are made again, {damaged[0]} first.", stacklevel=4)
    return {stem: digest for stem, digest in found.items() if stem not in damaged}


def _sweep(folder):
    """Remove drafts that a killed process left more than an hour ago."""
    for draft in folder.rglob(system.DRAFTS):
        with contextlib.suppress(OSError):
            if time.time() - draft.stat().st_mtime > 3600:
                draft.unlink()
