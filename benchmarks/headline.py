"""The headline numbers of a shipped predictions table, recomputed by a test from its rows. Lesson: 06_evaluation."""

import numpy as np

from ser_lessons.evaluate.calibration import answer_rates, choose_threshold, cross_fit_temperature, ece_interval
from ser_lessons.evaluate.reporting import report

SHIPPED_TARGET = 0.85
"""What our net's answered clips should reach where the threshold is chosen, so that four in five are right for other
voices, too: a threshold holds a little less for voices it was not chosen on."""


def reference_headline(predictions, *, target_accuracy=SHIPPED_TARGET):
    """Every number that README and model card quote, from one predictions table.

    Parameters
    ----------
    predictions : predictions table; calibration and threshold need at least two folds
    target_accuracy : float, what the clips that are answered should reach

    Returns
    -------
    dict of plain numbers: clips, actors, `accuracy`, `uar`, `macro_f1`, `ece` as intervals over actors, and for
        several folds `ece_calibrated`, `answered_accuracy` and `coverage`. Temperature and threshold used on a
        fold were fitted on the other folds.

    Raises
    ------
    BadTable : see `check_predictions`

    Lesson: 06_evaluation, 08_live_inference.
    """
    judged = report(predictions)
    numbers = {name: getattr(judged, name) for name in ("corpus", "protocol", "clips", "actors", "chance", "sentence")}
    numbers |= {name: getattr(judged, name).as_dict() for name in ("accuracy", "uar", "macro_f1", "ece")}
    if predictions["fold"].nunique() > 1:
        calibrated, _ = cross_fit_temperature(predictions)
        numbers["ece_calibrated"] = ece_interval(calibrated).as_dict()
        accuracy, coverage = answer_rates(calibrated, cross_fit_thresholds(predictions, target_accuracy))
        numbers |= {"answered_accuracy": accuracy.as_dict(), "coverage": coverage.as_dict()}
    return numbers


def cross_fit_thresholds(predictions, target_accuracy):
    """The threshold of each clip, float (n,), chosen on the other folds, each with the temperature of the rest."""
    thresholds = np.empty(len(predictions))
    for fold in predictions["fold"].unique():
        here = (predictions["fold"] == fold).to_numpy()
        others = predictions[~here].reset_index(drop=True)
        if others["fold"].nunique() > 1:
            others, _ = cross_fit_temperature(others)
        thresholds[here] = choose_threshold(others, target_accuracy=target_accuracy).value
    return thresholds
