"""Answers to the exercises of lesson 00."""

from . import Case


def count(truth, answers):
    return sum(a == b for a, b in zip(truth, answers))


CASES = {
    "six_labels": Case(
        reference=["calm", "sad", "angry", "neutral", "fearful", "happy"],
        stub=...,
        wrong={
            "five only": ["calm"] * 5,
            "a misspelled name": ["calm"] * 5 + ["anger"],
            "one string": "calm, sad",
        },
    ),
    "share_right": Case(
        reference=lambda truth, answers: count(truth, answers) / len(truth),
        wrong={
            "count instead of fraction": count,
            "percent instead of fraction": lambda t, a: 100 * count(t, a) / len(t),
            "order forgotten": lambda t, a: len(set(t) & set(a)) / len(set(t)),
            "share wrong instead of right": lambda t, a: 1 - count(t, a) / len(t),
            "one too many in the denominator": lambda t, a: count(t, a) / (len(t) + 1),
            "nothing returned": lambda t, a: None,
        },
    ),
}
