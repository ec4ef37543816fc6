"""Checks of lesson 06: the leakage gap, an actor split, the student's contradiction, a bootstrap, calibration."""

import numpy as np
import pandas as pd

from . import exercise, expect, expect_close, expect_shape


def _is_number(value):
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and np.isfinite(value)


@exercise("6.1")
def leakage_gap(guess, measured):
    """How many points of UAR a known voice is worth; ten points beyond the measured interval are allowed."""
    kind = type(guess).__name__
    yield "a number", expect(_is_number(guess), f"expected a number of points, got {kind}")
    fraction = "expected percentage points, such as 5 for five in a hundred, not a fraction"
    yield "in points", expect(abs(guess) >= 1 or guess == 0, fraction)
    yield "in range", expect(0 <= guess <= 87.5, f"{guess:g} cannot be: a known voice helps, and chance is at 12.5")
    side = "less" if guess > measured.value else "more"
    near = max(0, measured.low - 10) <= guess <= measured.high + 10
    yield "near the measured interval", expect(near, f"{guess:g} points is far off: it is {side}")
    yield "not nothing", expect(guess > 0 or measured.low <= 0, "0 points would mean that no voice was remembered")


def _tiny_table():
    """Eight clips of four actors, the actors mixed, with row labels that are not positions."""
    actors = [3, 1, 2, 4, 1, 3, 4, 2]
    table = pd.DataFrame({"stem": [f"clip-{k}" for k in range(8)], "actor": actors})
    return table.set_index(pd.Index(range(100, 108)))


@exercise("6.2")
def split_by_actor(function):
    """Positions of the training and of the test clips; no actor is on both sides."""
    table = _tiny_table()
    result = function(table.copy(), [1, 4])
    pair = isinstance(result, tuple | list) and len(result) == 2
    yield "two parts", expect(pair, "return two arrays: positions of the training clips, then of the test clips")
    train, test = (np.asarray(part) for part in result)
    hint = "expected positions (whole numbers), got true and false: np.flatnonzero turns one into the other"
    yield "positions", expect(train.dtype != bool and test.dtype != bool, hint)
    inside = all(((part >= 0) & (part < len(table))).all() for part in (train, test))
    yield "counted from 0", expect(inside, f"a table of {len(table)} clips has the positions 0 to {len(table) - 1}")
    voices = table["actor"].to_numpy()
    shared = sorted(set(voices[train]) & set(voices[test]))
    heard = ", ".join(str(voice) for voice in shared)
    yield (
        "no shared voice",
        expect(not shared, f"heard in training and test: actor {heard}; split by actor, not by file"),
    )
    tested = sorted({int(voice) for voice in voices[test]})
    yield "the right voices", expect(tested == [1, 4], f"expected the actors [1, 4] in the test, got {tested}")
    used = sorted([*train.tolist(), *test.tolist()])
    yield "every clip once", expect(used == list(range(8)), f"expected all 8 clips once, got positions {used}")
    nobody = function(table.copy(), [])
    yield "nobody to test", expect_shape(nobody[1], (0,))


@exercise("6.3")
def contradiction(overall, other_half):
    """Accuracy on all 491 held-out clips, and on the half that was not published."""
    for value, what in ((overall, "overall"), (other_half, "other half")):
        kind = type(value).__name__
        yield f"{what}: a number", expect(_is_number(value), f"{what}: expected a fraction, got {kind}")
        yield f"{what}: a fraction", expect(0 <= value <= 1, f"{what}: expected a fraction from 0 to 1, got {value:g}")
    hint = "add up the right clips, add up all clips, then divide; the mean of two percentages weighs both alike"
    wanted, options = (206 + 189) / (259 + 232), {"rtol": 0, "atol": 2e-4}
    yield "overall", expect_close(overall, wanted, "the overall accuracy", hint=hint, **options)
    hint = "take the 204 right of 246 published clips away from the whole"
    yield "other half", expect_close(other_half, 191 / 245, "the other half", hint=hint, **options)


@exercise("6.5")
def draw_accuracy(function):
    """One bootstrap draw: as many actors as there are, with replacement, each with all the clips."""
    actors = np.repeat([7, 8, 9], 4)
    even = np.tile([0.0, 1.0], 6)
    draws = np.array([float(function(even, actors, np.random.default_rng(seed))) for seed in range(40)])
    found = draws[np.abs(draws - 0.5) > 1e-9]
    odd = f"every actor is right half the time, so every draw is 0.5; got {found[0]:.2f}" if len(found) else ""
    yield "clips of an actor stay together", f"{odd}: draw actors, not clips" if odd else ""
    hits = np.repeat([0.0, 0.0, 1.0], 4)
    draws = np.array([float(function(hits, actors, np.random.default_rng(seed))) for seed in range(200)])
    thirds = np.abs(3 * draws - np.round(3 * draws)) < 1e-6
    complaint = "three actors give multiples of 1/3: draw three, and count an actor drawn twice twice"
    yield "as many actors as there are", expect(thirds.all(), complaint)
    spread = {round(3 * draw) for draw in draws}
    complaint = "every draw is alike: draw with replacement, so that an actor may come twice or not at all"
    yield "with replacement", expect(spread == {0, 1, 2, 3}, complaint)
    average = float(draws.mean())
    yield "no actor is preferred", expect_close(average, 1 / 3, "the mean of many draws", rtol=0, atol=0.08)
    few = np.array([1.0] + [0.0] * 9), np.array([1] + [2] * 9)
    draws = {round(float(function(*few, np.random.default_rng(seed))), 3) for seed in range(40)}
    complaint = f"one clip right and nine wrong give 0, 0.1 or 1, got {sorted(draws)}: average over clips"
    yield "unequal actors", expect(draws <= {0.0, 0.1, 1.0}, complaint)
    same = [float(function(hits, actors, np.random.default_rng(5))) for _ in range(8)]
    yield "repeatable", expect(len(set(same)) == 1, "one seed gave two results: draw from `rng` alone")


@exercise("6.6")
def calibration_error(function):
    """Expected calibration error with bins of equal width."""
    result = function(np.array([0.93, 0.93]), np.array([1.0, 0.0]), 10)
    yield (
        "one bin",
        expect_close(result, 0.43, "ECE of two clips at 0.93, one right", hint="confidence - accuracy"),
    )
    result = function(np.array([0.75, 0.75, 0.75, 0.75]), np.array([1.0, 1.0, 0.0, 1.0]), 10)
    yield "perfectly calibrated", expect_close(result, 0.0, "ECE of four clips at 0.75, three right", atol=1e-4)
    confidence, hits = np.array([0.95, 0.95, 0.95, 0.25]), np.array([1.0, 1.0, 1.0, 0.0])
    hint = "weigh each bin by its clips, and take absolute values"
    yield "weights", expect_close(function(confidence, hits, 10), 0.1, "ECE of bins of 3 and 1 clips", hint=hint)
    confidence, hits = np.array([0.85, 0.85, 0.15, 0.15]), np.array([0.0, 1.0, 1.0, 0.0])
    hint = "too sure in one bin does not make up for too humble in another"
    yield "no cancelling", expect_close(function(confidence, hits, 10), 0.35, "ECE of two wrong bins", hint=hint)
    result = function(np.array([1.0, 1.0]), np.array([0.0, 1.0]), 10)
    yield "confidence 1", expect_close(result, 0.5, "ECE at confidence 1", hint="1.0 belongs to the last bin")
    yield "number of bins", expect_close(function(confidence, hits, 1), 0.0, "ECE of a single bin", atol=1e-4)
