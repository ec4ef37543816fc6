"""Checks of lesson 05: softmax, cross-entropy, gradient descent, steps, when to stop, callbacks."""

import numpy as np

from . import close, exercise, expect, expect_close, expect_list, expect_number, expect_shape, one_number


@exercise("5.1")
def softmax(function):
    """Probabilities of scores: positive, summing to 1, and safe for large scores."""
    yield "shape", expect_shape(function(np.zeros(3)), (3,))
    powers, scores = "raise e to each score, then divide by the sum", np.array([1.0, 2.0, -1.0])
    shares = np.exp(scores) / np.exp(scores).sum()
    too_large = "e to the 1000 is too large for a computer: take the largest score away first"
    largest = "take the largest score away first, not the first one, nor their mean; and do not cut scores off"
    for name, given, wanted, hint in (
        ("equal scores", [0.0, 0.0], [0.5, 0.5], powers),
        ("powers", scores, shares, powers),
        ("a shift changes nothing", scores + 5, shares, powers),
        ("large scores", [1000.0, 1000.0], [0.5, 0.5], too_large),
        ("one large score", [0.0, 0.0, 0.0, 1000.0], [0, 0, 0, 1], largest),
        ("both large", [1000.0, 999.0], [np.e / (1 + np.e), 1 / (1 + np.e)], largest),
        ("far below zero", [-1000.0, -1000.0], [0.5, 0.5], "the largest score itself goes away, not its size"),
    ):
        yield close(name, function(np.array(given)), wanted, hint)
    given = np.array([3.0, 1.0])
    function(given)
    yield "scores untouched", expect((given == [3.0, 1.0]).all(), "your function changed the scores it was given")


@exercise("5.2")
def cross_entropy(function):
    """The mean of minus the logarithm of the probability of the truth."""
    sure = np.pad([[1.0, 0.0, 0.0], [0.25, 0.5, 0.25]], ((0, 0), (0, 5)))
    answer = function(sure, np.array([0, 1]))
    lost = np.asarray(answer).dtype.kind == "f" and not np.isfinite(answer).all()
    zero = "the logarithm of 0 is infinite: take that of the truth's probability alone"
    yield "the truth alone", expect(not lost, zero)
    yield "a number", expect_number(answer, "the loss")
    hint = "minus the natural logarithm of each true emotion's probability, then the mean"
    yield close("two clips", answer, np.log(2) / 2, hint, what="probabilities 1 and 0.5 for the truth")
    guess = function(np.full((3, 8), 1 / 8), np.array([7, 0, 3]))
    yield close("guessing", guess, np.log(8), hint, what="1/8 for each of eight")
    unequal = np.full((3, 8), 0.05)
    unequal[:, :2] = [[0.6, 0.1], [0.2, 0.5], [0.05, 0.65]]
    wanted = -np.log([0.1, 0.2, 0.65]).mean()
    hint = "pick the probability of each clip's own true emotion; take logarithms before the mean"
    yield close("the truth's place", function(unequal, np.array([1, 0, 1])), wanted, hint)


@exercise("5.3")
def descend(function):
    """The weights that gradient descent visits, the start first."""
    path = function(lambda weight: 2 * weight, 1.0, 0.25, 2)
    yield "a list", expect_list(path, "weights")
    path = list(path)
    yield "steps + 1 numbers", expect(len(path) == 3, f"two steps visit 3 weights, the start included; got {len(path)}")
    yield close("the start first", path[0], 1.0)
    hint = "step against the gradient: minus, not plus"
    yield "downhill", expect(path[1] < 1, f"from 1.0 to {float(path[1]):g}: {hint}")
    yield close("the rate", path, [1.0, 0.5, 0.25], "weight - rate x gradient", what="gradient 2w, rate 0.25")
    hint = "ask for the gradient at the weight where you stand, anew for each step"
    path = list(function(lambda weight: weight**2, 2.0, 0.25, 3))
    yield close("a new gradient each step", path, [2.0, 1.0, 0.75, 0.609375], hint, what="gradient w squared")
    leaps = list(function(lambda weight: 2 * weight, 1.0, 1.5, 3))
    hint = "a step may leap over the valley; take it all the same, and all the others, too"
    far = expect(len(leaps) == 4, f"three large steps visit 4 weights, got {len(leaps)}: {hint}")
    yield "leaps", far or expect_close(leaps, [1.0, -2.0, 4.0, -8.0], "gradient 2w, rate 1.5", hint=hint)
    yield close("no step", list(function(lambda weight: 1.0, 4.0, 0.1, 0)), [4.0])
    hint = "where the ground is level, a step leads nowhere, but it is a step"
    yield close("at the lowest point", list(function(lambda weight: 2 * weight, 0.0, 0.25, 2)), [0, 0, 0], hint)


@exercise("5.4")
def steps(answer):
    """Steps of 36 epochs of 5 883 pictures in batches of 64, the small last batch of each epoch counted."""
    answer = yield from one_number(answer, "the steps")
    known = {
        91 * 36: "the last batch of each epoch is smaller, and it makes a step, too: round up",
        92: "that is one epoch; there were 36",
        91: "that is one epoch without its last batch; there were 36",
        3309: (each := "every epoch ends with a small batch of its own: round up for each epoch, then multiply"),
        3310: each,
        5883 * 36: "one step is made after each batch of 64, not after each picture",
        64 * 36: "64 is how many pictures make a batch; how many batches make an epoch?",
    }
    near = known.get(round(answer), f"{answer:g} is {'more' if answer > 3312 else 'fewer'} than were made")
    yield "steps", expect(answer == 3312, near)


@exercise("5.5")
def should_stop(function):
    """Stop when the lowest loss lies `patience` or more epochs back."""
    for name, losses, patience, stop, complaint in (
        ("still falling", [3.0, 2.0, 1.0], 2, False, "the loss still falls: do not stop"),
        ("patience used up", [3.0, 1.0, 2.0, 1.5], 2, True, "two epochs without a better loss: stop"),
        ("patience left", [3.0, 1.0, 2.0], 2, False, "one epoch without a better loss is fewer than two: wait"),
        ("the best so far", [1.0, 3.0, 2.0], 2, True, "the lowest loss of all epochs counts, not the one before"),
        ("an equal loss", [1.0, 1.0, 1.0], 2, True, "an equal loss is not a better one"),
        ("a late success", [2.0, 3.0, 1.0], 2, False, "the last epoch was the best: do not stop"),
        ("a stop undone", [5.0, 4.0, 6.0, 7.0, 3.0, 8.0], 2, False, "after a wait a better loss was found: go on"),
        ("long ago", [1.0, 5.0, 3.0, 4.0], 2, True, "1.0 lies three epochs back, and nothing since was lower: stop"),
        ("more patience", [1.0, 2.0, 3.0], 3, False, "two epochs without a better loss are fewer than three: wait"),
        ("nothing seen yet", [], 2, False, "without a loss there is no reason to stop"),
    ):
        yield name, expect(bool(function(losses, patience)) == stop, complaint)
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
        watches = expect(callback.monitor == what, f"{name} monitors {callback.monitor}, expected {what}")
        yield f"what {name} monitors", watches or expect(callback.mode != turned, complaint)
    found = expect_close(stop.patience, 10, "patience of EarlyStopping", rtol=0)
    yield "patience to stop", found or _usual(stop, min_delta=0, start_from_epoch=0, baseline=None)
    yield "the best weights", expect(stop.restore_best_weights, "EarlyStopping: restore_best_weights=True is missing")
    found = expect_close(slower.patience, 5, "patience of ReduceLROnPlateau", rtol=0)
    yield "patience to slow down", found or _usual(slower, cooldown=0, min_delta=1e-4)
    yield close("to a fifth", slower.factor, 0.2, what="factor of ReduceLROnPlateau")
    complaint = "ReduceLROnPlateau: min_lr=1e-5 is missing"
    yield "a lower end", expect(slower.min_lr, complaint)
    yield close("not below", slower.min_lr, 1e-5, what="min_lr of ReduceLROnPlateau", atol=1e-12)
    yield "only the best", expect(keep.save_best_only, "ModelCheckpoint: save_best_only=True is missing")
    whole = expect(not keep.save_weights_only, "ModelCheckpoint keeps weights only, not the net")
    yield "a whole net", whole or _usual(keep, save_freq="epoch", best=None)
    yield "the path", expect(str(keep.filepath) == path, f"kept at {keep.filepath}: use the path that is given")


def _usual(callback, **settings):
    """Complaint unless a callback has these settings, which are what Keras takes by itself."""
    odd = [name for name, value in settings.items() if getattr(callback, name) != value]
    return expect(not odd, f"{type(callback).__name__}: leave {odd and odd[0]} out; the student project did not set it")
