"""Make predictions tables whose truth is known, to test the judges. Lesson: 07_gender_bias."""

import numpy as np
import pandas as pd

from ser_lessons.config import EMOTIONS
from ser_lessons.evaluate.predictions import PROBABILITY_COLUMNS

CLIPS_PER_EMOTION = (4, 8, 8, 8, 8, 8, 8, 8)
"""Speech clips of one RAVDESS actor, in the order of `EMOTIONS`: 60 in all."""


def simulate_accuracy(rng, *, n_per_gender=12, accuracy=0.6, gap=0.0, actor_sd=0.08):
    """Draw the true accuracy of each actor: a normal spread around the mean of the actor's gender.

    Parameters
    ----------
    rng : numpy Generator
    n_per_gender : int, actors of each gender
    accuracy : float in (0, 1), mean of the two genders
    gap : float, mean of the women minus mean of the men
    actor_sd : float, standard deviation between actors of one gender

    Returns
    -------
    (genders, rates) : arrays of shape (actors,), men and women alternating, rates kept in [0.01, 0.99]
    """
    genders = np.tile(["man", "woman"], n_per_gender)
    means = accuracy + np.where(genders == "woman", gap / 2, -gap / 2)
    return genders, np.clip(rng.normal(means, actor_sd), 0.01, 0.99)


def simulate_predictions(rng, *, rates=None, genders=None, n_folds=6, sharpness=2.0, **options):
    """Draw a predictions table with RAVDESS' shape, 60 clips an actor.

    Parameters
    ----------
    rng : numpy Generator
    rates : float array or None: the chance that a clip is right; shape (actors,), or (actors, 8)
        by emotion; None draws them with `simulate_accuracy(rng, **options)`
    genders : array of shape (actors,), or None: men and women alternating
    n_folds : int, folds that keep the actors apart
    sharpness : float >= 0; the higher, the more confident the probabilities

    Returns
    -------
    predictions table, `attrs` naming it simulated

    Wrong clips fall on any other emotion alike. Lesson: 07_gender_bias.
    """
    if rates is None:
        genders, rates = simulate_accuracy(rng, **options)
    rates = np.asarray(rates, dtype=float)
    rates = np.repeat(rates[:, None], len(EMOTIONS), axis=1) if rates.ndim == 1 else rates
    n_actors = len(rates)
    genders = np.resize(["man", "woman"], n_actors) if genders is None else np.asarray(genders)
    truth = np.tile(np.repeat(np.arange(len(EMOTIONS)), CLIPS_PER_EMOTION), n_actors)
    actor = np.repeat(np.arange(n_actors), sum(CLIPS_PER_EMOTION))
    hit = rng.random(len(truth)) < rates[actor, truth]
    guess = np.where(hit, truth, (truth + rng.integers(1, len(EMOTIONS), len(truth))) % len(EMOTIONS))
    logits = rng.normal(0, 0.5, (len(truth), len(EMOTIONS)))
    rows = np.arange(len(truth))
    logits[rows, guess] = logits.max(axis=1) + rng.exponential(sharpness, len(truth))
    values = np.exp(logits - logits.max(axis=1, keepdims=True))
    table = pd.DataFrame(
        {
            "stem": [f"sim-{a + 1:02d}-{i:03d}" for a in range(n_actors) for i in range(sum(CLIPS_PER_EMOTION))],
            "actor": actor + 1,
            "gender": genders[actor],
            "fold": (actor // 2) % n_folds,
            "emotion": np.asarray(EMOTIONS)[truth],
        }
    )
    table[PROBABILITY_COLUMNS] = values / values.sum(axis=1, keepdims=True)
    table.attrs = {"corpus": "simulated", "protocol": "actors"}
    return table
