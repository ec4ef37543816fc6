"""Tables as other toolkits write them: their names of columns, voices, genders and emotions, and our own form.

nkululeko writes `file, truth, predicted` and a column an emotion; audformat `file, start, end`; scikit-learn's users
`y_true, y_pred`; Excel what its owner's language wants. Lesson: 06_evaluation.
"""

import re

import numpy as np
import pandas as pd

from ..config import EMOTIONS
from ..corpus.csvs import MEANINGS, find_column
from ..corpus.manifest import GENDER_NAMES, SYNONYMS, our_names
from ..errors import BadTable

SUM_TOLERANCE = 1e-3
"""How far the probabilities of a clip may be from a sum of 1 without a word."""

UNKNOWN = "unknown"
"""Voice and gender of clips of which the table does not tell them."""


def translate(table, columns):
    """A predictions table in our form, from one in anybody's.

    It has a column of the spoken emotion, and probabilities or predicted emotions; `columns` are {one of `MEANINGS`:
    name of its column} of what was asked for. `attrs["missing"]` names what it does not tell: "speaker", "gender",
    "probabilities". Raises BadTable when a column that was asked for, the emotions, or both probabilities and
    predictions are not there.
    """
    found = {meaning: find_column(table, meaning, columns.get(meaning)) for meaning in MEANINGS}
    held = {meaning: table[column] for meaning, column in found.items() if column is not None}
    if "emotion" not in held:
        raise BadTable("The table lacks a column of the spoken emotion; call it emotion, or name it with emotion=.")
    for meaning in ("emotion", "predicted", "actor"):
        if meaning in held and (empty := held[meaning].isna()).any():
            row = empty.to_numpy().argmax() + 1
            raise BadTable(f"Column {found[meaning]} is empty in row {row}; fill it in.")
    spoken = our_names(held["emotion"], SYNONYMS)
    predicted = our_names(held["predicted"], SYNONYMS) if "predicted" in held else None
    gender = our_names(held["gender"], GENDER_NAMES).fillna(UNKNOWN) if "gender" in held else UNKNOWN
    labels = {*spoken.dropna(), *([] if predicted is None else predicted.dropna())}
    used = set(found.values())
    shares = _shares(table[[column for column in table if column not in used]], labels)
    answers = _probabilities(table, shares, predicted, labels)
    told = {"stem": _stems(table, found["stem"] or found["path"]), "actor": held.get("actor", UNKNOWN)}
    told |= {"gender": gender, "fold": held.get("fold", 0), "emotion": spoken}
    known = {*used, *shares.values(), *told, *answers}
    others = table[[column for column in table if column not in known]]
    named = {label: held[label] for label in ("corpus", "protocol") if label in held}
    translated = pd.concat([pd.DataFrame(told, index=table.index), answers, others], axis=1).assign(**named)
    absent = {"speaker": "actor" not in held, "gender": "gender" not in held, "probabilities": not shares}
    missing = [name for name, is_absent in absent.items() if is_absent]
    translated.attrs = {"missing": missing} if missing else {}
    return translated


def _shares(table, labels):
    """{emotion: column with its probabilities}: p_sad, prob_Sadness, or just sad where that is an emotion."""
    known, found = labels | set(EMOTIONS) | set(SYNONYMS), {}
    for column in table.select_dtypes("number"):
        plain = str(column).strip().lower()
        prefixed = re.fullmatch(r"(?:p|prob|proba|probability)[_. (]+(\w[^)]*)\)?", plain)
        name = prefixed.group(1) if prefixed else plain
        if prefixed or name in known:
            found[SYNONYMS.get(name, name)] = column
    return found


def _probabilities(table, shares, predicted, labels):
    """The `p_...` columns: as they are, or from per cent; 1 for the predicted emotion where there are none."""
    if not shares:
        if predicted is None:
            told = "The table holds neither probabilities (p_neutral, p_sad, ...) nor predicted emotions"
            raise BadTable(f"{told}; call their column predicted, or name it with predicted=.")
        return pd.DataFrame({f"p_{name}": (predicted == name).astype(float) for name in sorted(labels)})
    values = table[list(shares.values())].to_numpy(dtype=float)
    sums = values.sum(axis=1)
    rounding = 0.005 * len(shares)  # of two decimals
    if len(sums) and np.all(np.abs(sums / 100 - 1) <= rounding):
        values, sums = values / 100, sums / 100
    if np.all(np.abs(sums - 1) <= rounding) and np.any(np.abs(sums - 1) > SUM_TOLERANCE):
        values = values / sums[:, None]
    return pd.DataFrame(values, index=table.index, columns=[f"p_{name}" for name in shares])


def _stems(table, column):
    """Names of the clips: of a path its last part, as long as that tells two clips apart; else the row's number."""
    if column is None:
        return [f"row {row}" for row in range(1, len(table) + 1)]
    names = table[column].map(lambda name: str(name).strip(), na_action="ignore")
    sound = r"(?:.*[\\/])?([^\\/]+)\.(?:wav|flac|ogg|opus|mp3|m4a|mp4|aac|webm|wma|3gp|aiff?)"
    short = names.str.replace(f"^{sound}$", r"\1", case=False, regex=True)
    if short.nunique() < names.nunique():
        short = names
    start = next((name for name in table if str(name).lower() == "start"), None)
    if start is not None and short.duplicated().any():
        short = short + " from " + table[start].astype(str)
    return short
