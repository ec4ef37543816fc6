"""A sound made by a formula, to notice a wrong installation before it answers wrongly.

A bundle stores what its front end and its net said about it when it was made. Loading it asks again: other numbers mean
another front end, other audio settings, or a broken runtime. No recording is involved.
"""

import numpy as np

from ..config import AudioConfig
from ..errors import BadBundle
from ..sound import hearing

PICTURE_TOLERANCE_DB = 0.02
PROBABILITY_TOLERANCE = 1e-4

_RATE_HZ, _SECONDS = 22_050, 2.6


def make_signal():
    """A gliding, pulsing voice-like tone with slow edges: float32, shape (57330,), within [-0.5, 0.5].

    Twenty harmonics of 140 Hz rising to 244 Hz and a hissing sweep around 5 kHz, four syllables a second, fading over
    50 dB.
    """
    t = np.arange(round(_RATE_HZ * _SECONDS)) / _RATE_HZ
    phase = 2 * np.pi * (140 * t + 20 * t**2)
    voice = sum(np.sin(k * phase) / k for k in range(1, 21))
    voice = voice + 0.05 * np.sin(2 * np.pi * 5000 * t + 180 * np.sin(2 * np.pi * 23 * t))
    syllables = 0.55 - 0.45 * np.cos(2 * np.pi * 4 * t)
    fade_db = -50 * np.abs(t / (_SECONDS / 2) - 1) ** 3
    sound = voice * syllables * 10 ** (fade_db / 20)
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def make_picture(config=AudioConfig()):
    """Log-mel spectrogram (dB) of `make_signal`, through the whole front end: shape (128, 130) for the defaults."""
    return hearing.hear(make_signal(), config=config).picture


def sample_picture(picture):
    """Forty-eight points of a picture (dB), rounded to 4 decimals, as a plain list."""
    rows, columns = (np.linspace(0, n - 1, k).astype(int) for n, k in zip(picture.shape, (8, 6)))
    return [round(float(value), 4) for value in picture[np.ix_(rows, columns)].ravel()]


def check_picture(picture, expected):
    """Raise `BadBundle` when the picture of the test sound is not the one stored at export."""
    if not _near(sample_picture(picture), expected, PICTURE_TOLERANCE_DB):
        raise BadBundle(
            "the front end of this installation draws other spectrograms than the one the bundle was made with "
            "(other audio settings, or another version of the package): install the version named in bundle.json."
        )


def check_probabilities(found, expected, *, runtime):
    """Raise `BadBundle` when the net answers the test sound otherwise than at export."""
    if not _near(np.ravel(found), expected, PROBABILITY_TOLERANCE):
        told = f"the self-test failed: {runtime} answers the test sound otherwise than when the bundle was made"
        raise BadBundle(f"{told}; install the versions of requirements.txt (`ser-lessons doctor` names them).")


def _near(found, expected, tolerance):
    """True when both hold the same numbers; False for other lengths, and for anything that is no number."""
    try:
        found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return False
    return found.shape == expected.shape and bool(np.abs(found - expected).max(initial=0.0) <= tolerance)
