"""Checks of lesson 00: labels given by ear, and the share that is right."""

from ..config import EMOTIONS
from . import exercise, expect, expect_close


@exercise("0.1")
def six_labels(labels):
    """Six names of emotions, in a list."""
    kind = type(labels).__name__
    yield "a list", expect(isinstance(labels, (list, tuple)), f"expected a list of six names, got {kind}")
    if all(label is ... for label in labels):
        raise NotImplementedError
    yield "six answers", expect(len(labels) == 6, f"expected 6 labels, got {len(labels)}")
    unknown = [label for label in labels if label not in EMOTIONS]
    yield "known names", expect(not unknown, f"{unknown[:1]} is not among {', '.join(EMOTIONS)}")


@exercise("0.2")
def share_right(function):
    """The share of answers that equal the truth, as a fraction between 0 and 1."""
    half = function(["calm", "sad", "sad", "angry"], ["calm", "sad", "calm", "happy"])
    yield "half right", expect_close(half, 0.5, "2 of 4 right", hint="a fraction is the count divided by the number")
    third = function(["calm", "sad", "sad"], ["sad", "sad", "calm"])
    yield "order matters", expect_close(third, 1 / 3, "1 of 3 right", hint="compare place by place")
    yield "all right", expect_close(function(["happy"] * 5, ["happy"] * 5), 1.0, "5 of 5 right")
    yield "none right", expect_close(function(["happy"] * 2, ["sad"] * 2), 0.0, "0 of 2 right")
