"""Folds on a real Dask scheduler with two workers that are killed in the middle: as without a cluster, bit for bit."""

import contextlib
import dataclasses
import functools
import hashlib
import importlib.metadata
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

import joblib
import psutil
import pytest

from ser_lessons import cli
from ser_lessons.corpus import splits
from ser_lessons.errors import SerError
from ser_lessons.net import cluster, experiments, training
from ser_lessons.sound import hearing


def slow_net(seconds):
    """A tiny net whose epochs take a moment; functions within a function travel to workers as they are."""

    def build():
        import keras
        from keras import layers

        net = [keras.Input((128, 130, 1)), layers.Conv2D(4, 9, 8), layers.BatchNormalization()]
        net += [layers.GlobalAveragePooling2D(), layers.Dropout(0.2), layers.Dense(8, activation="softmax")]
        return keras.Sequential(net)

    def augment(batch, rng):
        import time

        time.sleep(seconds)
        return batch + rng.normal(size=batch.shape).astype(batch.dtype)

    recipe = training.Recipe(epochs=8, batch_size=16, mixup=0.2, patience=4, plateau=2)
    return experiments.Net(build, recipe, augment=augment)


@pytest.fixture(scope="module")
def dask(root, tmp_path_factory):
    """Address of a scheduler with two workers, and number of the process that replaces them when they die."""
    pytest.importorskip("distributed", reason="no Dask here: `make test` adds it")
    folder = tmp_path_factory.mktemp("dask")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command, local = str(pathlib.Path(sys.executable).with_name("dask")), ["--host", "127.0.0.1", "--no-dashboard"]
    workers = ["--nworkers", "2", "--nthreads", "1", "--local-directory", str(folder)]
    commands = [
        [command, "scheduler", "--port", str(port), *local],
        [command, "worker", f"tcp://127.0.0.1:{port}", *workers, *local],
    ]
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(open(folder / "log.txt", "wb"))
        for words in commands:
            process = subprocess.Popen(words, cwd=root, stdout=log, stderr=log)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
        yield f"tcp://127.0.0.1:{port}", process.pid


@pytest.fixture
def address(dask):
    return dask[0]


@pytest.fixture
def few(practice):
    """One clip of each voice and emotion."""
    return practice[practice["stem"].str.contains("-01-01-01-[0-9]+$")].reset_index(drop=True)


@pytest.fixture
def train(few, tmp_path, monkeypatch):
    """Train four folds of a few clips of all voices into a folder, on a cluster or not; returns what came out."""
    monkeypatch.setenv("SER_CACHE", str(tmp_path / "cache"))

    def train(folder, address=None):
        net = slow_net(seconds=0.1 if address else 0)  # so that a kill strikes a fold that is half done
        placed = [(fold, net, folder / str(fold.fold)) for fold in splits.make_splits("actors", few)[:4]]
        with cluster.workers(address):
            told = list(experiments.run_folds(few, placed))
        found = {}
        for (predictions, history), (fold, _, run) in zip(told, placed):
            rows = [[row[name] for name in ("epoch", "loss", "val_loss", "learning_rate")] for row in history]
            state = json.loads((run / "history.json").read_text())["state"]
            written = hashlib.sha256((run / "predictions.csv").read_bytes()).hexdigest()
            found[fold.fold] = predictions.to_csv(), rows, state, written
        return found

    return train


def kill(nanny, folder, killed):
    """Kill two workers, each at a fold whose first epoch is kept; `killed` learns their process numbers by fold."""
    while len(killed) < 2:
        time.sleep(0.1)
        for worker in psutil.Process(nanny).children(recursive=True):
            held = set()
            with contextlib.suppress(psutil.Error):  # it is gone
                held = {pathlib.Path(file.path).parent for file in worker.open_files()}  # with the lock of its fold
            for run in held & {path.parent for path in folder.resolve().glob("*/history.json")}:
                if run.name not in killed and len(killed) < 2:
                    worker.kill()
                    killed[run.name] = worker.pid


@pytest.mark.slow
def test_two_kills_change_nothing_and_neither_does_the_cluster(train, dask, tmp_path):
    address, nanny = dask
    alone, killed = train(tmp_path / "alone"), {}
    killer = threading.Thread(target=kill, args=(nanny, tmp_path / "many", killed), daemon=True)
    killer.start()
    many = train(tmp_path / "many", address)
    assert len(killed) == len(set(killed.values())) == 2
    assert len(alone) == 4 and many == alone
    assert train(tmp_path / "many") == alone, "a finished fold is read, not trained again"


def test_a_thread_that_draws_while_a_net_is_built_changes_nothing(few, tmp_path):
    """As a Dask worker's threads do when another worker dies."""
    quiet = slow_net(seconds=0)

    def build():
        import random
        import threading

        drawing = threading.Thread(target=random.random)
        drawing.start()
        drawing.join()
        return quiet.build()

    nets = [dataclasses.replace(net, recipe=training.Recipe(epochs=1, patience=None)) for net in (quiet, quiet)]
    nets[1] = dataclasses.replace(nets[1], build=build)
    fold = splits.make_splits("actors", few)[0]
    runs = [(fold, net, tmp_path / str(number)) for number, net in enumerate(nets)]
    (first, _), (second, _) = experiments.run_folds(few, runs)
    assert first.equals(second)


def test_features_come_from_the_workers(practice, address, tmp_path):
    """Each worker leaves its process number; none is ours."""

    def loud(signal, rng):
        import os

        (tmp_path / str(os.getpid())).touch()
        return signal * rng.uniform(0.5, 1)

    clips = practice.head(6)
    with cluster.workers(address):
        many = hearing.corpus_features(clips, cache=False, change=loud)
    seen = {int(path.name) for path in tmp_path.iterdir()}
    assert seen and os.getpid() not in seen
    assert many.tobytes() == hearing.corpus_features(clips, cache=False, change=loud).tobytes()


def test_a_worker_that_does_not_see_the_run_folder_is_named(practice, address, tmp_path):
    fold = splits.make_splits("actors", practice)[0]
    unseen = functools.partial(experiments._fold_apart, practice, fold, run_dir=tmp_path / "elsewhere")
    said = f"{socket.gethostname()} does not see the run folder .*elsewhere"
    with pytest.raises(SerError, match=said), cluster.workers(address):
        joblib.Parallel()(joblib.delayed(unseen)() for _ in range(2))


def test_a_cluster_that_gives_up_is_told_in_one_sentence(address):
    import distributed

    with pytest.raises(SerError, match="gave up .KilledWorker.*goes on where it was"), cluster.workers(address):
        raise distributed.KilledWorker("fold", None, 3)


def test_no_scheduler_no_worker_and_no_dask_are_told_in_one_sentence(monkeypatch, capsys, tmp_path):
    pytest.importorskip("distributed", reason="no Dask here: `make test` adds it")
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    monkeypatch.setenv("SER_CORPUS", "practice")
    words = ["train", "--all-folds", "--out", str(tmp_path), "--cluster"]
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        assert told(capsys, *words, address).startswith(f"no Dask scheduler with two workers answers at '{address}'")
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert "pip install 'ser-lessons[cluster]'" in told(capsys, *words, "tcp://127.0.0.1:9")


def told(capsys, *words):
    """The one line that a command ends with."""
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    assert end.value.code == 1
    return capsys.readouterr().err.splitlines()[-1]


def test_other_versions_are_named(address, monkeypatch):
    there = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.0" if name == "numpy" else there(name))
    with pytest.raises(SerError, match=r"has numpy \d[.\d]*: install"), cluster.workers(address):
        pass
