"""The seed's net, layer by layer, and the course's net for unseen voices.

Keras is imported inside the functions: importing this module is cheap. Both nets map
float32 log-mel pictures (clips, 128, 130, 1) in dB to probabilities (clips, 8), hold only
standard Keras layers, and so load anywhere in safe mode. Lesson: 04_gap_cnn.
"""

import os

from .config import EMOTIONS, AudioConfig
from .errors import BadModel

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SEED_PARAMETERS = 423_688
FILTERS = (32, 64, 128, 256)


def seed_cnn(n_classes=len(EMOTIONS), *, input_shape=AudioConfig().input_shape):
    """Build the seed's net: four blocks of convolution, then global average pooling.

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
    dropout 0.25. Source: science notes, section 1. Lesson: 04_gap_cnn, exercise 4.1.
    """
    _check(n_classes, input_shape)
    from keras import Input, Sequential, layers

    net = Sequential([Input(input_shape, name="log_mel_db")], name="seed_cnn")
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


def _check(n_classes, input_shape):
    if n_classes < 2:
        raise BadModel(f"a net for {n_classes} class cannot choose: pass at least 2.")
    if len(input_shape) != 3 or min(input_shape[:2]) < 46:
        raise BadModel(f"an input of {input_shape} is too small for four blocks: pass (bands, frames, 1), 46 or more.")
