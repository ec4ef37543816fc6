"""Answers to the exercises of lesson 06."""

import dataclasses
import functools

import numpy as np
from sklearn.metrics import recall_score

from ser_lessons.evaluate import Interval

from . import Case, forms

MEASURED = Interval(30.0, 24.0, 36.0)


def uar(spoken, answered):
    return np.mean([np.mean(answered[spoken == name] == name) for name in np.unique(spoken)])


def by_sklearn(spoken, answered):
    return recall_score(spoken, answered, average="macro", labels=np.unique(spoken))


def precision(spoken, answered):
    return np.mean([np.mean(spoken[answered == name] == name) for name in np.unique(answered)])


def with_labels_of_answers(spoken, answered):
    names = np.union1d(spoken, answered)
    return np.mean([np.mean(answered[spoken == name] == name) if name in spoken else 0.0 for name in names])


def folds(emotions, actors, n_folds, *, kind="StratifiedGroupKFold", groups=True, **options):
    from sklearn import model_selection

    maker = getattr(model_selection, kind)(n_folds, **options)
    return list(maker.split(np.zeros(len(emotions)), emotions, actors if groups else None))


def swapped(emotions, actors, n_folds):
    return [(test, train) for train, test in folds(emotions, actors, n_folds)]


def as_masks(emotions, actors, n_folds):
    rows = np.arange(len(emotions))
    return [tuple(np.isin(rows, part) for part in fold) for fold in folds(emotions, actors, n_folds)]


def by_hand(emotions, actors, n_folds):
    names = np.unique(actors)
    parts = [np.flatnonzero(np.isin(actors, names[k::n_folds])) for k in range(n_folds)]
    return [(np.setdiff1d(np.arange(len(actors)), part), part) for part in parts]


def bootstrap_of_means(hits, actors, rng):
    """By sums: the same draw, without concatenating."""
    names, codes = np.unique(actors, return_inverse=True)
    drawn = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
    return (drawn @ np.bincount(codes, weights=hits)) / (drawn @ np.bincount(codes))


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
        unusual={
            "of NumPy": (np.float32(25), MEASURED),
            "an array": (np.array([25]), MEASURED),
            "24.5": (24.5, MEASURED),
            "the whole number below the interval": (17, Interval(25.6, 17.5, 34.7)),
        },
        wrong={
            "a fraction": (0.3, MEASURED),
            "no difference": (0, MEASURED),
            "no difference, though the interval nearly allows it": (0, Interval(11.0, 3.0, 19.0)),
            "one point below what is accepted": (23, MEASURED),
            "one point above what is accepted": (37, MEASURED),
            "ten points, where 25.6 were measured": (10, Interval(25.6, 17.5, 34.7)),
            "forty points, where 25.6 were measured": (40, Interval(25.6, 17.5, 34.7)),
            "unknown voices are easier": (-20, MEASURED),
            "a word": ("30", MEASURED),
        },
    ),
    "uar": Case(
        reference=uar,
        unusual=forms(uar, float, np.float32, np.array) | {"scikit-learn": by_sklearn},
        wrong={
            "the median recall": lambda s, a: float(
                np.median([np.mean(a[s == name] == name) for name in np.unique(s)])
            ),
            "accuracy": lambda s, a: np.mean(s == a),
            "scikit-learn, without the labels": lambda s, a: recall_score(s, a, average="macro"),
            "precision": precision,
            "an emotion never spoken counts as 0": with_labels_of_answers,
            "in per cent": lambda s, a: 100 * uar(s, a),
            "recall of each": lambda s, a: [np.mean(a[s == n] == n) for n in np.unique(s)],
        },
    ),
    "actor_folds": Case(
        reference=folds,
        unusual={
            "shuffled": functools.partial(folds, shuffle=True, random_state=0),
            "a generator": lambda e, a, n: iter(folds(e, a, n)),
            "arrays": lambda e, a, n: np.array(folds(e, a, n), dtype=object),
        },
        wrong={
            "GroupKFold, which forgets emotions": functools.partial(folds, kind="GroupKFold"),
            "every third actor": by_hand,
            "groups forgotten": functools.partial(folds, kind="StratifiedKFold", groups=False),
            "emotions as groups": lambda e, a, n: folds(a, e, n),
            "always five folds": lambda e, a, n: folds(e, a, 5),
            "train and test swapped": swapped,
            "masks": as_masks,
            "one fold only": lambda e, a, n: folds(e, a, n)[:1],
            "a split by lot": functools.partial(folds, kind="ShuffleSplit"),
        },
    ),
    "contradiction": Case(
        reference=(395 / 491, 191 / 245),
        unusual={
            "of NumPy": (np.float64(395 / 491), np.float32(191 / 245)),
            "four digits": (0.8045, 0.7796),
            "arrays": (np.array([395 / 491]), np.array(191 / 245)),
        },
        wrong={
            "two digits": (0.80, 0.78),
            "per cent taken away from per cent": (395 / 491, 2 * 395 / 491 - 204 / 246),
            "a word": ("80 %", "78 %"),
        },
    ),
    "draw_accuracy": Case(
        reference=bootstrap,
        unusual=forms(bootstrap, float, np.float32, np.array) | {"by sums": bootstrap_of_means},
        wrong={
            "any number between the names": lambda hits, actors, rng: np.concatenate(
                [hits[actors == n] for n in rng.integers(actors.min(), actors.max() + 1, len(np.unique(actors)))]
            ).mean(),
            "clip bootstrap": lambda hits, actors, rng: rng.choice(hits, len(hits)).mean(),
            "names from 1 on": lambda hits, actors, rng: np.concatenate(
                [hits[actors == n] for n in rng.choice(np.arange(1, len(np.unique(actors)) + 1), 3)]
            ).mean(),
            "in per cent": lambda *a: 100 * bootstrap(*a),
            "two actors only": lambda hits, actors, rng: bootstrap(hits, actors, rng, count=2),
            "names not made unique": lambda hits, actors, rng: np.concatenate(
                [hits[actors == name] for name in rng.choice(actors, len(np.unique(actors)))]
            ).mean(),
            "mean of the actors' means": mean_of_actors,
            "clips within each actor": clips_within,
            "a generator of its own": lambda hits, actors, rng: bootstrap(hits, actors, np.random.default_rng()),
            "a seed of its own": lambda hits, actors, rng: bootstrap(hits, actors, np.random.default_rng(7)),
            "no mean": lambda hits, actors, rng: hits[np.isin(actors, rng.choice(actors, 3))],
        },
    ),
    "calibration_error": Case(
        reference=ece,
        unusual=forms(ece, float, np.float32, np.array),
        wrong={
            "an edge belongs to the bin below": lambda c, h, n: ece(np.nextafter(c, 0), h, n),
            "bins not weighed": lambda c, h, n: np.abs(gaps(c, h, n)).mean(),
            "the largest gap": lambda c, h, n: np.abs(gaps(c, h, n)).max(),
            "squared": lambda c, h, n: (gaps(c, h, n) ** 2).mean(),
            "with their signs": lambda c, h, n: np.mean(c) - np.mean(h),
            "empty bins": lambda c, h, n: sum(
                abs(c[(c * n).astype(int) == b].mean() - h[(c * n).astype(int) == b].mean()) for b in range(n)
            ),
            "confidence 1 falls out": open_bins,
            "always ten bins": lambda c, h, n: ece(c, h, 10),
        },
    ),
}


# ---------------------------------------------------------------- written from the exercise's text, the check unseen


def draw_isin(hits, actors, rng):
    names = np.unique(actors)
    return hits[np.isin(actors, rng.choice(names, size=len(names)))].mean()


def draw_too_many(hits, actors, rng):
    drawn = rng.choice(np.unique(actors), size=len(hits))
    return np.concatenate([hits[actors == name] for name in drawn]).mean()


def ece_rounded(confidence, hits, n_bins):
    bins = np.minimum(np.round(confidence * n_bins).astype(int), n_bins - 1)
    return float(np.abs(np.bincount(bins, weights=confidence - hits)).sum() / len(hits))


def ece_one_more_bin(confidence, hits, n_bins):
    bins = (confidence * n_bins).astype(int)
    return float(np.abs(np.bincount(bins, weights=confidence - hits)).sum() / len(hits))


def ece_equal_mass(confidence, hits, n_bins):
    parts = [part for part in np.array_split(np.argsort(confidence), n_bins) if len(part)]
    return float(sum(abs((confidence[p] - hits[p]).sum()) for p in parts) / len(hits))


def ece_bin_middle(confidence, hits, n_bins):
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    return float(np.abs(np.bincount(bins, weights=(bins + 0.5) / n_bins - hits)).sum() / len(hits))


BLIND = {
    "contradiction": {
        "both groups weighed alike": ((206 / 259 + 189 / 232) / 2, 191 / 245),
        "the other half of all": (395 / 491, 191 / 491),
        "the report's own accuracy": (204 / 246, 191 / 245),
        "both in per cent": (80.45, 77.96),
    },
    "draw_accuracy": {
        "repeats counted once": draw_isin,
        "as many actors as clips": draw_too_many,
        "always the same seed": lambda hits, actors, rng: bootstrap(hits, actors, np.random.default_rng(0)),
    },
    "calibration_error": {
        "rounded to the nearest bin": ece_rounded,
        "clip by clip": lambda confidence, hits, n_bins: float(np.abs(confidence - hits).mean()),
        "one bin for all": lambda confidence, hits, n_bins: float(abs(confidence.mean() - hits.mean())),
        "1.0 gets a bin of its own": ece_one_more_bin,
        "bins of equally many clips": ece_equal_mass,
        "the middle of the bin": ece_bin_middle,
    },
}
CASES |= {
    name: dataclasses.replace(CASES[name], wrong=CASES[name].wrong | wrong, blind=tuple(wrong))
    for name, wrong in BLIND.items()
}
