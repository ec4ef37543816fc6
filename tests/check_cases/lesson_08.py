"""Answers to the exercises of lesson 08."""

import numpy as np

from ser_lessons.config import AudioConfig
from ser_lessons.sound import audio, features

from . import Case

CONFIG = AudioConfig(reference="full_scale", range_db=60.0)


def picture(signal, sample_rate, config, *, native=None, trim=True, fit=audio.fit_length):
    signal = audio.at_rate(signal, native or sample_rate, 22050)
    return features.log_mel(fit(audio.trim_silence(signal) if trim else signal), config=config)


def padded_at_the_end(signal):
    return np.pad(signal[:66150], (0, 66150 - len(signal[:66150])))


def fitted_before_resampling(signal, sample_rate, config):
    return picture(padded_at_the_end(signal), sample_rate, config)


def resampled_after_trimming_and_fitting(signal, sample_rate, config):
    clip = audio.fit_length(audio.trim_silence(signal))
    return features.log_mel(audio.fit_length(audio.at_rate(clip, sample_rate, 22050)), config=config)


def threshold(confidence, hits, target, *, order=1, answered=np.greater_equal, reached=np.greater_equal, never=np.inf):
    for value in np.unique(confidence)[::order]:
        chosen = hits[answered(confidence, value)]
        if len(chosen) and reached(chosen.mean(), target):
            return value
    return never


def stops_at_the_first_failure(confidence, hits, target):
    best = np.inf
    for value in np.unique(confidence)[::-1]:
        if hits[confidence >= value].mean() < target:
            break
        best = value
    return best


def one_clip_at_a_time(confidence, hits, target):
    order = np.argsort(-confidence, kind="stable")
    good = np.flatnonzero(np.cumsum(hits[order]) / np.arange(1, len(hits) + 1) >= target)
    return confidence[order][good[-1]] if len(good) else np.inf


CASES = {
    "hum_confidence": Case(
        reference=(0.95, 0.99),
        wrong={
            "an even guess": (0.125, 0.99),
            "half": (0.5, 0.99),
            "a little too far off": (0.78, 0.99),
            "percent": (95, 0.99),
            "a word": ("0.95", 0.99),
            "not a number": (float("nan"), 0.99),
        },
    ),
    "picture_for_net": Case(
        reference=(picture, CONFIG),
        wrong={
            "the homemade script": (lambda s, _, c: features.log_mel(padded_at_the_end(s), config=c), CONFIG),
            "sample rate ignored": (lambda s, r, c: picture(s, r, c, native=22050), CONFIG),
            "always from 48 kHz": (lambda s, r, c: picture(s, r, c, native=48000 if r != 22050 else 22050), CONFIG),
            "not trimmed": (lambda s, r, c: picture(s, r, c, trim=False), CONFIG),
            "padded at the end": (lambda s, r, c: picture(s, r, c, fit=padded_at_the_end), CONFIG),
            "fitted before resampling": (fitted_before_resampling, CONFIG),
            "resampled last": (resampled_after_trimming_and_fitting, CONFIG),
            "settings ignored": (lambda s, r, c: picture(s, r, AudioConfig()), CONFIG),
            "not fitted": (lambda s, r, c: picture(s, r, c, fit=lambda clip: clip), CONFIG),
            "transposed": (lambda s, r, c: picture(s, r, c).T, CONFIG),
        },
    ),
    "lowest_threshold": Case(
        reference=threshold,
        wrong={
            "the highest threshold": lambda c, h, t: threshold(c, h, t, order=-1),
            "strictly above": lambda c, h, t: threshold(c, h, t, answered=np.greater),
            "target exceeded": lambda c, h, t: threshold(c, h, t, reached=np.greater),
            "stops at the first failure": stops_at_the_first_failure,
            "ties cut in two": one_clip_at_a_time,
            "out of reach forgotten": lambda c, h, t: threshold(c, h, t, never=1.0),
            "the accuracy instead": lambda c, h, t: h[c >= t].mean(),
        },
    ),
}
