"""Answers to the exercises of lesson 07."""

import dataclasses

import numpy as np

from . import Case


def recall(truth, guess, group, emotion):
    return {name: (guess[(group == name) & (truth == emotion)] == emotion).mean() for name in np.unique(group)}


def precision(truth, guess, group, emotion):
    return {name: (truth[(group == name) & (guess == emotion)] == emotion).mean() for name in np.unique(group)}


def share(truth, guess, group, emotion):
    right = (truth == emotion) & (guess == emotion)
    return {name: right[group == name].mean() for name in np.unique(group)}


def of_all(truth, guess, group, emotion):
    spoken = truth == emotion
    return {name: (spoken & (guess == emotion) & (group == name)).sum() / spoken.sum() for name in np.unique(group)}


def side_mean(hits, actors, side, rng, *, replace=True):
    names = np.unique(actors[side])
    drawn = rng.choice(names, len(names), replace=replace)
    return np.concatenate([hits[actors == name] for name in drawn]).mean()


def gap(hits, actors, woman, rng, **options):
    return side_mean(hits, actors, woman, rng, **options) - side_mean(hits, actors, ~woman, rng, **options)


def clip_gap(hits, actors, woman, rng):
    women, men = hits[woman], hits[~woman]
    return rng.choice(women, len(women)).mean() - rng.choice(men, len(men)).mean()


def genders_mixed(hits, actors, woman, rng):
    drawn = rng.choice(np.unique(actors), len(np.unique(actors)))
    rows = np.concatenate([np.flatnonzero(actors == name) for name in drawn])
    return np.nan_to_num(hits[rows][woman[rows]].mean() - hits[rows][~woman[rows]].mean())


def relabelled(hits, actors, woman, rng):
    names = rng.permutation(np.unique(actors))
    women = np.isin(actors, names[: len(names) // 2])
    return hits[women].mean() - hits[~women].mean()


def flips(before, after, group):
    return {name: (before != after)[group == name].mean() for name in np.unique(group)}


CASES = {
    "recall_by_group": Case(
        reference=recall,
        wrong={
            "precision": precision,
            "accuracy": lambda t, g, group, e: {n: (t == g)[group == n].mean() for n in np.unique(group)},
            "divided by all clips of the group": share,
            "divided by the clips of both groups": of_all,
            "one number": lambda t, g, group, e: (g[t == e] == e).mean(),
            "names of the groups built in": lambda t, g, group, e: {
                n: recall(t, g, np.where(group == n, n, "x"), e).get(n, 0) for n in ("man", "woman")
            },
        },
    ),
    "draw_gap": Case(
        reference=gap,
        wrong={
            "clip bootstrap": clip_gap,
            "genders mixed": genders_mixed,
            "permutation instead": relabelled,
            "men minus women": lambda *a: -gap(*a),
            "without replacement": lambda *a: gap(*a, replace=False),
            "the gap itself": lambda hits, actors, woman, rng: hits[woman].mean() - hits[~woman].mean(),
            "a generator of its own": lambda h, a, w, rng: gap(h, a, w, np.random.default_rng()),
            "the global generator": lambda h, a, w, rng: gap(h, a, w, np.random),
            "size only": lambda *a: abs(gap(*a)),
        },
    ),
    "detectable_gap": Case(
        reference=(12, 11.9),
        wrong={
            "as the clips suggest": (2, 11.9),
            "a fraction": (0.12, 11.9),
            "far too much": (40, 11.9),
            "a word": ("12", 11.9),
        },
    ),
    "flips_by_group": Case(
        reference=flips,
        wrong={
            "share of all clips": lambda b, a, g: {n: ((b != a) & (g == n)).mean() for n in np.unique(g)},
            "counts": lambda b, a, g: {n: ((b != a) & (g == n)).sum() for n in np.unique(g)},
            "what stayed": lambda b, a, g: {n: (b == a)[g == n].mean() for n in np.unique(g)},
            "distributions compared": lambda b, a, g: {
                n: float(sorted(b[g == n]) != sorted(a[g == n])) for n in np.unique(g)
            },
            "one number": lambda b, a, g: (b != a).mean(),
        },
    ),
}


# ---------------------------------------------------------------- written from the exercise's text, the check unseen


def gap_isin(hits, actors, woman, rng):
    means = []
    for side in (woman, ~woman):
        names = np.unique(actors[side])
        means.append(hits[side & np.isin(actors, rng.choice(names, size=len(names)))].mean())
    return means[0] - means[1]


def gap_weighted_by_clips(hits, actors, woman, rng):
    means = []
    for side in (woman, ~woman):
        drawn = rng.choice(actors[side], size=len(np.unique(actors[side])))
        means.append(np.concatenate([hits[actors == name] for name in drawn]).mean())
    return means[0] - means[1]


BLIND = {"draw_gap": {"repeats counted once": gap_isin, "actors weighted by their clips": gap_weighted_by_clips}}
CASES |= {
    name: dataclasses.replace(CASES[name], wrong=CASES[name].wrong | wrong, blind=tuple(wrong))
    for name, wrong in BLIND.items()
}
