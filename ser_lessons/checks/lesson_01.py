"""Checks of lesson 01: reading a name, trimming silence, fitting a length."""

import numpy as np

from . import exercise, expect, expect_close, expect_dtype, expect_shape


@exercise("1.1")
def read_name(function):
    """Emotion, actor and gender from a RAVDESS stem, as a dict."""
    one = function("03-01-05-02-01-02-11")
    yield "a dict", expect(isinstance(one, dict), f"expected a dict, got {type(one).__name__}")
    missing = [key for key in ("emotion", "actor", "gender") if key not in one]
    yield "keys", expect(not missing, f"the key {missing[:1]} is missing; expected emotion, actor and gender")
    for stem, emotion, actor, gender in (
        ("03-01-05-02-01-02-11", "angry", 11, "man"),
        ("03-01-08-01-02-01-02", "surprised", 2, "woman"),
    ):
        found = function(stem)
        yield f"emotion {emotion}", expect(found["emotion"] == emotion, f"expected {emotion}, got {found['emotion']}")
        yield f"actor {actor}", expect(found["actor"] == actor, f"expected actor {actor}, got {found['actor']!r}")
        got = found["gender"]
        yield f"gender {gender}", expect(got == gender, f"actor {actor}: expected {gender}, got {got}")


@exercise("1.2")
def trim_edges(function):
    """Cut the edges quieter than `top_db` below the peak; pauses inside stay."""
    quiet, loud = np.full(5, 0.05), np.array([1.0, 0.0, 0.0, -0.8])
    hint = "amplitude takes 20 log10, power takes 10 log10"
    result = function(np.concatenate([quiet, loud, quiet]), 20)
    uncut = f"0.05 lies 26 dB below a peak of 1, so top_db=20 cuts it, but all 14 samples are left: {hint}"
    yield "both edges", expect(np.shape(result) != (14,), uncut) or expect_shape(result, (4,))
    yield "the pause inside stays", expect_close(result, loud, "the kept part")
    soft = np.array([0.0, 0.15, 1.0, 0.15, 0.0])
    yield "decibel of amplitude", expect_close(function(soft, 20), soft[1:4], "with top_db=20, 0.15 stays", hint=hint)
    yield "a quiet clip", expect_shape(function(0.001 * soft, 20), (3,))
    yield "silence stays", expect_shape(function(np.zeros(6), 20), (6,))


@exercise("1.3")
def fit_length(function):
    """Center in zeros or cut the end, so that the signal has `n_samples`."""
    short = function(np.array([1, 2, 3], np.float32), 7)
    yield "length", expect_shape(short, (7,))
    yield "centering", expect_close(short, [0, 0, 1, 2, 3, 0, 0], "three samples in seven")
    odd = function(np.array([1, 2], np.float32), 5)
    yield "odd remainder right", expect_close(odd, [0, 1, 2, 0, 0], "two samples in five")
    cut = function(np.arange(9, dtype=np.float32), 4)
    yield "cut the end", expect_close(cut, [0, 1, 2, 3], "nine samples in four")
    yield "dtype", expect_dtype(short, np.float32)
