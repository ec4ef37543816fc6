"""Ask a bundle about sound files: calibrated probabilities, abstention, and honest warnings.

Neither TensorFlow nor librosa is loaded where the light runtime is installed. Lesson: 08_live_inference.
"""

import dataclasses
import functools
import itertools
import os
import pathlib
import uuid

import numpy as np

from ..errors import BadClip
from ..sound import audio, hearing, likeness
from . import bundle as bundles

BATCH = 32
ENOUGH_SECONDS = 10.0
"""How much other sound of a voice has to be known until it counts; what more of it brings: reports/two_roads.json."""
SILENT = 5
"""As many pieces of 3 s about which the net would say nothing are added to those of a voice: a few say little about it
yet. Chosen on other corpora (reports/two_roads.json)."""


@dataclasses.dataclass(frozen=True)
class Prediction:
    """The answer about one recording.

    Attributes
    ----------
    file : str; `""` for a signal
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


@dataclasses.dataclass(frozen=True)
class Window(Prediction):
    """The answer about one window of a longer recording, from `start` to `end` (s); silence has no label."""

    start: float = 0.0
    end: float = 0.0


class Voice:
    """One person's voice, known from recordings without labels: what the net says about them on average.

    Nets take a voice that is always high or hoarse for an emotion; what they say about its other recordings is
    therefore taken away from what they say about one, cautiously where there are few (`average`).

    Parameters
    ----------
    sources : as in `predict_files`, recordings of one person in several moods; of each the first minute is heard
    bundle : Bundle, or None for the one that comes with the course

    Attributes
    ----------
    seconds : float, s; the sound of this voice that is known, without quiet edges

    A recording that cannot be used, or holds no voice, is left out; `BadClip` where none is left. Lesson:
    08_live_inference.
    """

    def __init__(self, sources, *, bundle=None):
        from concurrent.futures import ThreadPoolExecutor

        if isinstance(sources, (str, bytes, os.PathLike)):
            raise BadClip(f"a voice is known from several recordings, not from {sources!r}: pass a list of files.")
        self._bundle = bundle or default_bundle()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            heard = list(pool.map(self._listen, sources))
        self._heard = [own for own, _ in heard]
        self._parts = [part for _, part in heard if part]
        if not self._parts:
            raise BadClip("no recording of this voice could be used: pass a list of sound files in which it is heard.")
        self.seconds = sum(seconds for *_, seconds in self._parts)

    def _listen(self, source):
        """What `_judge` knows before the net answers, and that answer; (name, answers of each 3 s, seconds) or None."""
        try:
            sound = hearing.hear(source, config=self._bundle.audio)
        except BadClip as error:
            return (Prediction(_name_of(source), error=str(error)), None), None
        length, signal = self._bundle.audio.n_samples, [] if sound.foreign else sound.trimmed
        pieces = [signal[start : start + length] for start in range(0, len(signal), length)]
        pictures = [sound.picture, *(hearing.hear(piece, config=self._bundle.audio).picture for piece in pieces)]
        own, *said = self._bundle.log_probabilities(np.stack(pictures)[..., None])
        name = os.path.realpath(_name_of(source) or uuid.uuid4().hex)
        return (_say(source, sound), own), said and (name, said, len(signal) / sound.sample_rate)

    def answers(self):
        """Yield a `Prediction` of each recording of the voice, in order, against the others; none is heard again."""
        for said, own in self._heard:
            yield said if own is None else answer(said, own, self._bundle, self)

    def without(self, name):
        """What `average` makes of all recordings but the one of that name, float (labels,); None below 10 s."""
        own = os.path.realpath(name) if name else None
        others = [part for part in self._parts if part[0] != own]
        if sum(seconds for *_, seconds in others) < ENOUGH_SECONDS:
            return None
        return average(np.concatenate([said for _, said, _ in others]))


def average(said, silent=SILENT):
    """Mean over log-probabilities (n, labels) and `silent` rows of zeros, float (labels,): with few, it stays small."""
    return np.sum(said, axis=0, dtype=float) / (len(said) + silent)


def predict_file(source, *, bundle=None, voice=None):
    """Say which emotion a sound file expresses.

    Parameters
    ----------
    source : path of a WAV, FLAC, OGG or MP3, any sample rate, any number of channels; or anything else that
        `hearing.hear` takes: a file object opened for bytes, or (sample rate, samples)
    bundle : Bundle, or None for the one that comes with the course
    voice : Voice of the same speaker and bundle, or None for a voice that was never heard

    Returns
    -------
    Prediction

    Raises `BadClip` where the file cannot be used: the message names it and the way out; `BadBundle` where the bundle
    cannot. Only the first minute of a longer file is read. Lesson: 08_live_inference.
    """
    bundle = bundle or default_bundle()
    return _judge([_hear(source, bundle)], bundle, voice)[0]


def predict_signal(signal, sample_rate, *, bundle=None, voice=None):
    """Say which emotion a signal expresses, for instance one from the microphone.

    `signal` has shape (n,) or (n, channels), floats with amplitude in [-1, 1] or integers, scaled by their type, at
    `sample_rate` (Hz). Returns a Prediction, its `file` empty. Raises `BadClip` for a signal that is empty, of another
    shape, not finite, or of an impossible sample rate. Lesson: 08_live_inference.
    """
    return predict_file((sample_rate, signal), bundle=bundle, voice=voice)


def predict_files(sources, *, bundle=None, voice=None):
    """Answer about many files, in order; a bad file is answered in its `error`, the others all the same.

    Yields one `Prediction` a source (see `predict_file`). Raises `BadBundle` when the bundle cannot be used, and
    `BadClip` never. The files are heard on all cores. Lesson: 08_live_inference.
    """
    bundle = bundle or default_bundle()

    def hear(source):
        try:
            return _hear(source, bundle)
        except BadClip as error:
            return Prediction(_name_of(source), error=str(error)), None

    yield from _in_batches(hear, sources, bundle, voice)


def predict_windows(source, *, every=1.5, bundle=None):
    """Say which emotion a long recording expresses at each moment: one `Window` every so many seconds, as it is read.

    Parameters
    ----------
    source : path, or a file object opened for bytes
    every : float above 0, s, from the start of one window to that of the next; each lasts as long as a picture: 3 s
    bundle : Bundle, or None for the one that comes with the course

    Memory does not grow with the recording. Raises `BadClip` where it cannot be read, `BadBundle` where the bundle
    cannot be used. Lesson: 08_live_inference.
    """
    if not every >= 0.1:
        raise BadClip(f"windows every {every} s cannot be judged: pass every=0.1 or more.")
    bundle = bundle or default_bundle()
    read = audio.windows(source, seconds=bundle.audio.seconds, every=every)
    yield from _in_batches(functools.partial(_hear_window, bundle=bundle, name=_name_of(source)), _pauses(read), bundle)


def _pauses(windows):
    """Add to each window whether it is silent: nothing at all, or very quiet and 30 dB below what was heard before."""
    loudest = -np.inf
    for start, signal, rate in windows:
        level_db = 10 * np.log10(np.mean(np.square(signal, dtype=float)) + 1e-12)
        yield start, signal, rate, level_db < min(likeness.QUIET_DB, max(likeness.SILENT_DB, loudest - 30))
        loudest = max(loudest, level_db)


def _hear_window(window, *, bundle, name):
    """What can be said about one window without the net, and its picture; None for silence."""
    start, signal, rate, silent = window
    said = Window(name, start=start, end=start + len(signal) / rate)
    if silent:
        return said, None
    sound = hearing.hear((rate, signal), config=bundle.audio, name=name)
    return dataclasses.replace(said, abstained=sound.foreign, warnings=sound.warnings), sound.picture


def _in_batches(hear, sources, bundle, voice=None):
    """The answers about sources, in order, heard on all cores, judged some at a time; few at first, to begin soon."""
    from concurrent.futures import ThreadPoolExecutor

    sources, size = iter(sources), os.cpu_count()
    with ThreadPoolExecutor(size) as pool:
        while batch := list(itertools.islice(sources, size)):
            yield from _judge(list(pool.map(hear, batch)), bundle, voice)
            size = BATCH


def ask(signals, *, bundle):
    """Calibrated probabilities, shape (n, 8), of n mono signals at the bundle's sample rate, without any warning."""
    pictures = [hearing.hear(signal, config=bundle.audio).picture for signal in signals]
    return bundle.probabilities(np.stack(pictures)[..., None])


def _hear(source, bundle):
    """What can be said without the net, as a `Prediction` that abstains where there is no voice, and the picture."""
    sound = hearing.hear(source, config=bundle.audio)
    return _say(source, sound), sound.picture


def _say(source, sound):
    return Prediction(_name_of(source), abstained=sound.foreign, warnings=sound.warnings)


def _judge(heard, bundle, voice=None):
    """Whole predictions, in order; one run of the net for all pictures."""
    pictures = [picture for _, picture in heard if picture is not None]
    rows = iter(bundle.log_probabilities(np.stack(pictures)[..., None]) if pictures else ())
    return [said if picture is None else answer(said, next(rows), bundle, voice) for said, picture in heard]


def answer(said, log_probabilities, bundle, voice=None):
    """`said` about a recording, a `Prediction`, completed by the log-probabilities (labels,) of its picture."""
    mean, threshold, warnings = None, bundle.threshold, said.warnings
    if voice is not None:
        mean = voice.without(said.file)
        if mean is None:
            warnings += (f"too little else of this voice is known: it counts from {ENOUGH_SECONDS:.0f} s on",)
        else:
            threshold = bundle.known_voice["threshold"]
    row = bundle.calibrate(log_probabilities[None], mean)[0]
    best = int(row.argmax())
    confidence = float(row[best])
    return dataclasses.replace(
        said,
        label=bundle.labels[best],
        confidence=confidence,
        probabilities={label: float(p) for label, p in zip(bundle.labels, row)},
        abstained=said.abstained or confidence < threshold,
        warnings=warnings,
    )


def _name_of(source):
    """What `Prediction.file` says: the path, or the name that a file object has, or nothing."""
    name = getattr(source, "name", "") if hasattr(source, "read") else source
    try:
        return os.fsdecode(name)
    except TypeError:
        return "" if isinstance(source, (tuple, list, np.ndarray)) or hasattr(source, "read") else str(source)


def default_bundle():
    """The bundle of the course, loaded once in a process and again after it was replaced."""
    stamp = pathlib.Path(bundles.REFERENCE, "bundle.json")
    return _load_once(str(bundles.REFERENCE), stamp.stat().st_mtime_ns if stamp.exists() else None)


@functools.lru_cache(maxsize=1)
def _load_once(folder, _):
    return bundles.load(folder)
