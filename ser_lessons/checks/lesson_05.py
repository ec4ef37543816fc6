"""Checks of lesson 05: softmax, cross-entropy, gradient descent, steps, when to stop, callbacks."""

import numpy as np

from . import exercise, expect, expect_close, expect_number, expect_shape


@exercise("5.1")
def softmax(function):
    """Probabilities of scores: positive, summing to 1, and safe for large scores."""
    yield "shape", expect_shape(function(np.zeros(3)), (3,))
    yield "equal scores", expect_close(function(np.zeros(2)), [0.5, 0.5], "scores 0 and 0")
    hint = "raise e to each score, then divide by the sum"
    scores = np.array([1.0, 2.0, -1.0])
    wanted = np.exp(scores) / np.exp(scores).sum()
    yield "powers", expect_close(function(scores), wanted, "scores 1, 2 and -1", hint=hint)
    shifted = function(scores + 5)
    yield "a shift changes nothing", expect_close(shifted, wanted, "scores 6, 7 and 4", hint=hint)
    hint = "e to the 1000 is too large for a computer: take the largest score away first"
    yield "large scores", expect_close(function(np.array([1000.0, 1000.0])), [0.5, 0.5], "scores of 1000", hint=hint)
    hint = "take the largest score away first, not the first one, nor their mean; and do not cut scores off"
    yield (
        "one large score",
        expect_close(function(np.array([0.0, 0.0, 0.0, 1000.0])), [0, 0, 0, 1], "three 0, one 1000", hint=hint),
    )
    close = function(np.array([1000.0, 999.0]))
    yield "both large", expect_close(close, [np.e / (1 + np.e), 1 / (1 + np.e)], "scores 1000 and 999", hint=hint)
    low = function(np.array([-1000.0, -1000.0]))
    hint = "the largest score itself goes away, minus sign included, not its absolute value"
    yield "far below zero", expect_close(low, [0.5, 0.5], "scores of -1000", hint=hint)
    given = np.array([3.0, 1.0])
    function(given)
    yield "scores untouched", expect((given == [3.0, 1.0]).all(), "your function changed the scores it was given")


@exercise("5.2")
def cross_entropy(function):
    """The mean of minus the logarithm of the probability of the truth."""
    sure = np.pad([[1.0, 0.0, 0.0], [0.25, 0.5, 0.25]], ((0, 0), (0, 5)))
    answer = function(sure, np.array([0, 1]))
    yield "a number", expect_number(answer, "the loss")
    hint = "minus the natural logarithm of each true emotion's probability, then the mean"
    yield "two clips", expect_close(answer, np.log(2) / 2, "probabilities 1 and 0.5 for the truth", hint=hint)
    guess = np.full((3, 8), 1 / 8)
    yield "guessing", expect_close(function(guess, np.array([7, 0, 3])), np.log(8), "1/8 for each of eight", hint=hint)
    unequal = np.full((3, 8), 0.05)
    unequal[:, :2] = [[0.6, 0.1], [0.2, 0.5], [0.05, 0.65]]
    wanted = -np.log([0.1, 0.2, 0.65]).mean()
    hint = "pick the probability of each clip's own true emotion; take logarithms before the mean"
    yield "the truth's place", expect_close(function(unequal, np.array([1, 0, 1])), wanted, "three clips", hint=hint)


@exercise("5.3")
def descend(function):
    """The weights that gradient descent visits, the start first."""
    path = list(function(lambda weight: 2 * weight, 1.0, 0.25, 2))
    yield "steps + 1 numbers", expect(len(path) == 3, f"two steps visit 3 weights, the start included; got {len(path)}")
    yield "the start first", expect_close(path[0], 1.0, "the first weight")
    hint = "step against the gradient: minus, not plus"
    yield "downhill", expect(path[1] < 1, f"from 1.0 to {float(path[1]):g}: {hint}")
    yield "the rate", expect_close(path, [1.0, 0.5, 0.25], "gradient 2w, rate 0.25", hint="weight - rate x gradient")
    hint = "ask for the gradient at the weight where you stand, anew for each step"
    path = list(function(lambda weight: weight**2, 2.0, 0.25, 3))
    wanted = [2.0]
    for _ in range(3):
        wanted.append(wanted[-1] - 0.25 * wanted[-1] ** 2)
    yield "a new gradient each step", expect_close(path, wanted, "gradient w squared", hint=hint)
    leaps = list(function(lambda weight: 2 * weight, 1.0, 1.5, 3))
    hint = "a step may leap over the valley; take it all the same, and all the others, too"
    far = expect(len(leaps) == 4, f"three large steps visit 4 weights, got {len(leaps)}: {hint}")
    yield "leaps", far or expect_close(leaps, [1.0, -2.0, 4.0, -8.0], "gradient 2w, rate 1.5", hint=hint)
    yield "no step", expect_close(list(function(lambda weight: 1.0, 4.0, 0.1, 0)), [4.0], "no step at all")


@exercise("5.4")
def steps(answer):
    """Steps of 36 epochs of 5 883 pictures in batches of 64, the small last batch of each epoch counted."""
    yield "a number", expect_number(answer, "the steps")
    answer = float(np.asarray(answer).reshape(()))
    known = {
        91 * 36: "the last batch of each epoch is smaller, and it makes a step, too: round up",
        92: "that is one epoch; there were 36",
        91: "that is one epoch without its last batch; there were 36",
        3309: "every epoch ends with a small batch of its own: round up for each epoch, then multiply",
        3310: "every epoch ends with a small batch of its own: round up for each epoch, then multiply",
        5883 * 36: "one step is made after each batch of 64, not after each picture",
        64 * 36: "64 is how many pictures make a batch; how many batches make an epoch?",
    }
    near = known.get(round(answer), f"{answer:g} is {'more' if answer > 3312 else 'fewer'} than were made")
    yield "steps", expect(answer == 3312, near)


@exercise("5.5")
def should_stop(function):
    """Stop when the lowest loss lies `patience` or more epochs back."""
    yield "still falling", expect(not function([3.0, 2.0, 1.0], 2), "the loss still falls: do not stop")
    yield "patience used up", expect(function([3.0, 1.0, 2.0, 1.5], 2), "two epochs without a better loss: stop")
    complaint = "one epoch without a better loss is fewer than two: wait"
    yield "patience left", expect(not function([3.0, 1.0, 2.0], 2), complaint)
    complaint = "the lowest loss of all epochs counts, not the one before: [1, 3, 2] has not improved since the first"
    yield "the best so far", expect(function([1.0, 3.0, 2.0], 2), complaint)
    complaint = "an equal loss is not a better one: [1, 1, 1] has waited for two epochs"
    yield "an equal loss", expect(function([1.0, 1.0, 1.0], 2), complaint)
    yield "a late success", expect(not function([2.0, 3.0, 1.0], 2), "the last epoch was the best: do not stop")
    complaint = "[5, 4, 6, 7, 3, 8] waited for two epochs once, but found a better loss after that: do not stop"
    yield "a stop undone", expect(not function([5.0, 4.0, 6.0, 7.0, 3.0, 8.0], 2), complaint)
    early = not function([2.0], 3) and not function([2.0, 3.0], 3)
    yield "the first epochs", expect(early, "after one or two epochs, a patience of 3 cannot be used up")
    yield "nothing seen yet", expect(not function([], 2), "without a loss there is no reason to stop")
    answers = [function([1.0, 2.0], 1), function([2.0, 1.0], 1)]
    odd = [type(answer).__name__ for answer in answers if answer not in (0, 1)]
    yield "true or false", expect(not odd, f"expected True or False, got {odd and odd[0]}")


@exercise("5.6")
def make_callbacks(function):
    """Early stopping, a falling learning rate and a checkpoint, with the student project's settings."""
    path = "runs/the_best_so_far.keras"
    made = function(path)
    made = list(made.values()) if isinstance(made, dict) else list(made)
    kinds = {type(callback).__name__: callback for callback in made}
    wanted = ("EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint")
    missing = [name for name in wanted if name not in kinds]
    yield "three callbacks", expect(not missing, f"there is no {missing and missing[0]} among {sorted(kinds)}")
    stop, slower, keep = (kinds[name] for name in wanted)
    for callback, what in ((stop, "val_loss"), (slower, "val_loss"), (keep, "val_accuracy")):
        name, turned = type(callback).__name__, {"val_loss": "max", "val_accuracy": "min"}[what]
        complaint = f'{name}(mode="{turned}") takes the worst {what} for the best: leave mode out'
        watches = expect(callback.monitor == what, f"{name} watches {callback.monitor}, expected {what}")
        yield f"{name} watches", watches or expect(callback.mode != turned, complaint)
    found = expect_close(stop.patience, 10, "patience of EarlyStopping", rtol=0)
    usual = not stop.min_delta and not stop.start_from_epoch
    complaint = "EarlyStopping: leave min_delta and start_from_epoch out, they change when it stops"
    yield "patience to stop", found or expect(usual, complaint)
    yield "the best weights", expect(stop.restore_best_weights, "EarlyStopping: restore_best_weights=True is missing")
    found = expect_close(slower.patience, 5, "patience of ReduceLROnPlateau", rtol=0)
    complaint = "ReduceLROnPlateau: leave cooldown out, it adds to the patience"
    yield "patience to slow down", found or expect(not slower.cooldown, complaint)
    yield "to a fifth", expect_close(slower.factor, 0.2, "factor of ReduceLROnPlateau")
    yield "not below", expect_close(slower.min_lr, 1e-5, "min_lr of ReduceLROnPlateau", atol=1e-12)
    yield "only the best", expect(keep.save_best_only, "ModelCheckpoint: save_best_only=True is missing")
    yield "a whole net", expect(not keep.save_weights_only, "ModelCheckpoint keeps weights only, not the net")
    yield "the path", expect(str(keep.filepath) == path, f"kept at {keep.filepath}: use the path that is given")
