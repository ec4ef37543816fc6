"""Answers to the exercises of lesson 02."""

import dataclasses

import librosa
import librosa.display
import matplotlib.pyplot as plt
import numpy as np

from ser_lessons.sound.features import mel_band_edges

from . import Case, forms

CENTERS = mel_band_edges()[1:-1]


def size(wave, hz, rate, *, join=np.hypot, period=2 * np.pi):
    angle = period * hz * np.arange(len(wave)) / rate
    return join(np.sum(wave * np.sin(angle)), np.sum(wave * np.cos(angle)))


def size_in_a_loop(wave, hz, rate):
    total = 0
    for i, value in enumerate(wave):
        total += value * np.exp(-2j * np.pi * hz * i / rate)
    return abs(total)


def mel(signal, basis, *, power=2, n_fft=2048, hop=512, **options):
    return basis @ np.abs(librosa.stft(signal, n_fft=n_fft, hop_length=hop, **options)) ** power


def mel_frame_by_frame(signal, basis):
    padded = np.pad(signal, 1024)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2048) / 2048)
    starts = range(0, len(signal) + 1, 512)
    spectra = [np.abs(np.fft.rfft(padded[s : s + 2048] * window)) ** 2 for s in starts]
    return np.array([basis @ spectrum for spectrum in spectra]).T


def db(power, *, factor=10, floor=-80, reference=np.max, smallest=1e-10):
    level = factor * np.log10(np.maximum(power, smallest) / max(reference(power), 1e-10))
    return level if floor is None else np.maximum(level, floor)


def db_zero_kept(power):
    with np.errstate(divide="ignore"):
        return np.maximum(10 * np.log10(power / np.max(power)), -80)


def draw(signal, *, to_db=librosa.power_to_db, ref=np.max, x="time", y="mel", **options):
    mel_power = librosa.feature.melspectrogram(y=signal, sr=22_050, **options)
    return librosa.display.specshow(to_db(mel_power, ref=ref), sr=22_050, x_axis=x, y_axis=y)


def draw_with_imshow(signal):
    level_db = librosa.power_to_db(librosa.feature.melspectrogram(y=signal), ref=np.max)
    return plt.imshow(level_db, origin="lower")


def draw_db(signal, power=None):
    power = librosa.feature.melspectrogram(y=signal) if power is None else power
    return librosa.power_to_db(power, ref=np.max)


def draw_powers(signal):
    return librosa.display.specshow(librosa.feature.melspectrogram(y=signal), x_axis="time", y_axis="mel")


def draw_upside(signal):
    level_db = librosa.power_to_db(librosa.feature.melspectrogram(y=signal), ref=np.max)
    return librosa.display.specshow(level_db.T, x_axis="time", y_axis="mel")


CASES = {
    "magnitude": Case(
        reference=size,
        unusual=forms(size, float, np.array, np.float32) | {"a loop over complex numbers": size_in_a_loop},
        wrong={
            "only the sine": lambda w, hz, rate: size(w, hz, rate, join=lambda s, c: abs(s)),
            "only the cosine": lambda w, hz, rate: size(w, hz, rate, join=lambda s, c: abs(c)),
            "both sums": lambda w, hz, rate: size(w, hz, rate, join=lambda s, c: (s, c)),
            "both sums added": lambda w, hz, rate: size(w, hz, rate, join=lambda s, c: abs(s) + abs(c)),
            "twice the mean": lambda w, hz, rate: 2 * size(w, hz, rate) / len(w),
            "half a swing of pi": lambda w, hz, rate: size(w, hz, rate, period=np.pi),
            "a clock that ends with the wave": lambda w, hz, rate: size(w, hz, rate * (len(w) - 1) / len(w)),
            "products, not added": lambda w, hz, rate: w * np.sin(2 * np.pi * hz * np.arange(len(w)) / rate),
            "Pythagoras before the sum": lambda w, hz, rate: np.sum(
                np.hypot(*(w * f(2 * np.pi * hz * np.arange(len(w)) / rate) for f in (np.sin, np.cos)))
            ),
            "root forgotten": lambda w, hz, rate: size(w, hz, rate, join=lambda s, c: s**2 + c**2),
            "the mean": lambda w, hz, rate: size(w, hz, rate) / len(w),
            "rate forgotten": lambda w, hz, rate: size(w, hz, 1),
            "still complex": lambda w, hz, rate: np.exp(-2j * np.pi * hz * np.arange(len(w)) / rate) @ w,
            "the whole spectrum": lambda w, hz, rate: np.abs(np.fft.rfft(w)),
        },
    ),
    "band_of_tone": Case(
        reference=(16, CENTERS),
        unusual={
            "a float": (15.5, CENTERS),
            "of NumPy": (np.int64(17), CENTERS),
            "an array": (np.array([14]), CENTERS),
        },
        wrong={
            "above the last": (127.6, CENTERS),
            "linear bands": (round(440 / 11_025 * 128), CENTERS),
            "the frequency itself": (440, CENTERS),
            "the middle": (64, CENTERS),
            "a word": ("16", CENTERS),
        },
    ),
    "mel_by_hand": Case(
        reference=mel,
        unusual=forms(mel, np.ndarray.tolist, np.float32, np.asfortranarray)
        | {
            "frame by frame": mel_frame_by_frame,
            "einsum": lambda s, b: np.einsum("kf,ft->kt", b, np.abs(librosa.stft(s, n_fft=2048)) ** 2),
        },
        wrong={
            "squared without np.abs": lambda s, b: b @ librosa.stft(s, n_fft=2048) ** 2,
            "sizes": lambda s, b: mel(s, b, power=1),
            "squared after the sum": lambda s, b: mel(s, b, power=1) ** 2,
            "as many of librosa's own": lambda s, b: librosa.feature.melspectrogram(y=s, sr=22_050, n_mels=len(b)),
            "decibels already": lambda s, b: librosa.power_to_db(mel(s, b)),
            "basis unused": lambda s, b: librosa.feature.melspectrogram(y=s, sr=22_050),
            "not centered": lambda s, b: mel(s, b, center=False),
            "frames first": lambda s, b: mel(s, b).T,
        },
    ),
    "to_db": Case(
        reference=db,
        unusual=forms(db, np.ndarray.tolist, np.float32, np.array)
        | {"librosa": lambda p: librosa.power_to_db(p, ref=np.max)},
        wrong={
            "amplitude instead of power": lambda p: db(p, factor=20),
            "max of Python": lambda p: 10 * np.log10(max(p, 1e-10)),
            "np.max for np.maximum": lambda p: 10 * np.log10(np.max(p, 1e-10)),
            "no floor": lambda p: db(p, floor=None),
            "reference is the mean": lambda p: db(p, reference=np.mean),
            "reference is 1": lambda p: db(p, reference=lambda _: 1.0),
            "zero not limited": db_zero_kept,
            "each row its own maximum": lambda p: np.maximum(
                10 * np.log10(np.maximum(p, 1e-10) / np.max(p, axis=-1, keepdims=True)), -80
            ),
        },
    ),
    "draw_mel": Case(
        reference=draw,
        unusual={
            "seconds by their unit": lambda s: draw(s, x="s"),
            "on axes of its own": lambda s: [plt.subplots()[0], draw(s)][1],
            "with all options": lambda s: draw(s, n_fft=2048, hop_length=512, n_mels=128),
        },
        wrong={
            "another rate": lambda s: librosa.display.specshow(draw_db(s), sr=44_100, x_axis="time", y_axis="mel"),
            "no names": lambda s: draw_db(s, librosa.feature.melspectrogram(s, 22_050)),
            "sizes of the stft": lambda s: librosa.display.specshow(draw_db(s, np.abs(librosa.stft(s)) ** 2)),
            "no return": lambda s: (draw(s), None)[1],
            "frames on the axis": lambda s: draw(s, x=None),
            "bands on the axis": lambda s: draw(s, y=None),
            "dB re 1": lambda s: draw(s, ref=1.0),
            "64 bands": lambda s: draw(s, n_mels=64),
            "powers": draw_powers,
            "imshow": draw_with_imshow,
            "turned by 90 degrees": draw_upside,
        },
    ),
}


BLIND = {
    "magnitude": {
        "only the first 441 samples": lambda wave, hz, rate: size(wave[:441], hz, rate),
        "the nearest bin of rfft": lambda wave, hz, rate: np.abs(np.fft.rfft(wave))[round(hz * len(wave) / rate)],
        "the larger sum": lambda wave, hz, rate: size(wave, hz, rate, join=lambda s, c: max(abs(s), abs(c))),
        "the last sample lost": lambda wave, hz, rate: size(wave[:-1], hz, rate),
        "Pythagoras, sample by sample": lambda wave, hz, rate: np.sum(np.abs(wave)),
    },
    "band_of_tone": {"the frequency": 440, "half of 37, and two": 20.6, "by ear": 28, "in kHz": 0.44},
    "mel_by_hand": {
        "the size of the weighted sum": lambda s, b: np.abs(b @ librosa.stft(s)) ** 2,
        "the real part": lambda s, b: b @ librosa.stft(s).real ** 2,
        "weights of 0 and 1": lambda s, b: mel(s, b > 0),
        "another window": lambda s, b: mel(s, b, window="hamming"),
        "the mean of the bins": lambda s, b: mel(s, b) / 1025,
    },
    "to_db": {
        "rounded": lambda p: np.round(db(p)),
        "1e-10 added": lambda p: db(p + 1e-10),
        "cut before comparing": lambda p: np.maximum(10 * np.log10(p + 1e-30), -80) - 10 * np.log10(np.max(p) + 1e-30),
        "divided by the loudest level": lambda p: 10 * np.log10(p + 1e-10) / np.max(10 * np.log10(p + 1e-10)),
        "one reference a column": lambda p: db(p, reference=lambda p: p.max(axis=0).min()),
    },
    "draw_mel": {
        "the axes": lambda s: draw(s).axes,
        "the figure": lambda s: draw(s).figure,
        "milliseconds": lambda s: draw(s, x="ms"),
        "amplitudes for powers": lambda s: draw(s, power=1.0),
        "only to 8 kHz": lambda s: draw(s, fmax=8000),
    },
}
CASES |= {
    name: dataclasses.replace(CASES[name], wrong=CASES[name].wrong | wrong, blind=tuple(wrong))
    for name, wrong in BLIND.items()
}
