"""Checks of lesson 08: confidence about a hum, the front end of a prediction, a threshold for abstaining."""

import numpy as np

from ..config import AudioConfig
from ..net import selftest
from ..sound import audio, features, hearing
from . import exercise, expect, expect_close, expect_shape


@exercise("8.1")
def hum_confidence(guess, measured):
    """How sure the net is about the tone that it is surest of, within 0.2."""
    kind = type(guess).__name__
    number = isinstance(guess, (int, float, np.number)) and not isinstance(guess, bool)
    yield "a number", expect(number, f"expected a fraction from 0 to 1, got {kind}")
    yield "a fraction", expect(0 <= guess <= 1, f"expected a fraction from 0 to 1, got {guess:g}")
    side = "surer" if measured > guess else "less sure"
    yield "within 0.2", expect(abs(guess - measured) <= 0.2, f"the net is {side} than {guess:g}")


def _recording():
    """A voice-like sound (22 050 Hz) after a third of a second of silence, shorter than three seconds."""
    return np.pad(selftest.make_signal(), (8000, 0))


def _wanted(signal, config):
    return hearing.hear(signal, config=config).picture


def _distance(found, wanted):
    return float(np.abs(np.asarray(found, dtype=float) - wanted).mean())


def _complaint(found, signal, wanted, config):
    """Name the bug whose picture the found one is, or say how far off it is; "" when it is right."""
    distance = _distance(found, wanted)
    if distance < 0.5:
        return ""
    trimmed = hearing.hear(signal).trimmed
    at_the_end = np.pad(trimmed, (0, 66150 - len(trimmed)))
    bugs = {
        "the silent edges are still there: trim first": hearing.hear(signal, config=AudioConfig(top_db=1000.0)).fitted,
        "the silence belongs on both sides, not at the end: the clip sits in the middle": at_the_end,
    }
    for bug, clip in bugs.items():
        if _distance(found, features.log_mel(clip, config=config)) < 0.5:
            return bug
    return f"the picture is {distance:.1f} dB off on average: compare each step with hearing.hear"


@exercise("8.2")
def picture_for_net(function, config):
    """The picture of a recording, prepared as in training, whatever its sample rate."""
    signal = _recording()
    wanted = _wanted(signal, config)
    found = function(signal.copy(), 22050, config)
    yield "shape", expect_shape(found, (128, 130))
    yield "trimmed and centered", _complaint(found, signal, wanted, config)
    found = function(audio.resample(signal, 22050, 48000), 48000, config)
    yield "shape from 48 kHz", expect_shape(found, (128, 130))
    off = _distance(found, wanted)
    hint = "a recording at 48 kHz gives another picture: bring it to 22050 Hz before all else"
    yield "48 kHz", expect(off < 1.5, f"{hint} ({off:.1f} dB off)")
    low = audio.resample(signal, 22050, 16000)
    off = _distance(function(low, 16000, config), _wanted(audio.resample(low, 16000, 22050), config))
    hint = "a recording at 16 kHz gives another picture: use `sample_rate`, not one fixed number"
    yield "16 kHz", expect(off < 1.5, f"{hint} ({off:.1f} dB off)")
    long = np.tile(selftest.make_signal(), 2)
    off = _distance(function(long, 22050, config), _wanted(long, config))
    yield "a long recording", expect(off < 0.5, "of a longer recording the first three seconds after trimming count")


@exercise("8.3")
def lowest_threshold(function):
    """The lowest confidence from which on the answers are right often enough."""
    confidence, hits = np.array([0.6, 0.9, 0.7, 0.8]), np.array([0.0, 1.0, 0.0, 1.0])
    hint = "a clip is answered when its confidence is at least the threshold"
    yield "all answers right", expect_close(function(confidence, hits, 1.0), 0.8, "the threshold for 1.0", hint=hint)
    hint = "the lowest threshold that reaches the target answers the most clips"
    yield "the lowest", expect_close(function(confidence, hits, 0.6), 0.7, "the threshold for 0.6", hint=hint)
    everything = function(confidence, hits, 0.5)
    yield "all clips", expect_close(everything, 0.6, "the threshold for 0.5", hint="the target may be reached exactly")
    sure, wrong_first = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0.0, 1.0, 1.0, 1.0])
    hint = "the surest answer is wrong here, yet lower thresholds do reach the target"
    yield "a wrong sure answer", expect_close(function(sure, wrong_first, 0.7), 0.6, "the threshold", hint=hint)
    tied = function(np.array([0.8, 0.8, 0.5]), np.array([1.0, 0.0, 0.0]), 0.9)
    found = f"no threshold reaches this target (two clips share one confidence): expected np.inf, got {tied}"
    yield "out of reach", expect(np.ndim(tied) == 0 and tied == np.inf, found)
