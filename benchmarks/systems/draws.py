"""The draws of protocol `random` that our results report."""

import dataclasses

from ser_lessons.corpus import splits

SEEDS = (7, 8, 9)


def random_draws(table, seeds=SEEDS):
    """Several draws of `splits.random_split`, each with its seed in place of a fold; their test clips overlap."""
    return [dataclasses.replace(splits.random_split(table, seed), fold=seed) for seed in seeds]
