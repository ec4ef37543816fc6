"""From a signal to a log-mel spectrogram.

`log_mel` gives librosa's numbers (tested to 1e-4 dB) without importing librosa, so that
training and prediction share one light front end. Lesson: 02_spectrograms.
"""

import functools

import numpy as np

from ..config import AudioConfig
from . import audio

_SMALLEST_POWER = 1e-10


def log_mel(signal, *, config=AudioConfig()):
    """Picture a mono signal as levels (dB) over mel bands and time.

    `signal` is a float array, shape (n,), amplitude in [-1, 1]; of `config` count `n_fft`, `hop_length`, `n_mels`,
    `reference` and `range_db`. Returns float32, band by frame, shape (128, 130) for the defaults and a signal of 3.0 s.
    With `reference="max"` levels lie in [-80, 0] dB below the loudest point of the clip.

    Raises `BadClip` as `audio.check_signal` does. A completely silent signal gives a flat picture: 0 dB for "max",
    the floor for "full_scale". Source: equal to `librosa.feature.melspectrogram` and `power_to_db`. Lesson:
    02_spectrograms.
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

    The bands are triangles of equal area (in Hz), each bin is added to its two bands only. A product with a matrix of
    bands by a threaded library rounds differently on one core and on two; these sums do not, so that training (on all
    cores) and prediction (on one) see the same bits.
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
    height, width = np.pad(2 / (edges[2:] - edges[:-2]), 1), np.diff(edges)[stretch]
    rising = np.maximum(0, (bins_hz - edges[stretch]) / width) * height[stretch + 1]
    falling = np.maximum(0, (edges[stretch + 1] - bins_hz) / width) * height[stretch]
    empty = np.diff(starts, append=len(bins_hz)) == 0
    return starts, empty, rising.astype(np.float32), falling.astype(np.float32)


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


@functools.lru_cache(maxsize=8)
def _hann(n_fft):
    """Periodic Hann window, in double precision like librosa's: quiet bands lie below single precision."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
