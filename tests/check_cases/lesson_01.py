"""Answers to the exercises of lesson 01."""

import numpy as np

from ser_lessons.config import EMOTIONS

from . import Case


def read_name(stem, *, shift=1, field=2, odd="man", even="woman", number=int):
    codes = stem.split("-")
    actor = number(codes[6])
    gender = odd if int(codes[6]) % 2 else even
    return {"emotion": EMOTIONS[(int(codes[field]) - shift) % 8], "actor": actor, "gender": gender}


def trim(signal, top_db, *, scale=20, end=1, floor=None):
    threshold = np.abs(signal).max() * 10 ** (-top_db / scale) if floor is None else floor
    loud = np.flatnonzero(np.abs(signal) >= threshold)
    return signal[loud[0] : loud[-1] + end]


def fit(signal, n_samples, *, left=None, extra=0):
    signal = signal[:n_samples]
    missing = n_samples - len(signal) + extra
    before = missing // 2 if left is None else left(missing)
    return np.pad(signal, (before, missing - before))


CASES = {
    "read_name": Case(
        reference=read_name,
        wrong={
            "emotion off by one": lambda stem: read_name(stem, shift=0),
            "intensity read as emotion": lambda stem: read_name(stem, field=3),
            "men and women swapped": lambda stem: read_name(stem, odd="woman", even="man"),
            "actor as text": lambda stem: read_name(stem, number=str),
            "a tuple": lambda stem: tuple(read_name(stem).values()),
            "no gender": lambda stem: {k: v for k, v in read_name(stem).items() if k != "gender"},
        },
    ),
    "trim_edges": Case(
        reference=trim,
        wrong={
            "power instead of amplitude": lambda s, db: trim(s, db, scale=10),
            "last sample lost": lambda s, db: trim(s, db, end=0),
            "a fixed threshold": lambda s, db: trim(s, db, floor=0.1),
            "pauses cut out, too": lambda s, db: s[np.abs(s) >= np.abs(s).max() * 10 ** (-db / 20)],
            "only the start": lambda s, db: s[np.flatnonzero(np.abs(s) >= np.abs(s).max() * 10 ** (-db / 20))[0] :],
            "negative samples ignored": lambda s, db: s[
                np.flatnonzero(s >= s.max() * 10 ** (-db / 20))[0] : np.flatnonzero(s >= s.max() * 10 ** (-db / 20))[-1]
                + 1
            ],
        },
    ),
    "fit_length": Case(
        reference=fit,
        wrong={
            "padded on the right only": lambda s, n: fit(s, n, left=lambda missing: 0),
            "odd remainder on the left": lambda s, n: fit(s, n, left=lambda missing: missing - missing // 2),
            "one sample too many": lambda s, n: fit(s, n, extra=1),
            "long clips untouched": lambda s, n: s if len(s) > n else fit(s, n),
            "the middle instead of the start": lambda s, n: fit(s[(len(s) - n) // 2 :], n) if len(s) > n else fit(s, n),
            "the end instead of the start": lambda s, n: fit(s[-n:], n),
            "float64": lambda s, n: fit(s, n).astype(float),
        },
    ),
}
