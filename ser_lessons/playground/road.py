"""From a sound and the controls to what the net saw and said: pure functions, no widgets.

Order of the road: trim, speed, pitch, noise, fit to 3.0 s, log-mel, masks, net - augmentation
between trimming and fitting, as in training. With all controls at rest the net's input is
bit for bit that of `ser-lessons predict`. Lesson: 08_live_inference.
"""

import dataclasses
import io

import numpy as np

from ..config import EMOTIONS, SEED, AudioConfig
from ..errors import BadClip
from ..sound import augment, f0, features, hearing
from .settings import Settings

LARGEST_UPLOAD = 8_000_000
"""Bytes; more does not fit through a notebook's connection in one message."""


@dataclasses.dataclass(frozen=True, eq=False)
class Analysis:
    """All that a picture or the net needs.

    Parameters
    ----------
    sound : hearing.Sound
    kept : (first, last) sample of `sound.signal` that survives trimming
    changed : float32 array, shape (m,), after speed, pitch and noise; what the second player plays
    fitted : float32 array, shape (66150,) for the default net; `changed`, centered in 3.0 s
    mel_db : float32 array, shape (mels, frames), dB, with masks; what the picture shows
    item : float32 array, shape (128, 130, 1) for the default net; what the net sees
    contour : (seconds, f0_hz) arrays in the net's 3.0 s window, NaN where unvoiced
    warnings : tuple of str, in what the changed sound differs from the training data
    foreign : bool, True when there is no voice to judge: the net abstains
    fitted_to_net : bool, True when the picture had to be stretched to the net's size
    """

    sound: hearing.Sound
    settings: Settings
    kept: tuple
    changed: np.ndarray
    fitted: np.ndarray
    mel_db: np.ndarray
    item: np.ndarray
    contour: tuple
    warnings: tuple
    foreign: bool
    fitted_to_net: bool


@dataclasses.dataclass(frozen=True, eq=False)
class Answer:
    """What the net says, calibrated.

    Parameters
    ----------
    probabilities : float array, shape (labels,), sums to 1
    labels : tuple of str, the order of `probabilities`
    abstained : bool, True when no label is probable enough, or there is no voice to judge: *not sure*
    activation : float array, shape (128, 130), 0 to 1, or None
    """

    probabilities: np.ndarray
    labels: tuple
    abstained: bool
    activation: np.ndarray | None = None

    def ranked(self):
        """Labels from the most to the least probable."""
        return [self.labels[i] for i in np.argsort(-self.probabilities, kind="stable")]

    @property
    def label(self):
        return self.ranked()[0]

    @property
    def confidence(self):
        return float(self.probabilities.max())


def read_sound(content, name, *, sample_rate, truth=None):
    """Decode a WAV, FLAC, OGG or MP3 that is in memory: a recording stays there.

    Parameters
    ----------
    content : bytes
    name : str, for messages and the history
    sample_rate : int, Hz, of the net

    Returns
    -------
    hearing.Sound

    Raises
    ------
    BadClip : too large, not a sound file, empty, or not finite
    """
    if len(content) > LARGEST_UPLOAD:
        raise BadClip(f"{name!r} has {len(content) / 1e6:.0f} MB: cut it to a few seconds (at most 8 MB).")
    config = AudioConfig(sample_rate=sample_rate)
    return hearing.hear(io.BytesIO(content), config=config, name=name).again(truth=truth)


def clip_sound(row, *, sample_rate):
    """The sound of one row of a corpus table (a mapping with `path`, `stem`, `emotion`, `actor`)."""
    config = AudioConfig(sample_rate=sample_rate)
    return hearing.hear(row["path"], config=config, name=row["stem"]).again(truth=row["emotion"])


class Memo:
    """Keep the last result of each stage, so that moving a mask does not shift the pitch again.

    ``memo("pitch", key, function)`` calls the function only when `key` differs from the last one
    of that stage. One result a stage: memory stays flat.
    """

    def __init__(self):
        self._kept = {}

    def __call__(self, stage, key, function):
        kept = self._kept.get(stage)
        if kept is None or kept[0] != key:
            kept = self._kept[stage] = (key, function())
        return kept[1]


def analyze(sound, settings, config, *, memo=None):
    """Pass a sound through the controls to the net's input.

    Parameters
    ----------
    sound : hearing.Sound at `config.sample_rate`
    settings : Settings
    config : AudioConfig of the net
    memo : Memo, or None to compute every stage

    Returns
    -------
    Analysis

    Raises
    ------
    BadClip : nothing is left to look at
    """
    memo = memo or Memo()
    voice_key = (sound, settings.top_db, settings.speed, settings.n_semitones)  # a Sound equals only itself
    key = (*voice_key, settings.snr_db)

    def change(trimmed):
        voice = memo("voice", voice_key, lambda: _change_voice(trimmed, settings, config))
        return _add_noise(voice, settings)

    at_rest = settings.speed == 1 and settings.n_semitones == 0 and settings.snr_db is None
    trim = dataclasses.replace(config, top_db=settings.top_db)
    heard = memo("heard", key, lambda: sound.again(config=trim, change=None if at_rest else change))
    track = memo("f0", key, lambda: follow_f0(heard.changed, config))
    picture = settings.front_end(config)
    mel_db = memo("mel", (*key, picture), lambda: features.log_mel(heard.fitted, config=picture))
    mel_db = hide(mel_db, settings, config)
    item = resize_picture(mel_db, config.input_shape[:2])
    return Analysis(
        sound=sound,
        settings=settings,
        kept=heard.kept,
        changed=heard.changed,
        fitted=heard.fitted,
        mel_db=mel_db,
        item=item[..., None],
        contour=track,
        warnings=heard.warnings,
        foreign=heard.foreign,
        fitted_to_net=item is not mel_db,
    )


def follow_f0(changed, config):
    """F0 of a changed signal where `fit_length` will put it: (seconds, f0_hz) within the net's window."""
    heard = changed[: config.n_samples]
    track = f0.clip_f0(heard, config.sample_rate)
    silence_before = (config.n_samples - len(heard)) // 2 / config.sample_rate
    return track.times + silence_before, track.f0_hz


def _change_voice(signal, settings, config):
    if settings.speed != 1:
        signal = augment.change_speed(signal, settings.speed)
    return augment.shift_pitch(signal, settings.n_semitones, sample_rate=config.sample_rate)


def _add_noise(signal, settings):
    if settings.snr_db is None:
        return signal
    return augment.add_noise(signal, settings.snr_db, np.random.default_rng(SEED))


def hide(mel_db, settings, config):
    """Cover the middle of a picture (mels, frames) with its mean level, as wide as the controls say.

    Widths count frames and bands of the net's own picture, so a finer picture hides as many
    seconds and as much of the mel scale. Returns the input itself when nothing is hidden.
    """
    if not settings.mask_frames and not settings.mask_bands:
        return mel_db
    masked = mel_db.copy()
    wanted = ((settings.mask_bands, config.n_mels), (settings.mask_frames, config.n_frames))
    for axis, (width, full) in enumerate(wanted):
        length = round(width * mel_db.shape[axis] / full)
        augment.hide(masked, (mel_db.shape[axis] - length) // 2, length, mel_db.mean(), axis=axis)
    return masked


def resize_picture(mel_db, shape):
    """Stretch a picture (mels, frames) to the net's shape by linear interpolation.

    Returns the input itself when it already fits, so that parity with training stays exact.
    """
    for axis, size in enumerate(shape):
        if mel_db.shape[axis] != size:
            source = np.linspace(0, mel_db.shape[axis] - 1, size)
            lower = np.minimum(source.astype(int), max(mel_db.shape[axis] - 2, 0))
            upper = np.minimum(lower + 1, mel_db.shape[axis] - 1)
            weight = (source - lower).astype(np.float32)
            weight = weight[:, None] if axis == 0 else weight
            mel_db = (1 - weight) * np.take(mel_db, lower, axis) + weight * np.take(mel_db, upper, axis)
    return mel_db.astype(np.float32, copy=False)


def ask(net, analysis, *, where=False):
    """Ask a net (a `Bundle`, or anything with its methods) about an analysis.

    Parameters
    ----------
    net : has `.labels`, `.threshold`, `.probabilities(batch)` and `.class_activation(item)`
    where : bool, also ask which part of the picture spoke for the top label
    """
    probabilities = np.asarray(net.probabilities(analysis.item[None]), dtype=float)[0]
    activation = np.asarray(net.class_activation(analysis.item), dtype=float) if where else None
    abstained = analysis.foreign or bool(probabilities.max() < net.threshold)
    return Answer(probabilities, tuple(net.labels), abstained, activation)


def moves(answer, before):
    """How far each probability moved since the last answer, label -> points; zeros without a last answer."""
    if before is None:
        return dict.fromkeys(answer.labels, 0.0)
    return {label: 100 * float(now - was) for label, now, was in zip(
        answer.labels, answer.probabilities, before.probabilities)}  # fmt: skip


def wav_bytes(signal, sample_rate):
    """A mono signal as 16-bit PCM WAV in memory, for a player; values beyond [-1, 1] are cut."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.clip(signal, -1, 1), sample_rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def pick_clip(table, *, emotion, actor, statement):
    """The first clip (strong before normal, first repetition) of that emotion, actor and sentence.

    Raises
    ------
    BadClip : the corpus has none
    """
    found = table[(table["emotion"] == emotion) & (table["actor"] == actor) & (table["statement"] == statement)]
    if found.empty:
        raise BadClip(f"Actor {actor} has no {emotion} clip of sentence {statement}: choose another one.")
    found = found.sort_values(["intensity", "repetition"], ascending=[False, True])
    return found.iloc[0].to_dict()


def draw_clip(table, rng):
    """A random clip of a random emotion, so that each label is equally likely in guess-first mode."""
    emotions = [emotion for emotion in EMOTIONS if (table["emotion"] == emotion).any()]
    rows = table[table["emotion"] == emotions[int(rng.integers(len(emotions)))]]
    return rows.iloc[int(rng.integers(len(rows)))].to_dict()
