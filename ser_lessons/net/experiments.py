"""Whole runs: a protocol, a net and its recipe give out-of-fold predictions and a history.

One run is one fold. It can be killed and started again; what it predicts for the test clips is computed once, after
training, and never looked at before. Lesson: 09_full_model.
"""

import dataclasses
import functools
import json
import pathlib
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


def run_fold(table, split, *, net="student", run_dir=None, seed=SEED, log=None, n_jobs=None):
    """Train one net on one split and predict its test clips.

    The table comes from `corpus.scan`, or from `corpus.read_corpus`; `net` is a name in `NETS`, or a Net. An
    interrupted run in the folder `run_dir` goes on, a finished one is read; it ends with predictions.csv, model.keras
    and run.json, from which `bundle.from_runs` makes a bundle. `seed` is that of weights, shuffling and dropout, `log`
    is called with each epoch's row, `n_jobs` counts the threads for the features.

    Returns (predictions, history, model): predictions of `split.test`, for protocol "student" of all held-out clips.
    Raises `BadModel` for an unknown net, or a run folder of another run. Lesson: 09_full_model.
    """
    net = find_net(net)
    features_of = functools.partial(hearing.corpus_features, config=net.audio, n_jobs=n_jobs)
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
        facts = {**told, "audio": net.audio.as_dict(), "corpus": table.attrs.get("corpus", "")}
        system.write_whole(folder / "run.json", json.dumps(facts, indent=1).encode())
    return predictions, history, model


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
