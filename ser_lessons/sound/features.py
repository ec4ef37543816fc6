"""From a signal to a log-mel spectrogram, and from a corpus to one array, cached.

`log_mel` gives librosa's numbers (tested to 1e-4 dB) without importing librosa, so that
training and prediction share one light front end. Lesson: 02_spectrograms.
"""

import functools
import hashlib
import json
import os
import pathlib
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .. import system
from ..config import SEED, AudioConfig
from ..errors import BadClip
from . import audio

_SMALLEST_POWER = 1e-10


def log_mel(signal, *, config=AudioConfig()):
    """Picture a mono signal as levels (dB) over mel bands and time.

    Parameters
    ----------
    signal : float array, shape (n,), amplitude in [-1, 1]
    config : AudioConfig; uses `n_fft`, `hop_length`, `n_mels`, `reference`, `range_db`

    Returns
    -------
    float32 array, shape (128, 130) for the defaults and a signal of 3.0 s: band by frame.
        With `reference="max"` levels lie in [-80, 0] dB below the loudest point of the clip.

    Raises
    ------
    BadClip : the signal is empty, not one-dimensional, or not finite

    A completely silent signal gives a flat picture: 0 dB for "max", the floor for "full_scale".
    Source: equal to `librosa.feature.melspectrogram` and `power_to_db`. Lesson: 02_spectrograms.
    """
    power = power_spectrogram(audio.check_signal(signal), config=config)
    return power_to_db(mel_power(power, config=config), config=config)


def power_spectrogram(signal, *, config=AudioConfig()):
    """Squared magnitudes of a centered short-time Fourier transform, shape (1025, frames); padding costs nothing."""
    padded = np.pad(signal, config.n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, config.n_fft)[:: config.hop_length]
    power = np.zeros((len(frames), config.n_fft // 2 + 1), np.float32)
    sounding = np.flatnonzero(frames.any(axis=1))
    spectrum = np.fft.rfft(frames[sounding] * _hann(config.n_fft), axis=1)
    power[sounding] = spectrum.real**2 + spectrum.imag**2
    return power.T


def mel_power(power, *, config=AudioConfig()):
    """Power in mel bands, float32, shape (n_mels, frames), of a power spectrogram, shape (1 + n_fft // 2, frames).

    The same as `mel_basis(config) @ power`, but each bin is added to its two bands only. A matrix
    product by a threaded library rounds differently on one core and on two; these sums do not, so
    that training (on all cores) and prediction (on one) see the same bits.
    """
    starts, empty, rising, falling = _slopes(config)
    up = np.add.reduceat(power.T * rising, starts, axis=1)
    down = np.add.reduceat(power.T * falling, starts, axis=1)
    up[:, empty], down[:, empty] = 0, 0
    return np.ascontiguousarray((up[:, :-1] + down[:, 1:]).T)


@functools.lru_cache(maxsize=16)
def _slopes(config):
    """First bin of each stretch between two band edges, which of them are empty, and the weights of the two slopes."""
    bins_hz, edges = np.fft.rfftfreq(config.n_fft, 1 / config.sample_rate), mel_band_edges(config)
    starts = np.searchsorted(bins_hz, edges[:-1])
    stretch = np.clip(np.searchsorted(edges, bins_hz, side="right") - 1, 0, config.n_mels)
    padded = np.pad(mel_basis(config), ((1, 1), (0, 0)))
    bins = np.arange(len(bins_hz))
    empty = np.diff(starts, append=len(bins_hz)) == 0
    return starts, empty, padded[stretch + 1, bins], padded[stretch, bins]


def power_to_db(power, *, config=AudioConfig()):
    """Levels (dB) of a mel power spectrogram, float32, same shape; see `AudioConfig.reference`."""
    level_db = 10 * np.log10(np.maximum(power, _SMALLEST_POWER))
    if config.reference == "max":
        level_db = level_db - level_db.max()
    return np.maximum(level_db, -config.range_db).astype(np.float32, copy=False)


def hz_to_mel(f_hz):
    """Pitch (mel) of a frequency (Hz): linear below 1 kHz, logarithmic above (Slaney 1998)."""
    f_hz = np.asarray(f_hz, dtype=float)
    return np.where(f_hz < 1000, f_hz * 3 / 200, 15 + 27 * np.log(np.maximum(f_hz, 1e-3) / 1000) / np.log(6.4))


def mel_to_hz(mel):
    """Frequency (Hz) of a pitch (mel); the inverse of `hz_to_mel`."""
    mel = np.asarray(mel, dtype=float)
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def mel_band_edges(config=AudioConfig()):
    """Lower edge, centers and upper edge (Hz) of the mel bands, shape (n_mels + 2,)."""
    return mel_to_hz(np.linspace(0, hz_to_mel(config.sample_rate / 2), config.n_mels + 2))


@functools.lru_cache(maxsize=16)
def mel_basis(config=AudioConfig()):
    """Triangular mel filters of equal area, shape (n_mels, 1 + n_fft // 2), float32, read-only."""
    bins_hz = np.fft.rfftfreq(config.n_fft, 1 / config.sample_rate)
    edges = mel_band_edges(config)
    rise = (bins_hz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - bins_hz) / np.diff(edges)[1:, None]
    basis = np.maximum(0, np.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    basis = basis.astype(np.float32)
    basis.setflags(write=False)
    return basis


def frame_times(config=AudioConfig()):
    """Centers of the frames (s), shape (n_frames,)."""
    return np.arange(config.n_frames) * config.hop_length / config.sample_rate


def clip_features(path, *, config=AudioConfig(), change=None, rng=None):
    """Log-mel spectrogram of one sound file, float32, shape (128, 130) for the defaults.

    `change(signal, rng)`, when given, is applied after trimming and before the length is
    fixed, as the student project augments. Raises `BadClip` as `audio.load` does. Lesson: 02_spectrograms.
    """
    signal = audio.load(path, sample_rate=config.sample_rate)
    signal = audio.trim_silence(signal, top_db=config.top_db)
    if change is not None:
        signal = change(signal, rng)
    return log_mel(audio.fit_length(signal, config=config), config=config)


def corpus_features(table, *, config=AudioConfig(), change=None, cache=None, n_jobs=None, progress=False):
    """Log-mel spectrograms of all clips of a table, in its order, computed once and kept.

    Parameters
    ----------
    table : DataFrame with a column `path`
    config : AudioConfig
    change : function (signal, rng) -> signal, or None; its `__name__` is part of the cache key,
        and each clip gets an `rng` of its own, fixed by the file's bytes
    cache : folder for the kept spectrograms; default: the user's cache (`SER_CACHE`); False keeps nothing
    n_jobs : int, threads; default: one a core
    progress : bool, show a progress bar

    Returns
    -------
    float32 array, shape (clips, 128, 130, 1) for the defaults

    Raises
    ------
    BadClip : a file cannot be read; the message names it. No clip is ever skipped, so that
        rows and labels cannot slip apart.

    An entry is keyed by the file's bytes, the settings and this code. It carries the digest of its numbers,
    so a torn one (entries are not forced to the disk one by one) is noticed as a damaged one is: it is
    rebuilt with a warning. Lesson: 02_spectrograms.
    """
    folder = None if cache is False else pathlib.Path(cache or system.cache_dir() / "features")
    batch = np.empty((len(table), *config.input_shape), np.float32)
    paths = list(table["path"])
    keys = _keys(paths, config, change)
    missing = [i for i, key in enumerate(keys) if folder is None or not _read_entry(folder / key, batch[i])]

    def fill(i):
        rng = np.random.default_rng([SEED, int(keys[i][:16], 16)])
        batch[i, ..., 0] = clip_features(paths[i], config=config, change=change, rng=rng)
        if folder is not None:
            _write_entry(folder / keys[i], batch[i])

    _for_each(fill, missing, n_jobs or os.cpu_count(), progress)
    return batch


def _for_each(do, items, n_jobs, progress):
    """Call a function with each item, in threads: nearly all of the work is NumPy's, which lets others run."""
    if progress:
        from rich.progress import track
    else:

        def track(items, **_):
            return items

    with ThreadPoolExecutor(n_jobs) as pool:
        try:
            for _ in track(pool.map(do, items), total=len(items), description="spectrograms"):
                pass
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _keys(paths, config, change):
    """Cache names: one SHA-256 each over file bytes, settings, change and this code."""
    recipe = json.dumps([config.as_dict(), getattr(change, "__name__", None), _code_version()], sort_keys=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda path: _key(path, recipe.encode()), paths))


def _key(path, recipe):
    try:
        return hashlib.sha256(recipe + pathlib.Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise BadClip(f"{str(path)!r} cannot be read ({error.strerror}): check the corpus folder.") from None


@functools.lru_cache(maxsize=1)
def _code_version():
    sources = (audio.__file__, __file__)
    return hashlib.sha256(b"".join(pathlib.Path(source).read_bytes() for source in sources)).hexdigest()


def _read_entry(path, out):
    """Fill `out` from a cache entry; False when there is none, or it is damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    digest, payload = content[:32], memoryview(content)[32:]
    if len(payload) != out.nbytes or hashlib.sha256(payload).digest() != digest:
        warnings.warn(f"the kept spectrogram {path.name} was damaged and is computed again", stacklevel=3)
        return False
    out[...] = np.frombuffer(payload, np.float32).reshape(out.shape)
    return True


def _write_entry(path, mel_db):
    """Keep digest and values in a file of their own."""
    payload = np.ascontiguousarray(mel_db, np.float32).tobytes()
    system.write_whole(path, hashlib.sha256(payload).digest() + payload, sync=False)


@functools.lru_cache(maxsize=8)
def _hann(n_fft):
    """Periodic Hann window, in double precision like librosa's: quiet bands lie below single precision."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
