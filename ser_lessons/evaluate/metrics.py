"""Accuracy, UAR, macro F1, confusion and recall, all computed from confusion matrices.

Every metric takes a predictions table, or - with `_of` at the end of its name - a stack of
confusion matrices, so that thousands of bootstrap draws are one matrix product. Lesson: 06_evaluation.
"""

import numpy as np
import pandas as pd

from ..config import EMOTIONS
from ..errors import BadTable
from .predictions import labels_of, predicted_labels, true_labels


def divide(above, below):
    """Divide, with NaN where the denominator is zero, without a warning."""
    return np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=np.asarray(below) != 0)


def nanmean(values):
    """Mean over the last axis of the entries that are numbers; NaN where there is none."""
    known = np.isfinite(values)
    return divide(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1).astype(float))


def accuracy_of(counts):
    """Share of clips on the diagonal of confusion matrices of shape (..., 8, 8) -> (...)."""
    return divide(np.trace(counts, axis1=-2, axis2=-1), counts.sum(axis=(-2, -1)))


def recall_of(counts):
    """Recall of each emotion, shape (..., 8); NaN for an emotion without clips."""
    return divide(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1))


def false_positive_rate_of(counts):
    """Share of the clips of other emotions that were given this emotion, shape (..., 8)."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    others = counts.sum(axis=(-2, -1))[..., None] - counts.sum(axis=-1)
    return divide(counts.sum(axis=-2) - hits, others)


def f1_of(counts):
    """F1 of each emotion, shape (..., 8); NaN for an emotion neither spoken nor predicted."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    return divide(2.0 * hits, counts.sum(axis=-1) + counts.sum(axis=-2))


def uar_of(counts):
    """Unweighted average recall over the emotions that occur, shape (...)."""
    return nanmean(recall_of(counts))


def macro_f1_of(counts):
    """Mean F1 over the emotions that were spoken or predicted, shape (...)."""
    return nanmean(f1_of(counts))


METRICS = {"accuracy": accuracy_of, "uar": uar_of, "macro_f1": macro_f1_of}
"""Metrics by name; each maps confusion matrices (..., 8, 8) to numbers (...)."""

RATES = {"recall": recall_of, "fpr": false_positive_rate_of}
"""Rates of a single emotion: "recall:sad" is a metric, too."""


def metric_function(metric, labels=EMOTIONS):
    """Look up a metric of these emotions by name, or pass a function of confusion matrices through."""
    if callable(metric):
        return metric
    rate, _, emotion = metric.partition(":")
    if rate in RATES and emotion in labels:
        return lambda counts: RATES[rate](counts)[..., labels.index(emotion)]
    if metric not in METRICS:
        names = ", ".join([*METRICS, *(f"{rate}:{labels[0]}" for rate in RATES)])
        raise BadTable(f'There is no metric "{metric}"; choose one of {names}.')
    return METRICS[metric]


def group_counts(predictions, by):
    """One confusion matrix (rows: spoken, columns: predicted) for each value of a column or array `by`.

    Returns (the sorted values, float array of shape (values, 8, 8)).
    """
    values = predictions[by] if isinstance(by, str) else pd.Series(by)
    codes, groups = pd.factorize(values, sort=True)
    counts = np.zeros((len(groups), *[len(labels_of(predictions))] * 2))
    np.add.at(counts, (codes, true_labels(predictions), predicted_labels(predictions)), 1)
    return groups, counts


def genders_of(predictions, actors):
    """The gender of each actor of a predictions table, array of shape (actors,)."""
    return predictions.drop_duplicates("actor").set_index("actor")["gender"].loc[actors].to_numpy()


def confusion_counts(predictions):
    """The confusion matrix as a float array of shape (8, 8), rows the spoken emotion."""
    return group_counts(predictions, np.zeros(len(predictions), dtype=int))[1][0]


def confusion(predictions):
    """The confusion matrix, a DataFrame of clips: spoken as the row's emotion, heard as the column's."""
    counts = confusion_counts(predictions).astype(int)
    spoken, predicted = (pd.Index(labels_of(predictions), name=name) for name in ("spoken", "predicted"))
    return pd.DataFrame(counts, index=spoken, columns=predicted)


def accuracy(predictions):
    """Share of clips whose most probable emotion is the spoken one, in [0, 1]. Lesson: 06_evaluation."""
    return float(accuracy_of(confusion_counts(predictions)))


def uar(predictions):
    """Unweighted average recall over the emotions that occur, in [0, 1]; chance is 1/8 for eight.

    Source: the headline metric of the field since the INTERSPEECH 2009 emotion challenge. Lesson: 06_evaluation.
    """
    return float(uar_of(confusion_counts(predictions)))


def macro_f1(predictions):
    """Mean F1 over the emotions spoken or predicted, in [0, 1]. Lesson: 06_evaluation."""
    return float(macro_f1_of(confusion_counts(predictions)))


def per_emotion(predictions):
    """`clips, recall, precision, f1, false_positive_rate` of each emotion that occurs; NaN where it is not defined."""
    counts = confusion_counts(predictions)
    table = pd.DataFrame(
        {
            "clips": counts.sum(axis=1).astype(int),
            "recall": recall_of(counts),
            "precision": divide(np.diagonal(counts), counts.sum(axis=0)),
            "f1": f1_of(counts),
            "false_positive_rate": false_positive_rate_of(counts),
        },
        index=pd.Index(labels_of(predictions), name="emotion"),
    )
    return table[table["clips"] > 0]


def per_actor(predictions, *, metric="accuracy"):
    """One metric (in [0, 1]) for every actor: a DataFrame `actor, gender, clips, value`, the dots behind each interval.

    Raises BadTable when no metric has this name. Lesson: 07_gender_bias.
    """
    actors, counts = group_counts(predictions, "actor")
    genders = genders_of(predictions, actors)
    clips, values = counts.sum(axis=(1, 2)).astype(int), metric_function(metric, labels_of(predictions))(counts)
    return pd.DataFrame({"actor": actors, "gender": genders, "clips": clips, "value": values})
