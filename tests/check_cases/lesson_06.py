"""Answers to the exercises of lesson 06."""

import numpy as np

from ser_lessons.evaluate import Interval

from . import Case

MEASURED = Interval(30.0, 24.0, 36.0)


def split(table, test_actors):
    tested = table["actor"].isin(test_actors).to_numpy()
    return np.flatnonzero(~tested), np.flatnonzero(tested)


def bootstrap(hits, actors, rng, *, replace=True, count=None):
    names = np.unique(actors)
    drawn = rng.choice(names, count or len(names), replace=replace)
    return np.concatenate([hits[actors == name] for name in drawn]).mean()


def mean_of_actors(hits, actors, rng):
    names = np.unique(actors)
    return np.mean([hits[actors == name].mean() for name in rng.choice(names, len(names))])


def clips_within(hits, actors, rng):
    return np.mean([rng.choice(hits[actors == name], (actors == name).sum()).mean() for name in np.unique(actors)])


def ece(confidence, hits, n_bins):
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    return np.abs(np.bincount(bins, weights=confidence - hits)).sum() / len(hits)


def gaps(confidence, hits, n_bins):
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    return np.array([(confidence[bins == k] - hits[bins == k]).mean() for k in np.unique(bins)])


def open_bins(confidence, hits, n_bins):
    inside = [(confidence >= k / n_bins) & (confidence < (k + 1) / n_bins) for k in range(n_bins)]
    return sum(abs((confidence[b] - hits[b]).sum()) for b in inside) / len(hits)


CASES = {
    "leakage_gap": Case(
        reference=(25, MEASURED),
        wrong={
            "a fraction": (0.3, MEASURED),
            "no difference": (0, MEASURED),
            "no difference, though the interval nearly allows it": (0, Interval(11.0, 3.0, 19.0)),
            "one point below what is accepted": (13, MEASURED),
            "one point above what is accepted": (47, MEASURED),
            "the score instead of the gap": (75, MEASURED),
            "unknown voices are easier": (-20, MEASURED),
            "a word": ("30", MEASURED),
        },
    ),
    "split_by_actor": Case(
        reference=split,
        wrong={
            "by file": lambda table, actors: (np.arange(4), np.arange(4, 8)),
            "at random": lambda table, actors: np.split(np.random.default_rng(0).permutation(len(table)), [5]),
            "row labels": lambda table, actors: (
                table.index[~table["actor"].isin(actors)].to_numpy(),
                table.index[table["actor"].isin(actors)].to_numpy(),
            ),
            "swapped": lambda table, actors: split(table, actors)[::-1],
            "masks": lambda table, actors: (~table["actor"].isin(actors), table["actor"].isin(actors)),
            "training on everything": lambda table, actors: (np.arange(len(table)), split(table, actors)[1]),
            "one test actor forgotten": lambda table, actors: split(table, actors[:1]),
            "clips of the others dropped": lambda table, actors: (
                split(table, actors)[0][:2],
                split(table, actors)[1],
            ),
        },
    ),
    "contradiction": Case(
        reference=(395 / 491, 191 / 245),
        wrong={
            "mean of the percentages": ((0.7954 + 0.8147) / 2, 191 / 245),
            "percent": (80.45, 77.96),
            "the published number": (204 / 246, 191 / 245),
            "the published half once more": (395 / 491, 204 / 246),
            "divided by all": (395 / 491, 191 / 491),
            "two digits": (0.80, 0.78),
            "a word": ("80 %", "78 %"),
        },
    ),
    "draw_accuracy": Case(
        reference=bootstrap,
        wrong={
            "clip bootstrap": lambda hits, actors, rng: rng.choice(hits, len(hits)).mean(),
            "without replacement": lambda hits, actors, rng: bootstrap(hits, actors, rng, replace=False),
            "two actors only": lambda hits, actors, rng: bootstrap(hits, actors, rng, count=2),
            "an actor drawn twice counts once": lambda hits, actors, rng: hits[
                np.isin(actors, rng.choice(np.unique(actors), len(np.unique(actors))))
            ].mean(),
            "mean of the actors' means": mean_of_actors,
            "clips within each actor": clips_within,
            "no draw": lambda hits, actors, rng: hits.mean(),
            "a generator of its own": lambda hits, actors, rng: bootstrap(hits, actors, np.random.default_rng()),
            "the global generator": lambda hits, actors, rng: bootstrap(hits, actors, np.random),
        },
    ),
    "calibration_error": Case(
        reference=ece,
        wrong={
            "bins not weighed": lambda c, h, n: np.abs(gaps(c, h, n)).mean(),
            "signed": lambda c, h, n: (c - h).mean(),
            "the largest gap": lambda c, h, n: np.abs(gaps(c, h, n)).max(),
            "squared": lambda c, h, n: (gaps(c, h, n) ** 2).mean(),
            "no bins": lambda c, h, n: np.abs(c - h).mean(),
            "confidence 1 falls out": open_bins,
            "always ten bins": lambda c, h, n: ece(c, h, 10),
            "not divided": lambda c, h, n: ece(c, h, n) * len(h),
        },
    ),
}
