"""Checks of lesson 06: UAR, folds by actor, the leakage gap, the contradiction, a bootstrap, calibration."""

import numpy as np

from . import exercise, expect, expect_close, expect_number, expect_repeatable


@exercise("6.1")
def uar(function):
    """The mean recall over the emotions that were spoken, each counted alike."""
    spoken = np.array(["sad", "sad", "sad", "calm"])
    answer = function(spoken, np.array(["sad"] * 4))
    yield "a number", expect_number(answer, "the UAR")
    hint = "recall is 1 for sad and 0 for calm; their mean counts both emotions alike"
    yield "emotions count alike", expect_close(answer, 0.5, "three sad, one calm, all answered sad", hint=hint)
    spoken = np.array(["happy", "happy", "angry", "angry", "angry", "angry"])
    answered = np.array(["happy", "angry", "angry", "angry", "angry", "happy"])
    hint = "recall looks at the clips that were spoken as the emotion, not at those that were answered with it"
    yield "recall, not precision", expect_close(function(spoken, answered), 0.625, "1 of 2 and 3 of 4", hint=hint)
    hint = "an emotion that is answered but was never spoken has no recall: leave it out"
    foreign = function(np.array(["sad", "sad"]), np.array(["sad", "calm"]))
    yield "an answer never spoken", expect_close(foreign, 0.5, "one of two sad clips answered calm", hint=hint)


@exercise("6.2")
def actor_folds(function):
    """Folds by StratifiedGroupKFold: every clip tested once, no actor on both sides, emotions mixed."""
    mixed = np.random.default_rng(0).permutation(48)
    actors = np.repeat([11, 12, 13, 14, 15, 16], 8)[mixed]
    emotions = np.tile(["sad", "sad", "sad", "sad", "calm", "calm", "happy", "happy"], 6)[mixed]
    folds = [tuple(map(np.asarray, fold)) for fold in function(emotions, actors, 3)]
    yield "as many as asked for", expect(len(folds) == 3, f"expected 3 pairs (train, test), got {len(folds)}")
    yield "positions", expect(all(part.dtype.kind == "i" for fold in folds for part in fold), "expected positions")
    tested = np.sort(np.concatenate([test for _, test in folds]))
    once = len(tested) == 48 and (tested == np.arange(48)).all()
    yield "every clip tested once", expect(once, "expected each of the 48 clips in exactly one test part")
    whole = all(len(np.union1d(train, test)) == 48 and len(train) + len(test) == 48 for train, test in folds)
    yield "the rest trains", expect(whole, "train and test of a fold together are all clips, each once")
    shared = [sorted({int(v) for v in actors[train]} & {int(v) for v in actors[test]}) for train, test in folds]
    heard = next((voices for voices in shared if voices), [])
    complaint = f"actors {', '.join(map(str, heard))} are in training and test: pass them as groups"
    yield "no shared voice", expect(not heard, complaint)
    sizes = [len(test) for _, test in folds]
    yield "folds of equal size", expect(sizes == [16, 16, 16], f"expected 16 test clips a fold, got {sizes}")


@exercise("6.3")
def leakage_gap(guess, measured):
    """How many points of UAR a known voice is worth; ten points beyond the measured interval are allowed."""
    yield "a number", expect_number(guess, "the points")
    guess = float(np.asarray(guess).reshape(()))
    fraction = "expected percentage points, such as 5 for five in a hundred, not a fraction"
    yield "in points", expect(abs(guess) >= 1 or guess == 0, fraction)
    yield "in range", expect(0 <= guess <= 87.5, f"{guess:g} cannot be: a known voice helps, and chance is at 12.5")
    side = "less" if guess > measured.value else "more"
    near = max(0, measured.low - 10) <= guess <= measured.high + 10
    yield "near the measured interval", expect(near, f"{guess:g} points is far off: it is {side}")
    yield "not nothing", expect(guess > 0 or measured.low <= 0, "0 points would mean that no voice was remembered")


@exercise("6.4")
def contradiction(overall, other_half):
    """Accuracy on all 491 held-out clips, and on the half that was not published."""
    for value, what in ((overall, "overall"), (other_half, "the other half")):
        yield f"{what}: a fraction", expect_number(value, what, low=0, high=1)
    overall, other_half = (float(np.asarray(value).reshape(())) for value in (overall, other_half))
    hint = "add up the right clips, add up all clips, then divide; the mean of two percentages weighs both alike"
    wanted, options = (206 + 189) / (259 + 232), {"rtol": 0, "atol": 2e-4}
    yield "overall", expect_close(overall, wanted, "the overall accuracy", hint=hint, **options)
    hint = "take the 204 right of 246 published clips away from the whole"
    yield "other half", expect_close(other_half, 191 / 245, "the other half", hint=hint, **options)


@exercise("6.6")
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
    both = np.mean([float(function(*few, np.random.default_rng(seed))) == 1 for seed in range(200)])
    complaint = f"of two actors, the same one is drawn twice in 1 of 4 draws, here in {both:.2f}: draw names, each once"
    yield "every actor is as likely", expect(0.12 < both < 0.4, complaint)
    yield "repeatable", expect_repeatable(lambda: function(hits, actors, np.random.default_rng(5)))


@exercise("6.7")
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
    result = function(np.array([1.0, 0.95]), np.array([0.0, 1.0]), 10)
    yield "1.0 is not alone", expect_close(result, 0.475, "ECE of 1.0 and 0.95", hint="both lie in the last bin")
    result = function(np.array([0.76, 0.84]), np.array([1.0, 0.0]), 10)
    hint = "0.76 and 0.84 lie in different bins of width 0.1: round down, not to the nearest"
    yield "rounded down", expect_close(result, 0.54, "ECE of 0.76 and 0.84", hint=hint)
    yield "number of bins", expect_close(function(confidence, hits, 1), 0.0, "ECE of a single bin", atol=1e-4)
