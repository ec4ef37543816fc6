"""Does 80 % confident mean right four times in five? Reliability, ECE, temperature, abstention.

Source: Guo et al. (2017), On calibration of modern neural networks, ICML (temperature, ECE);
Nixon et al. (2019), Measuring calibration in deep learning (equal-mass bins). Lesson: 06_evaluation, 08_live_inference.
"""

import dataclasses

import numpy as np
import pandas as pd

from ..config import SEED
from ..errors import BadTable
from .intervals import Interval, interval_of
from .metrics import divide, genders_of
from .predictions import labels_of, probabilities, true_labels

FLOOR = 1e-7
"""Probabilities below this count as this: a CSV file with six decimals cannot say less."""


def confidence_and_hits(predictions):
    """The highest probability of each clip, and whether it stands at the spoken emotion; both shape (clips,)."""
    values = probabilities(predictions)
    return values.max(axis=1), (values.argmax(axis=1) == true_labels(predictions)).astype(float)


def _actor_sums(predictions, bins, values):
    """Sum `values` per actor and bin: (genders of the actors, float array (actors, bins, columns))."""
    codes, actors = pd.factorize(predictions["actor"], sort=True)
    sums = np.zeros((len(actors), int(bins.max()) + 1, len(values)))
    np.add.at(sums, (codes, bins), np.stack(values, axis=-1))
    return genders_of(predictions, actors), sums


def _bin_sums(predictions, n_bins):
    """`_actor_sums` of clips, confidence and hits in bins of equally many clips, ties kept together."""
    confidence, hits = confidence_and_hits(predictions)
    edges = np.quantile(confidence, np.arange(1, n_bins) / n_bins)
    bins = np.searchsorted(edges, confidence, side="right")
    return _actor_sums(predictions, bins, (np.ones_like(hits), confidence, hits))


def _share(part, whole):
    """A statistic for `interval_of`: one column of sums (..., columns) divided by another."""
    return lambda sums: divide(sums[..., part], sums[..., whole])


def _ece_of(sums):
    """ECE of sums (..., bins, [clips, confidence, hits])."""
    return np.abs(sums[..., 1] - sums[..., 2]).sum(axis=-1) / sums[..., 0].sum(axis=-1)


def ece(predictions):
    """Expected calibration error: the mean distance of confidence and accuracy over 15 bins of equally many clips.

    0 is perfect, but few clips cannot reach it: a perfectly calibrated model on 1440 clips and 15 bins scores about
    0.03. Lesson: 06_evaluation.
    """
    return float(_ece_of(_bin_sums(predictions, 15)[1].sum(axis=0)))


def ece_interval(predictions, *, n_bins=15, n_draws=2000, seed=SEED):
    """The ECE with an `Interval` over actors, bins held fixed; its draws are biased upward, as ECE itself is."""
    genders, sums = _bin_sums(predictions, n_bins)
    return interval_of(_ece_of, sums, genders, n_draws=n_draws, seed=seed)


def reliability(predictions):
    """The reliability diagram as a table: `clips, confidence, accuracy, low, high` of 10 bins, resampling actors.

    Lesson: 06_evaluation.
    """
    genders, sums = _bin_sums(predictions, 10)
    rows = []
    for k in np.flatnonzero(sums[..., 0].sum(axis=0)):
        clips, confident, _ = sums[:, k].sum(axis=0)
        around = interval_of(_share(2, 0), sums[:, k], genders)
        rows.append((int(clips), confident / clips, around.value, around.low, around.high))
    return pd.DataFrame(rows, columns=["clips", "confidence", "accuracy", "low", "high"])


def _log_probabilities(predictions):
    return np.log(np.maximum(probabilities(predictions), FLOOR))


def apply_temperature(predictions, temperature):
    """A predictions table with log-probabilities divided by a temperature; above 1 makes a model humbler.

    `temperature` is a float > 0 (else BadTable), or an array of shape (clips,); the most probable emotion stays.
    Lesson: 08_live_inference.
    """
    from scipy import special

    temperature = np.asarray(temperature, dtype=float)
    if not (np.isfinite(temperature).all() and (temperature > 0).all()):
        raise BadTable("A temperature must be a positive number; fit one with evaluate.fit_temperature.")
    calibrated = predictions.copy()
    logs = _log_probabilities(predictions) / temperature.reshape(-1, 1)
    calibrated[[f"p_{name}" for name in labels_of(predictions)]] = special.softmax(logs, axis=1)
    return calibrated


def fit_temperature(predictions):
    """Find the temperature in [0.05, 20] that minimizes the log loss of clips that are NOT to be judged afterwards.

    scikit-learn's `CalibratedClassifierCV(method="temperature")` finds the same to five digits on our recorded tables,
    but wants a classifier to wrap, and gives no bounds. Lesson: 08_live_inference.
    """
    from scipy import optimize, special

    logs, truth = _log_probabilities(predictions), true_labels(predictions)

    def loss(log_temperature):
        return -special.log_softmax(logs / np.exp(log_temperature), axis=1)[np.arange(len(truth)), truth].mean()

    found = optimize.minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))


def cross_fit_temperature(predictions):
    """Calibrate each fold with the temperature fitted on the clips of all other folds, never on its own.

    Returns (the calibrated predictions table, a Series with the temperature of each fold); raises BadTable for a single
    fold, where no clips are left to fit on. Lesson: 06_evaluation.
    """
    folds = pd.unique(predictions["fold"])
    if len(folds) < 2:
        raise BadTable("Cross-fitting needs at least two folds; use fit_temperature on validation clips instead.")
    found = {fold: fit_temperature(predictions[predictions["fold"] != fold]) for fold in folds}
    fitted = pd.Series(found, name="temperature").sort_index()
    return apply_temperature(predictions, predictions["fold"].map(fitted).to_numpy()), fitted


def risk_coverage(predictions):
    """The price of answering: error rate among the most confident clips, for every share of clips answered.

    Returns a DataFrame, one row for each distinct confidence, from strict to lax: `threshold` (answer when the
    confidence is at least this), `coverage` (share of clips answered), `risk` (share of the answers that are wrong).
    Source: El-Yaniv & Wiener (2010). Lesson: 08_live_inference.
    """
    confidence, hits = confidence_and_hits(predictions)
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    risk = 1 - np.cumsum(hits[order]) / answered
    table = pd.DataFrame({"threshold": confidence[order], "coverage": answered / len(order), "risk": risk})
    return table.drop_duplicates("threshold", keep="last", ignore_index=True)


@dataclasses.dataclass(frozen=True)
class Threshold:
    """A confidence (`value`) below which a model should say that it does not know.

    `reached` tells whether the clips answered are right as often as `target_accuracy` asks; `accuracy` among them and
    their share, `coverage`, are `Interval`s over actors.
    """

    value: float
    target_accuracy: float
    reached: bool
    accuracy: Interval
    coverage: Interval


def choose_threshold(predictions, *, target_accuracy=0.8):
    """Find the lowest confidence threshold, of those that answer one clip in twenty, whose answers are right enough.

    `predictions` are calibrated if the model is to be, and not the clips judged later; `target_accuracy` is in (0, 1),
    else BadTable. When no threshold does it, the `Threshold` returned is the most accurate one, with `reached` False.
    Lesson: 08_live_inference.
    """
    if not 0 < target_accuracy < 1:
        raise BadTable(f"A target accuracy of {target_accuracy} is not between 0 and 1; try 0.8.")
    curve = risk_coverage(predictions)
    curve = curve[curve["coverage"] >= 0.05]
    good = curve[curve["risk"] <= 1 - target_accuracy + 1e-12]
    row = good.iloc[-1] if len(good) else curve.loc[curve["risk"].idxmin()]
    accuracy, coverage = answer_rates(predictions, row["threshold"])
    return Threshold(float(row["threshold"]), target_accuracy, bool(len(good)), accuracy, coverage)


def answer_rates(predictions, threshold):
    """(accuracy among the clips answered, share of clips answered) at a confidence threshold, each an `Interval`.

    The accuracy is NaN when nothing is answered.
    """
    confidence, hits = confidence_and_hits(predictions)
    answered = (confidence >= threshold).astype(float)
    bins = np.zeros(len(hits), dtype=int)
    genders, sums = _actor_sums(predictions, bins, (np.ones_like(hits), answered, answered * hits))
    return tuple(interval_of(_share(*parts), sums[:, 0], genders) for parts in ((2, 1), (1, 0)))
