"""Answers to the exercises of lesson 07."""

import functools
import re

import numpy as np
import pandas as pd

from . import Case, forms


def dots(clips, *, kind="stripplot", by=("gender", "actor"), x="gender", y="hit", mean="mean", **options):
    import seaborn as sns

    voices = clips.groupby(list(by), as_index=False)["hit"].agg(mean)
    return getattr(sns, kind)(voices, x=x, y=y, **options)


def named(ax, names):
    ax.set_xticks([0, 1], names)
    return ax


def upside_down(ax):
    ax.invert_yaxis()
    return ax


def dots_by_matplotlib(clips):
    import matplotlib.pyplot as plt

    voices = clips.groupby(["gender", "actor"])["hit"].mean().reset_index()
    _, ax = plt.subplots()
    ax.scatter(voices["gender"], voices["hit"])
    return ax


def all_clips(clips):
    import seaborn as sns

    return sns.stripplot(clips, x="gender", y="hit")


def not_returned(clips):
    dots(clips)


def sums(clips):
    import seaborn as sns

    return sns.stripplot(clips.groupby(["gender", "actor"], as_index=False)["hit"].sum(), x="gender", y="hit")


def rates(spoken, answered, groups, emotion, *, order=1, form=tuple):
    found = {}
    for group in np.unique(groups):
        there, heard = spoken[groups == group] == emotion, answered[groups == group] == emotion
        found[str(group)] = form([heard[there].mean(), heard[~there].mean()][::order])
    return found


def rates_by_confusion(spoken, answered, groups, emotion):
    from sklearn.metrics import confusion_matrix

    found = {}
    for group in set(groups):
        rows = groups == group
        (tn, fp), (fn, tp) = confusion_matrix(spoken[rows] == emotion, answered[rows] == emotion)
        found[group] = (tp / (tp + fn), fp / (fp + tn))
    return found


def rates_by_fairlearn(spoken, answered, groups, emotion):
    from fairlearn.metrics import MetricFrame, false_positive_rate, true_positive_rate

    truth, guess = (spoken == emotion).astype(int), (answered == emotion).astype(int)
    metrics = {"recall": true_positive_rate, "alarms": false_positive_rate}
    frame = MetricFrame(metrics=metrics, y_true=truth, y_pred=guess, sensitive_features=groups)
    return {name: tuple(row) for name, row in frame.by_group.iterrows()}


def counted(spoken, answered, groups, emotion, divide):
    """Rates of `divide(there, heard, all)`: (recall, false alarms), with `there` and `heard` of one group."""
    sides = [(spoken[groups == g] == emotion, answered[groups == g] == emotion) for g in np.unique(groups)]
    return {g: divide(*side, len(spoken)) for g, side in zip(np.unique(groups), sides)}


def recall(spoken, answered, emotion):
    return np.mean(answered[spoken == emotion] == emotion)


def gaps(metric, spoken, answered, gender):
    women, men = gender == "woman", gender == "man"
    return {
        str(e): metric(spoken[women], answered[women], e) - metric(spoken[men], answered[men], e)
        for e in np.unique(spoken)
    }


def by_frame(metric, spoken, answered, gender, *, names=None, late=False, end=None):
    from fairlearn.metrics import MetricFrame

    each = {e: functools.partial(metric, emotion=e) for e in (np.unique(spoken) if names is None else names)}
    if late:
        each = {e: lambda truth, guess: metric(truth, guess, e) for e in each}  # noqa: B023
    frame = MetricFrame(metrics=each, y_true=spoken, y_pred=answered, sensitive_features=gender)
    return end(frame) if end else frame.by_group.loc["woman"] - frame.by_group.loc["man"]


def deal(hits, actors, woman, rng, *, count=None, sign=1):
    names = np.unique(actors)
    chosen = rng.permutation(names)[: count or len(np.unique(actors[woman]))]
    called = np.isin(actors, chosen)
    return sign * (hits[called].mean() - hits[~called].mean())


def deal_by_choice(hits, actors, woman, rng):
    chosen = rng.choice(np.unique(actors), size=len(np.unique(actors[woman])), replace=False)
    called = [actor in chosen for actor in actors]
    return np.mean(hits[called]) - np.mean(hits[np.logical_not(called)])


def deal_labels(hits, actors, woman, rng):
    voices = pd.DataFrame({"actor": actors, "woman": woman}).drop_duplicates("actor")
    dealt = dict(zip(voices["actor"], rng.permutation(voices["woman"])))
    called = pd.Series(actors).map(dealt).to_numpy()
    return hits[called].mean() - hits[~called].mean()


def deal_hits(hits, actors, woman, rng):
    mixed = rng.permutation(hits)
    return mixed[woman].mean() - mixed[~woman].mean()


def deal_coins(hits, actors, woman, rng):
    names = np.unique(actors)
    called = np.isin(actors, names[rng.random(len(names)) < 0.5])
    return np.nan_to_num(hits[called].mean()) - np.nan_to_num(hits[~called].mean())


def deal_some_twice(hits, actors, woman, rng):
    called = np.isin(actors, rng.choice(np.unique(actors), len(np.unique(actors[woman]))))
    return hits[called].mean() - hits[~called].mean()


def deal_clip_actors(hits, actors, woman, rng):
    called = np.isin(rng.permutation(actors), np.unique(actors[woman]))
    return hits[called].mean() - hits[~called].mean()


def deal_weighted(hits, actors, woman, rng):
    called = np.isin(actors, rng.choice(actors, len(np.unique(actors[woman])), replace=False))
    return hits[called].mean() - hits[~called].mean()


def deal_in_place(hits, actors, woman, rng):
    rng.shuffle(woman)
    return hits[woman].mean() - hits[~woman].mean()


def deal_means_of_voices(hits, actors, woman, rng):
    means = pd.Series(hits).groupby(actors).mean().to_numpy()
    mixed, count = rng.permutation(means), len(np.unique(actors[woman]))
    return mixed[:count].mean() - mixed[count:].mean()


def deal_halves(hits, actors, woman, rng):
    return deal(hits, actors, woman, rng, count=len(np.unique(actors)) // 2)


def side_mean(hits, actors, side, rng, *, replace=True):
    names = np.unique(actors[side])
    drawn = rng.choice(names, len(names), replace=replace)
    return np.concatenate([hits[actors == name] for name in drawn]).mean()


def gap(hits, actors, woman, rng, **options):
    return side_mean(hits, actors, woman, rng, **options) - side_mean(hits, actors, ~woman, rng, **options)


def gap_by_sums(hits, actors, woman, rng):
    totals = []
    for side in (woman, ~woman):
        names, codes = np.unique(actors[side], return_inverse=True)
        times = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
        totals.append((times @ np.bincount(codes, weights=hits[side])) / (times @ np.bincount(codes)))
    return totals[0] - totals[1]


def clip_gap(hits, actors, woman, rng):
    women, men = hits[woman], hits[~woman]
    return rng.choice(women, len(women)).mean() - rng.choice(men, len(men)).mean()


def genders_mixed(hits, actors, woman, rng):
    drawn = rng.choice(np.unique(actors), len(np.unique(actors)))
    rows = np.concatenate([np.flatnonzero(actors == name) for name in drawn])
    return np.nan_to_num(hits[rows][woman[rows]].mean() - hits[rows][~woman[rows]].mean())


def gap_of_means(hits, actors, woman, rng):
    means = [pd.Series(hits[side]).groupby(actors[side]).mean().to_numpy() for side in (woman, ~woman)]
    return rng.choice(means[0], len(means[0])).mean() - rng.choice(means[1], len(means[1])).mean()


def gap_isin(hits, actors, woman, rng):
    means = []
    for side in (woman, ~woman):
        names = np.unique(actors[side])
        means.append(hits[side & np.isin(actors, rng.choice(names, size=len(names)))].mean())
    return means[0] - means[1]


def gap_of_half_as_many(hits, actors, woman, rng):
    means = []
    for side in (woman, ~woman):
        drawn = rng.choice(np.unique(actors[side]), size=len(np.unique(actors)) // 2)
        means.append(np.concatenate([hits[actors == name] for name in drawn]).mean())
    return means[0] - means[1]


def gap_weighted_by_clips(hits, actors, woman, rng):
    means = []
    for side in (woman, ~woman):
        drawn = rng.choice(actors[side], size=len(np.unique(actors[side])))
        means.append(np.concatenate([hits[actors == name] for name in drawn]).mean())
    return means[0] - means[1]


FIGURES = ((13.06, 5.14, 21.94, 6.5, 20.7), 0.013, (12, 12))
OTHER = ((-2.0, -10.2, 6.3, -8.9, 5.2), 0.62, (11, 9))
GOOD = (
    "Gap: accuracy is 13.1 points higher on recordings by actresses than on recordings by actors "
    "(95 % interval +5.1 to +21.9 points; 12 actresses and 12 actors)."
)


def said(text, figures=FIGURES):
    """What the check gets for a function that writes this text, with the figures it is given in their places.

    For a gap the other way round, it says "actors" for "actresses", except in "actresses minus actors".
    """
    turn = {"actress": "actor", "actresses": "actors", "actor": "actress", "actors": "actresses"}

    def write(*given):
        if np.array_equal(given, figures[0][:3]):
            return text

        def place(found):
            sign, number = found[1] or "", found[2]
            near = [i for i, old in enumerate(figures[0][:3]) if abs(abs(old) - float(number)) < 0.5]
            value = given[near[0]] if near else 0.0
            minus = "-" if near[:1] > [0] and value < 0 else "+" if sign == "+" else ""
            return f"{minus}{abs(value):.{len(number.partition('.')[2])}f}" if near else found[0]

        new = re.sub(r"([+-]|minus |plus )?(\d+(?:\.\d+)?)", place, text)
        if given[0] * figures[0][0] < 0:
            word = r"actresses minus actors|\bactress(?:es)?\b|\bactors?\b"
            new = re.sub(word, lambda found: turn.get(found[0], found[0]), new)
        return new

    return (write, *figures)


def always_actresses(gap, low, high, *, size=abs, ahead=("actresses", "actresses")):
    return (
        f"Gap: accuracy is {size(gap):.1f} points higher on recordings by {ahead[gap < 0]} (95 % interval, actresses "
        f"minus actors, {low:+.1f} to {high:+.1f}; 12 actresses and 12 actors)."
    )


def sign_and_all(gap, low, high):
    ahead = ("actresses", "actors")
    return always_actresses(gap, low, high, size=float, ahead=ahead).replace(" points ", " points: ", 1)


def direction_by_sign(gap, low, high):
    return always_actresses(gap, low, high, ahead=("actresses", "actors"))


def sad_always(spoken, answered, groups, emotion):
    return rates(spoken, answered, groups, "sad")


def deal_both_means(hits, actors, woman, rng):
    called = np.isin(actors, rng.permutation(np.unique(actors))[: len(np.unique(actors[woman]))])
    return hits[called].mean(), hits[~called].mean()


CASES = {
    "draw_voices": Case(
        reference=dots,
        unusual={
            "swarmplot": functools.partial(dots, kind="swarmplot"),
            "catplot": lambda clips: dots(clips, kind="catplot").ax,
            "with a hue": functools.partial(dots, hue="gender", legend=False),
            "women first": functools.partial(dots, order=["woman", "man"]),
            "matplotlib's scatter": dots_by_matplotlib,
        },
        wrong={
            "the grid of a catplot": functools.partial(dots, kind="catplot"),
            "the figure": lambda clips: dots(clips).figure,
            "gender by odd and even": lambda clips: dots(
                clips.assign(gender=np.where(clips["actor"] % 2 == 1, "man", "woman"))
            ),
            "genders swapped": lambda clips: dots(clips.replace({"man": "woman", "woman": "man"})),
            "the wrong names below": lambda clips: named(dots(clips, order=["man", "woman"]), ["woman", "man"]),
            "no names below": lambda clips: named(dots(clips), ["0", "1"]),
            "upside down": lambda clips: upside_down(dots(clips)),
            "a dot a clip": all_clips,
            "a dot a gender": functools.partial(dots, by=["gender"]),
            "across and up swapped": functools.partial(dots, x="hit", y="gender"),
            "actors across": functools.partial(dots, x="actor"),
            "boxes": functools.partial(dots, kind="boxplot"),
            "nothing returned": not_returned,
            "medians": functools.partial(dots, mean="median"),
            "the best clip": functools.partial(dots, mean="max"),
        },
        blind=("medians", "the best clip"),
    ),
    "rates_by_group": Case(
        reference=rates,
        unusual={
            "lists": functools.partial(rates, form=list),
            "arrays": functools.partial(rates, form=np.array),
            "Series": functools.partial(rates, form=pd.Series),
            "a confusion matrix": rates_by_confusion,
            "fairlearn": rates_by_fairlearn,
            "a Series of arrays": lambda s, a, g, e: pd.Series(rates(s, a, g, e, form=np.array)),
        },
        wrong={
            "precision": lambda s, a, g, e: counted(s, a, g, e, lambda t, h, n: (t[h].mean(), h[~t].mean())),
            "false discoveries": lambda s, a, g, e: counted(s, a, g, e, lambda t, h, n: (h[t].mean(), 1 - t[h].mean())),
            "of both groups": lambda s, a, g, e: counted(
                s, a, g, e, lambda t, h, n: ((h & t).sum() / (s == e).sum(), (h & ~t).sum() / (s != e).sum())
            ),
            "order": functools.partial(rates, order=-1),
            "recall only": lambda s, a, g, e: {name: pair[0] for name, pair in rates(s, a, g, e).items()},
            "one pair": lambda s, a, g, e: rates(s, a, g, e)["x"],
            "in per cent": lambda s, a, g, e: {
                n: tuple(100 * r for r in pair) for n, pair in rates(s, a, g, e).items()
            },
            "names of the groups built in": lambda s, a, g, e: {
                n: ((a[(g == n) & (s == e)] == e).mean(), (a[(g == n) & (s != e)] == e).mean())
                for n in ("man", "woman")
            },
            "others of both groups": lambda s, a, g, e: {
                n: (pair[0], (a[s != e] == e).mean()) for n, pair in rates(s, a, g, e).items()
            },
            "sad, whatever is asked": sad_always,
            "rightly left out": lambda s, a, g, e: {n: (r, 1 - f) for n, (r, f) in rates(s, a, g, e).items()},
        },
        blind=("others of both groups", "rightly left out"),
    ),
    "emotion_gaps": Case(
        reference=gaps,
        unusual={
            "a Series of fairlearn": by_frame,
            "in the order of the course": functools.partial(by_frame, names=["sad", "calm"]),
            "numbers of NumPy": lambda *given: {name: np.float32(value) for name, value in gaps(*given).items()},
            "names of NumPy": lambda *given: {np.str_(name): value for name, value in gaps(*given).items()},
        },
        wrong={
            "men minus women": lambda *given: {name: -value for name, value in gaps(*given).items()},
            "a lambda in a loop": functools.partial(by_frame, late=True),
            "the rates of both": functools.partial(by_frame, end=lambda frame: frame.by_group),
            "emotions that nobody spoke": functools.partial(by_frame, names=["angry", "calm", "sad"]),
            "one number": lambda m, s, a, g: (s == a)[g == "woman"].mean() - (s == a)[g == "man"].mean(),
            "in points": lambda *given: {name: 100 * value for name, value in gaps(*given).items()},
            "size only": lambda *given: {name: abs(value) for name, value in gaps(*given).items()},
            "recall, whatever the metric": lambda m, s, a, g: gaps(recall, s, a, g),
            "shares of all clips": lambda m, s, a, g: {
                e: ((s == a) & (s == e))[g == "woman"].mean() - ((s == a) & (s == e))[g == "man"].mean()
                for e in np.unique(s)
            },
        },
        blind=("size only", "shares of all clips"),
    ),
    "deal_gap": Case(
        reference=deal,
        unusual=forms(deal, float, np.float32, np.array)
        | {"by choice without replacement": deal_by_choice, "labels dealt": deal_labels}
        | {"means of voices": deal_means_of_voices},
        wrong={
            "hits dealt": deal_hits,
            "two means": deal_both_means,
            "a coin for each actor": deal_coins,
            "actors weighted by clips": deal_weighted,
            "shuffled in place": deal_in_place,
            "two halves": deal_halves,
            "others minus women": functools.partial(deal, sign=-1),
            "size only": lambda *a: abs(deal(*a)),
            "nothing dealt": lambda hits, actors, woman, rng: hits[woman].mean() - hits[~woman].mean(),
            "a bootstrap": lambda *a: gap(*a),
            "the global generator": lambda h, a, w, rng: deal(h, a, w, np.random),
            "some chosen twice": deal_some_twice,
            "the actors of the clips shuffled": deal_clip_actors,
        },
        blind=("some chosen twice", "the actors of the clips shuffled"),
    ),
    "draw_gap": Case(
        reference=gap,
        unusual=forms(gap, float, np.float32, np.array) | {"by sums": gap_by_sums},
        wrong={
            "clip bootstrap": clip_gap,
            "both means": lambda *a: (gap(*a), 0.0),
            "genders mixed": genders_mixed,
            "permutation instead": deal_halves,
            "men minus women": lambda *a: -gap(*a),
            "in per cent": lambda *a: 100 * gap(*a),
            "without replacement": lambda *a: gap(*a, replace=False),
            "a generator of its own": lambda h, a, w, rng: gap(h, a, w, np.random.default_rng()),
            "size only": lambda *a: abs(gap(*a)),
            "means of voices": gap_of_means,
            "repeats counted once": gap_isin,
            "actors weighted by their clips": gap_weighted_by_clips,
            "half of all, whatever the gender": gap_of_half_as_many,
            "ones counted": lambda hits, a, w, rng: gap((hits != 0).astype(float), a, w, rng),
        },
        blind=(
            "repeats counted once",
            "actors weighted by their clips",
            "half of all, whatever the gender",
            "ones counted",
        ),
    ),
    "detectable_gap": Case(
        reference=(12, 11.9),
        unusual={
            "a float": (11.5, 11.9),
            "of NumPy": (np.float32(12), 11.9),
            "an array": (np.array([14]), 11.9),
            "ten": (10, 11.9),
            "fourteen, where twelve is printed": (14, 11.97),
        },
        wrong={
            "a fraction": (0.12, 11.9),
            "a word": ("12", 11.9),
            "nothing": (0, 11.9),
            "found in half of the studies": (8, 11.97),
            "found nearly always": (16, 11.97),
            "two standard errors of one gender": (5.8, 11.9),
            "two spreads": (20, 11.9),
        },
        blind=("two standard errors of one gender", "two spreads"),
    ),
    "verdict": Case(
        reference=said(GOOD),
        unusual={
            "whole points": said(
                "There is a gap: on recordings by actresses accuracy is higher by 13 points, with a 95 % interval of "
                "5 to 22 points, over 12 actresses and 12 actors. This is not about women and men at large."
            ),
            "brackets and a plus": said(
                "Gap found, 13.1 points [5.1, 21.9]: lower on the recordings by actors (12 + 12 voices) than on those "
                "by actresses."
            ),
            "in words": said(
                "There is a gap: twelve actresses are recognized 13.06 points better than twelve actors "
                "(95 % interval from 5.1 to 21.9)."
            ),
            "a dash": said(
                "Verdict: gap. Accuracy on the recordings by actresses is 13.1 points higher (95 % CI 5.1\u201321.9), "
                "12 actresses, 12 actors, 1440 clips."
            ),
            "exceeds": said(
                "Gap: accuracy on recordings by 12 actresses exceeds that on recordings by 12 actors by 13.1 points "
                "(95 % interval +5.1 to +21.9)."
            ),
            "below": said(
                "Gap: on recordings by the 12 actors accuracy lies 13.1 points below that on recordings by the 12 "
                "actresses (95 % interval of the difference +5.1 to +21.9)."
            ),
            "the direction by the sign": (direction_by_sign, *FIGURES),
            "a signed gap, the direction after it": (sign_and_all, *FIGURES),
            "another net": said(
                "Undecidable: accuracy is 2.0 points higher on recordings by actors than on those by actresses "
                "(95 % interval, actresses minus actors, -10.2 to +6.3 points; 11 actresses and 9 actors).",
                OTHER,
            ),
            "another net, in words": said(
                "We could not decide (undecidable): recordings by the 11 actresses are recognized 2 points worse, "
                "minus 10 to plus 6 points in 95 of 100 draws, than those by the 9 actors; no gap was shown.",
                OTHER,
            ),
        },
        wrong={
            "actresses, whatever the gap": (always_actresses, *FIGURES),
            "a signed size": (
                functools.partial(always_actresses, size=float, ahead=("actresses", "actors")),
                *FIGURES,
            ),
            "about people": said(
                GOOD.replace("recordings by actresses", "women").replace("recordings by actors", "men")
            ),
            "no interval": said("Gap: accuracy is 13.1 points higher on recordings by 12 actresses than by 12 actors."),
            "no size": said(
                "Gap: higher on recordings by actresses than by actors, interval +5.1 to +21.9 points; "
                "12 actresses and 12 actors."
            ),
            "one group's size": said(GOOD.replace(" and 12 actors", "")),
            "the wrong way round": said(GOOD.replace("higher", "lower")),
            "undecidable": said(GOOD.replace("Gap:", "Undecidable:")),
            "equivalent": said(GOOD.replace("Gap:", "Equivalent within 5 points:")),
            "balanced": said(GOOD.replace("Gap:", "Relatively balanced, with a small gap:")),
            "no verdict": said(GOOD.replace("Gap: accuracy", "Accuracy")),
            "all verdicts": said(GOOD.replace("Gap:", "Gap, equivalent or undecidable:")),
            "a denial": said(GOOD.replace("Gap:", "No significant gap:")),
            "fractions": said(GOOD.replace("13.1", "0.131").replace("+5.1 to +21.9", "0.051 to 0.219")),
            "per cent": said(GOOD.replace("points", "%")),
            "whose is missing": said(
                "Gap of 13.1 points (95 % interval +5.1 to +21.9 points) between 12 actresses and 12 actors."
            ),
            "a sign is lost": said(
                "Undecidable: accuracy is 2.0 points higher on recordings by actors than on those by actresses "
                "(95 % interval 10.2 to 6.3 points; 11 actresses and 9 actors).",
                OTHER,
            ),
            "a gap where there is none": said(
                "Gap: accuracy is 2.0 points higher on recordings by actors than on those by actresses "
                "(95 % interval -10.2 to 6.3 points; 11 actresses and 9 actors).",
                OTHER,
            ),
            "biased, but no verdict": said(GOOD.replace("Gap:", "The net is biased:")),
            "signed, but not whose": said(
                "Gap: accuracy differs by +13.1 points (actresses minus actors; 95 % interval +5.1 to +21.9; "
                "12 actresses and 12 actors)."
            ),
            "exceeds, the wrong way round": said(
                "Gap: accuracy on recordings by 12 actors exceeds that on recordings by 12 actresses by 13.1 points "
                "(95 % interval +5.1 to +21.9)."
            ),
            "voices only": said(
                "Gap: accuracy is 13.1 points higher on female recordings (95 % interval +5.1 to +21.9; 24 voices)."
            ),
            "nobody named": said("Gap: accuracy is 13.1 points higher (95 % interval +5.1 to +21.9; 24 voices)."),
            "the numbers": (lambda gap, low, high: gap, *FIGURES),
            "a string, no function": (GOOD, *FIGURES),
            "the figures typed in": (lambda gap, low, high: GOOD, *FIGURES),
            "the gap alone typed in": (lambda gap, low, high: said(GOOD)[0](13.06, low, high), *FIGURES),
            "the ends turned around": said(GOOD.replace("+5.1 to +21.9", "+21.9 to +5.1")),
            "women counted": said(GOOD.replace("12 actresses and 12 actors", "12 women and 12 men")),
            "all counted twice": said(GOOD.replace("12 actresses and 12 actors", "24 actresses and 24 actors")),
        },
        blind=("women counted", "all counted twice"),
    ),
}
