"""The nets: the student project's, layer by layer, the course's, and the fused kernel that changes neither."""

import os
import subprocess
import sys

import numpy as np
import pytest

from ser_lessons import errors
from ser_lessons.net import models, training


def test_student_net_has_the_students_parameters_layer_by_layer():
    net = models.student_cnn()
    convolutions = [layer.count_params() for layer in net.layers if layer.name.startswith("conv")]
    assert net.count_params() == 423_688
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


def test_the_variant_of_the_ablation_is_by_default_the_courses_net():
    from benchmarks.systems import course_variants

    course, variant = models.course_cnn(), course_variants.course_variant()
    assert course.count_params() == 592_328
    assert course.to_json() == variant.to_json()


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
        trained = training.fuse_batch_norm(net) if fuse else net
        trained.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", jit_compile=False)
        trained.train_on_batch(pictures, labels)
        weights.append(trained.get_weights())
        assert all(type(layer).__module__.startswith("keras.") for layer in net.layers)
    for plain, fused in zip(*weights):
        np.testing.assert_allclose(fused, plain, atol=2e-4)  # the fused kernel divides the variance by n - 1
    assert any(np.abs(plain - fused).max() > 0 for plain, fused in zip(*weights))


def run_python(code, **env):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **env})


QUIET = """
import os
import subprocess
import sys

import numpy as np
from ser_lessons.net import models, training
data = np.zeros((4, 64, 64, 1), "float32"), np.array([0, 1, 2, 3])
for size in range(64, 70):
    net = models.student_cnn(4, input_shape=(size, 64, 1))
    net.predict(np.zeros((1, size, 64, 1)), verbose=0)
training.train(models.student_cnn(4, input_shape=(64, 64, 1)), data, data, recipe=training.Recipe(epochs=1))
"""


def test_tensorflow_keeps_its_remarks_to_itself():
    """Neither drivers nor devices nor retracing."""
    done = run_python(QUIET)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_another_backend_of_keras_is_answered_by_one_sentence():
    done = run_python("from ser_lessons.net import models; models.student_cnn()", KERAS_BACKEND="jax")
    assert done.stderr.splitlines()[-1].startswith("ser_lessons.errors.BadModel: Keras is set to the backend")
    assert '"jax"' in done.stderr and "KERAS_BACKEND=tensorflow" in done.stderr
