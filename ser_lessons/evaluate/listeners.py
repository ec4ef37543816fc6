"""The human ceiling: how often listeners name the emotion that the actor meant.

Listeners had seven options, with neutral and calm as one; a model must be judged on the same seven
before it is set beside them. Lesson: 06_evaluation.
"""

import numpy as np
import pandas as pd

from ..config import EMOTIONS
from ..errors import BadTable
from .intervals import actor_counts, interval_of
from .metrics import accuracy_of
from .predictions import check_predictions, labels_of

PAPER = "Livingstone & Russo 2018, PLoS ONE 13(5): e0196391"
"""The validation study of RAVDESS: 247 untrained North American listeners, ten ratings a recording."""

AFTER_PAPER = f"after {PAPER} (second-hand)"

SEVEN = ("neutral/calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
"""The seven options that are compared, in the order of `EMOTIONS` with calm joined to neutral."""

BY_EMOTION = dict(zip(SEVEN, (0.817, 0.366, 0.479, 0.746, 0.662, 0.519, 0.679)))

_ROWS = (
    ("overall", "all", 0.624, PAPER, False),
    ("intensity", "normal", 0.58, PAPER, False),
    ("intensity", "strong", 0.67, PAPER, False),
    *(("emotion", name, share, AFTER_PAPER, True) for name, share in BY_EMOTION.items()),
    ("gender", "man", 0.586, AFTER_PAPER, True),
    ("gender", "woman", 0.661, AFTER_PAPER, True),
)


def listeners():
    """Accuracy of human listeners on the audio-only speech of RAVDESS, from the literature, which gives no intervals.

    Returns a DataFrame: `by` ("overall", "intensity", "emotion", "gender" of the speaker), `group`, `accuracy` in [0,
    1], `source`, `second_hand` (read in a source that quotes the study, not in the study). Lesson: 06_evaluation.
    """
    return pd.DataFrame(_ROWS, columns=["by", "group", "accuracy", "source", "second_hand"])


def listeners_gap():
    """Listeners' gap between recordings by women and by men, in points (+7.5), with its source."""
    shares = {group: share for by, group, share, *_ in _ROWS if by == "gender"}
    gap = 100 * (shares["woman"] - shares["man"])
    return {"gap_points": round(gap, 1), "source": AFTER_PAPER, "second_hand": True}


def human_ceiling(predictions):
    """Set the model beside the listeners, on the seven options that the listeners had.

    Returns the table of `listeners` with the model's `model`, `low`, `high` (in [0, 1], interval over actors) and
    `clips`; rows that the predictions cannot fill hold NaN and 0 clips. Where stems are RAVDESS names, intensities are
    compared, too. A neutral clip called calm counts as right, as it did for the listeners. Lesson: 06_evaluation.
    """
    predictions = check_predictions(predictions)
    if labels_of(predictions) != EMOTIONS:
        raise BadTable("Listeners judged the eight emotions of RAVDESS; this table speaks of others.")
    table = listeners()
    parts = {("overall", "all"): np.ones(len(predictions), dtype=bool)}
    parts |= {("gender", gender): (predictions["gender"] == gender).to_numpy() for gender in ("man", "woman")}
    parts |= {("emotion", name): predictions["emotion"].isin(name.split("/")).to_numpy() for name in SEVEN}
    strength = predictions["stem"].str.extract(r"^\d\d-\d\d-\d\d-(\d\d)-\d\d-\d\d-\d\d", expand=False)
    parts |= {("intensity", name): (strength == code).to_numpy() for name, code in (("normal", "01"), ("strong", "02"))}
    rows = [_seven_option_accuracy(predictions[parts[key]]) for key in zip(table["by"], table["group"])]
    table[["model", "low", "high", "clips"]] = rows
    table["clips"] = table["clips"].astype(int)
    return table


def _seven_option_accuracy(predictions):
    """(accuracy, low, high, clips) with calm and neutral as one option."""
    if len(predictions) == 0:
        return np.nan, np.nan, np.nan, 0
    summed = predictions.copy()
    together = summed["p_neutral"] + summed["p_calm"]  # the two options as one: their probabilities add up
    summed["p_neutral"], summed["p_calm"] = together, 0.0
    summed["emotion"] = summed["emotion"].replace("calm", "neutral")
    _, genders, counts = actor_counts(summed)
    around = interval_of(accuracy_of, counts, genders)
    return around.value, around.low, around.high, len(predictions)
