"""Learner notebooks as they are really used: cells run twice, out of order, or not at all.

One kernel for each lesson. First every cell runs backwards; then, with all names forgotten, a part of the cells in
order, the others skipped. Both must fail only with names that are not there (`NameError`, which says which one) or
with our own sentences. Then every cell runs twice in order, in the same kernel, and nothing that happened before may
have poisoned it.
"""

import random
import re
import threading

import nbformat
import playground_stub
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from soak import Part

from ser_lessons import corpus, playground
from tools import lessons

LESSONS = [path.stem for path in lessons.lesson_sources()]
SHORT = LESSONS[3:4]
UNDERSTOOD = ("NameError", "SerError", "BadClip", "BadTable", "BadModel", "NotImplementedError")


def abuse(lesson):
    """What went wrong backwards and with cells skipped (names of errors), and then, twice each in order (texts)."""
    root = lessons.repository()
    notebook = nbformat.read(root / "notebooks" / f"{lesson}.ipynb", 4)
    client = NotebookClient(notebook, timeout=3600, startup_timeout=600, resources={"metadata": {"path": str(root)}})
    cells = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    some = sorted(random.Random(7).sample(cells[1:], len(cells) // 2))
    backwards, skipped, in_order = [], [], []
    notebook.cells.append(nbformat.v4.new_code_cell("%reset -f"))
    forget = len(notebook.cells) - 1
    with client.setup_kernel(env=lessons.kernel_env("practice")):
        for order, errors in ((cells[::-1], backwards), ([forget, cells[0], *some], skipped)):
            for index in order:
                try:
                    client.execute_cell(notebook.cells[index], index)
                except CellExecutionError as error:
                    errors.append(error.ename)
        for index in cells:
            for _ in range(2):
                try:
                    client.execute_cell(notebook.cells[index], index)
                except CellExecutionError as error:
                    in_order.append(f"cell {index}: {error.ename}: {error.evalue}")
    return backwards, skipped, in_order


def check(lesson):
    backwards, skipped, in_order = abuse(lesson)
    assert backwards, "running a lesson backwards cannot work: the test does not do what it says"
    assert [name for name in backwards + skipped if name not in UNDERSTOOD] == []
    assert in_order == []


TRAINING = """
import time
import keras, numpy as np
from ser_lessons.net import training

keras.utils.set_random_seed(0)
net = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])
data = np.random.default_rng(0).normal(size=(8, 4, 4, 1)).astype("float32"), np.arange(8) % 3

def log(row):
    print("epoch", row["epoch"], flush=True)
    if row["epoch"] == 3:
        time.sleep(600)  # until somebody presses the stop button

net, history = training.train(net, data, data, recipe=training.Recipe(epochs=6), run_dir="run", log=log)
"""


@pytest.mark.slow
def test_the_stop_button_in_a_training_says_where_it_goes_on(tmp_path):
    """A real kernel, interrupted in the third of six epochs; the same cell again goes on with the fourth."""
    options = {"startup_timeout": 600, "cwd": str(tmp_path)}
    manager, client = start_new_kernel(kernel_name="python3", env=lessons.kernel_env("practice"), **options)
    try:
        first = run_cell(manager, client, TRAINING, stop_after="epoch 3")
        assert first[:-1] == ["epoch 1", "epoch 2", "epoch 3"]
        assert "KeyboardInterrupt: The training was stopped in epoch 3 of 6: run the same again" in first[-1]
        assert first[-1].splitlines()[-1].endswith("it goes on after epoch 3, the last whole one, kept in run.")
        assert run_cell(manager, client, TRAINING) == ["epoch 4", "epoch 5", "epoch 6"]
        assert run_cell(manager, client, "print(len(history))") == ["6"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run_cell(manager, client, code, stop_after=None):
    """Lines that a cell prints, the traceback last; the kernel is interrupted after one of the lines."""
    asked, lines, begun = client.execute(code), [], ""
    while True:
        message = client.get_iopub_msg(timeout=600)
        if message["parent_header"].get("msg_id") != asked:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream" and content["name"] == "stdout":
            *whole, begun = (begun + content["text"]).split("\n")  # a busy kernel sends a line in two messages
            lines += whole
            if stop_after in lines:
                manager.interrupt_kernel()
        elif kind == "error":
            lines.append(re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"])))
        elif kind == "status" and content["execution_state"] == "idle":
            return lines


def test_a_widget_opened_before_there_is_data_says_what_to_do(practice, monkeypatch):
    """The corpus that was asked for is not there: a sentence; once it is, the same cell works."""
    monkeypatch.setattr(corpus, "find_ravdess", lambda: None)
    monkeypatch.setenv("SER_CORPUS", "ravdess")
    opened = playground.open(net=playground_stub.StubNet())
    opened.wait()
    assert opened.regions["error"].startswith(
        "The playground could not go on: RAVDESS was asked for but not found; run"
    )
    opened.values = {**opened.values, "n_semitones": 24}  # a slider that is moved all the same
    assert opened.regions["error"].startswith(
        "The playground could not go on: RAVDESS was asked for but not found; run"
    )
    monkeypatch.setenv("SER_CORPUS", "practice")
    again = playground.open(net=playground_stub.StubNet())
    again.wait()
    assert again.regions["error"] == "" and again.regions["bars"].count("data-percent=") == 8


def test_a_widget_used_while_its_data_load_waits_for_them(practice, monkeypatch):
    ready = threading.Event()
    monkeypatch.setattr(corpus, "open_corpus", lambda *args, **options: ready.wait() and practice)
    opened = playground.open(net=playground_stub.StubNet())
    opened.values = {**opened.values, "n_semitones": 24}
    assert "bars" not in opened.regions and "error" not in opened.regions
    ready.set()
    opened.wait()
    assert opened.regions["error"] == "" and opened.regions["bars"].count("data-percent=") == 8
    assert opened.session.settings.n_semitones == 4


@pytest.mark.slow
@pytest.mark.parametrize("lesson", SHORT)
def test_cells_backwards_and_then_twice_leave_a_sound_kernel(lesson, practice):
    check(lesson)


@pytest.mark.soak
def test_every_lesson_survives_the_same(practice):
    with Part("notebooks", len(LESSONS)) as part:
        for lesson in LESSONS:
            with part.trial(lesson):
                check(lesson)
            part.show()
