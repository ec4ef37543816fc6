"""Answers to the exercises of lesson 03."""

import numpy as np

from . import Case


def noise(signal, snr_db, rng, *, scale=20, sign=-1, size=lambda s: np.sqrt(np.mean(s**2))):
    return signal + size(signal) * 10 ** (sign * snr_db / scale) * rng.standard_normal(len(signal))


def clip(name):
    return name.split("_")[0]


CASES = {
    "noise_at_snr": Case(
        reference=noise,
        wrong={
            "power instead of amplitude": lambda s, db, rng: noise(s, db, rng, scale=10),
            "mean power, root forgotten": lambda s, db, rng: noise(s, db, rng, size=lambda s: np.mean(s**2)),
            "peak instead of RMS": lambda s, db, rng: noise(s, db, rng, size=lambda s: np.abs(s).max()),
            "upside down": lambda s, db, rng: noise(s, db, rng, sign=1),
            "fixed sigma": lambda s, db, rng: s + 0.005 * rng.standard_normal(len(s)),
            "noise alone": lambda s, db, rng: noise(s, db, rng) - s,
            "a generator of its own": lambda s, db, rng: noise(s, db, np.random.default_rng(0)),
            "uniform noise": lambda s, db, rng: (
                s + np.sqrt(np.mean(s**2)) * 10 ** (-db / 20) * rng.uniform(-1, 1, len(s))
            ),
        },
    ),
    "draw_semitones": Case(
        reference=lambda rng, largest: rng.uniform(-largest, largest),
        wrong={
            "only up, as the student project": lambda rng, largest: largest,
            "up by chance": lambda rng, largest: rng.uniform(0, largest),
            "a coin, one size": lambda rng, largest: largest * rng.choice([-1, 1]),
            "normal, without limit": lambda rng, largest: rng.normal(0, largest),
            "fixed limit": lambda rng, largest: rng.uniform(-2, 2),
            "global generator": lambda rng, largest: np.random.uniform(-largest, largest),
        },
    ),
    "leaked_clips": Case(
        reference=lambda train, test: sorted({clip(n) for n in train} & {clip(n) for n in test}),
        wrong={
            "full names compared": lambda train, test: sorted(set(train) & set(test)),
            "a number": lambda train, test: len({clip(n) for n in train} & {clip(n) for n in test}),
            "union": lambda train, test: sorted({clip(n) for n in train} | {clip(n) for n in test}),
            "repeats kept": lambda train, test: [clip(n) for n in test if clip(n) in {clip(m) for m in train}],
            "a set": lambda train, test: {clip(n) for n in train} & {clip(n) for n in test},
        },
    ),
}
