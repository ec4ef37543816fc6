"""The numbers and names that everything else agrees on.

Lesson: all. The defaults of `AudioConfig` are those of the student project the course
starts from; they travel with every bundle, so that training and prediction cannot differ.
"""

import dataclasses

SEED = 7  # seed of every random draw in the lessons
EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
"""The eight labels, in the order of the RAVDESS codes 01 to 08; a label index is a place in this tuple."""

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

    Parameters
    ----------
    sample_rate : int, Hz
    seconds : float, s; every clip is made to last exactly this long
    top_db : float, dB below the loudest frame; quieter edges are trimmed
    n_mels, n_fft, hop_length : int, mel bands; samples in one analysis window, and between the starts of two
    reference : what 0 dB means: "max", the loudest point of this clip (as the student project does, which forgets how
        loud the clip was), or "full_scale", a mel power of 1.0 (which keeps it)
    range_db : float, dB; "max" keeps this many dB below the loudest point, "full_scale" everything above -range_db

    Lesson: 02_spectrograms.
    """

    sample_rate: int = 22_050
    seconds: float = 3.0
    top_db: float = 20.0
    n_mels: int = 128
    n_fft: int = 2048
    hop_length: int = 512
    reference: str = "max"
    range_db: float = 80.0

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

    def as_dict(self):
        """All fields as plain numbers, ready for JSON."""
        return dataclasses.asdict(self)
