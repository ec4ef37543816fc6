"""From a sound and the controls to what the net saw and said: pure functions, no widgets.

The way is that of `sound.hearing`: trim, speed, pitch, noise, fit to 3.0 s, log-mel - then masks and the net.
Changes come between trimming and fitting, as augmentation does in training. With all controls at rest the net's
input is bit for bit that of `ser-lessons predict`. Lesson: 08_live_inference.
"""

import dataclasses
import io

import numpy as np

from ..config import EMOTIONS, SEED, AudioConfig
from ..errors import BadClip
from ..net import predict
from ..sound import audio, augment, f0
from ..sound.hearing import Sound, hear
from .settings import Settings

LARGEST_UPLOAD = 8_000_000
"""Bytes; more does not fit through a notebook's connection in one message."""


@dataclasses.dataclass(frozen=True, eq=False)
class Analysis:
    """All that a picture or the net needs: the `sound` changed as the `settings` say, and what is made of it.

    `mel_db` (mels, frames), in dB with masks, is what the picture shows, `item` (128, 130, 1) what the net sees,
    `contour` (seconds, f0_hz) in the net's 3.0 s window, NaN where unvoiced.
    """

    sound: Sound
    settings: Settings
    mel_db: np.ndarray
    item: np.ndarray
    contour: tuple


def read_sound(content, name, *, sample_rate):
    """Decode a WAV, FLAC, OGG or MP3 in memory (bytes); BadClip when it is too large or no sound."""
    if len(content) > LARGEST_UPLOAD:
        raise BadClip(f"{name!r} has {len(content) / 1e6:.0f} MB: cut it to a few seconds (at most 8 MB).")
    config = AudioConfig(sample_rate=sample_rate)
    return hear(io.BytesIO(content), config=config, name=name)


def follow(content, net, *, seconds):
    """The `predict.Window`s, at most 60, of a recording (bytes, which last so many seconds) that are not silent."""
    found = predict.predict_windows(io.BytesIO(content), every=max(net.audio.seconds / 2, seconds / 60), bundle=net)
    return [window for window in found if window.label is not None]


def cut(content, window, name, config):
    """The Sound of one window of a recording, bytes."""
    read = audio.windows(io.BytesIO(content), seconds=config.seconds, every=window.start or config.seconds)
    signal, rate = next((signal, rate) for start, signal, rate in read if start >= window.start)
    return hear((rate, signal), config=config, name=f"{name}, {window.start:.1f} to {window.end:.1f} s")


def analyze(sound, settings, config, *, memo=None):
    """Pass a Sound through the Settings to the input of a net with this AudioConfig: an Analysis.

    `memo`, a dict, keeps the last result of each stage, so that moving a mask does not shift the pitch again. Raises
    BadClip when nothing is left to look at.
    """
    memo, front_end = {} if memo is None else memo, settings.front_end(config)
    voice = (sound, settings.top_db, settings.speed, settings.n_semitones)  # a Sound equals only itself
    noisy = (*voice, settings.snr_db)

    def kept(stage, key, function):
        if memo.get(stage, (None,))[0] != key:
            memo[stage] = key, function()
        return memo[stage][1]

    def change(trimmed):
        shifted = kept("voice", voice, lambda: change_voice(trimmed, settings, config.sample_rate))
        if settings.snr_db is None:
            return shifted
        rng = np.random.default_rng(SEED)  # the same noise each time
        return kept("noise", noisy, lambda: augment.add_noise(shifted, settings.snr_db, rng))

    change = change if (settings.speed, settings.n_semitones, settings.snr_db) != (1, 0, None) else None
    heard = kept("heard", (*noisy, front_end), lambda: sound.again(config=front_end, change=change))
    contour = kept("f0", noisy, lambda: follow_f0(heard.changed, config))
    mel_db = hide(heard.picture, settings, config)
    return Analysis(heard, settings, mel_db, resize_picture(mel_db, config.input_shape[:2])[..., None], contour)


def follow_f0(changed, config):
    """F0 of a changed signal where `fit_length` will put it: (seconds, f0_hz) within the net's window."""
    heard = changed[: config.n_samples]
    track = f0.clip_f0(heard, config.sample_rate)
    silence_before = (config.n_samples - len(heard)) // 2 / config.sample_rate
    return track.times + silence_before, track.f0_hz


def change_voice(signal, settings, sample_rate):
    """The signal at the speed and pitch of the settings."""
    signal = augment.change_speed(signal, settings.speed)
    return augment.shift_pitch(signal, settings.n_semitones, sample_rate=sample_rate)


def hide(mel_db, settings, config):
    """Cover the middle of a picture (mels, frames) with its mean level, as wide as the controls say.

    Widths count frames and bands of the net's own picture, so a finer picture hides as many seconds.
    """
    masked, mean = mel_db.copy(), mel_db.mean()
    for axis, width, full in ((0, settings.mask_bands, config.n_mels), (1, settings.mask_frames, config.n_frames)):
        length = round(width * mel_db.shape[axis] / full)
        augment.hide(masked, (mel_db.shape[axis] - length) // 2, length, mean, axis=axis)
    return masked


def resize_picture(mel_db, shape):
    """Stretch a picture (mels, frames) to the net's shape by linear interpolation; the input itself where it fits."""
    if mel_db.shape == shape:
        return mel_db
    from scipy.ndimage import zoom

    return zoom(mel_db, np.divide(shape, mel_db.shape), order=1, mode="nearest")


def ask(net, analysis, voice=None):
    """The `Prediction` of a net, a `Bundle`: *not sure* where no label is probable enough, or there is no voice.

    A recording of one's own, which has no `truth`, is judged as one of the `voice` (`predict.Voice`), if that is known.
    """
    sound = analysis.sound
    said = predict.Prediction(sound.name, abstained=sound.foreign)
    own = voice if sound.truth is None else None
    return predict.answer(said, net.log_probabilities(analysis.item[None])[0], net, own)


def threshold_of(net, sound, voice):
    """Below which confidence the net is not sure of a sound: another one where its voice is known."""
    known = voice is not None and sound.truth is None and voice.without(sound.name) is not None
    return net.known_voice["threshold"] if known else net.threshold


def voice_of(recordings, net):
    """The `predict.Voice` of recordings {name: bytes of a sound file} for a net."""
    files = []
    for name, content in recordings.items():
        files.append(io.BytesIO(content))
        files[-1].name = name
    return predict.Voice(files, bundle=net)


def wav_bytes(signal, sample_rate):
    """A mono signal as 16-bit PCM WAV in memory, for a player; values beyond [-1, 1] are cut."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.clip(signal, -1, 1), sample_rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def clip_choices(table):
    """Texts to choose a clip of a corpus table by: emotion, actor ("5 (man)") and sentence."""
    from ..corpus import STATEMENTS

    actors = table[["actor", "gender"]].drop_duplicates().sort_values("actor")
    return {
        "emotion": [emotion for emotion in EMOTIONS if (table["emotion"] == emotion).any()],
        "actor": [f"{actor} ({gender})" for actor, gender in zip(actors["actor"], actors["gender"])],
        "sentence": [STATEMENTS[statement - 1] for statement in sorted(table["statement"].unique())],
    }


def choose_clip(table, *, emotion, actor, sentence, sample_rate):
    """The first clip (strong before normal, first repetition) of these texts, as a `Sound`; BadClip for none."""
    from ..corpus import STATEMENTS

    number, statement = int(actor.split()[0]), STATEMENTS.index(sentence) + 1
    found = table[(table["emotion"] == emotion) & (table["actor"] == number) & (table["statement"] == statement)]
    if found.empty:
        raise BadClip(f"Actor {number} has no {emotion} clip of sentence {sentence}: choose another one.")
    return clip_sound(found.sort_values(["intensity", "repetition"], ascending=[False, True]).iloc[0], sample_rate)


def draw_clip(table, rng, *, sample_rate):
    """A random clip of a random emotion as a `Sound`, so that each label is equally likely in guess-first mode."""
    emotions = [emotion for emotion in EMOTIONS if (table["emotion"] == emotion).any()]
    rows = table[table["emotion"] == emotions[int(rng.integers(len(emotions)))]]
    return clip_sound(rows.iloc[int(rng.integers(len(rows)))], sample_rate)


def clip_sound(row, sample_rate):
    """The sound of one row of a corpus table (with `path`, `stem`, `emotion`)."""
    sound = hear(row["path"], config=AudioConfig(sample_rate=sample_rate), name=row["stem"])
    return sound.again(truth=row["emotion"])
