"""CSV files as people have them: any common separator, encoding and names of columns; decimal commas.

Lesson: 06_evaluation.
"""

import io
import pathlib
import re

import pandas as pd

from ..errors import BadTable

MEANINGS = {
    "stem": "stem clip utterance utt utt_id name id sample segment",
    "path": "path file filename file_path wav wav_path audio audio_path sound datei",
    "actor": "actor actor_id speaker spk speaker_id spk_id spkr subject subject_id voice participant talker sprecher",
    "gender": "gender sex geschlecht",
    "fold": "fold",
    "emotion": "emotion label truth true y_true true_label target reference gold ground_truth actual",
    "predicted": "predicted prediction predictions pred y_pred predicted_label pred_label hypothesis vorhersage",
    "corpus": "corpus database dataset db",
    "protocol": "protocol",
    "side": "split set subset partition part side usage",
}
"""What a column may be called, by what it holds; only letters and digits count, capital or not."""

_NO_TEXT = "it holds bytes that are no text; save it as comma-separated text."
_NUMBER = r"[-+]?\d*[.,]?\d+(e[-+]?\d+)?\s?%?|nan|[-+]?inf"


def read_text(path):
    """The text of a CSV file, whatever its encoding; raises BadTable when there is none."""
    try:
        content = pathlib.Path(path).read_bytes()
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1252")
    except FileNotFoundError:
        raise BadTable(f"There is no file {path}; give the path of a CSV table.") from None
    except OSError as error:
        raise BadTable(f"{path} cannot be read ({error.strerror}); give the path of a CSV table.") from None
    except ValueError:
        raise BadTable(f"{path} is not a CSV table: {_NO_TEXT}") from None


def read_table(path, *, text=()):
    """Read a CSV file, whatever its separator and encoding.

    Columns become numbers where every cell is one, without leading zeros, but those named in `text` (None: all) stay
    text. Empty cells are NaN, cells in per cent ("12.5 %") the number before the sign. Raises BadTable for no file, no
    text, or no table.
    """
    return as_table(read_text(path), path, text=text)


def as_table(content, path, *, text=()):
    """`read_table` of a text that was read from `path`."""
    told = re.match(r"sep=(.)\r?\n", content)  # how Excel is told the separator
    content = content[told.end() :] if told else content
    head = re.sub(r'"[^"]*"', "", next((line for line in content.splitlines() if line.strip()), ""))
    sep = told.group(1) if told else max(",;\t|", key=head.count)
    try:
        table = pd.read_csv(io.StringIO(content), sep=sep, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise BadTable(f"{path} is not a CSV table ({str(error).strip()}); save it as comma-separated text.") from None
    if not isinstance(table.index, pd.RangeIndex):
        raise BadTable(f"{path} is not a CSV table: its rows have more cells than its first line has names.")
    if "\0" in content:
        raise BadTable(f"{path} is not a CSV table: {_NO_TEXT}")
    table.columns = [str(column).strip() for column in table.columns]
    table = table[[column for column in table if not re.fullmatch(r"(Unnamed: \d+)?", column)]]
    table = table.apply(lambda cells: cells.str.strip()).replace("", None)
    for column in table.columns.difference(list(table.columns if text is None else text)):
        known = table[column].dropna()
        if len(known) and known.str.fullmatch(_NUMBER, case=False).all() and not known.str.match(r"0\d").any():
            table[column] = pd.to_numeric(table[column].str.rstrip("% ").str.replace(",", "."))
    return table


def find_column(table, meaning, asked=None):
    """The name of the column that holds a `MEANINGS`, or None; `asked` is the name that a user gave.

    Raises BadTable when the column that was asked for is not there.
    """
    if asked is not None:
        if asked in table:
            return asked
        held = ", ".join(map(str, table.columns))
        raise BadTable(f"The table lacks the column {asked!r} that was asked for; it has {held}.")
    plain = {_letters(column): column for column in reversed(table.columns)}
    return next((plain[name] for name in map(_letters, MEANINGS[meaning].split()) if name in plain), None)


def _letters(name):
    return re.sub(r"[\W_]", "", str(name).lower())


def path_of(name, folder=None):
    """Where a sound file lies that a table names: beside the table, or as told, also with Windows' backslashes."""
    for told in (str(name), str(name).replace("\\", "/")):
        for path in (pathlib.Path(folder or ".", told), pathlib.Path(told)):
            if path.is_file():
                return path
    return None
