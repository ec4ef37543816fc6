"""Checks of lesson 09: the share of known twins, the half that was not published, one change and its effect."""

import dataclasses

import numpy as np

from ..net.training import Recipe
from . import exercise, expect, expect_close


@exercise("9.1")
def twin_share(share, measured):
    """The share of held-out clips whose other repetition is trained on, within a tenth."""
    kind = type(share).__name__
    yield "a number", expect(isinstance(share, (int, float, np.number)), f"expected a fraction, got {kind}")
    yield "a fraction", expect(0 <= share <= 1, f"expected a fraction between 0 and 1, got {share}")
    side = "more" if share < measured else "fewer"
    complaint = f"you said {share:.2f}, but {side} clips than that have their twin in training: where else can it lie?"
    yield "within 0.1 of the count", expect(abs(share - measured) <= 0.1, complaint)


@exercise("9.2")
def other_half(function):
    """Accuracy on the clips outside a part, from two counts of right answers and two of clips."""
    hint = "subtract right answers from right answers, clips from clips, then divide"
    yield "the original's counts", expect_close(function(395, 491, 204, 246), 191 / 245, "the other half", hint=hint)
    yield "unequal parts", expect_close(function(60, 100, 20, 20), 0.5, "80 clips, 40 right", hint=hint)
    yield "nothing right", expect_close(function(7, 20, 7, 10), 0.0, "10 clips, none right", hint=hint)


@exercise("9.3")
def one_change(change, guess):
    """One field of the recipe with a new value, and the predicted effect in points."""
    kind = type(change).__name__
    yield "a dict", expect(isinstance(change, dict), f"expected a dict such as {{'batch_size': 64}}, got {kind}")
    empty = "the dict is empty: give one field another value, such as {'batch_size': 64}"
    several = f"change one thing, not {len(change)}: nobody would know which one worked"
    yield "one thing", expect(len(change) > 0, empty) or expect(len(change) == 1, several)
    (name, value), known = next(iter(change.items())), {field.name: field for field in dataclasses.fields(Recipe)}
    complaint = f"a recipe has no {name!r}; it has {', '.join(known)}"
    yield "a field of the recipe", expect(name in known, complaint)
    right = isinstance(value, (int, float)) and not (isinstance(known[name].default, int) and isinstance(value, float))
    yield "a value that fits", expect(right and value >= 0, f"{value!r} does not fit {name!r}")
    complaint = f"write the effect as a number of points, such as 5, got {guess!r}"
    yield "a number", expect(isinstance(guess, (int, float)) and not isinstance(guess, bool), complaint)
    complaint = f"{guess} looks like a fraction, or beyond all there is: write percentage points, such as 5"
    yield "points", expect(guess == 0 or 1 <= abs(guess) <= 100, complaint)
