"""Recorded results: the JSON files of `reports/`, and the tables made from them.

A report is one JSON object. Plain values are its facts (date, seed, protocol, machine ...); every list of
objects in it becomes a table; an object with `value`, `low` and `high` is shown with its interval.
Lesson: 09_full_model.
"""

import json
import pathlib

from ..errors import BadTable
from ..system import course_folder

FOLDER = course_folder("reports", "reports")
REFERENCE = pathlib.Path(__file__).resolve().parents[1] / "reference"
PUBLISHED = {
    "all held-out clips": (395, 491),
    "the half it published": (204, 246),
    "the other half": (191, 245),
    "recordings by actors": (206, 259),
    "recordings by actresses": (189, 232),
}
"""Clips right and clips in all, as the original project printed them, or as they follow from what it printed."""
SYSTEMS = {
    "course": "our net",
    "functionals": "statistics of the clip",
    "both": "nets and statistics averaged",
    "student": "the student project's net",
}
VOICES = {"actors": "new voices", "emobox": "new voices, EmoBox's folds", "random": "known voices"}
"""What the parts of a recorded run's name mean, for `run_title`."""


def find_reports(folder=None):
    """Paths of the recorded results, sorted by name; raises BadTable when the folder holds none."""
    folder = pathlib.Path(folder or FOLDER)
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


def recorded(name, folder=None):
    """A recorded result of ours, `reports/NAME.json`, as a dict; `BadTable` says how to make a missing one."""
    return read_report(pathlib.Path(folder or FOLDER) / f"{name}.json")


def facts_of(report):
    """The plain values of a report as (name, text) pairs, those of inner objects with dotted names."""
    return [(name, as_text(value)) for name, value in _leaves(report) if not _is_rows(value)]


def tables_of(report):
    """The tables in a report, those of inner objects with dotted names: [(title, columns, rows)], all text."""
    tables = []
    for name, value in _leaves(report):
        if _is_rows(value):
            columns = list(dict.fromkeys(key for row in value for key in row))
            tables.append((name, columns, [[as_text(row.get(key)) for key in columns] for row in value]))
    return tables


def _leaves(report):
    """(dotted name, value) of all that is in a report; an interval and a list of objects are one value."""
    for name, value in report.items():
        if isinstance(value, dict) and not _is_interval(value):
            yield from ((f"{name}.{inner}", leaf) for inner, leaf in _leaves(value))
        else:
            yield name, value


def _is_rows(value):
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


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


def beside_published(folder=None):
    """The original project's counts beside those of our recorded run of its recipe, a row a set of clips.

    Returns a DataFrame with columns `original` and `ours` ("395 of 491, 80.4 %"); `attrs["sentence"]` says which run is
    shown, or, where `ours` holds dashes, how to make one. Raises `BadTable` when the report in `folder` (None: ours) is
    damaged. Lesson: 09_full_model.
    """
    import pandas as pd

    path = pathlib.Path(folder or FOLDER) / "student_reproduction.json"
    ours, sentence = {}, "Our full run is not recorded here yet: `make reproduce` writes it."
    if path.exists():
        report = read_report(path)
        try:
            ours = _counts(report)
            sentence = f"Ours: {report['corpus']}, protocol student, {report['epochs']} epochs, {report['date']}."
        except (KeyError, TypeError):
            raise BadTable(f"The report {path.name} lacks counts; `make reproduce` writes it again.") from None
    rows = {name: {"original": _share(PUBLISHED[name]), "ours": _share(ours.get(name))} for name in PUBLISHED}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.attrs["sentence"] = sentence
    return table


def recorded_sentences(folder=None):
    """What our full runs gave: {name of the run: one sentence with corpus, protocol, clips, actors and chance}.

    It holds an interval over actors, or, for several random draws, their mean and each of them; empty where nothing is
    recorded in `folder` (None: `ser_lessons/reference`). Lesson: 09_full_model.
    """
    path = pathlib.Path(folder or REFERENCE) / "headline.json"
    runs = {}
    for name, numbers in read_report(path).items() if path.exists() else ():
        runs.setdefault("_".join(name.split("_")[:2]), []).append(numbers)
    return {name: draws[0]["sentence"] if len(draws) == 1 else _draws_sentence(draws) for name, draws in runs.items()}


def run_title(name):
    """Say in words what a recorded run is: "random_both" is "nets and statistics averaged, known voices".

    What is unknown in the name stays as it is. Lesson: 09_full_model.
    """
    protocol, _, system = name.partition("_")
    return ", ".join(filter(None, (SYSTEMS.get(system, system), VOICES.get(protocol, protocol))))


def _draws_sentence(draws):
    """Draws share clips, so they are never pooled: their mean, and each of them."""
    scores = [100 * draw["uar"]["value"] for draw in draws]
    first, each = draws[0], ", ".join(f"{score:.1f}" for score in scores)
    return (
        f"UAR {sum(scores) / len(scores):.1f} %, mean of {len(scores)} random draws ({each}) of {first['clips']} clips "
        f"of {first['actors']} actors, corpus {first['corpus']}, protocol {first['protocol']}; "
        f"guessing scores {100 * first['chance']['uar']:.1f} %."
    )


def _counts(report):
    """{name in PUBLISHED: (right, clips)} of the report that `make reproduce` writes."""
    everything = report["correct_all"], report["clips_all"]
    half = report["correct_published_half"], report["clips_published_half"]
    men, women = ((report["gender"][name]["correct"], report["gender"][name]["clips"]) for name in ("man", "woman"))
    other = everything[0] - half[0], everything[1] - half[1]
    return dict(zip(PUBLISHED, (everything, half, other, men, women)))


def _share(counts):
    return f"{counts[0]} of {counts[1]}, {counts[0] / counts[1]:.1%}".replace("%", " %") if counts else "-"
