"""The student project's net, layer by layer, and the course's net for unseen voices.

Keras is imported inside the functions: importing this module is cheap. Both nets map
float32 log-mel pictures (clips, 128, 130, 1) in dB to probabilities (clips, 8), hold only
standard Keras layers, and so load anywhere in safe mode. Lesson: 04_gap_cnn.
"""

import os
import sys

from ..config import EMOTIONS, AudioConfig
from ..errors import BadModel
from ..system import quiet_stderr

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

STUDENT_PARAMETERS = 423_688
FILTERS = (32, 64, 128, 256)
COURSE_AUDIO = AudioConfig(reference="full_scale", range_db=60.0)
"""What the course's net listens to: levels re full scale, so loudness counts, above a floor that hides room tone."""


def student_cnn(n_classes=len(EMOTIONS), *, input_shape=AudioConfig().input_shape):
    """Build the student project's net: four blocks of convolution, then global average pooling.

    Parameters
    ----------
    n_classes : int, at least 2
    input_shape : (bands, frames, 1); each side at least 46, or nothing is left after four blocks

    Returns
    -------
    keras.Model, not compiled; 423 688 parameters for the defaults, 422 728 of them trainable

    Raises
    ------
    BadModel : fewer than two classes, or an input too small for four blocks

    Each block: 3x3 convolution without padding, ReLU, batch normalization, 2x2 max pooling,
    dropout 0.25. Source: the student project. Lesson: 04_gap_cnn, exercise 4.1.
    """
    _check(n_classes, input_shape)
    _wake_keras()
    from keras import Input, Sequential, layers

    net = Sequential([Input(input_shape, name="log_mel_db")], name="student_cnn")
    for block, filters in enumerate(FILTERS, start=1):
        net.add(layers.Conv2D(filters, 3, activation="relu", name=f"conv_{block}"))
        net.add(layers.BatchNormalization(name=f"norm_{block}"))
        net.add(layers.MaxPooling2D(name=f"pool_{block}"))
        net.add(layers.Dropout(0.25, name=f"drop_{block}"))
    net.add(layers.GlobalAveragePooling2D(name="gap"))
    net.add(layers.Dense(128, activation="relu", name="dense"))
    net.add(layers.Dropout(0.4, name="drop_dense"))
    net.add(layers.Dense(n_classes, activation="softmax", name="emotion"))
    return net


def course_cnn(
    n_classes=len(EMOTIONS),
    *,
    input_shape=AudioConfig().input_shape,
    views=("levels", "relative"),
    pooling=("mean", "peak"),
    shortcuts=True,
    drop_maps=0.0,
):
    """Build the course's net: the student project's idea for a laptop CPU and for voices it never heard.

    Parameters
    ----------
    n_classes : int, at least 2
    input_shape : (bands, frames, 1) of levels in dB re full scale, see `COURSE_AUDIO`
    views : names of what the net sees of a picture: "levels" scaled by fixed numbers, so that loudness stays
        visible; "relative", each band against its own mean and spread in this clip, which takes away the
        coloring of voice and room
    pooling : names of how the last map is summed up, "mean" and "peak" (maximum)
    shortcuts : bool, in the second and third stage a second convolution with a shortcut around both
    drop_maps : float in [0, 1), share of whole maps dropped after each stage

    Returns
    -------
    keras.Model, not compiled; 592 328 parameters for the defaults

    Raises
    ------
    BadModel : fewer than two classes, an input too small for four blocks, or an unknown view or pooling

    Four convolution stages 32 -> 256: a 7x7 stem that keeps every fourth band and frame (where
    the student project's net spends most of its time), then 3x3 convolutions with stride 2, shortcuts after
    He et al. (2016), and dropout (0.3) before the classes. The options are what
    benchmarks/ablation.py changes one at a time. Lesson: 09_full_model.
    """
    _check(n_classes, input_shape)
    _wake_keras()
    from keras import Input, Model, layers

    inputs = Input(input_shape, name="log_mel_db")
    levels = layers.Rescaling(1 / 20, offset=1.5, name="levels")(inputs)
    relative = layers.LayerNormalization(axis=2, epsilon=0.05, center=False, scale=False, name="relative")
    seen = _join(views, {"levels": lambda: levels, "relative": lambda: relative(levels)}, name="views")
    maps = layers.ReLU(name="relu_1")(_convolve(seen, FILTERS[0], 7, 4, "1"))
    for block, filters in enumerate(FILTERS[1:], start=2):
        before = maps
        maps = layers.ReLU(name=f"relu_{block}")(_convolve(before, filters, 3, 2, f"{block}"))
        if shortcuts and block < len(FILTERS):
            maps = _convolve(maps, filters, 3, 1, f"{block}b")
            shortcut = layers.AveragePooling2D(2, padding="same", name=f"shrink_{block}")(before)
            maps = layers.Add(name=f"add_{block}")([maps, _convolve(shortcut, filters, 1, 1, f"{block}_shortcut")])
            maps = layers.ReLU(name=f"relu_{block}b")(maps)
        if drop_maps:
            maps = layers.SpatialDropout2D(drop_maps, name=f"drop_{block}")(maps)
    mean, peak = layers.GlobalAveragePooling2D(name="gap"), layers.GlobalMaxPooling2D(name="peak")
    pooled = _join(pooling, {"mean": lambda: mean(maps), "peak": lambda: peak(maps)}, name="pooled")
    pooled = layers.Dropout(0.3, name="drop_pooled")(pooled)
    return Model(inputs, layers.Dense(n_classes, activation="softmax", name="emotion")(pooled), name="course_cnn")


def _join(names, makers, *, name):
    """Make the named tensors and put them side by side."""
    from keras import layers

    unknown = [wanted for wanted in names if wanted not in makers]
    if unknown or not names:
        raise BadModel(f"{name} {tuple(names)} cannot be built: choose among {', '.join(makers)}.")
    tensors = [makers[wanted]() for wanted in names]
    return layers.Concatenate(name=name)(tensors) if len(tensors) > 1 else tensors[0]


def _convolve(maps, filters, size, stride, name):
    """A convolution without bias, and the batch normalization that makes a bias needless."""
    from keras import layers

    convolution = layers.Conv2D(
        filters, size, stride, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"conv_{name}"
    )
    return layers.BatchNormalization(momentum=0.9, name=f"norm_{name}")(convolution(maps))


def fuse_batch_norm(model):
    """Let the batch normalization layers of a model use TensorFlow's fused kernel while training.

    Same mathematics, about a third less time a step on a CPU. The model's saved form does not change.
    Call it before `compile`. Returns the model. Only 4-D inputs normalized over channels are changed.
    """
    import types

    from keras import layers

    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization) and layer.axis in (-1, 3) and layer.input.ndim == 4:
            layer.call = types.MethodType(_fused_call, layer)
    return model


def _fused_call(layer, inputs, training=None, mask=None):
    if not training:
        return type(layer).call(layer, inputs, training=False, mask=mask)
    import tensorflow as tf

    empty = tf.zeros([0])
    outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=inputs, scale=layer.gamma, offset=layer.beta, mean=empty, variance=empty, epsilon=layer.epsilon
    )
    keep = layer.momentum
    layer.moving_mean.assign(keep * layer.moving_mean + (1 - keep) * mean)
    layer.moving_variance.assign(keep * layer.moving_variance + (1 - keep) * variance)
    return outputs


def _wake_keras():
    """Import TensorFlow, and let it look for devices, without its remarks: a lesson's output would show them."""
    if "tensorflow" not in sys.modules:
        with quiet_stderr():
            import tensorflow as tf

            tf.zeros([1])


def _check(n_classes, input_shape):
    if n_classes < 2:
        raise BadModel(f"a net for {n_classes} class cannot choose: pass at least 2.")
    if len(input_shape) != 3 or min(input_shape[:2]) < 46:
        raise BadModel(f"an input of {input_shape} is too small for four blocks: pass (bands, frames, 1), 46 or more.")
