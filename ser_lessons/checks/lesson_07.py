"""Checks of lesson 07: recall by group, a cluster bootstrap of a gap, a detectable gap, flips by group."""

import numpy as np

from . import exercise, expect, expect_close


def _of_groups(result, groups):
    """Complaint unless the result is a dict with one number for each of these groups."""
    if not isinstance(result, dict):
        return f"expected a dict, one entry a group, got {type(result).__name__}"
    found = sorted(str(name) for name in result)
    return expect(found == sorted(groups), f"expected the groups {sorted(groups)}, got {found}")


@exercise("7.1")
def recall_by_group(function):
    """Of the clips of one emotion, the share that is recognized, in each group apart."""
    truth = np.array(["sad", "sad", "sad", "sad", "calm", "calm", "sad", "calm"])
    guess = np.array(["sad", "calm", "sad", "sad", "sad", "sad", "calm", "sad"])
    group = np.array(["man", "man", "woman", "woman", "man", "man", "woman", "woman"])
    result = function(truth, guess, group, "sad")
    yield "one number a group", _of_groups(result, ["man", "woman"])
    hint = "only clips spoken as this emotion count"
    yield "men", expect_close(result["man"], 1 / 2, "recall of sad, men", hint=hint)
    yield "women", expect_close(result["woman"], 2 / 3, "recall of sad, women", hint=hint)
    result = function(truth, guess, group, "calm")
    yield "another emotion", expect_close(result["woman"], 0.0, "recall of calm, women")
    result = function(truth, guess, np.array(["low"] * 5 + ["high"] * 3), "sad")
    yield "any groups", _of_groups(result, ["high", "low"])


@exercise("7.3")
def draw_gap(function):
    """One draw of the gap: actors of each gender drawn with replacement, women minus men."""
    actors = np.repeat([1, 2, 3, 4], 4)
    woman = np.repeat([False, True, False, True], 4)
    hits = np.repeat([0.0, 1.0, 0.0, 1.0], 4)
    draws = [float(function(hits, actors, woman, np.random.default_rng(seed))) for seed in range(40)]
    complaint = "all women right and all men wrong: every draw is 1, women minus men; keep the genders apart"
    yield "women minus men", expect(np.allclose(draws, 1.0), complaint)
    even = np.tile([0.0, 1.0], 8)
    draws = [float(function(even, actors, woman, np.random.default_rng(seed))) for seed in range(40)]
    complaint = "every actor is right half the time, so every draw is 0: draw actors, not clips"
    yield "clips of an actor stay together", expect(np.allclose(draws, 0.0), complaint)
    hits = np.repeat([0.0, 0.0, 1.0, 1.0], 4)
    draws = np.array([float(function(hits, actors, woman, np.random.default_rng(seed))) for seed in range(200)])
    found = {round(2 * draw, 3) for draw in draws}
    complaint = "two actors of each gender give multiples of 1/2 from -1 to 1: draw two of each, with replacement"
    yield "with replacement", expect(found == {-2.0, -1.0, 0.0, 1.0, 2.0}, complaint)
    six = np.repeat([1, 2, 3, 4, 5, 6], 4)
    women, right = six % 2 == 0, (six == 2).astype(float)
    thirds = np.array([float(function(right, six, women, np.random.default_rng(seed))) for seed in range(100)])
    complaint = "one of three women right: each draw is a multiple of 1/3, since an actor drawn twice counts twice"
    yield "repeats counted", expect(np.allclose(3 * thirds, np.round(3 * thirds)), complaint)
    unequal, women = np.array([2, *[4] * 9, 1, 3]), np.array([True] * 10 + [False] * 2)
    right = (unequal == 2).astype(float)
    twice = np.mean([function(right, unequal, women, np.random.default_rng(seed)) == 1 for seed in range(200)])
    complaint = f"of two women, the one with a single clip is drawn twice in 1 of 4 draws, here in {twice:.2f}"
    yield "every actor is as likely", expect(0.12 < twice < 0.4, f"{complaint}: draw names, each once")
    average = float(draws.mean())
    yield "no actor is preferred", expect_close(average, 0.0, "the mean of many draws", rtol=0, atol=0.15)
    same = [float(function(hits, actors, woman, np.random.default_rng(5))) for _ in range(8)]
    yield "repeatable", expect(len(set(same)) == 1, "one seed gave two results: draw from `rng` alone")


@exercise("7.4")
def detectable_gap(guess, computed):
    """The smallest gap that 12 and 12 voices show four times in five, within four points."""
    number = isinstance(guess, (int, float, np.number)) and not isinstance(guess, bool)
    yield "a number", expect(number, f"expected a number of points, got {type(guess).__name__}")
    fraction = "expected percentage points, such as 3 for three in a hundred, not a fraction"
    outside = f"{guess:g} cannot be: expected points between 0 and 100"
    yield "in range", expect(not 0 < guess < 1, fraction) or expect(0 < guess < 100, outside)
    side = "smaller" if guess > computed else "larger"
    yield "within four points", expect(abs(guess - computed) <= 4, f"{guess:g} points is far off: it is {side}")


@exercise("7.5")
def flips_by_group(function):
    """Share of the clips of each group whose answer changed."""
    before = np.array(["sad", "sad", "calm", "calm", "angry", "angry"])
    after = np.array(["sad", "calm", "calm", "calm", "sad", "calm"])
    group = np.array(["man", "man", "man", "man", "woman", "woman"])
    result = function(before, after, group)
    yield "one number a group", _of_groups(result, ["man", "woman"])
    hint = "flips of this group, divided by the clips of this group"
    yield "men", expect_close(result["man"], 1 / 4, "share of flips, men", hint=hint)
    yield "women", expect_close(result["woman"], 1.0, "share of flips, women", hint=hint)
    swapped = function(np.array(["sad", "calm"]), np.array(["calm", "sad"]), np.array(["man", "man"]))
    yield (
        "clip by clip",
        expect_close(swapped["man"], 1.0, "flips of sad, calm to calm, sad", hint="compare clip by clip"),
    )
