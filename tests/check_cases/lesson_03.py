"""Answers to the exercises of lesson 03."""

import dataclasses

import librosa
import numpy as np
import pandas as pd

from . import Case, forms


def power(samples):
    return np.mean(np.square(samples, dtype=float))


def snr(signal, noise, *, factor=10):
    return factor * np.log10(power(signal) / power(noise))


def noise(signal, level, rng, *, scale=20, sign=-1, size=lambda s: np.sqrt(np.mean(s**2))):
    return signal + size(signal) * 10 ** (sign * level / scale) * rng.standard_normal(len(signal))


def noise_in_place(signal, level, rng):
    signal += np.sqrt(np.mean(signal**2)) * 10 ** (-level / 20) * rng.standard_normal(len(signal))
    return signal


def one_number(signal, level, rng):
    return signal + np.sqrt(np.mean(signal**2)) * 10 ** (-level / 20) * rng.standard_normal()


def measured_noise(signal, level, rng):
    drawn = rng.standard_normal(len(signal))
    return signal + drawn * np.sqrt(power(signal) / power(drawn) / 10 ** (level / 10))


def voice(signal, semitones, tempo):
    return librosa.effects.time_stretch(librosa.effects.pitch_shift(signal, sr=22_050, n_steps=semitones), rate=tempo)


def silent_at_its_end(signal, semitones, tempo):
    changed = voice(signal, semitones, tempo)
    changed[len(changed) * 3 // 4 :] = 0
    return changed


def tempo_first(signal, semitones, tempo):
    return librosa.effects.pitch_shift(
        librosa.effects.time_stretch(signal, rate=tempo), sr=22_050, n_steps=semitones, bins_per_octave=12
    )


def mask(picture, largest, level, rng, *, extra=1, room=1, copy=np.array):
    masked = copy(picture)
    width = rng.integers(0, largest + extra)
    start = rng.integers(0, max(1, masked.shape[1] - width + room))
    masked[:, start : start + width] = level
    return masked


def mask_with_where(picture, largest, level, rng):
    width = rng.integers(largest, endpoint=True)
    start = rng.integers(picture.shape[1] - width, endpoint=True)
    place = np.arange(picture.shape[1])
    return np.where((place >= start) & (place < start + width), level, picture)


def mask_fixed(picture, largest, level, rng):
    masked = picture.copy()
    start = rng.integers(0, picture.shape[1] - largest + 1)
    masked[:, start : start + largest] = level
    return masked


def mask_cut_back(picture, largest, level, rng):
    masked, width = picture.copy(), rng.integers(0, largest + 1)
    start = min(rng.integers(0, picture.shape[1]), picture.shape[1] - width)
    masked[:, start : start + width] = level
    return masked


def mask_scattered(picture, largest, level, rng):
    masked = picture.copy()
    masked[:, rng.permutation(picture.shape[1])[: rng.integers(0, largest + 1)]] = level
    return masked


def mask_rounded(picture, largest, level, rng, *, width=None):
    width = round(rng.uniform(0, largest)) if width is None else width
    start = round(rng.uniform(0, picture.shape[1] - width))
    masked = picture.copy()
    masked[:, start : start + width] = level
    return masked


def mask_own_rng(picture, largest, level, rng):
    return mask(picture, largest, level, np.random.default_rng())


def clip(name):
    return name.split("_")[0]


def leaks(train, test):
    return sorted({clip(n) for n in train} & {clip(n) for n in test})


def draw(rng, largest):
    return rng.uniform(-largest, largest)


CASES = {
    "snr_db": Case(
        reference=snr,
        unusual=forms(snr, float, np.float32, np.array)
        | {
            "turned into floats": lambda s, n: (
                10 * np.log10(np.mean(s.astype(float) ** 2) / np.mean(n.astype(float) ** 2))
            )
        }
        | {"times 1.0": lambda s, n: 10 * np.log10(np.mean((s * 1.0) ** 2) / np.mean((n * 1.0) ** 2))}
        | {"by RMS": lambda s, n: 20 * np.log10(np.sqrt(power(s)) / np.sqrt(power(n)))},
        wrong={
            "sums instead of means": lambda s, n: 10 * np.log10(np.sum(np.square(s)) / np.sum(np.square(n))),
            "overflow of int16": lambda s, n: 10 * np.log10(np.mean(s**2) / np.mean(n**2)),
            "the mean before the square": lambda s, n: 10 * np.log10(np.mean(s * 1.0) ** 2 / np.mean(n * 1.0) ** 2),
        },
    ),
    "add_noise": Case(
        reference=noise,
        unusual=forms(noise, np.ndarray.tolist, pd.Series, np.float32) | {"scaled by its own power": measured_noise},
        wrong={
            "power instead of amplitude": lambda s, db, rng: noise(s, db, rng, scale=10),
            "spread instead of RMS": lambda s, db, rng: noise(s, db, rng, size=np.std),
            "one number for all samples": one_number,
            "changes what it was given": noise_in_place,
            "a generator of its own": lambda s, db, rng: noise(s, db, np.random.default_rng(0)),
        },
    ),
    "change_voice": Case(
        reference=voice,
        unusual=forms(voice, np.ndarray.tolist, pd.Series, np.float64) | {"tempo first": tempo_first},
        wrong={
            "half as loud": lambda s, n, tempo: 0.5 * voice(s, n, tempo),
            "silent at its end": silent_at_its_end,
            "tempo upside down": lambda s, n, tempo: voice(s, n, 1 / tempo),
            "pitch forgotten": lambda s, n, tempo: voice(s, 0, tempo),
            "upward only": lambda s, n, tempo: voice(s, abs(n), tempo),
            "octaves": lambda s, n, tempo: voice(s, 12 * n, tempo),
            "another sample rate": lambda s, n, tempo: librosa.resample(
                voice(s, n, tempo), orig_sr=22_050, target_sr=16_000
            ),
            "two results": lambda s, n, tempo: (voice(s, n, 1), voice(s, 0, tempo)),
        },
    ),
    "draw_semitones": Case(
        reference=draw,
        unusual=forms(draw, float, np.array, np.float32)
        | {"a sign and a size": lambda rng, largest: rng.choice([-1, 1]) * rng.uniform(0, largest)},
        wrong={
            "an array of one": lambda rng, largest: rng.uniform(-largest, largest, 1),
            "rounded to hundredths": lambda rng, largest: round(draw(rng, largest), 2),
            "only up, as the student project": lambda rng, largest: largest,
            "a coin, one size": lambda rng, largest: largest * rng.choice([-1, 1]),
            "whole semitones": lambda rng, largest: rng.integers(-largest, largest + 1),
            "normal, without limit": lambda rng, largest: rng.normal(0, largest),
            "fixed limit": lambda rng, largest: rng.uniform(-2, 2),
            "a factor": lambda rng, largest: 2 ** (rng.uniform(-largest, largest) / 12),
            "global generator": lambda rng, largest: np.random.uniform(-largest, largest),
        },
    ),
    "mask_frames": Case(
        reference=mask,
        unusual=forms(mask, np.ndarray.tolist, np.float32, np.asfortranarray) | {"with where": mask_with_where},
        wrong={
            "a start that is cut back": mask_cut_back,
            "ends half as likely": mask_rounded,
            "a rounded start": lambda p, n, level, rng: mask_rounded(p, n, level, rng, width=rng.integers(0, n + 1)),
            "changes what it was given": lambda p, n, level, rng: mask(p, n, level, rng, copy=np.asarray),
            "never the full width": lambda p, n, level, rng: mask(p, n, level, rng, extra=0),
            "always the full width": mask_fixed,
            "never the last frame": lambda p, n, level, rng: mask(p, n, level, rng, room=0),
            "bands instead of frames": lambda p, n, level, rng: mask(p.T, n, level, rng).T,
            "scattered frames": mask_scattered,
            "zero instead of the level": lambda p, n, level, rng: mask(p, n, 0, rng),
            "the mask alone": lambda p, n, level, rng: mask(p, n, level, rng) - p,
            "a generator of its own": mask_own_rng,
        },
    ),
    "leaked_clips": Case(
        reference=leaks,
        unusual=forms(leaks, tuple, np.array, pd.Index),
        wrong={
            "names that begin alike": lambda train, test: sorted(
                {clip(n) for n in train if any(other.startswith(clip(n)) for other in test)}
            ),
            "full names compared": lambda train, test: sorted(set(train) & set(test)),
            "union": lambda train, test: sorted({clip(n) for n in train} | {clip(n) for n in test}),
            "repeats kept": lambda train, test: sorted(clip(n) for n in test if clip(n) in {clip(m) for m in train}),
            "a set": lambda train, test: set(leaks(train, test)),
            "not sorted": lambda train, test: leaks(train, test)[::-1],
            "the first letter": lambda train, test: sorted({n[0] for n in train} & {n[0] for n in test}),
            "versions, not clips": lambda train, test: sorted(n for n in test if clip(n) in leaks(train, test)),
        },
    ),
}


def mask_cut_off(picture, largest, level, rng):
    masked = picture.copy()
    width, start = rng.integers(0, largest + 1), rng.integers(0, picture.shape[1])
    masked[:, start : start + width] = level
    return masked


def mask_with_room_for_the_widest(picture, largest, level, rng):
    masked = picture.copy()
    width, start = rng.integers(0, largest + 1), rng.integers(0, picture.shape[1] - largest + 1)
    masked[:, start : start + width] = level
    return masked


def mask_around_the_end(picture, largest, level, rng):
    masked = picture.copy()
    width, start = rng.integers(0, largest + 1), rng.integers(0, picture.shape[1])
    masked[:, (start + np.arange(width)) % picture.shape[1]] = level
    return masked


def mask_by_deleting(picture, largest, level, rng):
    width = rng.integers(1, largest + 1)
    start = rng.integers(0, picture.shape[1] - width + 1)
    return np.delete(picture, np.arange(start, start + width), axis=1)


BLIND = {
    "snr_db": {
        "the noisy signal": lambda s, n: snr(np.resize(s, 4) + np.resize(n, 4), n),
        "a ratio of logarithms": lambda s, n: 10 * np.log10(power(s)) / np.log10(power(n)),
        "the variance": lambda s, n: 10 * np.log10(np.var(s) / np.var(n)),
        "the peaks": lambda s, n: 20 * np.log10(np.max(np.abs(s)) / np.max(np.abs(n))),
    },
    "add_noise": {
        "never below 0": lambda s, level, rng: s + np.abs(noise(s, level, rng) - s),
        "the noise alone": lambda s, level, rng: noise(s, level, rng) - s,
        "multiplied": lambda s, level, rng: s * (1 + 10 ** (-level / 20) * rng.standard_normal(len(s))),
        "clipped": lambda s, level, rng: np.clip(noise(s, level, rng), -1, 1),
    },
    "change_voice": {
        "whole semitones": lambda s, semitones, tempo: voice(s, int(semitones), tempo),
        "the factor as steps": lambda s, semitones, tempo: voice(s, 2 ** (semitones / 12), tempo),
        "cut for the tempo": lambda s, semitones, tempo: voice(s, semitones, 1)[: int(len(s) / tempo)],
        "every second sample": lambda s, semitones, tempo: voice(s, semitones, 1)[:: max(int(tempo), 1)],
    },
    "draw_semitones": {
        "the example": lambda rng, largest: -0.73,
        "a clipped bell": lambda rng, largest: float(np.clip(rng.normal(0, largest), -largest, largest)),
        "down in one of three": lambda rng, largest: rng.uniform(0, largest) * rng.choice([-1, 1, 1]),
        "ten at once": lambda rng, largest: rng.uniform(-largest, largest, 10),
    },
    "mask_frames": {
        "cut off by the end": mask_cut_off,
        "room for the widest": mask_with_room_for_the_widest,
        "frames deleted": mask_by_deleting,
        "always the same generator": lambda p, largest, level, rng: mask(p, largest, level, np.random.default_rng(3)),
        "around the end": mask_around_the_end,
    },
    "leaked_clips": {
        "the start of a name": lambda train, test: sorted(
            {n.split("_")[0] for n in test if any(t.startswith(n.split("_")[0]) for t in train)}
        ),
        "side by side": lambda train, test: sorted(
            {a.split("_")[0] for a, b in zip(train, test) if a.split("_")[0] == b.split("_")[0]}
        ),
        "what follows the underscore": lambda train, test: sorted(
            {n.split("_")[1] for n in train} & {n.split("_")[1] for n in test}
        ),
        "how many": lambda train, test: len({n.split("_")[0] for n in train} & {n.split("_")[0] for n in test}),
    },
}
CASES |= {
    name: dataclasses.replace(CASES[name], wrong=CASES[name].wrong | wrong, blind=tuple(wrong))
    for name, wrong in BLIND.items()
}
