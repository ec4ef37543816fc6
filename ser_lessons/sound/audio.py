"""From a sound file to a mono signal of exactly three seconds.

The numbers are those of librosa (`load`, `effects.trim`), which the tests compare against; a prediction should not wait
for librosa and numba to be imported. Lesson: 01_waveforms.
"""

import contextlib
import io
import math
import os
import pathlib
import stat
import warnings
from typing import NamedTuple

import numpy as np

from ..config import AudioConfig
from ..errors import BadClip
from ..system import quiet_stderr
from .media import Media

READABLE = "WAV, FLAC, OGG or MP3"
ENDINGS = tuple(f".{name}" for name in "wav flac ogg mp3 opus aiff aif m4a mp4 aac webm 3gp amr wma".split())
LONGEST_SECONDS = 60.0  # only the first minute of a longer file is read: a clip of speech is a few seconds long
RATES_HZ = (1000, 768_000)  # lowest and highest sample rate that a recording can have
LOUDEST = 16.0
"""Peak of a float signal up to which it is one: full scale is 1, plus added noise. Above, it holds 16-bit numbers."""
LARGEST_AMPLITUDE = LOUDEST * 32768  # anything beyond this is damage
_FRAME, _HOP, _SMALLEST_POWER = 2048, 512, 1e-10
_CUT = "cut off before the end that it promises: copy or record it again"
_DIVIDED = "samples up to {:.0f}, where 1 is full scale, were divided by 32768"


def sound_files(folder):
    """Yield all visible sound files under a folder; macOS side files (`._name`) and hidden folders are skipped."""
    seen = set()
    for parent, folders, names in os.walk(folder, followlinks=True):
        if os.path.realpath(parent) in seen:
            folders.clear()
            continue
        seen.add(os.path.realpath(parent))
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for name in sorted(names):
            if not name.startswith(".") and name.lower().endswith(ENDINGS):
                yield pathlib.Path(parent, name)


def load(path, *, sample_rate=AudioConfig.sample_rate):
    """Read a sound file as a mono signal at one sample rate.

    `path` is a WAV, FLAC, OGG or MP3 of any sample rate and any number of channels, of which no more than the first
    minute is read. Returns float32, shape (n,), at `sample_rate` (Hz), amplitude as stored (within [-1, 1] for integer
    formats).

    Raises `BadClip`: no such file, not a sound file, no samples, or NaN or infinity among them. Channels are
    averaged; resampling is soxr's high quality, as in `librosa.load`. Floats with a peak above 16 are taken for
    16-bit numbers, and divided by 32768 with a warning. What was cut off is warned of. Lesson: 01_waveforms.
    """
    recording = read_mono(path)
    signal, remarks = to_full_scale(recording.signal, name=recording.name)
    for remark in (*recording.remarks, *remarks):
        warnings.warn(f"{recording.name!r}: {remark}", stacklevel=2)
    return resample(signal, recording.sample_rate, sample_rate)


def resample(signal, native_rate, sample_rate):
    """Bring a mono signal, shape (n,), from its native rate (Hz) to another with soxr's high quality."""
    if native_rate == sample_rate:
        return signal
    import soxr

    n_samples = math.ceil(len(signal) * sample_rate / native_rate)
    resampled = soxr.resample(signal, native_rate, sample_rate, quality="HQ")[:n_samples]
    return np.pad(resampled, (0, n_samples - len(resampled))).astype(np.float32, copy=False)


def check_signal(signal, *, name="the signal"):
    """Return a usable mono signal as float32, shape (n,), or raise `BadClip` with what is wrong.

    A signal is usable when it has one dimension, at least one sample, and only finite values.
    Integers are scaled as `to_float` does, and 16-bit numbers stored as floats as `to_full_scale` does, with a warning.
    """
    signal, remarks = to_full_scale(signal, name=name)
    for remark in remarks:
        warnings.warn(f"{name!r}: {remark}", stacklevel=3)
    return signal


def to_float(samples, *, name="the signal"):
    """Samples of any number type as float32, any shape; integers of 8, 16 and 32 bits come out within [-1, 1].

    Unsigned integers are centered, as 8-bit WAV files need it. 64-bit integers keep their value: no recorder writes
    them, but plain Python numbers become such. Raises `BadClip` for what is no array of numbers.
    """
    try:
        samples = np.asarray(samples)
        if samples.dtype.kind not in "fiu":
            raise TypeError
    except (TypeError, ValueError):
        raise BadClip(f"{name!r} is not an array of numbers: pass a mono signal such as audio.load returns.") from None
    if samples.dtype.kind == "f" or samples.dtype.itemsize == 8:
        with np.errstate(over="ignore"):
            return samples.astype(np.float32, copy=False)
    half = 2.0 ** (8 * samples.dtype.itemsize - 1)
    return ((samples - half if samples.dtype.kind == "u" else samples) / half).astype(np.float32)


def to_mono(samples):
    """Average the channels of samples, shape (n, channels): shape (n,). By columns: ten times as fast as by rows."""
    return np.asfortranarray(samples).mean(axis=1)


def to_full_scale(signal, *, name="the signal"):
    """Check a mono signal, and bring 16-bit numbers that were stored as floats to [-1, 1]: (float32 (n,), remarks).

    The remarks are empty, or a sentence that it was divided by 32768. Raises `BadClip` as `check_signal` does.
    """
    signal = to_float(signal, name=name)
    if signal.ndim != 1:
        raise BadClip(f"{name!r} has shape {signal.shape}, but one dimension is needed: average its channels first.")
    if signal.size == 0:
        raise BadClip(f"{name!r} holds no sound: record it again, or choose another file.")
    peak = np.abs(signal).max()
    if not np.isfinite(peak):
        raise BadClip(f"{name!r} holds NaN or infinite samples: export it again as 16-bit WAV.")
    if peak > LARGEST_AMPLITUDE:
        raise BadClip(f"{name!r} holds samples far beyond any sound level: export it again as 16-bit WAV.")
    divisor = _full_scale(peak)
    return (signal, ()) if divisor == 1 else (signal / divisor, (_DIVIDED.format(peak),))


def _full_scale(peak):
    """What samples up to a peak are divided by: 1, or 32768 for 16-bit numbers that were stored as floats."""
    return np.float32(32768 if LOUDEST < peak <= LARGEST_AMPLITUDE else 1)


def loud_span(signal, *, top_db=AudioConfig.top_db):
    """First sample to keep of a mono signal, shape (n,), and the first one after it to drop: its quiet edges go.

    A frame is quiet when its RMS lies `top_db` (dB, else `BadClip` where it is not above 0) below the loudest frame's.
    A completely silent signal remains untrimmed: no frame is quieter than the loudest. Pauses inside stay. Source:
    equal to `librosa.effects.trim`. Lesson: 01_waveforms.
    """
    power = frame_rms(signal) ** 2
    level_db = 10 * np.log10(np.maximum(power, _SMALLEST_POWER) / max(power.max(), _SMALLEST_POWER))
    loud = np.flatnonzero(level_db > -top_db)
    if not loud.size:
        raise BadClip(f"no frame is louder than the loudest, as top_db={top_db} asks for: choose a top_db above 0.")
    return int(loud[0]) * _HOP, min(len(signal), (int(loud[-1]) + 1) * _HOP)


def frame_rms(signal):
    """RMS amplitude in centered frames of 2048 samples, one each 512: shape (1 + n // 512,)."""
    padded = np.pad(signal, _FRAME // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP]
    return np.sqrt(np.mean(np.square(frames), axis=1, dtype=np.float32))


def fit_length(signal, *, config=AudioConfig()):
    """Center a mono signal in silence, or cut its end, so that it lasts exactly `config.seconds`.

    `signal` is a float array, shape (n,), amplitude in [-1, 1]; of `config` count `seconds` (s) and `sample_rate` (Hz).
    Returns float32, shape (66150,) for the defaults.

    Raises `BadClip` as `check_signal` does. A silent signal is returned silent. An odd remainder goes to the right
    side. Source: the student project pads both sides equally. Lesson: 01_waveforms.
    """
    signal = check_signal(signal)[: config.n_samples]
    missing = config.n_samples - len(signal)
    return np.pad(signal, (missing // 2, missing - missing // 2))


class Recording(NamedTuple):
    """What a source holds: mono `signal` (m,), its `sample_rate` (Hz), the `seconds` it lasts, `name`, `remarks`."""

    signal: np.ndarray
    sample_rate: int
    seconds: float
    name: str
    remarks: tuple = ()


def read_mono(source, *, name=None):
    """The first minute of a path or of a file object opened for bytes: a `Recording`, channels averaged.

    `name` is for messages; default: the file's own. Raises `BadClip` as `load` does, but does not look at the samples.
    """
    with _opened(source, name) as file:
        signal = file.read(LONGEST_SECONDS)
        return Recording(signal, file.rate, file.seconds, file.name, (_CUT,) if file.is_cut else ())


def windows(source, *, seconds, every):
    """Yield (start in s, mono signal, its rate in Hz) of windows of `seconds`, one `every` so many, read in blocks.

    Takes and raises what `read_mono` does. The last window is shorter where the file ends in it. Where floats of the
    first minute are 16-bit numbers, all are divided by 32768, with a warning.
    """
    with _opened(source) as file:
        peak = file.float_peak()
        divisor = _full_scale(peak)
        if divisor != 1:
            warnings.warn(f"{file.name!r}: {_DIVIDED.format(peak)}", stacklevel=2)
        length, step = round(seconds * file.rate), round(every * file.rate)
        kept, start, new = file.read(seconds), 0, True
        while new:
            yield start / file.rate, kept / divisor, file.rate
            whole, kept, start = len(kept) == length, kept[step:], start + step
            if step > length and whole:
                file.skip(step - length)
            block = file.read((length - len(kept)) / file.rate, may_be_empty=True) if whole else ()
            kept, new = np.concatenate([kept, block]), len(block) > 0
        if file.is_cut:
            warnings.warn(f"{file.name!r}: {_CUT}", stacklevel=2)


class _File:
    """An open sound file, whatever decodes it: `name`, `rate` (Hz), the `seconds` it lasts, whether it `is_cut`."""

    def __init__(self, file, name, quiet, is_cut):
        check_rate(file.samplerate, name=name)
        self.name, self.rate, self.seconds = name, file.samplerate, file.frames / file.samplerate
        self.is_cut = is_cut
        self._file, self._quiet, self._left = file, quiet, file.frames

    def read(self, seconds, *, may_be_empty=False):
        """The next `seconds`, channels averaged, in blocks of at most a million numbers: float32, shape (n,)."""
        step, blocks = max(1, (1 << 20) // self._file.channels), [np.zeros(0, np.float32)]
        n_frames = min(self._left, round(seconds * self.rate))
        while n_frames > 0:
            with self._quiet(), np.errstate(all="ignore"):
                block = to_mono(self._file.read(min(n_frames, step), dtype="float32", always_2d=True))
            if len(block) == 0:
                self.is_cut |= self._left > 0.05 * self.rate  # coders round that much
                self.seconds, self._left = self.seconds - self._left / self.rate, 0
                break
            blocks.append(block)
            n_frames, self._left = n_frames - len(block), self._left - len(block)
        if len(blocks) == 1 and not may_be_empty:
            raise BadClip(f"{self.name!r} holds no sound: record it again, or choose another file.")
        return np.concatenate(blocks)

    def float_peak(self):
        """The largest amplitude in the first minute of a file of floats, which is then at its start again; else 0."""
        if getattr(self._file, "subtype", "") not in ("FLOAT", "DOUBLE"):
            return 0
        peak = np.abs(self.read(LONGEST_SECONDS)).max()
        self._file.seek(0)
        self._left = self._file.frames
        return peak

    def skip(self, n_frames):
        """Leave out so many samples."""
        while n_frames > 0 and len(block := self.read(min(n_frames / self.rate, 60), may_be_empty=True)):
            n_frames -= len(block)


@contextlib.contextmanager
def _opened(source, name=None):
    """A path or a file object as a `_File`; what goes wrong with it meanwhile becomes a `BadClip`."""
    import soundfile

    if hasattr(source, "read"):
        file, name = _file_object(source, name)
        start, is_cut = file.read(12), _lacks_bytes(file)
        file.seek(0)
    else:
        path = _regular_file(source)
        file, name = path if os.name == "nt" else os.fsencode(path), name or os.path.basename(path)
        with open(path, "rb") as opened:
            start, is_cut = opened.read(12), _lacks_bytes(opened)
    known = start[:4] in (b"RIFF", b"RF64", b"fLaC", b"OggS", b"FORM")  # the MP3 decoder comments on damaged files
    quiet = contextlib.nullcontext if known else quiet_stderr
    is_media = start[4:8] == b"ftyp" or start[:4] in (b"\x1aE\xdf\xa3", b"0&\xb2u", b"#!AM")
    is_media |= name.lower().endswith(".aac")
    try:
        with quiet():
            decoder = Media(file) if is_media else soundfile.SoundFile(file)
        with decoder:
            yield _File(decoder, name, quiet, is_cut)
    except ImportError:  # also where it is installed, but not what it needs
        told = f"{name!r} is in a format that needs the package av: install it with `pip install av`"
        command = f'ffmpeg -i "{name}" "{os.path.splitext(name)[0]}.wav"'
        raise BadClip(f"{told}, or convert the file with `{command}`.") from None
    except (soundfile.LibsndfileError, RuntimeError, OSError, TypeError) as error:
        raise BadClip(f"{name!r} is not a readable sound file ({_reason(error)}): save it as {READABLE}.") from None


def _lacks_bytes(file):
    """Tell whether a WAV or AIFF file, or the last page of an Ogg file, opened for bytes, is shorter than it says."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(8)
    if start[:4] == b"OggS":
        file.seek(max(0, size - (1 << 17)))
        page = file.read().rpartition(b"OggS")[2]
        head = 23 + (page[22] if len(page) > 22 else 1)
        return len(page) < head + sum(page[23:head])
    order = {b"RIFF": "little", b"FORM": "big"}.get(start[:4])
    told = int.from_bytes(start[4:], order) if order else 0
    return size < told + 8 < 0x7FFF0000  # 2 or 4 GB: written into a pipe


def is_whole(path):
    """Tell whether a sound file can be read to the end that it promises, as far as its format promises one."""
    try:
        with _opened(path) as file:
            while len(file.read(60, may_be_empty=True)):
                pass
            return file.seconds > 0 and not file.is_cut
    except BadClip:
        return False


def is_shorter_than_told(path):
    """Tell at a glance whether a WAV, AIFF or Ogg file was cut; False for other formats, and what is no file."""
    try:
        with open(path, "rb") as file:
            return _lacks_bytes(file)
    except OSError:
        return False


def check_rate(rate, *, name="the signal"):
    """Raise `BadClip` unless a sample rate (Hz) can be that of a recording."""
    lowest, highest = RATES_HZ
    if not isinstance(rate, (int, float, np.number)) or not lowest <= rate <= highest:
        raise BadClip(f"{name!r} claims a sample rate of {rate} Hz: save it again at 16000 to 48000 Hz.")


def _file_object(file, name):
    """A file object that can seek, at its start, and its name."""
    own = getattr(file, "name", None)
    name = name or (os.path.basename(own) if isinstance(own, str) else "") or "the recording"
    if not isinstance(file.read(0), bytes):
        raise BadClip(f'{name!r} is opened as text: open it with open(path, "rb").')
    if not (hasattr(file, "seekable") and file.seekable()):
        file = io.BytesIO(file.read())
    file.seek(0)
    return file, name


def _regular_file(path):
    """The path as text when it names a readable file; otherwise `BadClip` says what it is."""
    try:
        path = os.fsdecode(path)
        kind = os.stat(path).st_mode
    except FileNotFoundError:
        raise BadClip(f"there is no file {path!r}: check the name and the folder.") from None
    except (TypeError, ValueError, OSError) as error:
        raise BadClip(f"{path!r} cannot be opened ({_reason(error)}): check the name and the folder.") from None
    if stat.S_ISDIR(kind):
        raise BadClip(f"{path!r} is a folder: name a sound file in it.")
    if not stat.S_ISREG(kind):
        raise BadClip(f"{path!r} is not an ordinary file: save the sound to a file first.")
    if not os.access(path, os.R_OK):
        raise BadClip(f"{path!r} may not be read by you: change its permissions, or copy it.")
    return path


def _reason(error):
    """The innermost reason of a library's error, as part of a sentence."""
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    if "possibly a pipe" in text:
        text = "no sound was found in it"
    return " ".join(text.split()).removeprefix("Error : ").rstrip(".")
