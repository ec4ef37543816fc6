"""CSV files as people have them: commas, semicolons or tabs; UTF-8, UTF-16 or Windows; decimal commas.

Lesson: 06_evaluation.
"""

import io
import pathlib
import re

import pandas as pd

from ..errors import BadTable

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
    sep = told.group(1) if told else max(",;\t", key=head.count)
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
