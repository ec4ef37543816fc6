"""What lesson 09 lets learners type to go on with a training: stopped anywhere, it goes on, and once done it stays."""

import os
import pathlib
import tempfile

import numpy as np
import pandas as pd
import pytest

from ser_lessons import net
from tools import lessons

CELLS = ("runs = ", "def pictures_for", "def fit")


class Stopped(Exception):
    pass


@pytest.fixture
def typed():
    """The names that the lesson's own cells define, with twelve tiny pictures and a net that learns them."""
    net.start_keras()
    import keras

    def build(shape, kernels, dropout):
        layers = [keras.layers.Flatten(), keras.layers.Dense(kernels, "relu"), keras.layers.Dense(2, "softmax")]
        return keras.Sequential([keras.Input(shape), *layers])

    names = {"keras": keras, "callbacks": keras.callbacks, "layers": keras.layers, "np": np, "os": os, "build": build}
    names |= {"pathlib": pathlib, "tempfile": tempfile, "FULL": False, "SEED": 7}
    names["pictures"] = np.random.default_rng(0).normal(size=(12, 3, 8, 8, 1)).astype("float32")
    names["y"] = np.arange(12) % 2
    cells = lessons.read_source(lessons.repository() / "solutions" / "09_full_model.py").cells
    for start in CELLS:
        exec(next(cell.source for cell in cells if cell.source.startswith(start)), names)
    return names


def train(typed, stop_in=None):
    """The net of lesson 09's `train` after 6 epochs; raises `Stopped` at the end of an epoch before it is kept."""
    recipe = {"epochs": 6, "batch_size": 4, "learning_rate": 1e-3, "dropout": 0, "kernels": 4, "copies": 1, "step": 1}
    given = typed["make_callbacks"]

    class Trouble(typed["callbacks"].Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == stop_in:
                raise Stopped

    typed["make_callbacks"] = lambda name: [Trouble(), *given(name)]
    try:
        return typed["train"](recipe, np.arange(8), np.arange(8, 12), "tiny")
    finally:
        typed["make_callbacks"] = given


def test_a_stopped_training_goes_on_and_a_finished_one_stays(typed):
    for stop_in in (1, 2, 5):
        with pytest.raises(Stopped):
            train(typed, stop_in=stop_in)
    model = train(typed)
    history = pd.read_csv(typed["runs"] / "tiny.csv")
    assert list(history["epoch"]) == list(range(6)), "each epoch was trained and written once"
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    assert int(model.optimizer.iterations.numpy()) == 6 * 2, "the optimizer went on, too"
    again = train(typed, stop_in=0)
    assert all(np.array_equal(one, other) for one, other in zip(again.get_weights(), model.get_weights()))
    assert not list(typed["runs"].glob("draft*"))
