"""Changes that should not change the emotion - and the student project's three fixed versions.

Every function that draws takes an explicit `rng`; none touches its input. Augmentation
belongs to the training clips alone. Lesson: 03_augmentation.
"""

import numpy as np

from ..config import AudioConfig
from ..errors import BadClip
from . import audio
from .features import hz_to_mel, mel_band_edges

_FRAME, _HOP = 2048, 512


def add_noise(signal, snr_db, rng):
    """Add white Gaussian noise at a signal-to-noise ratio.

    `signal` is a float array, shape (n,), amplitude in [-1, 1]; at an `snr_db` (dB) of 0 the noise is as strong as the
    clip, at 40 it is hardly heard. Returns float32, shape (n,), not clipped to [-1, 1].

    Raises `BadClip` for an unusable signal, or where `snr_db` is not finite. The noise is scaled by its own measured
    power, so the ratio holds for this very draw. A silent signal stays silent: no noise has a ratio to nothing.
    Lesson: 03_augmentation.
    """
    signal = audio.check_signal(signal)
    if not np.isfinite(snr_db):
        raise BadClip(f"a noise of {snr_db} dB cannot be made: pass a finite number such as 20.")
    noise = rng.standard_normal(len(signal))
    ratio = np.mean(np.square(signal, dtype=float)) / np.mean(noise**2)
    return (signal + noise * np.sqrt(ratio / 10 ** (snr_db / 10))).astype(np.float32)


def shift_pitch(signal, n_semitones, *, sample_rate=AudioConfig.sample_rate):
    """Raise or lower the pitch by `n_semitones` and keep the duration: float32, shape (n,).

    Zero returns the signal unchanged. Formants move along with the pitch, so a large shift
    sounds like another body, not like another mood. Raises `BadClip` for an unusable signal.
    Source: equal to `librosa.effects.pitch_shift`. Lesson: 03_augmentation.
    """
    signal = audio.check_signal(signal)
    if n_semitones == 0:
        return signal
    longer = 2 ** (n_semitones / 12)
    shifted = audio.resample(_stretch(signal, 1 / longer), sample_rate * longer, sample_rate)[: len(signal)]
    return np.pad(shifted, (0, len(signal) - len(shifted)))


def change_speed(signal, rate):
    """Speak faster (rate above 1) or slower without changing the pitch: float32, about n / rate samples.

    Source: equal to `librosa.effects.time_stretch`. Lesson: 03_augmentation.
    """
    signal = audio.check_signal(signal)
    if not rate > 0:
        raise BadClip(f"a speed of {rate} cannot be played: pass a number above 0, such as 1.1.")
    return signal if rate == 1 else _stretch(signal, rate)


def _stretch(signal, rate):
    """Phase vocoder (Flanagan & Golden 1966): the frames of a spectrogram read at another pace, float32 (n / rate,).

    As a running product of unit phasors it takes a fraction of librosa's time, which loops over the frames.
    """
    window = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(signal, _FRAME // 2), _FRAME)[::_HOP]
    steps = np.arange(0, len(frames), rate)
    spectrum = np.pad(np.fft.rfft(frames * window, axis=1), ((0, 2), (0, 0)))
    level = np.abs(spectrum)
    phasor = np.divide(spectrum, level, out=np.ones_like(spectrum), where=level > 0)
    before, weight = steps.astype(int), (steps % 1).astype(np.float32)[:, None]
    turns = phasor[before + 1] * phasor[before].conj()
    phase = np.cumprod(np.concatenate([phasor[:1], turns[:-1]]), axis=0)
    levels = (1 - weight) * level[before] + weight * level[before + 1]
    voiced = _overlap_add(np.fft.irfft(levels * phase, axis=1) * window)
    weights = _overlap_add(np.broadcast_to(window**2, (len(steps), _FRAME)))
    n_samples = round(len(signal) / rate)
    stretched = (voiced / np.maximum(weights, 1e-8))[_FRAME // 2 :][:n_samples]
    return np.pad(stretched, (0, n_samples - len(stretched)))


def _overlap_add(frames):
    """Sum frames (n, 4 * hop) that start one hop after the other."""
    summed = np.zeros((len(frames) + 3, _HOP), np.float32)
    for quarter, part in enumerate(frames.reshape(len(frames), 4, _HOP).swapaxes(0, 1)):
        summed[quarter : quarter + len(frames)] += part
    return summed.ravel()


def hide(mel_db, start, length, level, *, axis):
    """Set neighboring bands (axis 0) or frames (axis 1) of a picture to one level (dB), in place, and return it."""
    np.moveaxis(mel_db, axis, 0)[start : start + length] = level
    return mel_db


def student_noisy(signal, rng):
    """The student project's second version of a training clip: white noise of sigma 0.005, whatever its loudness.

    Quiet clips drown and loud ones hardly change, so the noise tells the label. Float32, shape (n,), as the signal.
    Lesson: 03_augmentation.
    """
    return audio.check_signal(signal) + (0.005 * rng.standard_normal(len(signal))).astype(np.float32)


def student_raised(signal, rng):
    """The student project's third version of a training clip: two semitones up, never down."""
    return shift_pitch(signal, 2)


def fresh_copies(batch, rng, *, strength=1.0):
    """Draw changed copies of training pictures for one epoch: warp, gain, masks, and a moving floor.

    `batch` is float32 (clips, bands, frames, 1), dB re a mel power of 1; so is the result, another array. `strength`
    scales every change. 1 means at most: 8 % in frequency and in tempo, 20 frames of shift, 6 dB of gain, masks 16
    bands and 16 frames wide (filled with the clip's mean level), and a floor raised by 6 dB, as by another room or
    microphone. With half of it our net learned its training clips by heart and knew its validation voices no better.
    Lesson: 03_augmentation.
    """
    floor = float(batch.min())
    pictures = warp_batch(batch[..., 0], rng, frequency=0.08 * strength, tempo=0.08 * strength, roll=20 * strength)
    pictures += strength * rng.uniform(-6, 6, (len(batch), 1, 1)).astype(np.float32)
    for picture in pictures:
        mean = picture.mean()
        for axis in (0, 1):  # SpecAugment, after Park et al. (2019)
            length = int(rng.integers(0, round(16 * strength) + 1))
            hide(picture, int(rng.integers(0, picture.shape[axis] - length + 1)), length, mean, axis=axis)
    floors = floor + strength * rng.uniform(0, 6, (len(batch), 1, 1)).astype(np.float32)
    return np.maximum(pictures, floors, out=pictures)[..., None]


def warp_batch(batch, rng, *, frequency=0.15, tempo=0.15, roll=10, group=8):
    """Give clips another vocal tract, tempo and place in time, by linear interpolation of their pictures.

    The batch is float32, shape (clips, bands, frames), dB. `frequency` and `tempo` are the largest changes of the
    natural logarithm of either scale, `roll` the largest shift (frames); `group` neighboring clips share one draw, so
    that all of them are read at once.

    Returns another array; what comes in from outside is the clip's own lowest level. Frequencies (Hz) scale as they
    do when a tape runs faster: pitch and formants together. Source: vocal tract length perturbation after Jaitly &
    Hinton (2013). Lesson: 03_augmentation.
    """
    n_mels, n_frames = batch.shape[1:]
    warped = np.empty_like(batch)
    for start in range(0, len(batch), group):
        clips = batch[start : start + group]
        floor = clips.min(axis=(1, 2), keepdims=True)
        bands = _warped_bands(n_mels, np.exp(rng.uniform(-frequency, frequency))).clip(0, n_mels - 1)
        middle = (n_frames - 1) / 2
        frames = (np.arange(n_frames) - middle) * np.exp(rng.uniform(-tempo, tempo)) + middle + rng.uniform(-roll, roll)
        warped[start : start + group] = _read_at(_read_at(clips - floor, frames, axis=2), bands, axis=1) + floor
    return warped


def _warped_bands(n_mels, factor):
    """For each mel band the (fractional) band that lies at its center frequency divided by `factor`."""
    centers = mel_band_edges(AudioConfig(n_mels=n_mels))[1:-1]
    mels = hz_to_mel(centers)
    return (hz_to_mel(centers / factor) - mels[0]) / (mels[1] - mels[0])


def _read_at(values, places, *, axis):
    """Read an axis at fractional places, linearly between its neighbors; 0 beyond the ends."""
    lower = np.floor(places).astype(int)
    along = [-1 if number == axis else 1 for number in range(values.ndim)]
    weight = (places - lower).astype(np.float32).reshape(along)

    def at(index):
        inside = (0 <= index) & (index < values.shape[axis])
        return values.take(index, axis=axis, mode="clip") * inside.reshape(along)

    return (1 - weight) * at(lower) + weight * at(lower + 1)
