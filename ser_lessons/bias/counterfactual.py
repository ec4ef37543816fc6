"""Would the answer change if only the pitch did? Shift test clips and count the flips.

Lesson: 07_gender_bias, exercise "counterfactual pitch".
"""

import numpy as np
import pandas as pd

from ..config import EMOTIONS, GENDERS, SEED
from ..errors import BadTable
from .inference import check_group_sizes
from .tables import mean_interval

STEPS = (-4, -2, -1, 1, 2, 4)
"""Semitones by which the clips are shifted, symmetric."""


def counterfactual_flips(predict, table, *, n_semitones=STEPS, clips_per_actor=5, load=None, seed=SEED, n_draws=2000):
    """Shift clips up and down in pitch, and count by gender how often the predicted emotion changes.

    Parameters
    ----------
    predict : function, list of float32 signals at 22 050 Hz -> float array (signals, 8) of probabilities
    table : DataFrame with `path, actor, gender`: test clips the model was not trained on
    n_semitones : sequence of int or float; 0 is not allowed
    clips_per_actor : int, clips drawn from each actor (each shift takes about 40 ms a clip)
    load : function path -> signal, or None for `audio.load`
    seed : int, which clips are drawn
    n_draws : int, bootstrap draws over actors

    Returns
    -------
    DataFrame, one row a gender and shift: `gender, n_semitones, clips, flips, low, high` (flips in % of the clips).
        The rows with `n_semitones` 0 are the control: up two semitones and down again, so what flips
        there is the artifact of shifting, not the pitch

    Raises
    ------
    BadTable : a column is missing, a gender is missing, or `predict` returns another shape

    Lesson: 07_gender_bias.
    """
    from ..sound import audio, augment

    missing = [column for column in ("path", "actor", "gender") if column not in table.columns]
    if missing:
        raise BadTable(
            f"The table lacks {', '.join(missing)}; pass a corpus table with paths, as corpus.scan gives it."
        )
    genders = table.drop_duplicates("actor")["gender"]
    check_group_sizes(int((genders == "woman").sum()), int((genders == "man").sum()))
    if 0 in n_semitones:
        raise BadTable("A shift by 0 semitones changes nothing; leave 0 out, the control is added by itself.")
    drawn = table.groupby("actor", group_keys=False).sample(frac=1, random_state=seed)
    drawn = drawn.groupby("actor").head(clips_per_actor).sort_index()
    signals = [(load or audio.load)(path) for path in drawn["path"]]
    answers = {None: _answers(predict, signals)}
    there = [augment.shift_pitch(signal, 2) for signal in signals]
    answers[0] = _answers(predict, [augment.shift_pitch(signal, -2) for signal in there])
    for steps in n_semitones:
        answers[steps] = _answers(predict, [augment.shift_pitch(signal, steps) for signal in signals])
    rows = []
    for gender in GENDERS:
        side = (drawn["gender"] == gender).to_numpy()
        for steps in sorted(steps for steps in answers if steps is not None):
            flipped = (answers[steps] != answers[None])[side].astype(float)
            around = mean_interval(drawn["actor"][side], flipped, n_draws=n_draws, seed=seed).scaled(100)
            rows.append((gender, steps, int(side.sum()), around.value, around.low, around.high))
    return pd.DataFrame(rows, columns=["gender", "n_semitones", "clips", "flips", "low", "high"])


def audited_clips(predictions, table):
    """Rows of a corpus table that a predictions table speaks of.

    Raises
    ------
    BadTable : there are none: other recordings than those that were predicted
    """
    found = table[table["stem"].isin(predictions["stem"])]
    if found.empty:
        raise BadTable(
            f"None of the {len(table)} recordings is in the predictions table; name the folder of its recordings."
        )
    return found.reset_index(drop=True)


def note_on_training(corpus, facts):
    """Which net was asked, in one sentence, and why its flips may be too few: it may know these clips.

    Parameters
    ----------
    corpus : str, title of the shifted recordings
    facts : dict as of `Bundle.facts`: uses `corpus`, `protocol`, `made`

    Returns
    -------
    str
    """
    made, corpus_of_net = facts.get("made", "an unknown date")[:10], facts.get("corpus") or "unknown clips"
    trained = f"the bundle of {made}, trained on {corpus_of_net}"
    if corpus_of_net == corpus:
        return (
            f"The shifted clips of {corpus} were judged by {trained}: it may have learned from these very clips, and "
            "answers about new voices may flip more often."
        )
    return f"The shifted clips of {corpus} were judged by {trained}."


def _answers(predict, signals):
    """Index of the most probable emotion of each signal."""
    values = np.asarray(predict(signals))
    if values.shape != (len(signals), len(EMOTIONS)):
        raise BadTable(
            f"predict returned shape {values.shape} for {len(signals)} signals; "
            f"it must return ({len(signals)}, {len(EMOTIONS)}) probabilities."
        )
    return values.argmax(axis=1)
