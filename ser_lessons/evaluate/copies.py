"""Copies of recordings, found by how they sound: also resampled, quieter, cut, or coded with losses.

A fingerprint has 32 bits a frame of 256 ms: whether the difference of neighboring bands between 300 and 2000 Hz grows
from one frame to the next. Two recordings are copies when at some shift an eighth of the bits differ at most. On
RAVDESS copies differ in 6 % (MP3, resampled to 8 kHz, a twentieth as loud, cut), two takes of one sentence by one voice
nearly always in 29 % or more, unrelated recordings in half.
Source: Haitsma & Kalker (2002), A highly robust audio fingerprinting system, ISMIR. Lesson: 06_evaluation.
"""

import functools
import hashlib
import os

import numpy as np

from ..config import AudioConfig
from ..errors import BadClip
from ..sound.hearing import hear

RATE = 8000
FRAME, HOP = 2048, 128
LEAST_FRAMES = 32
"""About half a second: shorter stretches of sound are not compared."""
MOST_DIFFERENT = 0.12
"""Share of the bits in which two copies may differ; at a fifth, two sung takes of RAVDESS passed for copies."""
MOST_COMMON = 16
"""Frames that more than so many others equal say nothing."""


def fingerprint(path):
    """(digest, bits) of a sound file: of its samples as 16-bit mono, and uint32 (frames,), 0 where it is quiet.

    A file that cannot be decoded has the digest of its bytes, and no frames. A process hears each file once, however
    many splits of it are searched.
    """
    there = os.stat(path)
    return _fingerprint(os.fspath(path), there.st_mtime_ns, there.st_size)


@functools.lru_cache(maxsize=16_384)  # a kilobyte each
def _fingerprint(path, *_):
    try:
        sound = hear(path, config=AudioConfig(sample_rate=RATE))
    except BadClip:
        with open(path, "rb") as file:
            return hashlib.md5(file.read(), usedforsecurity=False).hexdigest(), np.zeros(0, np.uint32)
    samples = np.round(sound.native * 32767).astype("<i4")
    return hashlib.md5(samples.tobytes(), usedforsecurity=False).hexdigest(), _bits(sound.signal)


def _bits(signal):
    """The fingerprint of a signal at `RATE`."""
    if len(signal) < FRAME:
        return np.zeros(0, np.uint32)
    frames = np.lib.stride_tricks.sliding_window_view(signal, FRAME)[::HOP] * np.hanning(FRAME).astype(np.float32)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    edges = np.round(np.geomspace(300, 2000, 34) * FRAME / RATE).astype(int)
    bands = np.add.reduceat(power, edges, axis=1)[:, :33]
    grows = np.diff(bands[:, :-1] - bands[:, 1:], axis=0) > 0
    bits = (grows * (1 << np.arange(32, dtype=np.uint64))).sum(axis=1).astype(np.uint32)
    loud = bands.sum(axis=1)[1:]
    return np.where(loud > 1e-4 * loud.max(), bits, 0).astype(np.uint32)


def find_copies(early, late):
    """Which of the later recordings, lists of bits as of `fingerprint`, are copies: {(place in `late`, in `early`)}."""
    known, clip, frame = _joined(early)
    order = np.argsort(known, kind="stable")
    known, clip, frame = known[order], clip[order], frame[order]
    asked, asker, place = _joined(late)
    first, last = np.searchsorted(known, asked, "left"), np.searchsorted(known, asked, "right")
    telling = np.flatnonzero((last > first) & (last - first <= MOST_COMMON))
    counts = (last - first)[telling]
    hits = np.repeat(first[telling], counts) + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    asked_of = np.repeat(telling, counts)
    shifts = np.stack([asker[asked_of], clip[hits], place[asked_of] - frame[hits]], axis=1)
    found = set()
    for one, other, shift in np.unique(shifts, axis=0):
        if (one, other) not in found and _agree(late[one], early[other], shift):
            found.add((int(one), int(other)))
    return found


def _joined(prints):
    """All sounding frames: their bits, the recording of each, and its place in it."""
    bits = np.concatenate([np.zeros(0, np.uint32), *prints])
    clip = np.repeat(np.arange(len(prints)), [len(one) for one in prints])
    frame = np.concatenate([np.zeros(0, int), *(np.arange(len(one)) for one in prints)])
    heard = bits != 0
    return bits[heard], clip[heard], frame[heard]


def _agree(one, other, shift):
    """Whether two fingerprints are alike where they overlap when `other` is moved by `shift` frames."""
    one, other = one[max(shift, 0) :], other[max(-shift, 0) :]
    size = min(len(one), len(other))
    one, other = one[:size], other[:size]
    heard = (one != 0) & (other != 0)
    n_heard = int(heard.sum())
    if n_heard < LEAST_FRAMES:
        return False
    return np.bitwise_count(one[heard] ^ other[heard]).sum() <= MOST_DIFFERENT * 32 * n_heard
