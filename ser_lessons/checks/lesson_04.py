"""Checks of lesson 04: parameters of a convolution, the price of Flatten, when to stop."""

import numpy as np

from . import exercise, expect, expect_close


@exercise("4.1")
def conv_parameters(function):
    """Weights and biases of a convolution layer, from its size and its channels."""
    hint = "each filter has one weight for each of its places in each input channel, and one bias"
    yield "the first layer", expect_close(function(3, 1, 32), 320, "3x3, 1 channel, 32 filters", rtol=0, hint=hint)
    yield "the second layer", expect_close(function(3, 32, 64), 18_496, "3x3, 32 -> 64", rtol=0, hint=hint)
    hint = "a filter of size 1 still has one weight a channel, and one bias"
    yield "a size of 1", expect_close(function(1, 5, 2), 12, "1x1, 5 -> 2", rtol=0, hint=hint)


@exercise("4.2")
def flatten_factor(factor, with_flatten, with_pooling):
    """How many times as many weights the first dense layer needs after Flatten, within a fifth."""
    kind = type(factor).__name__
    yield "a number", expect(isinstance(factor, (int, float, np.number)), f"expected a factor such as 4, got {kind}")
    yield "more, not fewer", expect(factor > 1, f"Flatten keeps more numbers than pooling, so not {factor:.2g} times")
    true = with_flatten / with_pooling
    side = "more" if factor < true else "fewer"
    complaint = f"{factor:g} is not it: it is {side}; how many places does one channel of the last map have?"
    yield "within a fifth", expect(abs(factor / true - 1) <= 0.2, complaint)


@exercise("4.3")
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
    yield "nothing seen yet", expect(not function([], 2), "without a loss there is no reason to stop")
    answer = function([1.0, 2.0], 1)
    kind = type(answer).__name__
    yield "true or false", expect(isinstance(answer, (bool, np.bool_)), f"expected True or False, got {kind}")
