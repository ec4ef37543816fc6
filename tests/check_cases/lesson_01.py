"""Answers to the exercises of lesson 01."""

import dataclasses
import types

import librosa
import numpy as np
import pandas as pd

from ser_lessons.config import EMOTIONS

from . import Case, forms


def read_name(stem, *, shift=1, field=2, odd="man", even="woman", number=int, channels=("speech", "song")):
    codes = stem.split("-")
    gender = odd if int(codes[6]) % 2 else even
    return {
        "channel": channels[int(codes[1]) - 1],
        "emotion": EMOTIONS[(int(codes[field]) - shift) % 8],
        "actor": number(codes[6]),
        "gender": gender,
    }


def level(signal, *, scale=20, size=lambda s: np.sqrt(np.mean(s**2))):
    return scale * np.log10(size(signal))


def trim(signal, top_db, *, scale=20, end=1, floor=None, size=np.abs, loud=np.greater_equal):
    threshold = size(signal).max() * 10 ** (-top_db / scale) if floor is None else floor
    kept = np.flatnonzero(loud(size(signal), threshold))
    return signal[kept[0] : kept[-1] + end]


def trim_in_a_loop(signal, top_db):
    peak = max(abs(x) for x in signal)
    first, last = 0, len(signal)
    while abs(signal[first]) < peak * 10 ** (-top_db / 20):
        first += 1
    while abs(signal[last - 1]) < peak * 10 ** (-top_db / 20):
        last -= 1
    return signal[first:last]


def trim_in_decibels(signal, top_db):
    with np.errstate(all="ignore"):
        below = 20 * np.log10(np.abs(signal) / np.abs(signal).max())
    loud = np.flatnonzero(~(below < -top_db))
    return signal[loud[0] : loud[-1] + 1]


def trim_in_place(signal, top_db):
    signal /= np.abs(signal).max() or 1
    return trim(signal, top_db)


def fit(signal, n_samples, *, left=None, extra=0):
    signal = signal[:n_samples]
    missing = n_samples - len(signal) + extra
    before = missing // 2 if left is None else left(missing)
    return np.pad(signal, (before, missing - before))


def fit_with_zeros(signal, n_samples):
    fitted = np.zeros(n_samples)
    start = max(0, (n_samples - len(signal)) // 2)
    fitted[start : start + len(signal)] = signal[:n_samples]
    return fitted


def semitones(table, *, middle="median", log=np.log2, times=12):
    return times * log(table["f0_hz"] / table.groupby("actor")["f0_hz"].transform(middle))


def semitones_in_place(table):
    table["semitones"] = semitones(table)
    return table["semitones"]


def semitones_by_merge(table):
    own = table.groupby("actor")["f0_hz"].median()
    return [12 * np.log2(f0 / own[actor]) for actor, f0 in zip(table["actor"], table["f0_hz"])]


CASES = {
    "read_name": Case(
        reference=read_name,
        unusual={
            "a mapping": lambda stem: types.MappingProxyType(read_name(stem)),
            "the actor of NumPy": lambda stem: read_name(stem, number=lambda code: np.int64(int(code))),
            "more than was asked": lambda stem: read_name(stem) | {"statement": int(stem[12:14])},
            "text of NumPy": lambda stem: read_name(stem, odd=np.str_("man"), even=np.str_("woman")),
        },
        wrong={
            "gender by the first digit": lambda stem: read_name(stem) | {"gender": ("woman", "man")[int(stem[-2]) % 2]},
            "emotion off by one": lambda stem: read_name(stem, shift=0),
            "split at underscores": lambda stem: read_name(stem.replace("-", "_")),
            "a Series": lambda stem: pd.Series(read_name(stem)),
            "intensity read as emotion": lambda stem: read_name(stem, field=3),
            "men and women swapped": lambda stem: read_name(stem, odd="woman", even="man"),
            "actor as text": lambda stem: read_name(stem, number=str),
            "actor with a decimal point": lambda stem: read_name(stem, number=float),
            "speech and song swapped": lambda stem: read_name(stem, channels=("song", "speech")),
            "always speech": lambda stem: read_name(stem, channels=("speech", "speech")),
            "emotion as a code": lambda stem: read_name(stem) | {"emotion": int(stem[6:8])},
            "a tuple": lambda stem: tuple(read_name(stem).values()),
            "no return": lambda stem: None,
            "no gender": lambda stem: {k: v for k, v in read_name(stem).items() if k != "gender"},
            "gender of the emotion's code": lambda stem: (
                read_name(stem) | {"gender": "man" if int(stem[6:8]) % 2 else "woman"}
            ),
            "female and male": lambda stem: read_name(stem, odd="male", even="female"),
        },
    ),
    "level_db": Case(
        reference=level,
        unusual=forms(level, float, np.float32, np.array)
        | {
            "power": lambda s: 10 * np.log10(np.mean(s**2)),
            "a loop": lambda s: level(np.array([float(x) for x in s])),
            "an array of one": lambda s: level(s, size=lambda s: np.sqrt(np.mean(s**2, keepdims=True))),
        },
        wrong={
            "the peak": lambda s: level(s, size=lambda s: np.abs(s).max()),
            "np.std": lambda s: level(s, size=np.std),
            "np.var": lambda s: level(s, scale=10, size=np.var),
            "the mean size": lambda s: level(s, size=lambda s: np.mean(np.abs(s))),
            "no root": lambda s: level(s, size=lambda s: np.mean(s**2)),
            "the sum": lambda s: level(s, size=lambda s: np.sqrt(np.sum(s**2))),
            "the natural logarithm": lambda s: 20 * np.log(np.sqrt(np.mean(s**2))),
            "the RMS itself": lambda s: np.sqrt(np.mean(s**2)),
            "no return": lambda s: None,
            "no square": lambda s: level(s, size=np.mean),
            "the standard deviation": lambda s: level(s, size=lambda s: np.std(s) + 1e-9),
            "rounded": lambda s: round(level(s)),
            "one number a sample": lambda s: 20 * np.log10(np.abs(s) + 1e-9),
        },
    ),
    "half_amplitude": Case(
        reference=6.02,
        unusual={"whole": 6, "with all digits": 20 * np.log10(2), "an array": np.array([6.0])},
        wrong={
            "of power": 3.01,
            "a quarter": 12.04,
            "the natural logarithm": 20 * np.log(2),
            "the factor": 0.5,
            "ten": 10,
            "per cent": 50,
            "negative": -6.02,
            "a text": "6 dB",
            "the logarithm": 0.301,
        },
    ),
    "trim_edges": Case(
        reference=trim,
        unusual=forms(trim, list, tuple, pd.Series)
        | {"a loop": trim_in_a_loop, "in decibels": trim_in_decibels, "a copy": lambda s, db: trim(s, db).copy()},
        wrong={
            "power instead of amplitude": lambda s, db: trim(s, db, scale=10),
            "librosa's trim": lambda s, db: librosa.effects.trim(s, top_db=db),
            "librosa's trim, its signal": lambda s, db: librosa.effects.trim(s, top_db=db)[0],
            "floor division": lambda s, db: trim(s, db, floor=np.abs(s).max() * 10 ** (-db // 20)),
            "places": lambda s, db: np.flatnonzero(np.abs(s) >= np.abs(s).max() * 10 ** (-db / 20)),
            "first and last place": lambda s, db: tuple(
                np.flatnonzero(np.abs(s) >= np.abs(s).max() * 10 ** (-db / 20))[[0, -1]]
            ),
            "the largest positive sample": lambda s, db: trim(s, db, floor=s.max() * 10 ** (-db / 20)),
            "only what is positive": lambda s, db: trim(s, db, size=np.array),
            "too loud a threshold": lambda s, db: trim(s, db, floor=np.abs(s).max() * 10 ** (db / 20)),
            "last sample lost": lambda s, db: trim(s, db, end=0),
            "a fixed threshold": lambda s, db: trim(s, db, floor=0.1),
            "always 20 dB": lambda s, db: trim(s, 20),
            "pauses cut out, too": lambda s, db: s[np.abs(s) >= np.abs(s).max() * 10 ** (-db / 20)],
            "only the start": lambda s, db: s[np.flatnonzero(np.abs(s) >= np.abs(s).max() * 10 ** (-db / 20))[0] :],
            "negative samples ignored": lambda s, db: trim(s, db, size=np.asarray),
            "louder than the threshold only": lambda s, db: trim(s, db, loud=np.greater) if s.any() else s,
            "silence gone": lambda s, db: trim(s, db) if s.any() else s[:0],
            "changes what it was given": trim_in_place,
        },
    ),
    "fit_length": Case(
        reference=fit,
        unusual=forms(fit, list, tuple, pd.Series, np.float32) | {"into zeros": fit_with_zeros},
        wrong={
            "padded on the right only": lambda s, n: fit(s, n, left=lambda missing: 0),
            "half a zero": lambda s, n: np.pad(s[:n], ((n - len(s[:n])) / 2, (n - len(s[:n])) / 2)),
            "padded without cutting": lambda s, n: np.pad(s, ((n - len(s)) // 2, n - len(s) - (n - len(s)) // 2)),
            "odd remainder on the left": lambda s, n: fit(s, n, left=lambda missing: missing - missing // 2),
            "one sample too many": lambda s, n: fit(s, n, extra=1),
            "the same on both sides": lambda s, n: np.pad(s[:n], (n - len(s[:n])) // 2),
            "long clips untouched": lambda s, n: s if len(s) > n else fit(s, n),
            "stretched": lambda s, n: np.interp(np.linspace(0, len(s) - 1, n), np.arange(len(s)), s),
            "nothing where nothing is missing": lambda s, n: fit(s, n) if len(s) != n else None,
            "empty where nothing is missing": lambda s, n: (
                np.pad(s[: n - 1] if len(s) == n else s[:n], 0) if len(s) >= n else fit(s, n)
            ),
        },
    ),
    "own_semitones": Case(
        reference=semitones,
        unusual=forms(semitones, list, np.array, tuple) | {"in a loop": semitones_by_merge},
        wrong={
            "a column added to the given table": semitones_in_place,
            "the mean": lambda t: semitones(t, middle="mean"),
            "the ratio": lambda t: t["f0_hz"] / t.groupby("actor")["f0_hz"].transform("median"),
            "one for each actor": lambda t: 12 * np.log2(t.groupby("actor")["f0_hz"].median()),
            "sorted by actor": lambda t: semitones(t.sort_values("actor", kind="stable")),
            "one actor after the other": lambda t: pd.concat([semitones(one) for _, one in t.groupby("actor")]),
            "sorted by its index": lambda t: semitones(t).sort_index(),
            "medians beside rows": lambda t: 12 * np.log2(t["f0_hz"] / t.groupby("actor")["f0_hz"].median()),
            "over all voices": lambda t: 12 * np.log2(t["f0_hz"] / t["f0_hz"].median()),
            "in cents": lambda t: 100 * semitones(t),
            "in Hz": lambda t: t["f0_hz"] - t.groupby("actor")["f0_hz"].transform("median"),
            "the whole table": lambda t: t.assign(semitones=semitones(t)),
        },
    ),
}


def trim_and_gate(signal, top_db):
    kept = np.array(trim(signal, top_db))
    kept[np.abs(kept) < np.abs(signal).max() * 10 ** (-top_db / 20)] = 0
    return kept


def trim_in_place(signal, top_db):
    signal[:] = trim_and_keep_length(signal, top_db)
    return signal


def trim_and_keep_length(signal, top_db):
    quiet = np.abs(signal) < np.abs(signal).max() * 10 ** (-top_db / 20)
    return np.where(quiet, 0, signal)


def fit_widths(signal, n_samples):
    missing = max(n_samples - len(signal), 0)
    return missing // 2, missing - missing // 2


BLIND = {
    "read_name": {
        "by single characters": lambda stem: read_name(stem) | {"actor": int(stem[-1])},
        "a list of one dict": lambda stem: [read_name(stem)],
        "codes left as numbers": lambda stem: read_name(stem) | {"channel": int(stem[3:5])},
        "the worked example": lambda stem: read_name("03-01-06-01-02-01-12"),
    },
    "level_db": {
        "the median of squares": lambda s: level(s, size=lambda s: np.sqrt(np.median(s**2))),
        "the root before the division": lambda s: level(s, size=lambda s: np.sqrt(np.sum(s**2)) / len(s)),
        "against its own peak": lambda s: level(s) - level(s, size=lambda s: np.abs(s).max()),
    },
    "half_amplitude": {"twice": 12, "a third of 20": 20 / 3, "a third of 20, rounded": 6.6, "five": 5},
    "trim_edges": {
        "soft samples inside set to 0": trim_and_gate,
        "only zeros cut off": lambda s, db: np.trim_zeros(s) if s.any() else s,
        "the peak divided by top_db": lambda s, db: trim(s, db, floor=np.abs(s).max() / db),
        "all positive": lambda s, db: np.abs(trim(s, db)),
        "the edges silenced, not cut": trim_and_keep_length,
        "the edges silenced in place": trim_in_place,
    },
    "fit_length": {
        "whole numbers only": lambda s, n: np.array(fit(s, n), dtype=int),
        "repeated": lambda s, n: np.resize(s, n),
        "mirrored": lambda s, n: np.pad(s[:n], fit_widths(s, n), mode="reflect"),
        "the middle of a long one": lambda s, n: fit(s[max(len(s) - n, 0) // 2 :], n),
        "one too few": lambda s, n: fit(s[: n - 1], n),
    },
    "own_semitones": {
        "sorted by actor": lambda t: semitones(t.sort_values("actor")).to_numpy(),
        "against the actor's first clip": lambda t: semitones(t, middle="first"),
        "without a sign": lambda t: semitones(t).abs(),
        "twelve times the excess": lambda t: semitones(t, log=lambda ratio: ratio - 1),
    },
}
CASES |= {
    name: dataclasses.replace(CASES[name], wrong=CASES[name].wrong | wrong, blind=tuple(wrong))
    for name, wrong in BLIND.items()
}
