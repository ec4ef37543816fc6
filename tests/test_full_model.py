"""What lesson 09 lets learners type to go on with a training: stopped anywhere, it ends as if nothing had happened."""

import json
import os
import pathlib

import numpy as np
import pytest

from ser_lessons import net
from tools import lessons

NAMES = ("def variables_of", "class GoOn", "def remember")


@pytest.fixture(scope="module")
def typed():
    """The names that the lesson's own cells define for going on."""
    net.start_keras()
    import keras

    names = {"keras": keras, "callbacks": keras.callbacks, "np": np, "json": json, "os": os, "pathlib": pathlib}
    cells = lessons.read_source(lessons.repository() / "solutions" / "09_full_model.py").cells
    for start in NAMES:
        exec(next(cell.source for cell in cells if cell.source.startswith(start)), names)
    return names


class Stopped(Exception):
    pass


def fit(typed, path, *, epochs=30, stop_in=None):
    """(weights, history) of a tiny net; raises `Stopped` at the end of an epoch before it is kept, or returns."""
    keras = typed["keras"]
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6, "relu"), keras.layers.Dense(3, "softmax")])
    adam = keras.optimizers.Adam(0.5)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    adam.build(model.trainable_variables)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 4)).astype("float32"), rng.integers(0, 3, 40)
    stop = keras.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
    slower = keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=1, min_lr=1e-5)
    keep = keras.callbacks.ModelCheckpoint(path.with_suffix(".keras"), monitor="val_accuracy", save_best_only=True)
    go_on = typed["GoOn"](path, stop, slower, keep)

    class Trouble(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == stop_in:
                raise Stopped

    model.fit(
        x[:30],
        y[:30],
        validation_data=(x[30:], y[30:]),
        epochs=epochs,
        initial_epoch=typed["first_epoch"](stop, go_on, epochs),
        callbacks=[stop, slower, keep, Trouble(), go_on],
        shuffle=False,
        verbose=0,
    )
    return model.get_weights(), go_on.facts["history"]


def test_a_stopped_training_ends_as_an_undisturbed_one(typed, tmp_path):
    wanted, told = fit(typed, tmp_path / "whole.npz")
    assert 3 < len(told) < 30, "early stopping must have its say, or its memory is not tested"
    for stop_in in (1, 2, len(told) - 1):
        with pytest.raises(Stopped):
            fit(typed, tmp_path / "cut.npz", stop_in=stop_in)
    found, history = fit(typed, tmp_path / "cut.npz")
    assert history == told and all(np.array_equal(one, other) for one, other in zip(found, wanted))
    again, _ = fit(typed, tmp_path / "cut.npz")  # it is done: nothing is trained, the best weights come back
    assert all(np.array_equal(one, other) for one, other in zip(again, wanted))
    assert list(tmp_path.glob("*.part*")) == []
