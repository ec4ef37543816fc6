"""The predictions table: the one currency between training, evaluation, audit, lessons and reports.

One row a clip: `stem, actor, gender, fold, emotion, p_neutral ... p_surprised`, or a `p_...` for each emotion of
another corpus. Lesson: 06_evaluation.
"""

import io
import pathlib
import re
import zlib

import numpy as np
import pandas as pd

from .. import system
from ..config import EMOTIONS, GENDER_WORDS, counted, in_order
from ..corpus import TITLES
from ..corpus.csvs import MEANINGS, as_table, read_text
from ..errors import BadTable
from .dialects import SUM_TOLERANCE, UNKNOWN, translate

PROBABILITY_COLUMNS = [f"p_{emotion}" for emotion in EMOTIONS]
"""The eight probability columns, in the order of `config.EMOTIONS`."""

COLUMNS = ["stem", "actor", "gender", "fold", "emotion", *PROBABILITY_COLUMNS]
"""The columns of a predictions table about our eight emotions, in the order in which they are written."""

LABELS = ("corpus", "protocol")
"""Names that travel in `table.attrs`, and in columns of that name in a file."""

CHECK = "check"
"""Last column of a written file: a checksum of each row, so that a damaged digit is noticed. Optional in reading."""


def check_predictions(table):
    """Check a predictions table and return it in canonical form, or say in one sentence what is wrong.

    It has `stem, actor, gender, fold, emotion` and a `p_...` for each of two or more emotions; other columns are kept,
    and `attrs` may hold `corpus` and `protocol`. The copy returned has a RangeIndex, the required columns first, and
    probabilities as float64.

    Raises BadTable when a column or a cell is missing, the table is empty, a stem occurs twice, an actor has two
    genders, or the probabilities of a clip are not a distribution. Lesson: 06_evaluation.
    """
    if not isinstance(table, pd.DataFrame):
        kind = type(table).__name__
        raise BadTable(f"A predictions table is a DataFrame, not {kind}; read one with evaluate.read_predictions.")
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise BadTable(f"The predictions table has {_names(twice)} twice; keep one of each.")
    needed = [*COLUMNS[:5], *(f"p_{name}" for name in table.get("emotion", pd.Series()).dropna().unique())]
    missing = [column for column in needed if column not in table]
    if missing:
        needed = f"{', '.join(COLUMNS[:5])}, and the probability p_... of every emotion that was spoken"
        raise BadTable(f"The predictions table lacks {_names(missing)}; it needs {needed}.")
    if len(table) == 0:
        raise BadTable("The predictions table is empty; write one row for each clip that was tested.")
    attrs, first = dict(table.attrs), COLUMNS[:5] + [f"p_{name}" for name in labels_of(table)]
    table = table[first + [column for column in table if column not in first]].reset_index(drop=True)
    table.attrs = attrs
    _check_cells(table)
    return table


def labels_of(table):
    """The emotions of a predictions table, a tuple: ours in their order, then others by name."""
    return in_order(column[2:] for column in table if str(column).startswith("p_"))


def _columns(table):
    return [f"p_{name}" for name in labels_of(table)]


def _names(values, limit=3):
    """Quote up to `limit` values and count the rest."""
    values = [str(value) for value in values]
    more = f" and {len(values) - limit} more" if len(values) > limit else ""
    return ", ".join(f'"{value}"' for value in values[:limit]) + more


def _check_cells(table):
    """Turn the probabilities into float64; raise BadTable for missing, contradictory or impossible cells."""
    for column in COLUMNS[:5]:
        empty = table[column].isna()
        if empty.any():
            raise BadTable(f"Column {column} is empty in row {empty.idxmax() + 1} of the predictions; fill it in.")
    doubled = table["stem"].duplicated()
    if doubled.any():
        told = f"{counted(doubled.sum(), 'clip occurs', 'clips occur')} twice in the predictions, for example"
        raise BadTable(f"{told} {_names(table.loc[doubled, 'stem'], 2)}; keep one out-of-fold row a clip.")
    genders = table[table["actor"] != UNKNOWN].groupby("actor")["gender"].nunique()
    if (genders > 1).any():
        actors = _names(genders.index[genders > 1])
        raise BadTable(f"Actor {actors} has rows of two genders; correct the gender column.")
    try:
        values = table[_columns(table)].to_numpy(dtype=np.float64)
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
            told = f'The probabilities of {counted(wrong.sum(), "clip")} {what}, first of "{table["stem"][row]}"{total}'
            raise BadTable(f"{told}; write the softmax output, not logits or percentages.")
    table[_columns(table)] = values


def read_predictions(*paths, **columns):
    """Read a predictions table from one or more CSV files, in our form or in that of another toolkit, and check it.

    Each of the files, such as one a fold, has a row a clip, with its spoken emotion, and with probabilities or the
    predicted emotion; voice and gender where they are known, optionally `corpus` and `protocol`. `columns` names those
    that `csvs.MEANINGS` would not find, such as `actor="who"`; None is none.

    Returns a DataFrame as of `check_predictions`; `corpus` and `protocol` columns are moved to `attrs`, and what the
    tables do not tell ("speaker", "gender", "probabilities") is named in `attrs["missing"]`. Raises BadTable: no such
    file, not a CSV table, a row that does not fit its checksum, files of different corpora, protocols or emotions, or a
    table that `check_predictions` rejects. Lesson: 06_evaluation.
    """
    tables = [_read(pathlib.Path(path), columns) for path in paths]
    for label in LABELS:
        found = dict.fromkeys(table.attrs.get(label, "not stated") for table in tables)
        if len(found) > 1:
            raise BadTable(f"The files differ in {label}: {_names(found)}; judge one {label} at a time.")
    return tables[0] if len(tables) == 1 else pool(tables)


def _read(path, columns):
    """The predictions table in one file."""
    content = read_text(path)
    table = as_table(content, path, text=MEANINGS["stem"].split())
    if CHECK in table.columns:
        _check_rows(path, content)
        del table[CHECK]
    try:
        table = translate(table, columns)
        for label in LABELS:
            if label in table.columns:
                found = table.pop(label).dropna().unique()
                if len(found) > 1:
                    raise BadTable(f"it mixes {label} {_names(found)}; audit one {label} at a time.")
                if len(found):
                    table.attrs[label] = str(found[0])
        return check_predictions(table)
    except BadTable as error:
        raise BadTable(f"{path}: {error}") from None


def write_predictions(table, path):
    """Write a predictions table as CSV, whole or not at all, into a folder that need not be there; return the path.

    It is checked first, as by `check_predictions`. `attrs["corpus"]` and `attrs["protocol"]` become columns,
    probabilities have six decimals, and the last column is a checksum of each row. Lesson: 06_evaluation.
    """
    table = check_predictions(table)
    labels = {label: table.attrs[label] for label in LABELS if label in table.attrs}
    table = table.drop(columns=CHECK, errors="ignore").assign(**labels)
    cells = _cells(table.to_csv(index=False, float_format="%.6f", lineterminator="\n"))
    cells[CHECK] = _checksums(cells)
    path = pathlib.Path(path)
    system.write_whole(path, cells.to_csv(index=False, lineterminator="\n").encode())
    return path


def _cells(content):
    """A CSV file's cells as the text that they are."""
    return pd.read_csv(io.StringIO(content), dtype=str, keep_default_na=False)


def _checksums(cells):
    """CRC-32 of each row and of the column names, 8 hex digits; a CRC notices every single changed byte.

    Probabilities count with six decimals: 0.1 and 1e-06, as pandas writes them again, are 0.100000 and 0.000001.
    """

    def plain(cell):
        return f"{float(cell):.6f}" if re.fullmatch(r"\d+(\.\d+)?(e-\d+)?", cell, re.ASCII) else cell

    rows = cells.assign(**cells.filter(regex="^p_").map(plain)).itertuples(index=False, name=None)
    return [f"{zlib.crc32(chr(31).join([*cells.columns, *row]).encode()):08x}" for row in rows]


def _check_rows(path, content):
    """Raise BadTable when a row of a file is not as `write_predictions` wrote it."""
    cells = _cells(content)
    told = cells.pop(CHECK).tolist()
    wrong = [place for place, digest in enumerate(_checksums(cells)) if digest != told[place].zfill(8)]
    if wrong:
        first = cells["stem"][wrong[0]] if "stem" in cells else wrong[0] + 1
        raise BadTable(
            f"{path} was changed or damaged after it was written: {len(wrong)} of {counted(len(cells), 'row')}, "
            f'first that of "{first}"; make it again, or delete the column "{CHECK}" if you changed it on purpose.'
        )


def stated_labels(table):
    """Corpus and protocol of a predictions table as they are printed: dict with `corpus` and `protocol`.

    "ravdess" is written RAVDESS, "practice" is called synthetic, and what the table does not say is "not stated".
    """
    corpus = table.attrs.get("corpus", "not stated")
    return {"corpus": TITLES.get(corpus, corpus), "protocol": table.attrs.get("protocol", "not stated")}


def voice_words(corpus):
    """What the voices of a corpus are called, by its printed name: {"man", "woman", "all": plural}."""
    acted = corpus in TITLES.values()
    return {**GENDER_WORDS, "all": "actors"} if acted else {"man": "men", "woman": "women", "all": "speakers"}


def probabilities(table):
    """The probabilities of every clip as a float array, shape (clips, 8), in the order of `EMOTIONS` (`labels_of`)."""
    return table[_columns(table)].to_numpy(dtype=np.float64)


def true_labels(table):
    """The label index of every clip, shape (clips,), 0 for neutral to 7 for surprised."""
    return pd.Categorical(table["emotion"], categories=list(labels_of(table))).codes.astype(np.int64)


def predicted_labels(table):
    """The index of the most probable emotion of every clip, shape (clips,); the first wins a tie."""
    return probabilities(table).argmax(axis=1)


def make_predictions(table, values, *, fold=0, protocol=None, labels=EMOTIONS):
    """Join a corpus table and the probabilities of its clips into a predictions table, as of `check_predictions`.

    The table has `stem, actor, gender, emotion`, as `corpus.scan` gives it; the values are a float array, shape (clips,
    labels), each row a distribution, else BadTable; `fold` is an int, or int array of shape (clips,), in which each
    clip was tested; `labels` are the names of the emotions, in the order of the probabilities. Lesson: 06_evaluation.
    """
    values = np.asarray(values, dtype=np.float64)
    shape = (len(table), len(labels))
    if values.shape != shape:
        raise BadTable(f"Expected probabilities of shape {shape}, got {values.shape}; predict every clip once.")
    predictions = table[["stem", "actor", "gender", "emotion"]].reset_index(drop=True).assign(fold=fold)
    untold = predictions["gender"].isna().all()
    predictions["gender"] = UNKNOWN if untold else predictions["gender"]
    predictions[[f"p_{label}" for label in labels]] = values
    told = {"corpus": table.attrs.get("corpus"), "protocol": protocol, "missing": ["gender"] if untold else None}
    predictions.attrs = {name: value for name, value in told.items() if value is not None}
    return check_predictions(predictions)


def pool(tables):
    """Put the predictions tables of several folds of one protocol into one, from which a pooled figure is computed.

    Its `attrs` are those of the first. Raises `BadTable` for no table, tables of different emotions, or a clip that two
    of them answer. Lesson: 06_evaluation.
    """
    if not tables:
        raise BadTable("There is nothing to pool: pass the predictions table of at least one fold.")
    emotions = dict.fromkeys(", ".join(labels_of(table)) for table in tables)
    if len(emotions) > 1:
        raise BadTable(f"The tables speak of different emotions, {_names(emotions)}; judge them one at a time.")
    pooled = pd.concat(tables, ignore_index=True)
    pooled.attrs = dict(tables[0].attrs)
    return check_predictions(pooled)
