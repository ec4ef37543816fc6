"""Learner notebooks as they are really used: cells run twice, out of order, or not at all.

One kernel for each lesson. First every cell runs backwards, which must fail only with names that are not there yet
(`NameError`, which says which one) or with our own sentences; then every cell runs twice in order, in the same
kernel, and nothing that happened before may have poisoned it.
"""

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from ser_lessons import authoring

LESSONS = [path.stem for path in authoring.lesson_sources()]
SHORT = LESSONS[3:4]
UNDERSTOOD = ("NameError", "SerError", "BadClip", "BadTable", "BadModel", "NotImplementedError")


def abuse(lesson):
    """What went wrong backwards (names of errors), and what went wrong afterwards, twice each in order (texts)."""
    root = authoring.repository()
    notebook = nbformat.read(root / "notebooks" / f"{lesson}.ipynb", 4)
    client = NotebookClient(notebook, timeout=900, startup_timeout=600, resources={"metadata": {"path": str(root)}})
    cells = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    backwards, in_order = [], []
    with client.setup_kernel(env=authoring.kernel_env("practice")):
        for index in reversed(cells):
            try:
                client.execute_cell(notebook.cells[index], index)
            except CellExecutionError as error:
                backwards.append(error.ename)
        for index in cells:
            for _ in range(2):
                try:
                    client.execute_cell(notebook.cells[index], index)
                except CellExecutionError as error:
                    in_order.append(f"cell {index}: {error.ename}: {error.evalue}")
    return backwards, in_order


def check(lesson):
    backwards, in_order = abuse(lesson)
    assert backwards, "running a lesson backwards cannot work: the test does not do what it says"
    assert [name for name in backwards if name not in UNDERSTOOD] == []
    assert in_order == []


@pytest.mark.slow
@pytest.mark.parametrize("lesson", SHORT)
def test_cells_backwards_and_then_twice_leave_a_sound_kernel(lesson, practice):
    check(lesson)


@pytest.mark.soak
@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if lesson not in SHORT])
def test_every_other_lesson_survives_the_same(lesson, practice):
    check(lesson)
