"""A class from the same source: the lessons as nbgrader assignments, and a report of who solved what.

`python tools/classroom.py make FOLDER` (or `make class`) writes an nbgrader course; collect, grade and hand back with
nbgrader's own commands; `python tools/classroom.py report FOLDER` then writes report.csv and report.html there.

A Code exercise earns a point for each part of its check, a Predict one for an attempt; an Explain is graded by hand.
"""

import argparse
import html
import json
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ser_lessons import system
from tools import lessons

HEADING = re.compile(r"^### Exercise (\d\.\d) - (Code|Predict|Explain)", re.M)
CALL = re.compile(r"checks\.(lesson_\d\d\.\w+)\((.*)\)$", re.M)
MODEL_ANSWER = re.compile(r"<details><summary>Model answer</summary>(.*?)</details>", re.S)
MARK_SCHEME = "\n\n=== BEGIN MARK SCHEME ===\n\n**Model answer:** {}\n\n=== END MARK SCHEME ===\n"
"""Taken out of what is handed out; back in it for whoever grades, and in the feedback."""

EXPLAIN_POINTS = 2
SECONDS = 300
"""How long one cell of a submission may run before it is interrupted."""

CONFIG = f"""\
c = get_config()
c.CourseDirectory.course_id = "ser_lessons"
c.GenerateAssignment.force = True  # what is handed out follows its lesson
c.GenerateFeedback.force = True  # and what is handed back the grades
c.ClearSolutions.code_stub = {{"python": "{lessons.STUB}\\nraise NotImplementedError"}}
c.ClearSolutions.text_stub = "*Your answer, in two or three sentences.*"
c.ClearMarkScheme.enforce_metadata = False
c.Execute.timeout = {SECONDS}
c.Execute.interrupt_on_timeout = True
c.Execute.iopub_timeout = 60  # on a busy machine an interrupted kernel needs more than four seconds to say so
"""


def assignment(path):
    """Return one lesson as an nbgrader source notebook.

    Parameters
    ----------
    path : path of solutions/NN_name.py, executed

    Raises
    ------
    BadLesson : an exercise of the executed solution is not solved, so that its points are unknown
    """
    notebook = lessons.read_source(path)
    points = _parts(json.loads(path.with_suffix(".ipynb").read_text("utf-8")))
    cells, number, kind = [_graded(_code(lessons.setup_cell(path.parents[1])), "setup", locked=True)], "", ""
    for cell in notebook.cells:
        if lessons.SOLUTION_TAG in cell.metadata.get("tags", []):
            continue
        heading = HEADING.search(cell.source)
        if heading and cell.cell_type == "markdown":
            number, kind = heading.groups()
        mark = number.replace(".", "_")
        if heading and kind == "Explain":
            [answer] = MODEL_ANSWER.findall(cell.source)
            answer = html.unescape(re.sub("<[^>]+>", "", answer)).strip()
            cell.source = MODEL_ANSWER.sub("", cell.source).rstrip() + MARK_SCHEME.format(answer)
            cells.append(_graded(cell, f"question_{mark}", locked=True))
            cells.append(_graded(_answer(answer), f"answer_{mark}", points=EXPLAIN_POINTS, solution=True))
            continue
        stub = lessons.stub_cell(cell.source)[0] if cell.cell_type == "code" else ""
        if lessons.STUB in stub:
            _graded(cell, f"solution_{mark}_{len(cells)}", solution=True)
        elif stub:
            cell.source = stub
        cells.append(cell)
        call = CALL.search(cell.source) if cell.cell_type == "code" else None
        if call:
            result = f"checks.{call[1]}.result({call[2]})"
            earned = f"{result}.passed" if kind == "Code" else f'int({result}.state != "not attempted")'
            worth = points[number] if kind == "Code" else 1
            cells.append(
                _graded(_code(f"# Points of exercise {number}\n{earned}"), f"points_{mark}", points=worth, locked=True)
            )
    cells[0], cells[1] = cells[1], cells[0]
    notebook.cells = cells
    for index, cell in enumerate(cells):
        cell["id"] = f"{path.stem[:2]}-{index:03d}"
    return notebook


def _parts(executed):
    """{"5.1": parts of its check} of an executed solution, from the line that each check printed."""
    text = json.dumps(executed)
    found = {number: int(parts) for number, parts in re.findall(r"Exercise (\d\.\d): ok \((\d+) of", text)}
    unsolved = re.findall(r"Exercise (\d\.\d): not", text)
    if unsolved or not found:
        raise lessons.BadLesson(f"exercises {unsolved or 'none'} solved; run `python tools/lessons.py execute`.")
    return found


def _code(source):
    import nbformat.v4 as v4

    return v4.new_code_cell(source)


def _answer(answer):
    import nbformat.v4 as v4

    return v4.new_markdown_cell(f"{lessons.BEGIN}\n{answer}\n{lessons.END}")


def _graded(cell, name, *, points=None, solution=False, locked=False):
    """Give a cell what nbgrader wants to know about it."""
    settings = {"schema_version": 3, "grade_id": name, "grade": points is not None, "solution": solution}
    settings |= {"locked": locked, "task": False} | ({"points": points} if points is not None else {})
    cell["metadata"] = {**cell["metadata"], "nbgrader": settings}
    return cell


def make(folder, root=None):
    """Write an nbgrader course into a folder, settings and source/lesson_NN/ for each lesson; return the names."""
    folder, names = pathlib.Path(folder), []
    folder.mkdir(parents=True, exist_ok=True)
    system.write_whole(folder / "nbgrader_config.py", CONFIG.encode())
    for path in lessons.lesson_sources(root):
        names.append(f"lesson_{path.stem[:2]}")
        target = folder / "source" / names[-1] / f"{path.stem}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        system.write_whole(target, lessons.as_ipynb(assignment(path)))
    return names


def points(folder):
    """Return the gradebook as a table: student, lesson, exercise, points, max_points; one row an exercise.

    An exercise that waits for a grade by hand has no points yet.
    """
    import pandas as pd
    from nbgrader.api import Gradebook

    # nbgrader starts the command `alembic`, which lies beside this Python
    os.environ["PATH"] = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    with Gradebook(f"sqlite:///{pathlib.Path(folder).resolve() / 'gradebook.db'}") as book:
        rows = [
            {
                "student": submission.student.id,
                "lesson": task.name,
                "exercise": grade.name.split("_", 1)[1].replace("_", "."),
                "points": None if grade.needs_manual_grade and grade.manual_score is None else grade.score,
                "max_points": grade.max_score,
            }
            for task in book.assignments
            for submission in task.submissions
            for notebook in submission.notebooks
            for grade in notebook.grades
        ]
    return pd.DataFrame(rows, columns=["student", "lesson", "exercise", "points", "max_points"])


def report(folder):
    """Write report.csv and report.html (who solved what, where the class stumbles); return the table of `points`."""
    folder, table = pathlib.Path(folder), points(folder)
    share = table.assign(share=table["points"] / table["max_points"])
    grid = share.pivot_table(index="student", columns=["lesson", "exercise"], values="share")
    hardest = share.groupby(["lesson", "exercise"])["share"].mean().sort_values().head(5)
    page = [
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>The class</title>',
        "<style>body{font:16px sans-serif;margin:2em}td,th{padding:.3em .6em;text-align:right}</style>",
        f"<h1>The class: {table['student'].nunique()} students, {len(grid.columns)} exercises</h1>",
        "<h2>Where the class stumbles</h2><p>The exercises with the smallest share of points, over all students.</p>",
        hardest.rename("share of the points").to_frame().to_html(float_format="{:.0%}".format, border=0),
        "<h2>Who solved what</h2><p>Share of the points; a dash waits for a grade by hand.</p>",
        grid.to_html(float_format="{:.0%}".format, na_rep="-", border=0),
    ]
    system.write_whole(folder / "report.csv", table.to_csv(index=False).encode())
    system.write_whole(folder / "report.html", "\n".join(page).encode())
    return table


def main(argv=None):
    """Run one of the two commands."""
    parser = argparse.ArgumentParser(prog="python tools/classroom.py", description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=["make", "report"])
    parser.add_argument("folder", nargs="?", default=str(lessons.repository() / "build" / "class"))
    args = parser.parse_args(argv)
    if args.command == "report":
        if not pathlib.Path(args.folder, "gradebook.db").exists():
            sys.exit(f"There is no gradebook.db in {args.folder}: grade the class with nbgrader first.")
        print(f"{len(report(args.folder))} grades; see {pathlib.Path(args.folder, 'report.html')}.")
        return
    names = make(args.folder)
    print(
        f"{len(names)} assignments in {args.folder}. Next, there, in the activated environment: "
        f"nbgrader generate_assignment {names[0]} --create"
    )


if __name__ == "__main__":
    main()
