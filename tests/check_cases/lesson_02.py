"""Answers to the exercises of lesson 02."""

import numpy as np

from ser_lessons.sound.features import mel_band_edges

from . import Case

CENTERS = mel_band_edges()[1:-1]


def mel(frame, basis, *, window=np.hanning, power=2):
    windowed = frame * (window(len(frame) + 1)[:-1] if window else 1)
    return basis @ np.abs(np.fft.rfft(windowed)) ** power


def db(power, *, factor=10, floor=-80, reference=np.max, smallest=1e-10):
    level = factor * np.log10(np.maximum(power, smallest) / max(reference(power), 1e-10))
    return level if floor is None else np.maximum(level, floor)


CASES = {
    "band_of_tone": Case(
        reference=(16, CENTERS),
        wrong={
            "linear bands": (round(440 / 11_025 * 128), CENTERS),
            "the frequency itself": (440, CENTERS),
            "the middle": (64, CENTERS),
            "a word": ("16", CENTERS),
        },
    ),
    "mel_spectrum": Case(
        reference=mel,
        wrong={
            "amplitude instead of power": lambda f, b: mel(f, b, power=1),
            "no window": lambda f, b: mel(f, b, window=None),
            "decibels already": lambda f, b: 10 * np.log10(mel(f, b) + 1e-10),
            "wrong axis": lambda f, b: b.T @ np.ones(3),
            "bands not summed": lambda f, b: b * np.abs(np.fft.rfft(f)) ** 2,
            "normalized": lambda f, b: mel(f, b) / max(mel(f, b).max(), 1e-9),
        },
    ),
    "to_db": Case(
        reference=db,
        wrong={
            "amplitude instead of power": lambda p: db(p, factor=20),
            "natural logarithm": lambda p: db(p, factor=10 / np.log10(np.e)),
            "no floor": lambda p: db(p, floor=None),
            "reference is the mean": lambda p: db(p, reference=np.mean),
            "reference is 1": lambda p: db(p, reference=lambda _: 1.0),
            "zero not limited": lambda p: np.maximum(10 * np.log10(p / np.max(p)), -80),
            "floor at -100": lambda p: db(p, floor=-100),
            "each row its own maximum": lambda p: np.maximum(
                10 * np.log10(np.maximum(p, 1e-10) / np.max(p, axis=-1, keepdims=True)), -80
            ),
        },
    ),
}
