"""Checks of lesson 01: reading a name, level, decibels, trimming, fitting a length, pitch against one's own voice."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from . import asked, close, exercise, expect, expect_close, expect_number, expect_shape, named, one_number


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
        got = "an array or a Series" if isinstance(found, np.ndarray) else type(found).__name__
        return f"expected a dict, got {got}{asked(found)}"
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
    known = {
        -np.inf: "np.std and np.var take the mean away, and nothing is left of equal samples: only square them",
        0.1: "that is the RMS; now 20 times log10 of it",
        -1: "that is log10 of the RMS; take it 20 times",
        -10: "20 times log10 of the RMS, not 10 times",
        -40: "the root of the mean is missing",
        20 * np.log10(0.2): "that is the sum of the squares; take their mean",
        20 * np.log(0.1): "np.log is the natural logarithm; decibels take np.log10",
        20: "log10 of a number below 1 is negative, and so is the level",
    }
    hint = "square first, then the mean of all squares, then one root; then 20 times log10"
    largest = "that is the level of the largest sample; the RMS takes all samples"
    uneven = {20 * np.log10(0.4): largest, 20 * np.log10(0.3): largest}
    uneven[20 * np.log10(0.175)] = "that is the mean of the sizes: square instead of taking np.abs"
    for name, signal, wanted, mistakes, otherwise in (
        ("decibel of amplitude", [0.1, 0.1, 0.1, 0.1], -20.0, known, hint),
        ("signs do not cancel", [0.5, -0.5, 0.5, -0.5], 20 * np.log10(0.5), {}, "square before you take the mean"),
        ("mean of squares", [0.3, 0, 0, -0.4], 20 * np.log10(0.25), uneven, hint),
        ("any length", [-0.01] * 6, -40.0, {}, "the mean divides by the number of samples"),
    ):
        level = function(np.array(signal))
        odd = "" if isinstance(level, float) and level == -np.inf else expect_number(level, "the level")
        yield name, odd or expect_close(np.reshape(level, ()), wanted, name, hint=named(level, mistakes, otherwise))


@exercise("1.3")
def half_amplitude(answer):
    """How many dB are lost when the amplitude is halved: 6.02."""
    number = yield from one_number(answer, "the decibels")
    known = {
        3.01: "half the power is 3 dB less; half the amplitude is more",
        0.5: "that is the factor; put it into 20 times log10",
        2: "that is the factor; put it into 20 times log10",
        20 / 3: "three halvings are a factor of 8, not yet of 10: a little less than a third of 20",
        20 * np.log(2): "np.log is the natural logarithm; decibels take np.log10",
        12.04: "that is a quarter of the amplitude, two halvings",
        0.3: "that is log10 of 2; decibels take it 20 times",
        10: "the rule is 20 dB for a factor of 10, so it is less for a factor of 2",
        50: "that is in per cent; put the factor into 20 times log10",
        -6.02: "right size; say how many decibels less, as a positive number",
    }
    said = named(number, known, f"{number:g} is too {'much' if number > 6 else 'little'}")
    yield "half the amplitude", expect(abs(number - 6.02) < 0.1, said)


@exercise("1.4")
def trim_edges(function):
    """Cut the edges that lie more than `top_db` below the peak; pauses inside stay."""
    given = np.array([0.025, 0.025, -0.4, 0.01, 0.3, 0.5, 0.025, 0.025, 0.025])
    loud, hint = given.copy(), "amplitude takes 20 log10, power takes 10 log10"
    result = function(given, 20)
    yield "signal untouched", expect((given == loud).all(), "your function changed the signal that it was given")
    yield "both edges", _cut(result, loud) or expect_shape(result, (4,))
    yield close("the pause inside stays", result, loud[2:6])
    soft, edge = np.array([0.0, 0.15, 1.0, 0.15, 0.0]), np.array([0.09, 0.1, -1.0, 0.1, 0.09])
    yield close("decibel of amplitude", function(soft, 20), soft[1:4], hint)
    said, down = "the largest size counts, whether it is positive or negative", np.array([0.05, -1.0, 0.3, 0.05])
    yield close("a negative peak", function(down, 20), down[1:3], said)
    said = "0.1 lies exactly 20 dB below the peak, not more, so it stays"
    yield close("the threshold itself", function(edge, 20), edge[1:4], said)
    thirty = np.array([0.02, 0.04, -1.0, 0.04, 0.02])
    said = "30 dB below a peak of 1 is 0.032, and / gives a fraction where // does not"
    yield close("another top_db", function(thirty, 30), thirty[1:4], said)
    shape = expect_shape(function(0.001 * soft, 20), (3,))
    yield "a quiet clip", shape and f"{shape}: its own peak counts, 0.001, not full scale"
    yield "silence stays", expect_shape(function(np.zeros(6), 20), (6,))


def _cut(result, given):
    """What is said about nine samples, loud from the third to the sixth, where the mistake can be named."""
    if isinstance(result, tuple) and len(result) == 2 and np.size(result[0]) > 1:
        return "two things came back, as librosa.effects.trim gives them: return the samples alone"
    uncut = "0.025 lies 26 dB below the peak of 0.5; at the edges only 0.05 and more stays"
    for kept, said in (
        (given, f"{uncut} (amplitude takes 20 log10, power 10 log10; librosa's trim judges pieces, not samples)"),
        (given[[2, 4, 5]], "a quiet sample between loud ones is a pause: keep all from the first loud one to the last"),
        (given[2:5], "the last loud sample, 0.5, is lost (a slice ends before its second number)"),
        (given[2:], "the quiet end is still there"),
        (given[:6], "the quiet start is still there"),
        (given[4:6], "-0.4 is loud, too: compare sizes, whatever their sign"),
        ([2, 4, 5], "those are places; return the samples from the first of them to the last"),
        ([2, 5], "those are places; return the samples between them"),
        ([2, 6], "those are places; return the samples between them"),
    ):
        if np.size(result) == len(kept) and np.array_equal(np.ravel(result), kept):
            return said
    return ""


@exercise("1.5")
def fit_length(function):
    """Center in zeros or cut the end, so that the signal has `n_samples`."""
    given = np.array([0.5, 2.0, 3.0])
    yield "length", expect_shape(function(given, 7), (7,))
    for name, signal, wanted, hint in (
        ("centering", given, [0, 0, 0.5, 2, 3, 0, 0], "half of the zeros go to each side"),
        ("odd remainder right", np.array([1.0, 2.0]), [0, 1, 2, 0, 0], "the extra zero goes to the right"),
        ("one zero", np.array([1.0, 2.0, 3.0]), [1, 2, 3, 0], "the extra zero goes to the right"),
        ("nothing to do", np.array([1.0, 2.0, 3.0, 4.0]), [1, 2, 3, 4], ""),
        ("cut the end", np.arange(1.0, 10.0), [1, 2, 3, 4], "of a long signal, the start is kept"),
    ):
        yield close(name, function(signal, len(wanted)), wanted, hint)
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
    shape = expect_shape(found, (7,))
    repeat = ": one number for each of the 7 rows, so the actor's median is needed in each" if found is not None else ""
    yield "one a row", shape and shape + repeat
    at = "F0 200 Hz, where the actor's median is 200 Hz"
    hint = "12 log2 of F0 over the same actor's median"
    found, wanted = np.asarray(found, dtype=float), [0.0, 0.0, -12.0, 12.0, 24.0, 0.0, 0.0]
    shuffled = np.allclose(np.sort(found), np.sort(wanted)) and not np.allclose(found, wanted)
    order = f"the right numbers in another order, {found.round(2).tolist()}: the actors are {list(table['actor'])}"
    yield "the table's order", expect(not shuffled, f"{order}, and the first number belongs to the first row")
    yield close("own median", found[0], 0.0, hint, what=at)
    rows = f"F0 {table['f0_hz'].astype(int).tolist()} of actors {list(table['actor'])}"
    cents = np.allclose(found, 100 * np.array(wanted)) and "those are cents, of which a semitone has 100"
    yield "semitones", cents or close("semitones", found, wanted, hint, what=rows)[1]
    one = function(pd.DataFrame({"actor": [5, 5, 5], "f0_hz": [100.0, 200.0, 150.0]}))
    wanted = 12 * np.log2([100 / 150, 200 / 150, 1])
    yield close("another voice", one, wanted, hint, what="F0 100, 200 and 150 Hz of one voice")
    yield "table untouched", expect(given.equals(table), "your function changed the table that it was given")
