"""The audit keeps its promises on simulated corpora: a small version of benchmarks/interval_coverage.py."""

import importlib.util
import json
import pathlib

import numpy as np
import pytest
from scipy import stats

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("interval_coverage", ROOT / "benchmarks" / "interval_coverage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def small(benchmark):
    rng = np.random.default_rng(5)
    return [benchmark.one_replication(rng, gap=0.08, actor_sd=0.1, n_draws=500, n_permutations=199) for _ in range(60)]


def test_the_interval_over_actors_covers_and_the_one_over_clips_does_not(small):
    covered = sum(row["actors"] for row in small)
    assert covered >= stats.binom.ppf(0.005, 60, 0.94)
    assert sum(row["clips"] for row in small) <= covered - 6


def test_the_power_statement_is_near_the_power_seen(small, benchmark):
    seen, stated = np.mean([row["overall"] for row in small]), benchmark.predicted_power(0.08, 0.1)
    assert seen == pytest.approx(stated, abs=2.6 * np.sqrt(stated * (1 - stated) / 60))


def test_the_published_run_is_inside_its_limits():
    report = json.loads((ROOT / "reports" / "coverage.json").read_text())
    assert report["replications"] >= 500
    for row in report["results"]:
        condition = row["condition"]
        assert 0.92 <= row["coverage_actors"] <= 0.975, condition  # 0.97 and a quarter of a Monte Carlo error
        assert row["coverage_clips"] < row["coverage_actors"] - 0.05, condition
        if condition["gap"] == 0:
            assert row["permutation"] <= 0.05 + 2.6 * report["monte_carlo_error_at_95"], condition
            assert row["verdict_gap"] <= report["stated_false_alarm_rate"] + 2.6 * 0.0097, condition
        elif "power_stated" in row:
            assert row["overall_gap"] == pytest.approx(row["power_stated"], abs=0.05), condition
