"""Answers to the exercises of lesson 00."""

import collections
import dataclasses
import fractions

import numpy as np
import pandas as pd

from ser_lessons.config import EMOTIONS

from . import Case, forms


def find(table, emotion, actor):
    return table[(table["emotion"] == emotion) & (table["actor"] == actor)]


def find_in_a_loop(table, emotion, actor):
    kept = [name for name, row in table.iterrows() if row["emotion"] == emotion and row["actor"] == actor]
    return table.loc[kept]


def count(truth, answers):
    return sum(a == b for a, b in zip(truth, answers))


def share(truth, answers):
    return count(truth, answers) / len(truth)


def best(answer, n):
    return sorted(answer.probabilities, key=answer.probabilities.get, reverse=True)[:n]


def tell(answer, *, sure=lambda answer: not answer.abstained):
    return best(answer, 1)[0] if sure(answer) else "not sure: " + " or ".join(best(answer, 2))


def tell_with_pandas(answer):
    names = pd.Series(answer.probabilities).nlargest(2).index
    return f"not sure: {names[0]} or {names[1]}" if answer.abstained else answer.label


NAMES = ["calm", "sad", "angry", "neutral", "fearful", "happy"]

CASES = {
    "find_clips": Case(
        reference=find,
        unusual={
            "query": lambda t, emotion, actor: t.query("emotion == @emotion and actor == @actor"),
            "a new index": lambda t, e, a: find(t, e, a).reset_index(drop=True),
            "one after the other": lambda t, e, a: t[t["emotion"] == e].loc[lambda rows: rows["actor"] == a],
            "a loop": find_in_a_loop,
        },
        wrong={
            "comparisons without parentheses": lambda t, e, a: t[t["emotion"] == e & t["actor"] == a],
            "and": lambda t, e, a: t[t["emotion"] == e and t["actor"] == a],
            "the names in quotation marks": lambda t, e, a: t[(t["emotion"] == "e") & (t["actor"] == "a")],
            "rows gathered as dicts": lambda t, e, a: pd.DataFrame(find(t, e, a).to_dict("records")),
            "their first letters": lambda t, e, a: t[(t["emotion"].str[0] == e[0]) & (t["actor"] == a)],
            "the actors' column lost": lambda t, e, a: find(t, e, a).drop(columns="actor"),
            "or": lambda t, e, a: t[(t["emotion"] == e) | (t["actor"] == a)],
            "the mask": lambda t, e, a: (t["emotion"] == e) & (t["actor"] == a),
            "the emotion only": lambda t, e, a: t[t["emotion"] == e],
            "the actor only": lambda t, e, a: t[t["actor"] == a],
            "how many": lambda t, e, a: len(find(t, e, a)),
            "the paths": lambda t, e, a: list(find(t, e, a)["path"]),
            "one column lost": lambda t, e, a: find(t, e, a)[["emotion", "actor"]],
            "always calm": lambda t, e, a: find(t, "calm", a),
            "the actor as a text": lambda t, e, a: t[(t["emotion"] == e) & (t["actor"] == str(a))],
            "one row, by its number": lambda t, e, a: find(t, e, a).iloc[0],
        },
    ),
    "six_labels": Case(
        reference=NAMES,
        stub=...,
        unusual={
            "a tuple": (tuple(NAMES),),
            "an array": np.array(NAMES),
            "a Series": pd.Series(NAMES, index=range(1, 7)),
            "a deque": collections.deque(NAMES),
            "one name six times": ["calm"] * 6,
            "capitals": ["Calm", "SAD", *NAMES[2:]],
            "a space too many": ["calm ", *NAMES[1:]],
        },
        wrong={
            "a misspelled name": ["calm"] * 5 + ["anger"],
            "the noun": [*NAMES[:5], "surprise"],
            "a question mark": [*NAMES[:5], "?"],
            "one string": "calm, sad, angry, neutral, fearful, happy",
            "numbers": [2, 4, 5, 1, 6, 3],
            "one left open": [*NAMES[:5], ...],
            "a set": set(NAMES),
            "two answers for one clip": [*NAMES[:5], ["happy", "calm"]],
        },
    ),
    "share_right": Case(
        reference=share,
        unusual=forms(share, np.float32, np.array)
        | {
            "mean of a comparison": lambda t, a: np.mean(np.array(t) == np.array(a)),
            "in pandas": lambda t, a: (pd.Series(t) == pd.Series(a)).mean(),
            "a Fraction": lambda t, a: fractions.Fraction(count(t, a), len(t)),
        },
        wrong={
            "their first letters": lambda t, a: share([name[0] for name in t], [name[0] for name in a]),
            "percent instead of fraction": lambda t, a: 100 * share(t, a),
            "share wrong instead of right": lambda t, a: 1 - share(t, a),
            "rounded": lambda t, a: round(share(t, a), 2),
            "a text": lambda t, a: f"{share(t, a)}",
            "whole lists compared": lambda t, a: float(t == a),
            "any name that occurs": lambda t, a: sum(x in t for x in a) / len(a),
            "nothing returned": lambda t, a: None,
        },
    ),
    "chance": Case(
        reference=0.75,
        unusual={"a fraction": 6 / 8, "of NumPy": np.float64(0.75), "an array": np.array([0.75])},
        wrong={
            "for one clip": 1 / 8,
            "at least one": 1 - (7 / 8) ** 6,
            "of one clip, in per cent": 75,
            "rounded": 1,
            "upside down": 8 / 6,
            "a text": "0.75",
            "half of them": 3,
        },
    ),
    "tell": Case(
        reference=tell,
        unusual={
            "with pandas": tell_with_pandas,
            "of NumPy": lambda answer: np.str_(tell(answer)),
            "a space behind it": lambda answer: tell(answer) + " ",
        },
        wrong={
            "always the best": lambda answer: answer.label,
            "not sure, and no more": lambda answer: "not sure" if answer.abstained else answer.label,
            "the two in the order of the dict": lambda answer: (
                "not sure: " + " or ".join(name for name in answer.probabilities if name in best(answer, 2))
                if answer.abstained
                else answer.label
            ),
            "the least probable": lambda answer: (
                "not sure: " + " or ".join(best(answer, 8)[-2:]) if answer.abstained else answer.label
            ),
            "a limit of its own": lambda answer: tell(answer, sure=lambda a: a.confidence > 0.5),
            "upside down": lambda answer: tell(answer, sure=lambda a: a.abstained),
            "the first two names": lambda answer: (
                "not sure: " + " or ".join(list(answer.probabilities)[:2]) if answer.abstained else answer.label
            ),
            "in alphabetical order": lambda answer: (
                "not sure: " + " or ".join(sorted(best(answer, 2))) if answer.abstained else answer.label
            ),
            "the best twice": lambda answer: (
                f"not sure: {answer.label} or {answer.label}" if answer.abstained else answer.label
            ),
            "parts in square brackets": lambda answer: answer["label"],
            "a list": lambda answer: best(answer, 2) if answer.abstained else best(answer, 1),
            "printed, not returned": lambda answer: print(tell(answer)),
            "the place in the list": lambda answer: EMOTIONS.index(answer.label),
        },
    ),
}


def find_in_place(table, emotion, actor):
    table.drop(table[(table["emotion"] != emotion) | (table["actor"] != actor)].index, inplace=True)
    return table


def tell_above_a_fifth(answer):
    names = [name for name in best(answer, 8) if answer.probabilities[name] >= 0.2]
    return "not sure: " + " or ".join(names) if answer.abstained else names[0]


BLIND = {
    "find_clips": {
        "the given table cut down": find_in_place,
        "the index replaced": lambda t, e, a: t.set_index(["emotion", "actor"]).loc[(e, a)],
        "each pair once": lambda t, e, a: find(t, e, a).drop_duplicates(["emotion", "actor"]),
        "as many rows as the actor's number": lambda t, e, a: t[t["emotion"] == e].head(a),
    },
    "six_labels": {
        "all eight in order": list(EMOTIONS),
        "a dict by number": dict(enumerate(NAMES)),
        "fear for fearful": ["fear", *NAMES[1:]],
        "one left out": [*NAMES[:5], None],
    },
    "share_right": {
        "whole lists compared": lambda t, a: float(t == a),
        "always of six": lambda t, a: count(t, a) / 6,
        "of different emotions": lambda t, a: count(t, a) / len(set(t)),
        "sorted first": lambda t, a: share(sorted(t), sorted(a)),
        "rounded down": lambda t, a: count(t, a) // len(t),
    },
    "chance": {"all six at once": (1 / 8) ** 6, "one number a clip": [0.75] * 6, "in per cent of a clip": 12.5},
    "tell": {
        "by the alphabet": lambda answer: sorted(answer.probabilities)[0],
        "all that are above a fifth": tell_above_a_fifth,
        "a limit of one's own": lambda a: tell(a, sure=lambda a: a.confidence >= 0.62),
        "the pair as a list": lambda a: f"not sure: {best(a, 2)}" if a.abstained else best(a, 1)[0],
    },
}
CASES |= {
    name: dataclasses.replace(CASES[name], wrong=CASES[name].wrong | wrong, blind=tuple(wrong))
    for name, wrong in BLIND.items()
}
