"""Intervals that resample actors, not clips.

Clips of one actor succeed and fail together, so a bootstrap over clips pretends to know more
than it does. A percentile bootstrap over few actors is still too narrow; its tails are widened
for the number of actors (the "expanded percentile interval"). `benchmarks/interval_coverage.py` measures it.

Source: Hesterberg (2015), What teachers should know about the bootstrap, The American Statistician
69(4), section 3.4. Lesson: 06_evaluation.
"""

import dataclasses

import numpy as np
import pandas as pd

from ..config import SEED
from ..errors import BadTable
from .metrics import genders_of, group_counts, metric_function
from .predictions import labels_of

LEVEL = 0.95
"""Nominal coverage of every interval, unless said otherwise."""


@dataclasses.dataclass(frozen=True)
class Interval:
    """A number and the interval around it, resampling `n_clusters` actors; NaN ends when fewer than two were heard."""

    value: float
    low: float
    high: float
    level: float = LEVEL
    n_clusters: int = 0

    def as_dict(self):
        """The fields as plain numbers, with None instead of NaN, ready for JSON."""
        plain = dataclasses.asdict(self).items()
        return {name: None if isinstance(value, float) and not np.isfinite(value) else value for name, value in plain}

    def __str__(self):
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def scaled(self, factor):
        """The same interval in another unit, for example `scaled(100)` for percentage points."""
        return dataclasses.replace(self, value=factor * self.value, low=factor * self.low, high=factor * self.high)


def cluster_weights(groups, *, n_draws=2000, seed=SEED):
    """How often each cluster occurs in each bootstrap sample, within each of the `groups` (shape (clusters,)) apart.

    Returns a float array, shape (n_draws, clusters); the weights of a group add up to its size in every draw.
    """
    rng = np.random.default_rng(seed)
    groups = np.asarray(groups)
    weights = np.zeros((n_draws, len(groups)))
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        weights[:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=n_draws)
    return weights


def expanded_interval(value, draws, *, group_sizes, variances=None, level=LEVEL):
    """Turn bootstrap draws (NaN ones are left out) into an Interval with tails widened for the number of clusters.

    `group_sizes` are the clusters in each group that was resampled apart, `variances` each group's share of the
    variance of the draws, for the degrees of freedom after Welch (None: all alike). The ends are NaN when any group
    has fewer than two clusters or no draw is a number.
    """
    from scipy import stats

    sizes = np.asarray(group_sizes, dtype=float)
    draws = np.asarray(draws, dtype=float)
    draws = draws[np.isfinite(draws)]
    n_clusters = int(sizes.sum())
    if len(draws) == 0 or sizes.min() < 2:
        return Interval(float(value), np.nan, np.nan, level, n_clusters)
    shares = np.ones(len(sizes)) if variances is None else np.asarray(variances, dtype=float)
    shares = np.ones(len(sizes)) if not shares.sum() > 0 else shares
    true = shares * sizes / (sizes - 1)
    degrees = true.sum() ** 2 / (true**2 / (sizes - 1)).sum()
    widening = np.sqrt(true.sum() / shares.sum()) * stats.t.ppf(0.5 + level / 2, degrees)
    tail = stats.norm.cdf(-widening)
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Interval(float(value), float(low), float(high), level, n_clusters)


def actor_counts(predictions):
    """(actors, their genders, one confusion matrix each): index, array (actors,), float array (actors, 8, 8)."""
    actors, counts = group_counts(predictions, "actor")
    return actors, genders_of(predictions, actors), counts


def resample(counts, weights):
    """Confusion matrices of every draw: (draws, clusters) x (clusters, 8, 8) -> (draws, 8, 8)."""
    return np.tensordot(weights, counts, axes=1)


def interval_of(statistic, sums, groups, *, n_draws=2000, seed=SEED):
    """The Interval of a statistic of sums over clusters, resampling clusters within their groups.

    `statistic` is a function of sums (..., *) -> (...), NaN where it is not defined; `sums` has shape (clusters, *).
    A group (such as a gender) with fewer than two clusters joins all others.
    """
    sizes = np.unique(groups, return_counts=True)[1]
    if sizes.min() < 2:
        groups, sizes = np.zeros(len(groups)), [len(groups)]
    draws = statistic(resample(sums, cluster_weights(groups, n_draws=n_draws, seed=seed)))
    return expanded_interval(statistic(sums.sum(axis=0)), draws, group_sizes=sizes)


def actor_bootstrap(predictions, metric="uar", n_draws=2000, seed=SEED):
    """The `Interval` of a metric of a predictions table, resampling actors within gender.

    `metric` is one of `METRICS` (else BadTable), or a function of confusion matrices (..., 8, 8) -> (...).

    Where a gender has a single actor all actors are resampled together, and a single actor gives NaN ends. 1440 clips
    take some 20 ms: per-actor confusion matrices are summed with multinomial weights. Lesson: 06_evaluation.
    """
    _, genders, counts = actor_counts(predictions)
    return interval_of(metric_function(metric, labels_of(predictions)), counts, genders, n_draws=n_draws, seed=seed)


def compare(predictions, others, metric="uar"):
    """The `Interval` of metric(predictions) - metric(others), resampling the actors of both together.

    The tables test the same actors (else BadTable), not always the same clips; the metric is as for `actor_bootstrap`.
    Lesson: 06_evaluation.
    """
    function = metric_function(metric, labels_of(predictions))
    actors, genders, first = actor_counts(predictions)
    other_actors, _, second = actor_counts(others)
    if list(actors) != list(other_actors):
        raise BadTable("The two predictions tables test different actors; compare tables of the same actors.")
    if labels_of(predictions) != labels_of(others):
        raise BadTable("The two predictions tables speak of different emotions; compare tables of the same emotions.")
    both = np.stack([first, second], axis=1)
    return interval_of(lambda sums: function(sums[..., 0, :, :]) - function(sums[..., 1, :, :]), both, genders)


def mean_interval(actors, values, *, n_draws=2000, seed=SEED):
    """The mean of a number a clip, with an interval that resamples actors; NaN ends for a single actor."""
    codes, names = pd.factorize(np.asarray(actors))
    sums = np.stack([np.bincount(codes, weights=values), np.bincount(codes)], axis=-1)
    draws = cluster_weights(np.zeros(len(names)), n_draws=n_draws, seed=seed) @ sums
    return expanded_interval(np.mean(values), draws[:, 0] / draws[:, 1], group_sizes=[len(names)])
