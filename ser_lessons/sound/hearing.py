"""The one road from a file or a signal to trimmed sound, picture and measures.

Training, prediction, statistics, the playground and the self-test all take it, so a net is asked about
what it was trained on, bit for bit. Lesson: 02_spectrograms, 08_live_inference.
"""

import dataclasses
import functools
import numbers
import os
from collections.abc import Callable

import numpy as np

from ..config import SEED, AudioConfig
from . import audio, features, likeness
from .cache import fill


@dataclasses.dataclass(frozen=True, eq=False)
class Sound:
    """A recording on its way to the net; each step is taken when it is first asked for, and kept. Made by `hear`."""

    name: str  # for messages
    native: np.ndarray  # float32 (m,), the mono signal as recorded
    native_rate: int  # Hz, of `native`
    seconds: float  # of the whole file, of which only the first minute is read
    signal: np.ndarray  # float32 (n,), the same at `config.sample_rate`
    config: AudioConfig
    change: Callable | None = None  # trimmed signal -> signal; applied before the length is fixed, as in augmentation
    remarks: tuple = ()  # what had to be done to the samples
    truth: str | None = None  # emotion that the speaker was asked for

    def again(self, **fields):
        """The same recording with other `config` (of the same sample rate), `change` or `truth`."""
        return dataclasses.replace(self, **fields)

    @property
    def sample_rate(self):
        """Hz, of `signal` and all that follows."""
        return self.config.sample_rate

    @functools.cached_property
    def kept(self):
        """First sample of `signal` that survives trimming, and the first one after it that does not."""
        return audio.loud_span(self.signal, top_db=self.config.top_db)

    @functools.cached_property
    def trimmed(self):
        """The signal without its quiet edges, shape (k,)."""
        return self.signal[slice(*self.kept)]

    @functools.cached_property
    def changed(self):
        """The trimmed signal after `change`."""
        return self.trimmed if self.change is None else self.change(self.trimmed)

    @functools.cached_property
    def fitted(self):
        """The changed signal in exactly `config.seconds`, shape (66150,) for the defaults."""
        return audio.fit_length(self.changed, config=self.config)

    @functools.cached_property
    def picture(self):
        """Log-mel spectrogram (dB), float32, shape (128, 130) for the defaults."""
        return features.log_mel(self.fitted, config=self.config)

    @functools.cached_property
    def measures(self):
        """`likeness.Measures`: of the recording, or of what `change` made of it."""
        whole = self.native if self.change is None else self.changed
        return likeness.measure(whole, self.native_rate, self.seconds, self.changed, self.sample_rate)

    @property
    def warnings(self):
        """Sentences, a tuple: in what this differs from the training data."""
        return (*self.remarks, *likeness.warnings_about(self.measures, config=self.config))

    @property
    def foreign(self):
        """True when there is no voice to judge: silence, noise, a steady tone."""
        return self.measures.silent or self.measures.foreign


def hear(source, *, config=AudioConfig(), change=None, name=None):
    """Take a recording in, and return it as a `Sound`.

    The source is a path; or a file object opened for bytes; or (sample rate in Hz, samples) with samples of shape (n,)
    or (n, channels), as SciPy, soundfile and Gradio give them; or a mono signal, shape (n,), at `config.sample_rate`.
    `change` is a function trimmed signal -> signal, or None; `name` is for messages, by default the file's own.

    Raises `BadClip`: no such file, not a sound file, no samples, NaN or infinity among them, an impossible sample rate.
    Channels are averaged. Integers are scaled by their type (8 bits unsigned are centered), and floats with a peak
    above 16 are taken for 16-bit numbers, with a remark among the sound's warnings. Lesson: 02_spectrograms.
    """
    recording = _record(source, config.sample_rate, name)
    native, remarks = audio.to_full_scale(recording.signal, name=recording.name)
    signal = audio.resample(native, recording.sample_rate, config.sample_rate)
    said = (*recording.remarks, *remarks)
    return Sound(recording.name, native, recording.sample_rate, recording.seconds, signal, config, change, said)


def _record(source, sample_rate, name):
    """The source as an `audio.Recording`, in floats; its level is not looked at."""
    if hasattr(source, "read") or isinstance(source, (str, bytes, os.PathLike)):
        return audio.read_mono(source, name=name)
    name = name or "the signal"
    rate, samples = sample_rate, source
    if isinstance(source, tuple) and len(source) == 2 and not isinstance(source[1], numbers.Number):
        rate, samples = source
        audio.check_rate(rate, name=name)
    signal = audio.to_float(samples, name=name)
    if samples is not source and signal.ndim == 2 and signal.shape[1] <= min(64, len(signal)):
        signal = audio.to_mono(signal)
    return audio.Recording(signal, int(rate), np.size(signal) / rate, name)


def corpus_features(table, *, config=AudioConfig(), change=None, cache=None, n_jobs=None):
    """Log-mel spectrograms of all clips of a table, in its order, computed once and kept.

    The table has a column `path`. `change` is a function (signal, rng) -> signal, or None, applied as `Sound.change`;
    its `__name__` is part of the cache key, and each clip gets an `rng` of its own, fixed by the file's bytes. `cache`
    is the folder for the kept spectrograms (default: the user's cache, `SER_CACHE`; False keeps nothing), `n_jobs` the
    number of threads (default: one a core). Returns float32, shape (clips, 128, 130, 1) for the defaults.

    Raises `BadClip` where a file cannot be read. No clip is ever skipped, so that rows and labels cannot slip apart. A
    damaged entry is computed again with a warning. Lesson: 02_spectrograms.
    """

    def picture(path, digest):
        rng = np.random.default_rng([SEED, int(digest[:16], 16)])
        changed = None if change is None else lambda signal: change(signal, rng)
        return hear(path, config=config, change=changed).picture[..., None]

    return fill(
        np.empty((len(table), *config.input_shape), np.float32),
        list(table["path"]),
        picture,
        recipe=[dataclasses.asdict(config), getattr(change, "__name__", None)],
        sources=(audio.__file__, features.__file__, __file__),
        cache=cache,
        n_jobs=n_jobs,
    )
