"""The tables of the audit: metrics by gender, equalized odds by emotion, calibration, small cells.

Source: Hardt et al. (2016) for equalized odds. `fairlearn.metrics.MetricFrame` gives the same rates, but knows no
actors: everything here comes from the confusion matrices by actor of `inference.GenderCounts`, intervals included.
Lesson: 07_gender_bias.
"""

import numpy as np
import pandas as pd

from ..config import GENDERS, counted
from ..evaluate.calibration import confidence_and_hits, ece_interval
from ..evaluate.intervals import mean_interval
from ..evaluate.metrics import metric_function
from ..evaluate.predictions import labels_of, stated_labels, voice_words
from .inference import holm, permutation_tests
from .verdict import SHORT_NAMES

SMALL_CLIPS = 30
"""Cells with fewer clips than this are flagged: one clip moves them by more than three points."""

SMALL_ACTORS = 5
"""Cells with fewer actors than this are flagged: their interval rests on too few voices."""


def group_table(gender_counts):
    """Size of each gender, and its accuracy, UAR and macro F1 in percent, each with its interval over actors.

    Returns a DataFrame indexed by gender: `clips, actors`, and for each metric its value, `_low`, `_high`.
    """
    rows = {}
    for gender, side in (("man", 1), ("woman", 0)):
        rows[gender] = {"clips": int(gender_counts.totals[side].sum()), "actors": gender_counts.sizes[side]}
        for metric in SHORT_NAMES:
            rows[gender] |= _columns(gender_counts.of_gender(metric, gender).scaled(100), metric, metric)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("gender").astype({"clips": int, "actors": int})


def emotion_table(gender_counts, dealt):
    """Equalized odds: for each emotion the gaps of recall and of the false-positive rate, in points.

    Returns a DataFrame indexed by emotion: `clips_man, clips_woman, recall_man, recall_woman` (%), `recall_gap,
    recall_low, recall_high, fpr_gap, fpr_low, fpr_high` (points, women minus men), `p, p_holm` of the recall gap.
    Emotions that one gender never speaks have no recall gap and are left out.
    """
    spoken = np.stack([total.sum(axis=1) for total in gender_counts.totals])
    known = [name for k, name in enumerate(gender_counts.labels) if (spoken[:, k] > 0).all()]
    rows = {}
    for name in known:
        recall, fpr = gender_counts.gap(f"recall:{name}").scaled(100), gender_counts.gap(f"fpr:{name}").scaled(100)
        k = gender_counts.labels.index(name)
        rows[name] = {
            "clips_man": int(spoken[1, k]),
            "clips_woman": int(spoken[0, k]),
            "recall_man": 100 * gender_counts.totals[1][k, k] / spoken[1, k],
            "recall_woman": 100 * gender_counts.totals[0][k, k] / spoken[0, k],
            **_columns(recall, "recall_gap", "recall"),
            **_columns(fpr, "fpr_gap", "fpr"),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("emotion")
    recalls = [metric_function(f"recall:{name}", gender_counts.labels) for name in known]
    table["p"] = permutation_tests(gender_counts.counts, dealt, recalls)
    table["p_holm"] = holm(table["p"])
    return table


def calibration_table(predictions):
    """Calibration by gender, in points with intervals over actors: ECE, and how far confidence exceeds accuracy.

    Returns a DataFrame indexed by gender: `clips, confidence, accuracy` (%), and `ece, overconfidence` with `_low`,
    `_high`; ECE in 10 bins of equally many clips, always above 0 on few clips.
    """
    rows = {}
    for gender in GENDERS:
        clips = predictions[predictions["gender"] == gender]
        confidence, hits = confidence_and_hits(clips)
        around = ece_interval(clips, n_bins=10).scaled(100)
        excess = mean_interval(clips["actor"], confidence - hits).scaled(100)
        rows[gender] = {
            "clips": len(clips),
            "confidence": 100 * confidence.mean(),
            "accuracy": 100 * hits.mean(),
            **_columns(around, "ece", "ece"),
            **_columns(excess, "overconfidence", "overconfidence"),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("gender")


def _columns(interval, value, ends):
    """An interval as three columns: its value, and its ends under `ends` and _low, _high."""
    return {value: interval.value, f"{ends}_low": interval.low, f"{ends}_high": interval.high}


def small_cells(predictions):
    """Name each gender, and each emotion of a gender, that rests on too few clips or actors.

    For example "disgust by actresses: 20 clips of 9 actresses"; empty when no cell is small.
    """
    found, called = [], voice_words(stated_labels(predictions)["corpus"])
    for gender, rows in predictions.groupby("gender", sort=True):
        words, voices = called[gender], rows["actor"].nunique()
        if voices < SMALL_ACTORS:
            found.append(f"all recordings by {words}: only {counted(voices, 'voice', words)}")
        for emotion in labels_of(predictions):
            cell = rows[rows["emotion"] == emotion]
            voices = cell["actor"].nunique()
            if len(cell) < SMALL_CLIPS or voices < SMALL_ACTORS:
                found.append(f"{emotion} by {words}: {counted(len(cell), 'clip')} of {counted(voices, 'voice', words)}")
    return found
