"""Recorded results: the JSON files of `reports/`, and the tables made from them.

A report is one JSON object. Plain values are its facts (date, seed, protocol, machine ...); every list of
objects in it becomes a table; an object with `value`, `low` and `high` is shown with its interval.
"""

import json
import pathlib

from ..errors import BadTable
from ..system import course_folder

FOLDER = course_folder("reports", "reports")


def find_reports(folder=FOLDER):
    """Paths of the recorded results, sorted by name; raises BadTable when the folder holds none."""
    found = sorted(folder.glob("*.json"))
    if not found:
        raise BadTable(f"There are no recorded results in {folder}; `make reproduce` and `make bench` write them.")
    return found


def read_report(path):
    """Read one report; raises BadTable when the file is missing, or is not a JSON object."""
    path = pathlib.Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadTable(f"There is no report {path}; `ser-lessons report` lists those that are there.") from None
    except (OSError, ValueError) as error:
        raise BadTable(f"The report {path} cannot be read ({error}); write it again.") from None
    if not isinstance(content, dict):
        raise BadTable(f"The report {path} is not one JSON object; write it again.")
    return content


def recorded(name):
    """A recorded result of ours, `reports/NAME.json`, as a dict; `BadTable` says how to make a missing one."""
    return read_report(FOLDER / f"{name}.json")


def parts_of(report, prefix=""):
    """Facts and tables of a report: [(name, text)] and [(title, columns, rows)], all text; inner names are dotted."""
    facts, tables = [], []
    for name, value in report.items():
        if isinstance(value, dict) and not _is_interval(value):
            for parts, inner in zip((facts, tables), parts_of(value, f"{prefix}{name}.")):
                parts += inner
        elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            columns = list(dict.fromkeys(key for row in value for key in row))
            tables.append((prefix + name, columns, [[as_text(row.get(key)) for key in columns] for row in value]))
        else:
            facts.append((prefix + name, as_text(value)))
    return facts, tables


def _is_interval(value):
    return isinstance(value, dict) and {"value", "low", "high"} <= set(value)


def as_text(value):
    """A value as the text of a table cell: three decimals, intervals in brackets, a dash for nothing."""
    if value is None:
        return "-"
    if _is_interval(value):
        return f"{as_text(value['value'])} [{as_text(value['low'])}, {as_text(value['high'])}]"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 100 else f"{value:,.0f}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {as_text(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(as_text, value))
    return str(value)
