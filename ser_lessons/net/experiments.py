"""Whole runs: a protocol, a net and its recipe give out-of-fold predictions and a history.

One run is one fold. It can be killed and started again; what it predicts for the test clips is computed once, after
training, and never looked at before. Lesson: 09_full_model.
"""

import dataclasses
import functools
import json
import os
import pathlib
import socket
import sys
import threading
from collections.abc import Callable

import numpy as np

from .. import evaluate, system
from ..config import EMOTIONS, SEED, AudioConfig, in_order
from ..errors import BadModel, BadTable
from ..sound import augment, hearing
from . import backend, bundle, models, training


@dataclasses.dataclass(frozen=True)
class Net:
    """A net with all that its training needs. Lesson: 09_full_model."""

    build: Callable  # () -> keras.Model
    recipe: training.Recipe = training.Recipe()
    audio: AudioConfig = AudioConfig()
    changes: tuple = ()  # functions (signal, rng) -> signal; each adds a changed copy of every training clip, once
    augment: Callable | None = None  # (batch, rng) -> batch, drawn afresh each epoch


COURSE_RECIPE = training.Recipe(
    epochs=80,
    batch_size=16,
    learning_rate=1.5e-3,
    cosine=True,
    patience=None,
    plateau=None,
    weight_decay=0.02,
    label_smoothing=0.1,
)
"""A schedule fixed beforehand: nothing is selected on validation clips, so all voices may train the shipped net."""

NETS = {
    "student": Net(models.student_cnn, changes=(augment.student_noisy, augment.student_raised)),
    "course": Net(models.course_cnn, COURSE_RECIPE, models.COURSE_AUDIO, augment=augment.fresh_copies),
}

GB_A_FOLD = 3
"""Memory that a process takes which trains a net on RAVDESS: 1.7 GB for the course's, more with changed copies."""


def run_fold(table, split, *, net="student", run_dir=None, seed=SEED, log=None, cache=None, n_jobs=None):
    """Train one net on one split and predict its test clips.

    The table comes from `corpus.scan`, or from `corpus.read_corpus`; `net` is a name in `NETS`, or a Net. An
    interrupted run in the folder `run_dir` goes on, a finished one is read; it ends with predictions.csv, model.keras
    and run.json, from which `bundle.from_runs` makes a bundle. `seed` is that of weights, shuffling and dropout, `log`
    is called with each epoch's row, `cache` is the folder for the features and `n_jobs` counts the threads for them.

    Returns (predictions, history, model): predictions of `split.test`, for protocol "student" of all held-out clips.
    Raises `BadModel` for an unknown net, or a run folder of another run. Lesson: 09_full_model.
    """
    net = find_net(net)
    features_of = functools.partial(hearing.corpus_features, config=net.audio, cache=cache, n_jobs=n_jobs)
    names = emotions_of(table)
    pictures = features_of(table)
    labels = table["emotion"].map(names.index).to_numpy()
    copies = [features_of(table.iloc[split.train], change=change) for change in net.changes]
    learned = np.concatenate([pictures[split.train], *copies]), np.tile(labels[split.train], 1 + len(copies))
    backend.wake().utils.set_random_seed(seed)
    model, history = training.train(
        net.build() if names == EMOTIONS else net.build(len(names)),
        learned,
        (pictures[split.validation], labels[split.validation]),
        recipe=net.recipe,
        run_dir=run_dir,
        augment=net.augment,
        seed=seed,
        log=log,
    )
    tested = split.validation if split.protocol == "student" else split.test
    told = {"fold": split.fold, "protocol": split.protocol, "labels": names}
    predictions = predict_table(model, pictures[tested], table.iloc[tested], **told)
    if run_dir is not None:
        folder = pathlib.Path(run_dir)
        evaluate.write_predictions(predictions, folder / "predictions.csv")
        system.write_whole(folder / "model.keras", bundle.keras_bytes(model))
        facts = {**told, "audio": dataclasses.asdict(net.audio), "corpus": table.attrs.get("corpus", "")}
        system.write_whole(folder / "run.json", json.dumps(facts, indent=1).encode())
    return predictions, history, model


def run_folds(table, runs, *, seed=SEED, log=None, n_jobs=None):
    """Run folds side by side, each as `run_fold` with one thread of a process of its own.

    `runs` are triples (split, net, run folder), `log` is called with fold and row after each epoch, in the process that
    trains; `n_jobs` counts the processes on this machine, by default one a core as far as the memory goes. Within
    `cluster.workers` its workers take the folds: the numbers are the same to the last bit on processors of one kind.

    Yields (predictions, history) of each run in their order. Raises what `run_fold` does, and `BadModel` where a
    worker does not see the run folder.
    """
    import joblib

    runs = [(split, find_net(net), pathlib.Path(folder).resolve()) for split, net, folder in runs]
    table, cache = table.assign(path=list(map(os.path.abspath, table["path"]))), system.cache_dir() / "features"
    for audio, change in dict.fromkeys((net.audio, change) for _, net, _ in runs for change in (None, *net.changes)):
        hearing.corpus_features(table, config=audio, change=change, cache=cache, n_jobs=n_jobs)
    jobs = []
    for split, net, folder in runs:
        folder.mkdir(parents=True, exist_ok=True)
        options = {"run_dir": folder, "seed": seed, "cache": cache.resolve()}
        options["log"] = log and functools.partial(log, split.fold)
        # Bound to the function: joblib would leave an argument on one worker, and lose it with that worker.
        jobs.append(joblib.delayed(functools.partial(_fold_apart, table, split, net=net, **options))())
    # None waits in a queue: loky stumbles over those when Ctrl-C comes.
    side_by_side = {"n_jobs": n_jobs or _at_once(), "batch_size": 1, "pre_dispatch": "n_jobs"}
    yield from joblib.Parallel(**side_by_side, return_as="generator")(jobs)


def _at_once():
    """Trainings that this machine bears at once; at least two, for joblib makes no process for one alone."""
    import joblib

    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):  # Windows does not tell
        memory = 0
    return max(2, min(joblib.cpu_count(), int(memory / GB_A_FOLD)))


_one_net = threading.Lock()


def _fold_apart(table, split, *, run_dir, **options):
    """`run_fold` as one of many, without its model: one thread, and alone in this process, whose seeds are its own."""
    import joblib

    if not run_dir.is_dir():
        told = f"the worker on {socket.gethostname()} does not see the run folder {str(run_dir)!r}"
        raise BadModel(f"{told}: all machines need one folder that they share, under the same path.")
    one_thread = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}  # read when TensorFlow wakes
    with _one_net, backend.own_seeds(), joblib.parallel_config(backend="threading"):
        if "tensorflow" in sys.modules and not one_thread.items() <= os.environ.items():
            raise BadModel("TensorFlow is awake here already, with other threads: start this process anew.")
        os.environ |= one_thread
        backend.wake().utils.clear_session()
        return run_fold(table, split, run_dir=run_dir, **options)[:2]


def find_net(net):
    """A Net by its name in `NETS`; a Net is returned as it is. Raises `BadModel` for an unknown name."""
    if isinstance(net, Net):
        return net
    if net not in NETS:
        raise BadModel(f"there is no net {net!r}: choose one of {', '.join(NETS)}.")
    return NETS[net]


def emotions_of(table):
    """The emotions that a net for this table answers with: our eight, or those of a corpus from `corpus.read_corpus`.

    Raises `BadTable` where a table of RAVDESS holds any other.
    """
    if "corpus" in table:
        return in_order(table["emotion"])
    foreign = sorted(set(table["emotion"]) - set(EMOTIONS))
    if foreign:
        raise BadTable(f"the emotion {foreign[0]!r} is none of {', '.join(EMOTIONS)}: leave those clips out.")
    return EMOTIONS


def predict_table(model, batch, table, **told):
    """Predictions table of a batch (clips, 128, 130, 1): one row a clip, in the order of `table`."""
    probabilities = model.predict(batch, batch_size=128, verbose=0).astype(float).round(6)
    return evaluate.make_predictions(table, probabilities, **told)
