"""Checks of lesson 01: reading a name, level, decibels, trimming, fitting a length, pitch against one's own voice."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from . import close, exercise, expect, expect_number, expect_shape, one_number


@exercise("1.1")
def read_name(function):
    """Channel, emotion, actor and gender from a RAVDESS stem, as a dict."""
    for stem, channel, emotion, actor, gender in (
        ("03-01-05-02-01-02-11", "speech", "angry", 11, "man"),
        ("03-01-08-01-02-01-02", "speech", "surprised", 2, "woman"),
        ("03-02-01-01-02-01-14", "song", "neutral", 14, "woman"),
    ):
        wanted = {"channel": channel, "emotion": emotion, "actor": actor, "gender": gender}
        yield stem, _says(function(stem), wanted)


def _says(found, wanted):
    """What is said about a dict that lacks a key or holds another value."""
    if not isinstance(found, Mapping):
        return f"expected a dict, got {type(found).__name__}"
    for key, value in wanted.items():
        if key not in found:
            return f"the key {key!r} is missing"
        got = found[key]
        whole = isinstance(got, (int, np.integer)) and not isinstance(got, bool)
        if (key == "actor" and not whole) or str(got) != str(value):
            return f"{key}: expected {value}{', a whole number' * (key == 'actor')}, got {got!r}"
    return ""


@exercise("1.2")
def level_db(function):
    """20 log10 of the root mean square."""
    tenth = function(np.full(4, 0.1))
    yield "a number", expect_number(tenth, "the level")
    yield close("decibel of amplitude", tenth, -20.0, "20 times log10 of the RMS")
    hint = "square first: positive and negative samples must not cancel"
    yield close("signs do not cancel", function(np.array([0.5, -0.5, 0.5, -0.5])), 20 * np.log10(0.5), hint)
    hint = "square first, then the mean of all squares, then one root"
    yield close("mean of squares", function(np.array([0.3, 0, 0, -0.4])), 20 * np.log10(0.25), hint)
    yield close("any length", function(np.full(50, -0.01)), -40.0, hint, what="fifty samples of -0.01")


@exercise("1.3")
def half_amplitude(answer):
    """How many dB are lost when the amplitude is halved: 6.02."""
    number = yield from one_number(answer, "the decibels")
    known = {
        3.01: "half the power is 3 dB less; half the amplitude is more",
        0.5: "that is the factor; put it into 20 times log10",
        0.3: "that is log10 of 2; decibels take it 20 times",
        10: "the rule is 20 dB for a factor of 10, so it is less for a factor of 2",
        50: "that is in per cent; put the factor into 20 times log10",
        -6.02: "right size; say how many decibels less, as a positive number",
    }
    near = [said for value, said in known.items() if abs(number - value) < 0.05]
    said = near[0] if near else f"{number:g} is too {'much' if number > 6 else 'little'}"
    yield "half the amplitude", expect(abs(number - 6.02) < 0.1, said)


@exercise("1.4")
def trim_edges(function):
    """Cut the edges that lie more than `top_db` below the peak; pauses inside stay."""
    quiet, loud = np.full(5, 0.025), np.array([0.5, 0.0, 0.01, -0.4])
    hint = "amplitude takes 20 log10, power takes 10 log10"
    given = np.concatenate([quiet, loud, quiet])
    result = function(given, 20)
    uncut = f"0.025 lies 26 dB below a peak of 0.5, so top_db=20 cuts it, but all 14 samples are left: {hint}"
    edges = expect_shape(result, (4,))
    edges = uncut if edges.endswith("got (14,)") else edges
    inside = "quiet samples between loud ones are a pause: keep all from the first loud one to the last"
    yield "both edges", inside if edges.endswith("got (2,)") else edges
    yield close("the pause inside stays", result, loud)
    soft, edge = np.array([0.0, 0.15, 1.0, 0.15, 0.0]), np.array([0.09, 0.1, -1.0, 0.1, 0.09])
    yield close("decibel of amplitude", function(soft, 20), soft[1:4], hint)
    hint = "0.1 lies exactly 20 dB below the peak, not more, so it stays"
    yield close("the threshold itself", function(edge, 20), edge[1:4], hint)
    hint, down = "the largest size counts, whether it is positive or negative", np.array([0.05, -1.0, 0.3, 0.05])
    yield close("a negative peak", function(down, 20), down[1:3], hint)
    yield "another top_db", expect_shape(function(edge, 40), (5,))
    yield "a quiet clip", expect_shape(function(0.001 * soft, 20), (3,))
    yield "silence stays", expect_shape(function(np.zeros(6), 20), (6,))
    yield "signal untouched", expect(given[0] == 0.025, "your function changed the signal that it was given")


@exercise("1.5")
def fit_length(function):
    """Center in zeros or cut the end, so that the signal has `n_samples`."""
    given = np.array([0.5, 2.0, 3.0])
    yield "length", expect_shape(function(given, 7), (7,))
    for name, signal, wanted in (
        ("centering", given, [0, 0, 0.5, 2, 3, 0, 0]),
        ("odd remainder right", np.array([1.0, 2.0]), [0, 1, 2, 0, 0]),
        ("one zero", np.array([1.0, 2.0, 3.0]), [1, 2, 3, 0]),
        ("nothing to do", np.array([1.0, 2.0, 3.0, 4.0]), [1, 2, 3, 4]),
        ("cut the end", np.arange(1.0, 10.0), [1, 2, 3, 4]),
    ):
        yield close(name, function(signal, len(wanted)), wanted)
    yield "signal untouched", expect((given == [0.5, 2, 3]).all(), "your function changed the signal that it was given")


@exercise("1.6")
def own_semitones(function):
    """12 log2 of F0 over the median F0 of the same actor, for each row."""
    table = pd.DataFrame(
        {"actor": [2, 1, 1, 2, 1, 2, 3], "f0_hz": [200.0, 100, 50, 400, 400, 200, 300]}, index=[4, 9, 2, 7, 5, 0, 3]
    )
    given = table.copy()
    found = function(given)
    is_table = isinstance(found, pd.DataFrame)
    yield "numbers", expect(not is_table, "expected one number for each row, got a whole table: return the new column")
    yield "one a row", expect_shape(found, (7,))
    at = "F0 200 Hz, where the actor's median is 200 Hz"
    hint = "divide by the median of the same actor, row by row; then 12 times log2"
    yield close("own median", np.asarray(found, dtype=float)[0], 0.0, hint, what=at)
    yield close("semitones", found, [0.0, 0.0, -12.0, 12.0, 24.0, 0.0, 0.0], hint)
    one = function(pd.DataFrame({"actor": [5, 5, 5], "f0_hz": [100.0, 200.0, 150.0]}))
    wanted = 12 * np.log2([100 / 150, 200 / 150, 1])
    yield close("another voice", one, wanted, hint, what="F0 100, 200 and 150 Hz of one voice")
    yield "table untouched", expect(given.equals(table), "your function changed the table that it was given")
