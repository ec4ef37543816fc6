"""The class, graded by nbgrader itself: one student has everything right, one a part, one means harm."""

import json
import os
import pathlib
import subprocess
import sys

import pandas as pd
import pytest

from tools import classroom, lessons

LESSON, STEM = "lesson_07", "07_gender_bias"
pytestmark = pytest.mark.slow


def nbgrader(folder, *words):
    """Run one nbgrader command in the course folder; its output, or a failure that shows it."""
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])  # an activated environment
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=folder,
        env={**os.environ, **lessons.kernel_env(), "PATH": path, "JUPYTER_CONFIG_DIR": str(folder / "config")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def solved(released):
    """The released notebook with every stub solved, as the right student hands it in."""
    answers = [cell.source for cell in lessons.read_source(lessons.repository() / "solutions" / f"{STEM}.py").cells]
    stubs = {lessons.stub_cell(text)[0]: text for text in answers if lessons.BEGIN in text}
    for cell in released["cells"]:
        text = "".join(cell["source"])
        found = stubs.get(text)
        if found:
            cell["source"] = lessons.without_markers(found)
        if cell["metadata"].get("nbgrader", {}).get("grade_id", "").startswith("answer_"):
            cell["source"] = "Not significant is not the same as equal."
    return released


def partly_solved(released):
    """Only the first two stubs solved."""
    whole, left = solved(json.loads(json.dumps(released))), 2
    for cell, answer in zip(released["cells"], whole["cells"]):
        if left and "".join(cell["source"]) != "".join(answer["source"]):
            cell["source"], left = answer["source"], left - 1
    return released


def harmful(released):
    """No import, a loop without an end, and the points of the first check deleted."""
    cells = released["cells"]
    first_code = next(cell for cell in cells if cell["cell_type"] == "code" and "import" in "".join(cell["source"]))
    stub = next(cell for cell in cells if lessons.STUB in "".join(cell["source"]))
    stub["source"] = "while True:\n    pass"
    graded = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade_id", "").startswith("points_")]
    released["cells"] = [cell for cell in cells if cell is not first_code and cell is not graded[0]]
    return released


STUDENTS = {"ada": solved, "ben": partly_solved, "mallory": harmful}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one graded lesson."""
    folder = tmp_path_factory.mktemp("class")
    assert LESSON in classroom.make(folder)
    released = folder / "release" / LESSON / f"{STEM}.ipynb"
    feedback = folder / "feedback" / "ada" / LESSON / f"{STEM}.html"
    for stale in (released, feedback):  # of an earlier state of the lesson, of earlier grades
        stale.parent.mkdir(parents=True)
        stale.write_text("{}")
    nbgrader(folder, "generate_assignment", LESSON, "--create")
    for student, work in STUDENTS.items():
        target = folder / "submitted" / student / LESSON / f"{STEM}.ipynb"
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(work(json.loads(released.read_text("utf-8")))), "utf-8")
    with (folder / "nbgrader_config.py").open("a") as settings:  # nobody waits for the loop as long as for a lesson
        settings.write("c.Execute.timeout_func = lambda cell: 5 if 'while True' in cell.source else 300\n")
    nbgrader(folder, "autograde", LESSON, "--create")
    nbgrader(folder, "generate_feedback", LESSON)
    nbgrader(folder, "export")
    return folder


def test_the_released_assignment_holds_no_solution_and_no_model_answer(course):
    released = json.loads((course / "release" / LESSON / f"{STEM}.ipynb").read_text("utf-8"))
    text = "\n".join("".join(cell["source"]) for cell in released["cells"])
    assert lessons.BEGIN not in text and "odel answer" not in text and "*Your answer, in two" in text
    for cell in lessons.read_source(lessons.repository() / "solutions" / f"{STEM}.py").cells:
        if cell.cell_type == "code" and lessons.BEGIN in cell.source:
            lessons.refuse_leaks(LESSON, lessons.stub_cell(cell.source)[1], text)


def test_points_are_as_earned(course):
    table = classroom.points(course).set_index(["student", "exercise"])
    ada = table.loc["ada"]
    graded = ada[ada["points"].notna()]
    assert len(graded) >= 4 and (graded["points"] == graded["max_points"]).all(), ada
    waiting = ada[ada["points"].isna()]
    assert len(waiting) >= 1 and (waiting["max_points"] == classroom.EXPLAIN_POINTS).all(), (
        "an Explain waits for a hand"
    )
    ben = table.loc["ben"].loc[graded.index, "points"]
    assert (ben.iloc[:2] == graded["max_points"].iloc[:2]).all() and ben.iloc[2:].sum() == 0, ben
    mallory = table.loc["mallory"].loc[graded.index, "points"]
    assert mallory.sum() == 0, mallory


def test_whoever_grades_an_answer_in_words_reads_the_model_answer(course):
    graded = json.loads((course / "autograded" / "ada" / LESSON / f"{STEM}.ipynb").read_text("utf-8"))
    explained = [cell for cell in graded["cells"] if " - Explain" in "".join(cell["source"])]
    assert explained and all("**Model answer:** " in "".join(cell["source"]) for cell in explained)


def test_what_nobody_touched_costs_no_error():
    """A value at the left margin stays `...` in the assignment: not attempted, but there."""
    released = classroom.assignment(lessons.repository() / "solutions" / "06_evaluation.py")
    [cell] = [
        cell
        for cell in released["cells"]
        if "contradiction(my_overall" in cell["source"] and "# P" not in cell["source"]
    ]
    assert "my_overall = ..." in cell["source"] and "nbgrader" not in cell["metadata"]


def test_everybody_gets_feedback_and_a_line_in_the_export(course):
    for student in STUDENTS:
        assert (course / "feedback" / student / LESSON / f"{STEM}.html").stat().st_size > 10_000
    exported = pd.read_csv(course / "grades.csv").set_index("student_id")["score"]
    earned = classroom.points(course).groupby("student")["points"].sum()
    assert exported.to_dict() == earned.to_dict() and set(exported.index) == set(STUDENTS)


def test_the_report_says_who_solved_what_and_where_the_class_stumbles(course):
    table = classroom.report(course)
    assert len(pd.read_csv(course / "report.csv")) == len(table)
    page = (course / "report.html").read_text("utf-8")
    assert "3 students" in page and "ada" in page and "100%" in page and "stumbles" in page


def test_a_part_of_a_check_earns_a_part_of_the_points():
    from ser_lessons import checks

    result = checks.lesson_05.softmax.result(lambda scores: scores / scores.sum())
    assert result.state == "not yet" and result.passed == 1
