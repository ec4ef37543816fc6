"""Does the audit keep its promises? Simulated corpora of 24 actors whose true gap is known.

    python benchmarks/interval_coverage.py [--replications 600] [--output reports/coverage.json]

Measures, on tables of RAVDESS' shape: how often the 95 % interval over actors holds the true gap (and how
often one over clips does), how often the permutation test and the verdict raise a false alarm, and
whether the power statement matches the power that the simulation shows. About fifteen minutes on one core; an
interrupted run goes on where it stopped.
"""

import argparse
import datetime
import json
import math
import pathlib
import platform

import numpy as np
import pandas
import scipy

from benchmarks import simulation
from ser_lessons import bias, evaluate
from ser_lessons.bias import verdict
from ser_lessons.bias.audit import judge
from ser_lessons.bias.inference import GenderCounts, relabelings
from ser_lessons.config import SEED

ACCURACY = 0.6
CLIPS = 60


def one_replication(rng, *, gap, actor_sd, metric="accuracy", n_per_gender=12, n_draws=2000, n_permutations=999):
    """Judge one simulated corpus.

    Returns
    -------
    dict: whether the intervals hold the truth (`actors`, `percentile`, `clips`), `p`, and the `verdict`
    """
    genders, rates = simulation.simulate_accuracy(
        rng, n_per_gender=n_per_gender, accuracy=ACCURACY, gap=gap, actor_sd=actor_sd
    )
    table = simulation.simulate_predictions(rng, rates=rates, genders=genders)
    seed = int(rng.integers(2**31))
    counts = GenderCounts(table, n_draws=n_draws, seed=seed)
    dealt = relabelings(counts.is_woman, n_permutations=n_permutations, seed=seed)
    found, around, _, p_value, emotions, _ = judge(counts, dealt, metric=metric)
    plain = np.quantile(_draws(counts, metric), [0.025, 0.975])
    low, high = clip_interval(counts, rng, n_draws)
    return {
        "actors": around.low <= 100 * gap <= around.high,
        "percentile": plain[0] <= gap <= plain[1],
        "clips": low <= gap <= high,
        "p": p_value,
        "overall": p_value <= verdict.ALPHA and not around.low <= 0 <= around.high,
        "holm": bool((emotions["p_holm"] <= verdict.ALPHA).any()),
        "verdict": found,
    }


def _draws(counts, metric):
    """The gap in every bootstrap draw, for a percentile interval without correction."""
    function = evaluate.METRICS[metric]
    return function(counts.draws[0]) - function(counts.draws[1])


def clip_interval(counts, rng, n_draws):
    """The interval of the accuracy gap that wrongly resamples clips."""
    sides = []
    for total in counts.totals:
        clips = int(total.sum())
        sides.append(rng.binomial(clips, np.trace(total) / clips, n_draws) / clips)
    return np.quantile(sides[0] - sides[1], [0.025, 0.975])


def simulate(n_replications, *, seed=SEED, **options):
    """Run replications of one condition and count.

    Returns
    -------
    dict of shares: coverages, `permutation` (p <= 0.05), `holm_any`, `overall_gap`, and each verdict
    """
    rng = np.random.default_rng(seed)
    rows = [one_replication(rng, **options) for _ in range(n_replications)]
    share = {f"coverage_{name}": np.mean([row[name] for row in rows]) for name in ("actors", "percentile", "clips")}
    share["permutation"] = np.mean([row["p"] <= 0.05 for row in rows])
    share["holm_any"] = np.mean([row["holm"] for row in rows])
    share["overall_gap"] = np.mean([row["overall"] for row in rows])
    share |= {f"verdict_{name}": np.mean([row["verdict"] == name for row in rows]) for name in bias.VERDICTS}
    return {name: round(float(value), 4) for name, value in share.items()}


def predicted_power(gap, actor_sd, n_per_gender=12):
    """The power statement for accuracy, from the true spread of actors and of their 60 clips."""
    sd = 100 * math.hypot(actor_sd, math.sqrt(ACCURACY * (1 - ACCURACY) / CLIPS))
    return bias.power_of_gap(100 * gap, sd_points=sd, n_women=n_per_gender, n_men=n_per_gender)


CONDITIONS = (
    {"gap": 0.0, "actor_sd": 0.10},
    {"gap": 0.0, "actor_sd": 0.05},
    {"gap": 0.10, "actor_sd": 0.10},
    {"gap": 0.05, "actor_sd": 0.05},
    {"gap": -0.14, "actor_sd": 0.10},
    {"gap": 0.10, "actor_sd": 0.10, "metric": "uar"},
    {"gap": 0.0, "actor_sd": 0.10, "n_per_gender": 6},
)
"""Gaps and spreads as fractions; 12 + 12 actors and accuracy unless said otherwise."""


def main():
    """Run all conditions and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=600)
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("reports/coverage.json"))
    arguments = parser.parse_args()
    results = finished(arguments.output, arguments.replications)
    for condition in CONDITIONS:
        if any(row["condition"] == condition for row in results):
            continue
        found = simulate(arguments.replications, **condition)
        if condition.get("metric", "accuracy") == "accuracy":
            options = {name: value for name, value in condition.items() if name != "metric"}
            found["power_stated"] = round(predicted_power(**options), 4)
        results.append({"condition": condition, **found})
        print(results[-1], flush=True)
        write(arguments.output, arguments.replications, results)


def finished(path, n_replications):
    """The conditions that an interrupted run of the same size has already measured."""
    if not path.is_file():
        return []
    report = json.loads(path.read_text(encoding="utf-8"))
    return report["results"] if (report["replications"], report["seed"]) == (n_replications, SEED) else []


def write(path, n_replications, results):
    """Write the report with all conditions measured so far."""
    report = {
        "what": "coverage, level and power of the gender audit on simulated corpora; gaps as fractions",
        "date": datetime.date.today().isoformat(),
        "replications": n_replications,
        "monte_carlo_error_at_95": round(math.sqrt(0.95 * 0.05 / n_replications), 4),
        "seed": SEED,
        "corpus": "simulated: 60 clips an actor, as RAVDESS speech",
        "stated_false_alarm_rate": bias.FALSE_ALARM_RATE,
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "pandas": pandas.__version__},
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "results": results,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
