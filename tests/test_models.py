"""The nets: the student project's, layer by layer, and the fused kernel that must not change it."""

import numpy as np
import pytest

from ser_lessons import errors
from ser_lessons.net import models


def test_seed_net_has_the_seeds_parameters_layer_by_layer():
    net = models.student_cnn()
    convolutions = [layer.count_params() for layer in net.layers if layer.name.startswith("conv")]
    assert net.count_params() == models.STUDENT_PARAMETERS == 423_688
    assert sum(int(np.prod(weight.shape)) for weight in net.trainable_weights) == 422_728
    assert convolutions == [320, 18_496, 73_856, 295_168]
    assert [layer.rate for layer in net.layers if layer.name.startswith("drop")] == [0.25] * 4 + [0.4]
    assert net.output_shape == (None, 8)
    assert [tuple(net.get_layer(f"pool_{k}").output.shape[1:3]) for k in (1, 2, 3, 4)] == [
        (63, 64),
        (30, 31),
        (14, 14),
        (6, 6),
    ]


@pytest.mark.parametrize(("n_classes", "shape"), [(1, (128, 130, 1)), (8, (40, 130, 1)), (8, (128, 130))])
def test_nets_that_cannot_work_are_refused_in_a_sentence(n_classes, shape):
    with pytest.raises(errors.BadModel, match="pass"):
        models.student_cnn(n_classes, input_shape=shape)


def test_fused_normalization_trains_like_the_plain_one():
    """One step of gradient descent gives the same weights and moving averages either way."""
    import keras

    rng = np.random.default_rng(0)
    pictures, labels = rng.normal(size=(8, 64, 64, 1)).astype("float32"), rng.integers(0, 8, 8)
    weights = []
    for fuse in (False, True):
        keras.utils.set_random_seed(1)
        net = models.student_cnn(input_shape=(64, 64, 1))
        for layer in net.layers:
            if layer.name.startswith("drop"):
                layer.rate = 0
        if fuse:
            models.fuse_batch_norm(net)
        net.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", jit_compile=False)
        net.train_on_batch(pictures, labels)
        weights.append(net.get_weights())
    for plain, fused in zip(*weights):
        np.testing.assert_allclose(fused, plain, atol=2e-4)  # the fused kernel divides the variance by n - 1
    assert any(np.abs(plain - fused).max() > 0 for plain, fused in zip(*weights))
