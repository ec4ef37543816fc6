"""Fundamental frequency (F0) of a voice, frame by frame, and its median for every clip of a corpus.

The method is the autocorrelation of windowed frames, divided by that of the window, with the best path through the
candidates of all frames (Boersma 1993, Proc. Institute of Phonetic Sciences Amsterdam 17): the path is what keeps it
from jumping an octave. `benchmarks/f0.py` compares it with pyin and yin: no median of 60 clips was an octave off, in a
fiftieth of pyin's time; single frames are less sure than medians. Lesson: 01_waveforms, 07_gender_bias.
"""

import functools
import pathlib
from typing import NamedTuple

import numpy as np

from ..config import AudioConfig
from ..errors import BadTable
from . import audio

LOWEST_HZ, HIGHEST_HZ = 65.0, 800.0  # range of the search: below the lowest actor, above shouted and sung high voices
FRAME, HOP = 1024, 256
"""Samples of a frame (46 ms: three periods of the lowest F0) and between frames (12 ms) at 22 050 Hz."""

N_CANDIDATES = 8
OCTAVE_COST = 0.06
"""Strength that a candidate loses for each octave below `HIGHEST_HZ`: half the F0 fits every voice, too."""

JUMP_COST = 0.35  # strength lost for each octave that the path jumps between two frames 10 ms apart
VOICING_COST = 0.14  # strength lost for each change between voiced and unvoiced, 10 ms apart
VOICING_THRESHOLD = 0.45  # strength of the unvoiced candidate: a voiced frame repeats itself at least this well
SILENCE_DB = 30.0  # frames this many dB below the loudest frame are likely silence
COLUMNS = ("stem", "f0_hz", "range_semitones", "voiced_fraction")


class F0Track(NamedTuple):
    """F0 over time: `times` (s), the centers of the frames, and `f0_hz`, NaN where the frame is unvoiced."""

    times: np.ndarray
    f0_hz: np.ndarray


def clip_f0(signal, sample_rate=AudioConfig.sample_rate):
    """Follow the F0 of a mono signal between 65 and 800 Hz: an `F0Track`, a frame every 12 ms.

    `signal` is a float array, shape (n,), amplitude in [-1, 1]; other rates than 22 050 Hz are resampled. A silent or
    very short signal has no voiced frame. Raises `BadClip` for an unusable one. Source: Boersma (1993). Lesson:
    01_waveforms.
    """
    rate = AudioConfig.sample_rate
    signal = audio.resample(audio.check_signal(signal), sample_rate, rate).astype(np.float64)
    padded = np.pad(signal, FRAME // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    loudness = np.abs(frames).max(axis=1)
    times = np.arange(len(frames)) * HOP / rate
    if loudness.max() < 1e-6:
        return F0Track(times, np.full(len(frames), np.nan))
    repeats = normalized_autocorrelation(frames, int(rate / LOWEST_HZ) + 2)
    f0_hz, strength = _candidates(repeats, rate)
    path = _best_path(f0_hz, strength, loudness / loudness.max())
    return F0Track(times, np.where(path > 0, f0_hz[np.arange(len(frames)), path], np.nan))


@functools.lru_cache(maxsize=1)
def _window():
    """A Hann window and its autocorrelation, lag 0 first, scaled to 1 there."""
    window = np.hanning(FRAME + 1)[:-1]
    spectrum = np.abs(np.fft.rfft(window, 2 * FRAME)) ** 2
    repeats = np.fft.irfft(spectrum)[:FRAME]
    return window, repeats / repeats[0]


def normalized_autocorrelation(frames, n_lags):
    """How well frames (n, FRAME) repeat themselves after 0 to n_lags - 1 samples, divided by how well the window does.

    Returns a float array, shape (n, n_lags), 1 at lag 0. Source: Boersma (1993).
    """
    window, window_repeats = _window()
    centered = (frames - frames.mean(axis=1, keepdims=True)) * window
    spectrum = np.fft.rfft(centered, 2 * FRAME, axis=1)
    repeats = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, axis=1)[:, :n_lags]
    repeats = repeats / np.maximum(repeats[:, :1], 1e-12)
    return repeats / window_repeats[:n_lags]


def _candidates(repeats, rate):
    """F0 (Hz) and strength of the best local maxima of each frame, each of shape (frames, 1 + N_CANDIDATES).

    Column 0 is for "unvoiced"; 1 Hz and -inf stand where there is no maximum.
    """
    before, here, after = repeats[:, :-2], repeats[:, 1:-1], repeats[:, 2:]
    lags = np.arange(1, repeats.shape[1] - 1)
    inside = (lags >= rate / HIGHEST_HZ) & (lags <= rate / LOWEST_HZ)
    peak = (here > before) & (here >= after) & (here > 0.2) & inside
    height = np.where(peak, here - OCTAVE_COST * np.log2(HIGHEST_HZ * lags / rate), -np.inf)
    best = np.argpartition(-height, N_CANDIDATES, axis=1)[:, :N_CANDIDATES]
    rows = np.arange(len(repeats))[:, None]
    left, mid, right = before[rows, best], here[rows, best], after[rows, best]
    bend = left - 2 * mid + right
    shift = np.where(bend < -1e-12, 0.5 * (left - right) / np.where(bend < -1e-12, bend, -1.0), 0.0)
    found = np.isfinite(height[rows, best])
    f0_hz = np.where(found, rate / (lags[best] + np.clip(shift, -0.5, 0.5)), 1.0)
    strength = np.where(found, mid - 0.25 * (left - right) * shift, -np.inf)
    strength = np.where(strength > 1, 1 / np.maximum(strength, 1e-9), strength)
    pad = np.ones((len(repeats), 1))
    return np.hstack([pad, f0_hz]), np.hstack([0 * pad, strength])


def _best_path(f0_hz, strength, loudness):
    """The candidate of each frame on the path of the greatest total strength (Viterbi): int array, shape (frames,)."""
    per_step = 0.010 * AudioConfig.sample_rate / HOP  # the costs are for steps of 10 ms
    octaves = np.log2(f0_hz)
    score = strength - OCTAVE_COST * (np.log2(HIGHEST_HZ) - octaves)
    quiet = 10 ** (-SILENCE_DB / 20)
    score[:, 0] = VOICING_THRESHOLD + np.maximum(0, 2 - loudness / quiet)
    total, came_from = score[0], np.zeros(score.shape, dtype=int)
    columns = np.arange(score.shape[1])
    for t in range(1, len(score)):
        cost = JUMP_COST * np.abs(octaves[t - 1][:, None] - octaves[t][None, :])
        cost[0, :] = cost[:, 0] = VOICING_COST
        cost[0, 0] = 0.0
        reached = total[:, None] - per_step * cost
        came_from[t] = reached.argmax(axis=0)
        total = reached[came_from[t], columns] + score[t]
    path = np.empty(len(score), dtype=int)
    path[-1] = total.argmax()
    for t in range(len(score) - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return path


def summarize_f0(track):
    """Sum up an F0Track: a dict of `f0_hz` (median), `range_semitones` (10th to 90th percentile), `voiced_fraction`.

    Medians and percentiles, because single frames may still be an octave off; NaN with fewer than 5 voiced frames.
    Lesson: 01_waveforms.
    """
    voiced = track.f0_hz[np.isfinite(track.f0_hz)]
    fraction = len(voiced) / max(len(track.f0_hz), 1)
    if len(voiced) < 5:
        return {"f0_hz": np.nan, "range_semitones": np.nan, "voiced_fraction": fraction}
    low, high = np.quantile(voiced, [0.1, 0.9])
    return {
        "f0_hz": float(np.median(voiced)),
        "range_semitones": float(12 * np.log2(high / low)),
        "voiced_fraction": fraction,
    }


def corpus_f0(table):
    """Summarize the F0 of every clip of a table with `stem` and `path`.

    Returns a DataFrame in the order of the table: `stem, f0_hz, range_semitones, voiced_fraction`, see `summarize_f0`.
    Raises `BadTable` without a column, `BadClip` where a file cannot be read. Lesson: 07_gender_bias.
    """
    import joblib
    import pandas as pd

    for column in ("stem", "path"):
        if column not in table.columns:
            raise BadTable(f'The table lacks the column "{column}"; make it with corpus.scan.')
    jobs = (joblib.delayed(lambda path: summarize_f0(clip_f0(audio.load(path))))(path) for path in table["path"])
    summary = pd.DataFrame(joblib.Parallel(-1 if len(table) >= 32 else 1)(jobs), columns=list(COLUMNS[1:]))
    summary.insert(0, "stem", table["stem"].to_numpy())
    summary.attrs = dict(table.attrs)
    return summary


def shipped_f0():
    """The F0 summary of all 2452 clips of RAVDESS, as from `corpus_f0`, measured once and shipped: numbers, no audio.

    Raises `BadTable` where the installed package lacks the file. Lesson: 07_gender_bias.
    """
    import pandas as pd

    path = pathlib.Path(__file__).parents[1] / "reference" / "f0.csv"
    if not path.is_file():
        raise BadTable("reference/f0.csv is not in this installation; install ser-lessons again.")
    return pd.read_csv(path)
