"""Training: the student project's callbacks as a pure function, and refused runs. Kills: robustness/test_state."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ser_lessons import errors
from ser_lessons.net import training


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.125, 3.0, width=16), min_size=1, max_size=40))
def test_the_schedule_equals_keras_callbacks(losses):
    import keras

    recipe = training.Recipe()
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(recipe.learning_rate), "mse")
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=10)
    plateau = keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.2, patience=5, min_lr=1e-5)
    for callback in (stopping, plateau):
        callback.set_model(model)
        callback.on_train_begin()
    model.stop_training = False
    for epoch, loss in enumerate(losses):
        for callback in (stopping, plateau):
            callback.on_epoch_end(epoch, {"val_loss": loss})
        plan = training.schedule(losses[: epoch + 1], recipe)
        assert plan.stop == model.stop_training
        assert plan.best_epoch == stopping.best_epoch
        assert plan.learning_rate == pytest.approx(float(np.asarray(model.optimizer.learning_rate)), rel=1e-6)
        if model.stop_training:
            break


def small(n_clips, n_classes=3):
    """A net of one layer, and some noise to learn."""
    import keras

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    data = rng.normal(size=(n_clips, 8, 8, 1)).astype("float32"), rng.integers(0, n_classes, n_clips)
    layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(n_classes, "softmax")]
    return keras.Sequential(layers), data


def test_another_run_is_named(tmp_path):
    net, data = small(12)
    options = {"recipe": training.Recipe(epochs=2, batch_size=4), "run_dir": tmp_path}
    training.train(net, data, data, **options)
    with pytest.raises(errors.BadModel, match="another net, recipe, seed or clips"):
        training.train(net, data, data, seed=8, **options)


def test_data_that_does_not_fit_is_refused():
    pictures, labels = np.zeros((4, 8, 8, 1), "float32"), np.zeros(3, int)
    with pytest.raises(errors.BadModel, match="4 training pictures and 3 labels"):
        training.train(None, (pictures, labels), None)
    with pytest.raises(errors.BadModel, match="watches the validation loss"):
        training.train(None, (pictures, np.zeros(4, int)), None)
    pictures[0] = np.nan
    with pytest.raises(errors.BadModel, match="NaN"):
        training.train(None, (pictures, np.zeros(4, int)), (pictures, np.zeros(4, int)))


def test_the_history_holds_means_over_all_training_clips():
    """With a learning rate of (almost) zero, the epoch's loss must be the loss of the untouched net."""
    net, data = small(10)
    truth = net.predict(data[0], verbose=0)
    recipe = training.Recipe(epochs=1, batch_size=4, learning_rate=1e-12)
    _, history = training.train(net, data, data, recipe=recipe)
    assert history[0]["loss"] == pytest.approx(-np.log(truth[np.arange(10), data[1]]).mean(), rel=1e-4)
    assert history[0]["accuracy"] == pytest.approx((truth.argmax(1) == data[1]).mean(), abs=1e-6)


def test_without_validation_clips_the_learning_rate_stays():
    net, data = small(4)
    recipe = training.Recipe(epochs=3, batch_size=4, learning_rate=0.01, patience=None, plateau=None)
    _, history = training.train(net, data, recipe=recipe)
    assert [row["learning_rate"] for row in history] == pytest.approx([0.01] * 3)
