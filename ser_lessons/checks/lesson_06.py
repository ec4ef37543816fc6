"""Checks of lesson 06: UAR, folds by actor, the leakage gap, the contradiction, a bootstrap, calibration."""

import numpy as np

from . import close, draws_of, exercise, expect, expect_list, expect_number, expect_repeatable, one_number


@exercise("6.1")
def uar(function):
    """The mean recall over the emotions that were spoken, each counted alike."""
    spoken = np.array(["sad", "sad", "sad", "calm"])
    answer = function(spoken, np.array(["sad"] * 4))
    yield "a number", expect_number(answer, "the UAR")
    hint = "recall is 1 for sad and 0 for calm; their mean counts both emotions alike"
    yield close("emotions count alike", answer, 0.5, hint, what="three sad, one calm, all answered sad")
    spoken = np.array(["happy", "happy", "angry", "angry", "angry", "angry", "calm"])
    answered = np.array(["happy", "angry", "angry", "angry", "angry", "happy", "angry"])
    hint = "recall looks at the clips that were spoken as the emotion, not at those that were answered with it"
    yield close("recall, not precision", function(spoken, answered), 1.25 / 3, hint, what="1 of 2, 3 of 4 and 0 of 1")
    hint = "an emotion that is answered but was never spoken has no recall: leave it out (labels=np.unique(spoken))"
    foreign = function(np.array(["sad", "sad"]), np.array(["sad", "calm"]))
    yield close("an answer never spoken", foreign, 0.5, hint, what="one of two sad clips answered calm")


@exercise("6.2")
def actor_folds(function):
    """Folds by StratifiedGroupKFold: every clip tested once, no actor on both sides, emotions mixed."""
    mixed = np.random.default_rng(0).permutation(48)
    actors = np.repeat([11, 12, 13, 14, 15, 16], 8)[mixed]
    emotions = np.repeat(["sad", "sad", "calm", "sad", "calm", "calm"], 8)[mixed]
    folds = function(emotions, actors, 3)
    yield "a list", expect_list(folds, "pairs (train, test)")
    folds = [tuple(map(np.asarray, fold)) for fold in folds]
    yield "as many as asked for", expect(len(folds) == 3, f"expected 3 pairs (train, test), got {len(folds)}")
    complaint = "expected positions, whole numbers: np.flatnonzero makes them of True and False"
    yield "positions", expect(all(part.dtype.kind == "i" for fold in folds for part in fold), complaint)
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
    sad = [int(np.sum(emotions[test] == "sad")) for _, test in folds]
    complaint = f"three actors are always sad, three never: each fold can have 8 sad clips, these have {sad}"
    yield "emotions mixed", expect(sad == [8, 8, 8], f"{complaint}: pass the emotions as y")


@exercise("6.3")
def leakage_gap(guess, measured):
    """How many points of UAR a known voice is worth, within the measured interval, rounded outward."""
    guess = yield from one_number(guess, "the points")
    fraction = "expected percentage points, such as 5 for five in a hundred, not a fraction"
    yield "in points", expect(abs(guess) >= 1 or guess == 0, fraction)
    yield "in range", expect(0 <= guess <= 87.5, f"{guess:g} cannot be: a drop from all right to chance is 87.5")
    side = "less" if guess > measured.value else "more"
    near = np.floor(measured.low) <= guess <= np.ceil(measured.high)
    yield "near the measured interval", expect(near, f"{guess:g} points is far off: it is {side}")
    yield "not nothing", expect(guess > 0 or measured.low <= 0, "0 points would mean that no voice was remembered")


@exercise("6.4")
def contradiction(overall, other_half):
    """Accuracy on all 491 held-out clips, and on the half that was not published."""
    overall = yield from one_number(overall, "overall", low=0, high=1, name="overall: a fraction")
    half = yield from one_number(other_half, "the other half", low=0, high=1, name="the other half: a fraction")
    hint = "add up the right clips, add up all clips, then divide; the mean of two percentages weighs both alike"
    yield close("overall", overall, (206 + 189) / (259 + 232), hint, rtol=0, atol=6e-5)
    hint = "take the 204 right of 246 published clips away from the whole"
    yield close("other half", half, 191 / 245, hint, rtol=0, atol=6e-5)


@exercise("6.6")
def draw_accuracy(function):
    """One bootstrap draw: as many actors as there are, with replacement, each with all the clips."""
    actors = np.repeat([7, 9, 12], 4)
    even = np.tile([0.0, 1.0], 6)
    draws = draws_of(function, even, actors)
    found = draws[np.abs(draws - 0.5) > 1e-9]
    odd = f"every actor is right half the time, so every draw is 0.5; got {found[0]:.2f}" if len(found) else ""
    hint = "give a fraction" if (draws > 1).any() else "draw actors, not clips"
    yield "clips of an actor stay together", f"{odd}: {hint}" if odd else ""
    hits = np.repeat([0.0, 0.0, 1.0], 4)
    draws = draws_of(function, hits, actors, times=200)
    called = "in some draws no clip was found: the actors are called 7, 9 and 12, so draw from these names"
    yield "names of actors", expect(np.isfinite(draws).all(), called)
    thirds = np.abs(3 * draws - np.round(3 * draws)) < 1e-6
    complaint = "three actors give multiples of 1/3: draw three, and count an actor drawn twice twice"
    yield "as many actors as there are", expect(thirds.all(), complaint)
    spread = {round(3 * draw) for draw in draws}
    found = " or ".join(str(third) for third in sorted(spread))
    complaint = f"of three drawn actors 0, 1, 2 or 3 can be right, got {found}: draw from `rng` three, with replacement"
    yield "with replacement", expect(spread == {0, 1, 2, 3}, complaint)
    yield close("no actor is preferred", draws.mean(), 1 / 3, what="the mean of many draws", rtol=0, atol=0.08)
    few = np.array([1.0] + [0.0] * 9), np.array([1] + [2] * 9)
    draws = draws_of(function, *few, times=200)
    found = sorted({*draws.round(3)})
    complaint = f"one clip right and nine wrong give 0, 0.1 or 1, got {found}: average over clips"
    yield "unequal actors", expect({*found} <= {0.0, 0.1, 1.0}, complaint)
    both = np.mean(draws == 1)
    complaint = f"of two actors, the same one is drawn twice in 1 of 4 draws, here in {both:.2f}: draw names, each once"
    yield "every actor is as likely", expect(0.12 < both < 0.4, complaint)
    yield "repeatable", expect_repeatable(lambda: function(hits, actors, np.random.default_rng(5)))


@exercise("6.7")
def calibration_error(function):
    """Expected calibration error with bins of equal width."""
    no_cancelling = "too sure in one bin does not make up for too humble in another"
    down = "0.76 and 0.84 lie in different bins of width 0.1: round down, not to the nearest"
    both = [0.85, 0.85, 0.15, 0.15], [0.0, 1.0, 1.0, 0.0]
    for name, confidence, hits, bins, wanted, hint in (
        ("one bin", [0.93, 0.93], [1.0, 0.0], 10, 0.43, "mean confidence 0.93, accuracy 0.5"),
        ("perfectly calibrated", [0.75, 0.75, 0.75, 0.75], [1.0, 1.0, 0.0, 1.0], 10, 0.0, ""),
        ("no cancelling", *both, 10, 0.35, no_cancelling),
        ("weights", [0.95, 0.95, 0.95, 0.25], [1.0, 1.0, 1.0, 0.0], 10, 0.1, "weigh each bin by its clips"),
        ("confidence 1", [1.0, 1.0], [0.0, 1.0], 10, 0.5, "1.0 belongs to the last bin"),
        ("1.0 is not alone", [1.0, 0.95], [0.0, 1.0], 10, 0.475, "both lie in the last bin"),
        ("on the edge", [0.5, 0.55], [1.0, 0.0], 10, 0.025, "0.5 times 10 is 5: the edge belongs to the bin above it"),
        ("rounded down", [0.76, 0.84], [1.0, 0.0], 10, 0.54, down),
        ("number of bins", *both, 1, 0.0, "with n_bins = 1 all clips lie in one bin"),
    ):
        error = function(np.array(confidence), np.array(hits), bins)
        hint = "a bin without clips has no mean: leave it out" if np.size(error) and np.isnan(error).any() else hint
        yield close(name, error, wanted, hint, atol=1e-4)
