"""Answers to the exercises of lesson 08."""

import librosa
import numpy as np
import pandas as pd
import scipy.signal

from . import Case, forms


def order(probabilities, spoken, orders, *, score=np.sum):
    numbers = np.asarray(probabilities).argmax(axis=1)
    hits = [score(np.array(names)[numbers] == np.array(spoken)) for names in orders]
    return orders[int(np.argmax(hits))]


def order_in_a_loop(probabilities, spoken, orders):
    best, most = None, -1
    for names in orders:
        right = sum(names[int(np.argmax(row))] == word for row, word in zip(probabilities, spoken))
        if right > most:
            best, most = names, right
    return best


def surest(probabilities, spoken, orders):
    truth = [[row[names.index(word)] ** 4 for row, word in zip(probabilities, spoken)] for names in orders]
    return orders[int(np.argmax(np.sum(truth, axis=1)))]


def above_half(probabilities, spoken, orders):
    for names in orders:
        if np.mean(np.array(names)[probabilities.argmax(axis=1)] == spoken) > 0.5:
            return names


def clip(signal, sample_rate, *, native=None, trim=20, fit=None):
    signal = librosa.resample(signal, orig_sr=native or sample_rate, target_sr=22050)
    if trim:
        signal, _ = librosa.effects.trim(signal, top_db=trim)
    return (fit or centered)(signal)


def centered(signal):
    return librosa.util.pad_center(signal[:66150], size=66150)


def at_the_end(signal):
    return librosa.util.fix_length(signal, size=66150)


def at_the_start(signal):
    return at_the_end(signal[::-1])[::-1]


def by_scipy(signal, sample_rate):
    divisor = np.gcd(int(sample_rate), 22050)
    signal = scipy.signal.resample_poly(signal, 22050 // divisor, sample_rate // divisor)
    trimmed = librosa.effects.trim(signal, top_db=20)[0][:66150]
    left = (66150 - len(trimmed)) // 2
    return np.pad(trimmed, (left, 66150 - len(trimmed) - left))


def fitted_first(signal, sample_rate):
    return clip(at_the_end(signal), sample_rate)


def windows(n_samples, length, hop):
    last = max(n_samples - length, 0)
    return [(start, min(start + length, n_samples)) for start in range(0, last + 1, hop)]


def windows_in_a_loop(n_samples, length, hop):
    if n_samples <= length:
        return [[0, n_samples]]
    found, start = [], 0
    while start + length <= n_samples:
        found.append([start, start + length])
        start += hop
    return found


def without(spectra, voices):
    frame = pd.DataFrame(spectra)
    return (frame - frame.groupby(voices).transform("mean")).to_numpy()


def without_in_a_loop(spectra, voices):
    left = np.array(spectra, dtype=float)
    for voice in set(voices):
        left[voices == voice] -= spectra[voices == voice].mean(axis=0)
    return left


def in_place(spectra, voices):
    for voice in np.unique(voices):
        spectra[voices == voice] -= spectra[voices == voice].mean(axis=0)
    return spectra


def threshold(confidence, hits, target, *, order=1, answered=np.greater_equal, reached=np.greater_equal, never=np.inf):
    for value in np.unique(confidence)[::order]:
        chosen = hits[answered(confidence, value)]
        if len(chosen) and reached(chosen.mean(), target):
            return value
    return never


def from_the_top(confidence, hits, target):
    good = [value for value in sorted(set(confidence.tolist())) if hits[confidence >= value].mean() >= target]
    return min(good, default=float("inf"))


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
        unusual={
            "of NumPy": (np.float32(0.9), 0.99),
            "an array": (np.array([0.93]), 0.99),
            "a whole number": (1, 0.99),
        },
        wrong={
            "a word": ("0.95", 0.99),
            "not a number": (float("nan"), 0.99),
            "a third": (0.3, 0.99),
            "a share in per cent": (99, 0.99),
            "0.15 too sure": (0.94, 0.79),
        },
        blind=("a third", "a share in per cent"),
    ),
    "best_order": Case(
        reference=order,
        unusual=forms(order, tuple, np.array, pd.Series) | {"a loop": order_in_a_loop},
        wrong={
            "the last clip decides": lambda p, s, orders: next(o for o in orders if o[p[-1].argmax()] == s[-1]),
            "its place": lambda p, s, o: o.index(order(p, s, o)),
            "the first": lambda p, s, o: o[0],
            "the last": lambda p, s, o: o[-1],
            "the fewest": lambda p, s, o: order(p, s, o, score=lambda hits: -np.sum(hits)),
            "the surest": surest,
            "the first above half": above_half,
            "no return": lambda p, s, o: None,
            "with its hits": lambda p, s, o: (order(p, s, o), len(s)),
            "two orders alone": lambda p, s, o: order(p, s, o[:2]),
            "columns asked": lambda p, s, o: max(
                o, key=lambda n: sum(n[k] == word for k, word in zip(p.argmax(axis=0), s))
            ),
        },
        blind=("two orders alone", "columns asked"),
    ),
    "clip_for_net": Case(
        reference=clip,
        unusual=forms(clip, np.float64, np.ndarray.tolist) | {"by SciPy": by_scipy},
        wrong={
            "the hasty script": lambda s, r: at_the_end(s),
            "always from 48 kHz": lambda s, r: clip(s, r, native=48000 if r != 22050 else 22050),
            "not trimmed": lambda s, r: clip(s, r, trim=None),
            "padded at the end": lambda s, r: clip(s, r, fit=at_the_end),
            "padded at the start": lambda s, r: clip(s, r, fit=at_the_start),
            "fitted before resampling": fitted_first,
            "not fitted": lambda s, r: clip(s, r, fit=lambda signal: signal),
            "the end of a long one": lambda s, r: clip(s, r, fit=lambda signal: centered(signal[-66150:])),
            "trim's tuple": lambda s, r: librosa.util.pad_center(librosa.effects.trim(s, top_db=20), size=66150),
            "never cut": lambda s, r: clip(s, r, fit=lambda signal: librosa.util.pad_center(signal, size=66150)),
            "made louder": lambda s, r: librosa.util.normalize(clip(s, r)),
            "every second or third sample": lambda s, r: clip(s[:: max(1, round(r / 22050))], 22050),
        },
        blind=("made louder", "every second or third sample"),
    ),
    "windows": Case(
        reference=windows,
        unusual=forms(windows, tuple, np.array) | {"a loop of lists": windows_in_a_loop},
        wrong={
            "the last one lost": lambda n, w, h: [(s, min(s + w, n)) for s in range(0, max(n - w, 1), h)],
            "short ones at the end": lambda n, w, h: [(s, min(s + w, n)) for s in range(0, n, h)],
            "nothing of a short one": lambda n, w, h: [(s, s + w) for s in range(0, n - w + 1, h)],
            "no overlap": lambda n, w, h: windows(n, w, w),
            "start and length": lambda n, w, h: [(start, end - start) for start, end in windows(n, w, h)],
            "last sample included": lambda n, w, h: [(start, end - 1) for start, end in windows(n, w, h)],
            "starts alone": lambda n, w, h: [start for start, _ in windows(n, w, h)],
            "one more, from the end": lambda n, w, h: [*windows(n, w, h), (max(n - w, 0), n)],
            "as many as hops": lambda n, w, h: [(k * h, k * h + w) for k in range(n // h)],
            "a short one made long": lambda n, w, h: windows(n, w, h) if n >= w else [(0, w)],
            "one too many": lambda n, w, h: [(s, s + w) for s in range(0, n - w + h + 1, h)],
        },
        blind=("as many as hops", "a short one made long"),
    ),
    "german": Case(
        reference=(25, 22.4),
        unusual={
            "a float": (17.5, 22.4),
            "of NumPy": (np.int64(27), 22.4),
            "an array": (np.array([20.0]), 22.4),
        },
        wrong={
            "a word": ("25", 22.4),
            "more than all": (125, 22.4),
            "a third lost": (45, 22.4),
            "guessing": (16.7, 22.4),
            "guessing as a fraction": (0.167, 22.4),
        },
        blind=("a third lost", "guessing as a fraction"),
    ),
    "without_voice": Case(
        reference=without,
        unusual=forms(without, np.ndarray.tolist, np.float32, pd.DataFrame) | {"a loop": without_in_a_loop},
        wrong={
            "the mean of all clips": lambda s, v: s - s.mean(axis=0),
            "one number for a voice": lambda s, v: s - np.array([s[v == one].mean() for one in v])[:, None],
            "a row for each voice": lambda s, v: pd.DataFrame(s).groupby(v).mean().to_numpy(),
            "changes what it was given": in_place,
            "the median of the voice": lambda s, v: s - pd.DataFrame(s).groupby(v).transform("median").to_numpy(),
            "the mean of all added back": lambda s, v: without(s, v) + s.mean(axis=0),
            "the first clip of the voice": lambda s, v: s - pd.DataFrame(s).groupby(v).transform("first").to_numpy(),
        },
        blind=("the mean of all added back", "the first clip of the voice"),
    ),
    "lowest_threshold": Case(
        reference=threshold,
        unusual=forms(threshold, float, np.float32, np.array) | {"from the top": from_the_top},
        wrong={
            "the highest threshold": lambda c, h, t: threshold(c, h, t, order=-1),
            "strictly above": lambda c, h, t: threshold(c, h, t, answered=np.greater),
            "target exceeded": lambda c, h, t: threshold(c, h, t, reached=np.greater),
            "stops at the first failure": stops_at_the_first_failure,
            "ties cut in two": one_clip_at_a_time,
            "the accuracy instead": lambda c, h, t: h[c >= t].mean(),
            "walked unsorted": lambda c, h, t: next((v for v in c if h[c >= v].mean() >= t), np.inf),
            "on a grid": lambda c, h, t: next(v for v in np.arange(0, 2, 0.05) if np.mean(h[c >= v]) >= t),
            "a quantile": lambda c, h, t: np.quantile(c, t),
            "rounded to per cent": lambda c, h, t: threshold(np.round(c, 2), h, t),
            "of all clips": lambda c, h, t: min((v for v in c if h[c >= v].sum() / len(h) >= t), default=np.inf),
        },
        blind=("rounded to per cent", "of all clips"),
    ),
}
