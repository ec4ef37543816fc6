"""Ask a bundle about sound files: calibrated probabilities, abstention, and honest warnings.

The way from file to picture is that of training, function by function; a test compares the
pictures bit for bit. Neither TensorFlow nor librosa is loaded where the light runtime is
installed. Lesson: 08_live_inference.
"""

import dataclasses
import itertools
import os
import pathlib

import numpy as np

from ..errors import BadClip
from ..sound import audio, features, likeness
from . import bundle as bundles

BATCH = 32


@dataclasses.dataclass(frozen=True)
class Prediction:
    """The answer about one recording.

    Attributes
    ----------
    file : str; "" for a signal
    label : str or None, the most probable emotion; None when the file could not be used
    confidence : float in [0, 1] or None, the probability of `label`, calibrated
    probabilities : dict of eight emotion names and probabilities that sum to 1, or empty
    abstained : bool; True when the model had better say nothing: confidence below the bundle's
        threshold, silence, or a sound that is not one voice
    warnings : tuple of str, in what the recording differs from the training data
    error : str or None, one sentence that says why there is no answer and what to do
    """

    file: str
    label: str | None = None
    confidence: float | None = None
    probabilities: dict = dataclasses.field(default_factory=dict)
    abstained: bool = True
    warnings: tuple = ()
    error: str | None = None

    def to_json(self):
        """A dict of plain values, ready for `json.dumps`; bytes of a file name that are no text become `\\xNN`."""
        fields = dataclasses.asdict(self)
        fields["file"] = os.fsencode(self.file).decode("utf-8", "backslashreplace")
        return {**fields, "warnings": list(self.warnings)}


def predict_file(path, *, bundle=None):
    """Say which emotion a sound file expresses.

    Parameters
    ----------
    path : str or path; WAV, FLAC, OGG or MP3, any sample rate, any number of channels
    bundle : Bundle, or None for the one that comes with the course

    Returns
    -------
    Prediction

    Raises
    ------
    BadClip : the file cannot be used; the message names it and the way out
    BadBundle : the bundle cannot be used

    Only the first minute of a longer file is read. Lesson: 08_live_inference.
    """
    bundle = bundle or _default()
    return _judge([_hear_file(path, bundle)], bundle)[0]


def predict_signal(signal, sample_rate, *, bundle=None):
    """Say which emotion a mono signal expresses, for instance one from the microphone.

    Parameters
    ----------
    signal : float array, shape (n,), amplitude in [-1, 1]
    sample_rate : int, Hz, of the signal
    bundle : Bundle, or None for the one that comes with the course

    Returns
    -------
    Prediction, its `file` empty

    Raises
    ------
    BadClip : the signal is empty, not one-dimensional, not finite, or of an impossible sample rate

    Lesson: 08_live_inference.
    """
    bundle = bundle or _default()
    if not isinstance(sample_rate, (int, float, np.number)) or not 1000 <= sample_rate <= 768_000:
        raise BadClip(f"a sample rate of {sample_rate} cannot be used: pass samples a second, such as 48000.")
    recording = audio.Recording(audio.check_signal(signal), int(sample_rate), len(signal) / sample_rate)
    return _judge([_hear("", recording, bundle)], bundle)[0]


def predict_files(paths, *, bundle=None):
    """Answer about many files, in order; a bad file is answered in its `error`, the others all the same.

    Yields one `Prediction` a path. Raises `BadBundle` when the bundle cannot be used, and
    `BadClip` never. The files are heard on all cores. Lesson: 08_live_inference.
    """
    from concurrent.futures import ThreadPoolExecutor

    bundle = bundle or _default()
    paths = iter(paths)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        while batch := list(itertools.islice(paths, BATCH)):
            yield from _judge(list(pool.map(lambda path: _try_hearing(path, bundle), batch)), bundle)


def ask(signals, *, bundle):
    """Calibrated probabilities, shape (n, 8), of n mono signals at the bundle's sample rate, without any warning."""
    pictures = [picture_of(signal, config=bundle.audio)[0] for signal in signals]
    return bundle.probabilities(np.stack(pictures)[..., None])


def picture_of(signal, *, config):
    """The net's input (dB), shape (128, 130), of a mono signal at the rate of `config`, and its trimmed part."""
    trimmed = audio.trim_silence(signal, top_db=config.top_db)
    return features.log_mel(audio.fit_length(trimmed, config=config), config=config), trimmed


@dataclasses.dataclass(frozen=True)
class _Heard:
    file: str
    picture: np.ndarray | None = None
    warnings: tuple = ()
    foreign: bool = False
    error: str | None = None


def _try_hearing(path, bundle):
    try:
        return _hear_file(path, bundle)
    except BadClip as error:
        return _Heard(_text(path), error=str(error))


def _hear_file(path, bundle):
    return _hear(_text(path), audio.read_mono(path), bundle)


def _hear(file, recording, bundle):
    name = os.path.basename(file) or "the signal"
    rate = bundle.audio.sample_rate
    signal = audio.at_rate(recording.signal, recording.sample_rate, rate, name=name)
    picture, trimmed = picture_of(signal, config=bundle.audio)
    measures = likeness.measure(
        recording.signal, recording.sample_rate, trimmed, sample_rate=rate, seconds=recording.seconds
    )
    said = tuple(likeness.warnings_about(measures, config=bundle.audio))
    return _Heard(file, picture, said, measures.silent or measures.foreign)


def _judge(heard, bundle):
    """Predictions for what was heard, in order; one run of the net for all of them."""
    pictures = [one.picture for one in heard if one.picture is not None]
    rows = iter(bundle.probabilities(np.stack(pictures)[..., None]) if pictures else ())
    return [Prediction(one.file, error=one.error) if one.error else _answer(one, next(rows), bundle) for one in heard]


def _answer(heard, row, bundle):
    best = int(row.argmax())
    confidence = float(row[best])
    return Prediction(
        file=heard.file,
        label=bundle.labels[best],
        confidence=confidence,
        probabilities={label: float(p) for label, p in zip(bundle.labels, row)},
        abstained=heard.foreign or confidence < bundle.threshold,
        warnings=heard.warnings,
    )


def _default():
    return _load_once(str(bundles.REFERENCE))


_loaded = {}


def _load_once(folder):
    """The bundle of the course, loaded once in a process and again after it was replaced."""
    stamp = pathlib.Path(folder, "bundle.json")
    key = (folder, stamp.stat().st_mtime_ns if stamp.exists() else None)
    if key not in _loaded:
        _loaded.clear()
        _loaded[key] = bundles.load(folder)
    return _loaded[key]


def _text(path):
    try:
        return os.fsdecode(path)
    except TypeError:
        return str(path)
