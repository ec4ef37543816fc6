"""Kills, neighbors and damage: what we keep on disk is whole, or it is noticed and named.

`crash.py` does the killing, and says how. Here stand a seeded subset for every run of the tests, the full count for
`make soak`, and the byte that changed on the disk.
"""

import _thread
import functools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

import crash
import numpy as np
import pandas as pd
import pytest
import soundfile
from soak import Part

from ser_lessons import errors

SCRIPT = pathlib.Path(crash.__file__)
HANG_SECONDS = 3000
"""Only a guard against a real hang."""

FULL = {"caches": 80, "practice": 32, "training": 14, "export": 10, "notebooks": 24, "predictions": 40}
"""Kills of each kind in the full count: 200 in all."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


def kill_often(subject, kills, seed=7):
    command = [sys.executable, str(SCRIPT), subject, str(kills), str(seed)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=HANG_SECONDS, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "subject, kills",
    [("caches", 8), ("practice", 4), ("training", 2), ("export", 2), ("notebooks", 4), ("predictions", 8)],
)
def test_after_a_kill_the_next_run_ends_as_an_undisturbed_one(subject, kills):
    figures = kill_often(subject, kills)
    assert figures["faults"] == []
    assert figures["survived"] == figures["kills"] >= kills
    assert figures["at_once"] == 3


@pytest.mark.soak
def test_two_hundred_kills():
    with Part("kills", sum(FULL.values())) as part:
        part.more = {"seed": 2026, "kinds": []}
        for subject, kills in FULL.items():
            figures = kill_often(subject, kills, seed=2026)
            part.add(figures["survived"], figures["lost"], figures.pop("faults"))
            part.more["kinds"].append(figures)
            part.show()


# --------------------------------------------------------------------------------------- the byte that changed


def changed(path, place, rng):
    """Flip one bit of one byte of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << int(rng.integers(8))
    path.write_bytes(content)


def places(path, n_places, rng):
    return rng.choice(path.stat().st_size, min(n_places, path.stat().st_size), replace=False)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A training of three epochs and its folder."""
    import keras

    folder = tmp_path_factory.mktemp("run")
    keras.utils.set_random_seed(0)
    train_small(folder)
    return folder


def train_small(folder, log=None, augment=None, epochs=3, **recipe):
    import keras

    from ser_lessons.net import training

    keras.utils.set_random_seed(0)
    net = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])
    rng = np.random.default_rng(0)
    data = rng.normal(size=(8, 4, 4, 1)).astype("float32"), rng.integers(0, 3, 8)
    recipe = training.Recipe(epochs=epochs, batch_size=4, **recipe)
    net, history = training.train(net, data, data, recipe=recipe, run_dir=folder, augment=augment, log=log)
    return [weight.tobytes() for weight in net.get_weights()], [row["val_loss"] for row in history]


@pytest.mark.parametrize("pattern, n_places", [("history.json", 100), ("state-*.npz", 60)])
def test_a_changed_byte_in_a_training_is_noticed_and_named(run_folder, pattern, n_places):
    """White space between the words of the history carries no meaning; every other character does."""
    rng = np.random.default_rng(4)
    (path,) = run_folder.glob(pattern)
    whole = path.read_bytes()
    meaningful = [p for p in range(len(whole)) if not whole[p : p + 1].isspace() or path.suffix == ".npz"]
    for place in rng.choice(meaningful, n_places):
        changed(path, place, rng)
        with pytest.raises(errors.BadModel, match=f"{re.escape(path.name)}.*is damaged: delete its folder"):
            train_small(run_folder)
        path.write_bytes(whole)
    epochs = []
    train_small(run_folder, log=epochs.append)
    assert epochs == [], "the whole run was not read"


def test_a_changed_byte_in_predictions_is_noticed_and_named(tmp_path):
    from ser_lessons import evaluate

    rng = np.random.default_rng(5)
    table = crash.predictions_table(20)
    table.attrs = {"corpus": "practice", "protocol": "actors"}
    path = evaluate.write_predictions(table, tmp_path / "run.csv")
    whole = path.read_bytes()
    name = whole.index(b",check\n") + 1
    unnoticed = []
    for place in places(path, 400, rng):
        if name <= place < name + 5:
            continue  # the name of the checksum's own column: what it says of the rows is still right
        changed(path, place, rng)
        try:
            evaluate.read_predictions(path)
            unnoticed.append((place, path.read_bytes()[place - 10 : place + 10]))
        except errors.BadTable as error:
            assert "run.csv" in str(error)
        path.write_bytes(whole)
    assert unnoticed == []
    back = evaluate.read_predictions(path)
    assert back.attrs == table.attrs and "check" not in back


def test_a_damaged_digit_names_the_clip(tmp_path):
    from ser_lessons import evaluate

    path = evaluate.write_predictions(crash.predictions_table(20), tmp_path / "run.csv")
    text = path.read_text()
    start = text.index("clip-007")
    digit = text.index("0.", start) + 7
    path.write_text(text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1 :])
    with pytest.raises(errors.BadTable, match=r'1 of 20 rows, first that of "clip-007".*delete the column "check"'):
        evaluate.read_predictions(path)


def test_rows_kept_with_pandas_are_not_called_damaged(tmp_path):
    """0.100000 comes back as 0.1, 0.000001 as 1e-06, and a row less is no change of those that stay."""
    from ser_lessons import evaluate

    table = crash.predictions_table(20)
    table[evaluate.PROBABILITY_COLUMNS] = [[0.1, 1e-6, 0.25, 0.5, 0.149999, 0, 0, 0]] * 20
    path = evaluate.write_predictions(table, tmp_path / "run.csv")
    kept = pd.read_csv(path)[3:]
    kept.to_csv(tmp_path / "kept.csv", index=False)
    assert ",0.1,1e-06," in (tmp_path / "kept.csv").read_text() and len(kept) == 17
    assert evaluate.read_predictions(tmp_path / "kept.csv")["stem"].tolist() == kept["stem"].tolist()
    kept.assign(p_sad=0.4, p_calm=0.100001).to_csv(tmp_path / "kept.csv", index=False)
    with pytest.raises(errors.BadTable, match="17 of 17 rows"):
        evaluate.read_predictions(tmp_path / "kept.csv")


# ------------------------------------------------------------------------------------ the interrupted training


@pytest.mark.parametrize("recipe", [{}, {"mixup": 0.2, "cosine": True, "weight_decay": 0.01, "ema": 0.9}])
def test_an_interrupted_training_goes_on_where_it_stopped(tmp_path, recipe):
    """The stop button of the notebook: KeyboardInterrupt in the third epoch; the same call again ends the same."""
    expected = train_small(tmp_path / "undisturbed", epochs=5, **recipe)

    def stop(row):
        if row["epoch"] == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="in epoch 3 of 5: run the same again and it goes on after epoch 3"):
        train_small(tmp_path / "stopped", log=stop, epochs=5, **recipe)
    epochs = []
    found = train_small(tmp_path / "stopped", log=lambda row: epochs.append(row["epoch"]), epochs=5, **recipe)
    assert epochs == [4, 5]
    assert found == expected


@pytest.mark.parametrize(
    "folder, kept",
    [("run", "it goes on after epoch 2, the last whole one, kept in .*run"), (None, "starts with epoch 1")],
)
def test_an_interrupted_training_says_what_is_kept(tmp_path, folder, kept):
    """In the middle of an epoch: that epoch is not promised. Without a folder: nothing is."""
    drawn, second_done = [], threading.Event()

    def augment(batch, rng):
        drawn.append(1)
        if len(drawn) == 3:  # drawn ahead: wait until the third epoch has begun, then press the stop button
            second_done.wait(60)
            time.sleep(0.5)
            _thread.interrupt_main()
        return batch

    def log(row):
        if row["epoch"] == 2:
            second_done.set()

    with pytest.raises(KeyboardInterrupt, match=f"in epoch 3 of 5: .*{kept}"):
        train_small(folder and tmp_path / folder, log=log, epochs=5, augment=augment)


# ---------------------------------------------------------------------------------- the stopped prediction


def test_ctrl_c_at_ten_moments_loses_no_row_of_a_prediction(shipped, tmp_path):
    """Stopped when the k-th row is seen: each row is whole, the sentence counts them, and the next run is as ever."""
    folder, rows = tmp_path / "clips", tmp_path / "rows.csv"
    folder.mkdir()
    seconds = np.arange(11_025) / 22_050
    soundfile.write(folder / "0000.wav", 0.2 * np.sin(2 * np.pi * 200 * seconds) * np.hanning(len(seconds)), 22_050)
    for number in range(1, 2000):  # far more than are answered before a busy machine lets the signal through
        os.link(folder / "0000.wav", folder / f"{number:04d}.wav")

    def start(*words):
        command = [sys.executable, "-m", "ser_lessons", "predict", *words]
        awake = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # where tests run in the background
        pipes = {stream: subprocess.PIPE for stream in ("stdin", "stdout", "stderr")} | {"text": True}
        return subprocess.Popen(command, preexec_fn=awake, **pipes)

    for moment in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89):
        child = start(folder, "--csv", rows)
        while child.poll() is None and not (rows.exists() and rows.read_bytes().count(b"\n") > moment):
            time.sleep(0.001)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate()
        table = pd.read_csv(rows)
        assert (child.returncode, out) == (130, ""), err
        assert err == f"Stopped after {len(table)} of 2000 answers, which are complete and kept.\n"
        assert len(table) >= moment and rows.read_bytes().endswith(b"\n")
        assert list(table["file"]) == [str(folder / f"{number:04d}.wav") for number in range(len(table))]
        assert np.allclose(table.filter(like="p_").sum(axis=1), 1, atol=1e-4) and table["label"].notna().all()
        rows.unlink()
    child = start("-", "--json")  # an endless list
    child.stdin.write(f"{folder / '0000.wav'}\n" * 300)
    child.stdin.flush()
    lines = [child.stdout.readline() for _ in range(10)]
    child.send_signal(signal.SIGINT)
    answers = [json.loads(line) for line in [*lines, *child.stdout]]
    assert child.communicate()[1] == f"Stopped after {len(answers)} answers, which are complete and kept.\n"
    assert child.returncode == 130
    rows.write_text("left by a stopped run")
    child = start(folder / "00*", "--csv", rows)
    assert child.communicate()[1].startswith("100 recordings, ") and child.returncode == 0
    assert len(pd.read_csv(rows)) == 100


# ------------------------------------------------------------------------------------------- two at once


def test_two_trainings_in_one_folder_cannot_lose_a_state(tmp_path):
    """It could happen that the slower one's history named a state that the faster one had deleted."""
    expected = train_small(tmp_path / "undisturbed")

    def second(row):
        with pytest.raises(errors.BadModel, match="another training is at work in .*run.*: wait until it is done"):
            train_small(tmp_path / "run")

    assert train_small(tmp_path / "run", log=second) == expected
    epochs = []
    assert train_small(tmp_path / "run", log=epochs.append) == expected
    assert epochs == [], "the folder was not free again"
