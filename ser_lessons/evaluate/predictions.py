"""The predictions table: the one currency between training, evaluation, audit, lessons and reports.

One row a clip: `stem, actor, gender, fold, emotion, p_neutral ... p_surprised`. Lesson: 06_evaluation.
"""

import io
import pathlib
import re
import zlib

import numpy as np
import pandas as pd

from .. import system
from ..config import EMOTIONS, GENDERS
from ..errors import BadTable

PROBABILITY_COLUMNS = [f"p_{emotion}" for emotion in EMOTIONS]
"""The eight probability columns, in the order of `config.EMOTIONS`."""

COLUMNS = ["stem", "actor", "gender", "fold", "emotion", *PROBABILITY_COLUMNS]
"""Every column that a predictions table must have, in the order in which it is written."""

SUM_TOLERANCE = 1e-3
"""How far the eight probabilities of a clip may be from a sum of 1 (rounding in a CSV file)."""

LABELS = ("corpus", "protocol")
"""Names that travel in `table.attrs`, and in columns of that name in a file."""

CHECK = "check"
"""Last column of a written file: a checksum of each row, so that a damaged digit is noticed. Optional in reading."""


def check_predictions(table):
    """Check a predictions table and return it in canonical form, or say in one sentence what is wrong.

    Parameters
    ----------
    table : DataFrame with the columns of `COLUMNS`; others are kept

    Returns
    -------
    DataFrame: a copy with a RangeIndex, the required columns first, probabilities as float64;
        `attrs` may hold `corpus` and `protocol`

    Raises
    ------
    BadTable : a column is missing, the table is empty, a value is unknown, a stem occurs twice,
        an actor has two genders, or the probabilities of a clip are not a distribution

    Lesson: 06_evaluation.
    """
    if not isinstance(table, pd.DataFrame):
        raise BadTable(
            f"A predictions table must be a pandas DataFrame, not {type(table).__name__}; "
            "read a CSV file with evaluate.read_predictions."
        )
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise BadTable(f"The predictions table lacks {_names(missing)}; it needs {', '.join(COLUMNS)}.")
    if table.columns.duplicated().any():
        raise BadTable(
            f"The predictions table has {_names(table.columns[table.columns.duplicated()])} twice; keep one of each."
        )
    if len(table) == 0:
        raise BadTable("The predictions table is empty; write one row for each clip that was tested.")
    attrs = dict(table.attrs)
    table = table[COLUMNS + [column for column in table.columns if column not in COLUMNS]].reset_index(drop=True)
    table.attrs = attrs
    _check_labels(table)
    return _check_probabilities(table)


def _names(values, limit=3):
    """Quote up to `limit` values and count the rest."""
    values = [str(value) for value in values]
    more = f" and {len(values) - limit} more" if len(values) > limit else ""
    return ", ".join(f'"{value}"' for value in values[:limit]) + more


def _check_labels(table):
    """Raise BadTable for missing, unknown or contradictory labels."""
    for column in ("stem", "actor", "gender", "fold", "emotion"):
        empty = table[column].isna()
        if empty.any():
            raise BadTable(f"Column {column} is empty in row {empty.idxmax() + 1} of the predictions; fill it in.")
    for column, known in (("emotion", EMOTIONS), ("gender", GENDERS)):
        unknown = sorted(set(table[column].astype(str)) - set(known))
        if unknown:
            raise BadTable(f"Unknown {column} {_names(unknown)} in the predictions; use {', '.join(known)}.")
    doubled = table["stem"].duplicated()
    if doubled.any():
        raise BadTable(
            f"{int(doubled.sum())} clips occur twice in the predictions, for example "
            f"{_names(table.loc[doubled, 'stem'], 2)}; keep one out-of-fold row a clip."
        )
    genders = table.groupby("actor")["gender"].nunique()
    if (genders > 1).any():
        raise BadTable(
            f"Actor {_names(genders.index[genders > 1])} has rows of two genders; correct the gender column."
        )


def _check_probabilities(table):
    """Turn the probability columns into float64, or raise BadTable."""
    try:
        values = table[PROBABILITY_COLUMNS].to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadTable(f"A probability is not a number ({error}); write plain decimals.") from error
    for wrong, what in (
        (~np.isfinite(values).all(axis=1), "are not all finite numbers"),
        ((values < -1e-9).any(axis=1), "include a negative number"),
        (np.abs(values.sum(axis=1) - 1) > SUM_TOLERANCE, "do not add up to 1"),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            total = f" but to {values[row].sum():.3f}" if "add up" in what else ""
            raise BadTable(
                f'The probabilities of {int(wrong.sum())} clips {what}, first those of "{table["stem"][row]}"{total}; '
                "write the softmax output, not logits or percentages."
            )
    table[PROBABILITY_COLUMNS] = values
    return table


def read_predictions(path):
    """Read a predictions table from a CSV file and check it.

    Parameters
    ----------
    path : str or Path of a CSV file with the columns of `COLUMNS`, optionally `corpus` and `protocol`

    Returns
    -------
    DataFrame as of `check_predictions`; `corpus` and `protocol` columns are moved to `attrs`

    Raises
    ------
    BadTable : no such file, not a CSV table, a row that does not fit its checksum, or a table that
        `check_predictions` rejects

    Lesson: 06_evaluation.
    """
    path = pathlib.Path(path)
    try:
        content = path.read_bytes()
        table = pd.read_csv(io.BytesIO(content), dtype={"stem": str})
    except FileNotFoundError as error:
        raise BadTable(f"There is no file {path}; give the CSV file of a run's out-of-fold predictions.") from error
    except (OSError, ValueError) as error:
        raise BadTable(f"{path} cannot be read as a CSV table ({error}); save it as comma-separated UTF-8.") from error
    if CHECK in table.columns:
        _check_rows(path, content)
        del table[CHECK]
    for label in LABELS:
        if label in table.columns:
            found = table.pop(label).dropna().unique()
            if len(found) > 1:
                raise BadTable(f"{path} mixes {label} {_names(found)}; audit one {label} at a time.")
            if len(found):
                table.attrs[label] = str(found[0])
    try:
        return check_predictions(table)
    except BadTable as error:
        raise BadTable(f"{path}: {error}") from None


def write_predictions(table, path):
    """Write a checked predictions table as CSV, whole or not at all, and return the path.

    Parameters
    ----------
    table : predictions table; `attrs["corpus"]` and `attrs["protocol"]` become columns
    path : str or Path; its folder is made when it does not exist

    Raises
    ------
    BadTable : see `check_predictions`

    Probabilities have six decimals; the last column is a checksum of each row. Lesson: 06_evaluation.
    """
    table = check_predictions(table)
    labels = {label: table.attrs[label] for label in LABELS if label in table.attrs}
    table = table.drop(columns=CHECK, errors="ignore").assign(**labels)
    text = table.to_csv(index=False, float_format="%.6f", lineterminator="\n")
    cells = _cells(text.encode())
    cells[CHECK] = _checksums(cells)
    path = pathlib.Path(path)
    system.write_whole(path, cells.to_csv(index=False, lineterminator="\n").encode())
    return path


def _cells(content):
    """A CSV file's cells as the text that they are."""
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


def _checksums(cells):
    """CRC-32 of each row and of the column names, 8 hex digits; a CRC notices every single changed byte.

    Probabilities count with six decimals: 0.1 and 1e-06, as pandas writes them again, are 0.100000 and 0.000001.
    """
    names = chr(31).join(cells.columns)
    shares = [column for column in cells if column.startswith("p_")]
    plain = cells[shares].map(
        lambda cell: f"{float(cell):.6f}" if re.fullmatch(r"\d+(\.\d+)?(e-\d+)?", cell, re.ASCII) else cell
    )
    cells = cells.assign(**plain)
    rows = cells.itertuples(index=False, name=None)
    return [f"{zlib.crc32(chr(31).join([names, *row]).encode()):08x}" for row in rows]


def _check_rows(path, content):
    """Raise BadTable when a row of a file is not as `write_predictions` wrote it."""
    cells = _cells(content)
    told = cells.pop(CHECK)
    wrong = [place for place, digest in enumerate(_checksums(cells)) if digest != told[place].zfill(8)]
    if wrong:
        raise BadTable(
            f"{path} was changed or damaged after it was written: {len(wrong)} of {len(cells)} rows, first that of "
            f'"{cells["stem"][wrong[0]] if "stem" in cells else wrong[0] + 1}"; make it again, or delete the column '
            f'"{CHECK}" if you changed it on purpose.'
        )


def stated_labels(table):
    """Corpus and protocol of a predictions table as they are printed: dict with `corpus` and `protocol`.

    "ravdess" is written RAVDESS, "practice" is called synthetic, and what the table does not say is "not stated".
    """
    titles = {"ravdess": "RAVDESS", "practice": "practice corpus (synthetic)"}
    corpus = table.attrs.get("corpus", "not stated")
    return {"corpus": titles.get(corpus, corpus), "protocol": table.attrs.get("protocol", "not stated")}


def probabilities(table):
    """The eight probabilities of every clip as a float array, shape (clips, 8), in the order of `EMOTIONS`."""
    return table[PROBABILITY_COLUMNS].to_numpy(dtype=np.float64)


def true_labels(table):
    """The label index of every clip, shape (clips,), 0 for neutral to 7 for surprised."""
    return pd.Categorical(table["emotion"], categories=list(EMOTIONS)).codes.astype(np.int64)


def predicted_labels(table):
    """The index of the most probable emotion of every clip, shape (clips,); the first wins a tie."""
    return probabilities(table).argmax(axis=1)


def make_predictions(table, values, *, fold=0, protocol=None):
    """Join a corpus table and the probabilities of its clips into a predictions table.

    Parameters
    ----------
    table : DataFrame with `stem, actor, gender, emotion`, as `corpus.scan` gives it
    values : float array, shape (clips, 8), each row a distribution over `EMOTIONS`
    fold : int, or int array of shape (clips,): the fold in which each clip was tested
    protocol : str or None, kept in `attrs`

    Returns
    -------
    DataFrame as of `check_predictions`

    Raises
    ------
    BadTable : the shapes differ, or see `check_predictions`

    Lesson: 06_evaluation.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (len(table), len(EMOTIONS)):
        raise BadTable(
            f"Expected probabilities of shape ({len(table)}, {len(EMOTIONS)}), got {values.shape}; "
            "predict every clip of the table once."
        )
    predictions = table[["stem", "actor", "gender"]].reset_index(drop=True)
    predictions["fold"] = fold
    predictions["emotion"] = table["emotion"].to_numpy()
    predictions[PROBABILITY_COLUMNS] = values
    predictions.attrs = {"corpus": table.attrs.get("corpus"), "protocol": protocol}
    predictions.attrs = {name: value for name, value in predictions.attrs.items() if value is not None}
    return check_predictions(predictions)


def pool(tables):
    """Put the predictions tables of several folds of one protocol into one, from which a pooled figure is computed.

    Its `attrs` are those of the first. Raises `BadTable` for no table, or a clip that two of them answer.
    Lesson: 06_evaluation.
    """
    if not tables:
        raise BadTable("There is nothing to pool: pass the predictions table of at least one fold.")
    pooled = pd.concat(tables, ignore_index=True)
    pooled.attrs = dict(tables[0].attrs)
    return check_predictions(pooled)
