"""The numbers and names that everything else agrees on.

Lesson: all. The defaults of `AudioConfig` are those of the student project the course
starts from; they travel with every bundle, so that training and prediction cannot differ.
"""

import dataclasses

SEED = 7  # seed of every random draw in the lessons
EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
"""The eight labels, in the order of the RAVDESS codes 01 to 08; a label index is a place in this tuple."""


def in_order(names):
    """Names of emotions, each once, as a tuple: ours in their order, then others by name."""
    names = set(names)
    return (*(name for name in EMOTIONS if name in names), *sorted(names - set(EMOTIONS)))


def counted(number, one, many=None):
    """A number and its noun: 1 clip, 2 clips; `many` where an s is not enough."""
    return f"{number} {one if number == 1 else many or one + 's'}"


GENDERS = ("man", "woman")  # recordings by actors (odd numbers) and by actresses (even numbers)
PALETTE = {
    "neutral": "#000000",
    "calm": "#56B4E9",
    "happy": "#F0E442",
    "sad": "#0072B2",
    "angry": "#D55E00",
    "fearful": "#CC79A7",
    "disgust": "#009E73",
    "surprised": "#E69F00",
}
"""One Okabe-Ito color an emotion, the same in every figure."""

GENDER_PALETTE = {"man": "#0072B2", "woman": "#D55E00"}
GENDER_MARKERS = {"man": "s", "woman": "o"}
GENDER_WORDS = {"man": "actors", "woman": "actresses"}
"""How the groups are called: what is compared are recordings of these speakers, not women and men at large."""


@dataclasses.dataclass(frozen=True)
class AudioConfig:
    """How a sound file becomes a picture; frozen, comparable, and stored with every model.

    `reference` says what 0 dB means: "max", the loudest point of this clip (as the student project does, which forgets
    how loud the clip was), or "full_scale", a mel power of 1.0 (which keeps it). Lesson: 02_spectrograms.
    """

    sample_rate: int = 22_050  # Hz
    seconds: float = 3.0  # every clip is made to last exactly this long
    top_db: float = 20.0  # edges this many dB below the loudest frame are trimmed
    n_mels: int = 128  # bands
    n_fft: int = 2048  # samples in one analysis window
    hop_length: int = 512  # samples between the starts of two windows
    reference: str = "max"
    range_db: float = 80.0  # dB kept below the loudest point ("max") or below 0 dB ("full_scale")

    @property
    def n_samples(self):
        """Samples in a clip of exactly `seconds`: 66 150 for the defaults."""
        return round(self.seconds * self.sample_rate)

    @property
    def n_frames(self):
        """Frames of a centered analysis: 130 for the defaults."""
        return 1 + self.n_samples // self.hop_length

    @property
    def input_shape(self):
        """Shape of one picture as the net sees it: (128, 130, 1) for the defaults."""
        return (self.n_mels, self.n_frames, 1)
