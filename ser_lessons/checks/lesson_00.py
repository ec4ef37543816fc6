"""Checks of lesson 00: rows of a table, labels given by ear, the share that is right, chance, an answer in words."""

import difflib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..config import EMOTIONS
from ..net.predict import Prediction
from . import asked, close, exercise, expect, expect_number, named, one_number

_ROWS = pd.DataFrame(
    {
        "emotion": ["calm", "sad", "calm", "surprised", "calm", "sad"],
        "actor": [2, 1, 1, 1, 12, 1],
        "path": ["a", "b", "c", "d", "e", "f"],
    },
    index=[7, 3, 9, 1, 4, 5],
)


@exercise("0.1")
def find_clips(function):
    """The rows of one actor in one emotion."""
    for emotion, actor, wanted in (("calm", 1, "c"), ("sad", 1, "bf"), ("calm", 12, "e"), ("surprised", 2, "")):
        given = _ROWS.copy()
        found = function(given, emotion, actor)
        kept = expect(given.equals(_ROWS), "your function changed the table that it was given: return a new one")
        yield f"{emotion} by actor {actor}", _is_table(found) or _has_rows(found, emotion, actor, wanted) or kept


def _is_table(found):
    """What is said about an answer that is no table with all columns."""
    if isinstance(found, pd.DataFrame):
        lost = [name for name in _ROWS if name not in found]
        empty = "; where no row fits, too" if found.empty else ""
        return expect(not lost, f"the column {lost and lost[0]} is lost: keep all columns{empty}")
    if getattr(getattr(found, "dtype", None), "kind", "") == "b":
        return "that says True or False for each row: put it into square brackets behind the table"
    if isinstance(found, np.ndarray):
        return "expected a table, got a single row or column of one: keep all columns of all rows that fit"
    kind = "nothing" if found is None else type(found).__name__
    return f"expected a table with the rows, got {kind}{asked(found)}"


def _has_rows(found, emotion, actor, wanted):
    """What is said about other rows than the wanted ones."""
    got = [str(path) for path in found["path"]]
    hint = "each row must fit both" if {*got} - {*wanted} else "some rows are missing"
    hint = hint if got else "no row passed your comparisons"
    hint = "keep the order of the table" if sorted(got) == sorted(wanted) else hint
    rows = ", ".join(f"{row.path} {row.emotion} {row.actor}" for row in _ROWS.itertuples())
    complaint = f"of the rows {rows}: expected {list(wanted)}, got {got}: {hint}"
    return expect(got == list(wanted), complaint)


@exercise("0.2")
def six_labels(labels):
    """Six names of emotions, in any kind of sequence, in small letters or capitals."""
    text = "expected a list of six names, got one text: give each name its own quotation marks"
    yield "names apart", expect(not isinstance(labels, str), text)
    fits = isinstance(labels, Sequence) or (isinstance(labels, np.ndarray) and labels.ndim == 1)
    yield "a list", expect(fits, f"expected a list of six names, in order, got {type(labels).__name__}")
    if len(labels) and all(label is ... or label is None for label in labels):
        raise NotImplementedError
    yield "six answers", expect(len(labels) == 6, f"expected 6 labels, one for each clip, got {len(labels)}")
    unknown = [label for label in labels if not isinstance(label, str) or label.strip().lower() not in EMOTIONS]
    odd = f"{unknown[0]}" if unknown else ""
    near = difflib.get_close_matches(odd.lower(), EMOTIONS, 1, 0.55)
    known = f"; do you mean {near[0]!r}?" if near else f": {', '.join(EMOTIONS)}"
    yield "known names", expect(not unknown, f"{odd!r} is none of the eight{known}")


@exercise("0.3")
def share_right(function):
    """The share of answers that equal the truth, as a fraction between 0 and 1."""
    yield "a number", expect_number(function(["calm", "sad"], ["calm", "calm"]), "1 of 2 right")
    hint = "compare place by place, count the places that agree, and divide by all places"
    for name, answers, truth, wanted in (
        ("half right", "calm sad surprised angry", "calm sad sad happy", 1 / 2),
        ("order matters", "calm sad sad", "sad sad calm", 1 / 3),
        ("all right", "happy happy happy happy happy", "happy happy happy happy happy", 1),
        ("none right", "happy happy", "sad sad", 0),
        ("any number of clips", "sad sad sad sad sad sad sad", "sad calm sad sad sad sad sad", 6 / 7),
    ):
        yield close(name, function(answers.split(), truth.split()), wanted, hint)


@exercise("0.4")
def chance(answer):
    """How many of six clips a guess among eight gets right on average."""
    number = yield from one_number(answer, "how many clips", low=0, high=100)
    known = {
        1 / 8: "that is the share for one clip; how much is that of six clips?",
        12.5: "that is the share for one clip, in per cent; how many of six clips is that?",
        75: "that is in per cent of one clip; how many clips is it?",
        1 - (7 / 8) ** 6: "that is how often at least one is right; on average two or more count in full",
        1: "1 is near, but the average need not be a whole number",
        8 / 6: "upside down: six clips, eight names",
        6: "then every guess would be right",
    }
    side = "much" if number > 0.75 else "little"
    said = named(number, known, f"{number:g} clips of six are too {side}: one guess in eight is right")
    yield "on average", expect(abs(number - 0.75) < 1e-6, said)


@exercise("0.5")
def tell(function):
    """The most probable name; or, where the net abstains, "not sure" and the two most probable."""
    for what, abstained, wanted, shares in (
        ("a sure answer", False, "calm", {"neutral": 0.05, "calm": 0.9, "sad": 0.05}),
        ("not sure", True, "not sure: sad or calm", {"calm": 0.3, "neutral": 0.1, "sad": 0.6}),
        ("two of eight", True, "not sure: happy or fearful", _eight(happy=0.4, fearful=0.22, calm=0.2)),
        ("silence", True, "not sure: disgust or angry", _eight(disgust=0.93, angry=0.05)),
        ("less than half", False, "surprised", _eight(surprised=0.45, happy=0.4)),
    ):
        label = max(shares, key=shares.get)
        said = function(Prediction("", label, shares[label], shares, abstained))
        given = f"{ {name: p for name, p in shares.items() if p > 0.01} }, abstained={abstained}"
        hint = ": the more probable one first" if sorted(str(said).split()) == sorted(wanted.split()) else ""
        hint = ": return the text, printing it is not enough" if said is None else hint
        right = isinstance(said, str) and said.strip() == wanted
        yield what, expect(right, f"expected {wanted!r}, got {said!r}{hint}; given {given}")


def _eight(**shares):
    """Probabilities of all eight emotions, in their order; those that are not named share the rest."""
    rest = (1 - sum(shares.values())) / (len(EMOTIONS) - len(shares))
    return {name: shares.get(name, rest) for name in EMOTIONS}
