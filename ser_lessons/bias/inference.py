"""Is the gap real? Actor-cluster bootstrap, permutation of gender over actors, Holm, equivalence.

A gap is always women minus men: negative when the model is worse on recordings by actresses.
Source: Hesterberg (2015) for the interval; Holm (1979); Schuirmann (1987)
for the two one-sided tests, done here by interval inclusion. Lesson: 07_gender_bias.
"""

import itertools
import math

import numpy as np

from ..config import SEED, counted
from ..errors import BadTable
from ..evaluate.intervals import LEVEL, actor_counts, cluster_weights, expanded_interval, resample
from ..evaluate.metrics import metric_function
from ..evaluate.predictions import labels_of

N_PERMUTATIONS = 4999
"""Random relabelings; with the observed labeling they make 5000, so that p is at least 0.0002."""

EXACT_LIMIT = 5000
"""With at most this many ways to choose the actresses, all of them are tried instead of random ones."""


class GenderCounts:
    """Confusion matrices by actor, split by gender, resampled once and asked many times.

    Raises BadTable for a predictions table with only one gender, or a gender with a single actor.
    """

    def __init__(self, predictions, *, n_draws=2000, seed=SEED):
        _, self.genders, self.counts = actor_counts(predictions)
        self.labels = labels_of(predictions)
        self.is_woman = self.genders == "woman"
        self.sizes = (int(self.is_woman.sum()), int((~self.is_woman).sum()))
        check_group_sizes(*self.sizes)
        self.totals = (self.counts[self.is_woman].sum(axis=0), self.counts[~self.is_woman].sum(axis=0))
        weights = cluster_weights(self.genders, n_draws=n_draws, seed=seed)
        self.draws = tuple(resample(self.counts[side], weights[:, side]) for side in (self.is_woman, ~self.is_woman))

    def gap(self, metric, *, level=LEVEL):
        """The interval of metric(women) - metric(men), resampling actors within gender."""
        function = metric_function(metric, self.labels)
        women, men = function(self.draws[0]), function(self.draws[1])
        value = function(self.totals[0]) - function(self.totals[1])
        return expanded_interval(
            value, women - men, group_sizes=self.sizes, variances=(_variance(women), _variance(men)), level=level
        )

    def of_gender(self, metric, gender):
        """The interval of the metric in one gender, resampling its actors."""
        side = 0 if gender == "woman" else 1
        function = metric_function(metric, self.labels)
        value = function(self.totals[side])
        return expanded_interval(value, function(self.draws[side]), group_sizes=[self.sizes[side]])


def check_group_sizes(n_women, n_men):
    """Raise BadTable unless there are at least two actors of each gender."""
    if min(n_women, n_men) == 0:
        only = "men" if n_women == 0 else "women"
        raise BadTable(f"All recordings are by {only}; a gap needs both genders, so add predictions of the other one.")
    if min(n_women, n_men) < 2:
        voices = f"{counted(n_women, 'woman', 'women')} and {counted(n_men, 'man', 'men')}"
        why = "with a single voice a gender cannot be told from a person"
        raise BadTable(f"The voices are {voices}; {why}, so test at least two of each.")


def _variance(draws):
    """Variance of the finite draws; 0 when there are none."""
    draws = draws[np.isfinite(draws)]
    return float(draws.var()) if len(draws) else 0.0


def relabelings(is_woman, *, n_permutations=N_PERMUTATIONS, seed=SEED):
    """Ways to deal the genders to the actors: all of them if they are few, else random ones.

    Returns a bool array, shape (ways, actors), the observed labeling in row 0. Lesson: 07_gender_bias.
    """
    is_woman = np.asarray(is_woman, dtype=bool)
    n, k = len(is_woman), int(is_woman.sum())
    if math.comb(n, k) > EXACT_LIMIT:
        rng = np.random.default_rng(seed)
        dealt = rng.permuted(np.tile(is_woman, (n_permutations, 1)), axis=1)
        return np.concatenate([is_woman[None], dealt])
    dealt = np.zeros((math.comb(n, k), n), dtype=bool)
    np.put_along_axis(dealt, np.array(list(itertools.combinations(range(n), k))), True, axis=1)
    same = (dealt == is_woman).all(axis=1)
    return np.concatenate([dealt[same], dealt[~same]])


def permutation_tests(counts, dealt, metrics):
    """How often chance alone makes a gap as large as the observed one: a two-sided p-value in (0, 1] for each metric.

    `counts` are confusion matrices by actor, `dealt` comes from `relabelings`, `metrics` are names or functions. p is 1
    where the gap is not a number. Actors, not clips, are exchanged: clips of one voice are not independent.
    """
    parts = np.array_split(dealt.astype(float), 1 + len(dealt) // 1000)
    women = np.concatenate([resample(counts, part) for part in parts])
    men = counts.sum(axis=0) - women
    p_values = []
    for metric in metrics:
        function = metric_function(metric)
        gaps = np.abs(function(women) - function(men))
        p_values.append(float(np.mean(gaps >= gaps[0] - 1e-12)) if np.isfinite(gaps[0]) else 1.0)
    return p_values


def holm(p_values):
    """Adjust p-values for having asked several questions (Holm 1979), in the given order.

    Reject where the adjusted value is at most alpha, and at most alpha of all families without any true effect will
    hold a false alarm. Lesson: 07_gender_bias.
    """
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    return np.maximum.accumulate(steps).clip(max=1)[np.argsort(order)]
