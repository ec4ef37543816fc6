"""The student project's net, layer by layer, and the course's net for unseen voices.

Both map float32 log-mel pictures (clips, 128, 130, 1) in dB to probabilities (clips, 8), and hold only standard Keras
layers, so they load anywhere in safe mode. Lesson: 04_gap_cnn.
"""

from ..config import EMOTIONS, AudioConfig
from ..errors import BadModel
from .backend import wake

FILTERS = (32, 64, 128, 256)
COURSE_AUDIO = AudioConfig(reference="full_scale", range_db=60.0)
"""What the course's net listens to: levels re a mel power of 1, so loudness counts, above a floor to hide room tone."""


def student_cnn(n_classes=len(EMOTIONS), *, input_shape=AudioConfig().input_shape, filters=FILTERS, dropout=0.25):
    """Build the student project's net: four blocks of convolution, then global average pooling.

    `n_classes` is at least 2; `input_shape` (bands, frames, 1), each side at least 46, or nothing is left after four
    blocks; `filters` are the kernels of each block, `dropout` is the share of its answers that it drops in training.
    Returns a keras.Model, not compiled; 423 688 parameters for the defaults, 422 728 of them trainable.

    Each block: 3x3 convolution without padding, ReLU, batch normalization, 2x2 max pooling, dropout. Raises
    `BadModel` for fewer classes or a smaller input. Source: the student project. Lesson: 04_gap_cnn.
    """
    _check(n_classes, input_shape)
    keras = wake()
    layers = keras.layers
    net = keras.Sequential([keras.Input(input_shape, name="log_mel_db")], name="student_cnn")
    for block, kernels in enumerate(filters, start=1):
        net.add(layers.Conv2D(kernels, 3, activation="relu", name=f"conv_{block}"))
        net.add(layers.BatchNormalization(name=f"norm_{block}"))
        net.add(layers.MaxPooling2D(name=f"pool_{block}"))
        net.add(layers.Dropout(dropout, name=f"drop_{block}"))
    net.add(layers.GlobalAveragePooling2D(name="gap"))
    net.add(layers.Dense(128, activation="relu", name="dense"))
    net.add(layers.Dropout(0.4, name="drop_dense"))
    net.add(layers.Dense(n_classes, activation="softmax", name="emotion"))
    return net


def course_cnn(n_classes=len(EMOTIONS), *, input_shape=AudioConfig().input_shape):
    """Build the course's net: the student project's idea for a laptop CPU and for voices it never heard.

    Takes and raises what `student_cnn` does, but pictures in dB re a mel power of 1, see `COURSE_AUDIO`. Returns a
    keras.Model, not compiled; 592 328 parameters for the defaults.

    It sees a picture twice: levels scaled by fixed numbers, so that loudness stays visible; and each band against its
    own mean and spread in this clip, which takes away the coloring of voice and room. Four convolution stages 32 ->
    256 follow: a 7x7 stem that keeps every fourth band and frame (where the student project's net spends most of its
    time), then 3x3 convolutions with stride 2, in the second and third stage with a second convolution and a shortcut
    around both after He et al. (2016). The last map is summed up by mean and maximum; dropout (0.3) before the
    classes. benchmarks/ablation.py changes one of these at a time. Lesson: 09_full_model.
    """
    _check(n_classes, input_shape)
    keras = wake()
    inputs = keras.Input(input_shape, name="log_mel_db")
    return keras.Model(inputs, course_answer(inputs, n_classes), name="course_cnn")


def course_answer(inputs, n_classes=len(EMOTIONS)):
    """Symbolic probabilities (clips, n_classes) of the course's net for symbolic pictures (clips, 128, 130, 1).

    With it the net becomes part of a larger one. Lesson: 09_full_model.
    """
    layers = wake().layers

    def convolve(maps, filters, size, stride, name):
        """A convolution without bias, and the batch normalization that makes a bias needless."""
        options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal", "name": f"conv_{name}"}
        maps = layers.Conv2D(filters, size, stride, **options)(maps)
        return layers.BatchNormalization(momentum=0.9, name=f"norm_{name}")(maps)

    levels = layers.Rescaling(1 / 20, offset=1.5, name="levels")(inputs)
    relative = layers.LayerNormalization(axis=2, epsilon=0.05, center=False, scale=False, name="relative")(levels)
    seen = layers.Concatenate(name="views")([levels, relative])
    maps = layers.ReLU(name="relu_1")(convolve(seen, FILTERS[0], 7, 4, "1"))
    for block, filters in enumerate(FILTERS[1:], start=2):
        before = maps
        maps = layers.ReLU(name=f"relu_{block}")(convolve(before, filters, 3, 2, f"{block}"))
        if block < len(FILTERS):
            maps = convolve(maps, filters, 3, 1, f"{block}b")
            shortcut = layers.AveragePooling2D(2, padding="same", name=f"shrink_{block}")(before)
            maps = layers.Add(name=f"add_{block}")([maps, convolve(shortcut, filters, 1, 1, f"{block}_shortcut")])
            maps = layers.ReLU(name=f"relu_{block}b")(maps)
    pooled = [layers.GlobalAveragePooling2D(name="gap")(maps), layers.GlobalMaxPooling2D(name="peak")(maps)]
    pooled = layers.Dropout(0.3, name="drop_pooled")(layers.Concatenate(name="pooled")(pooled))
    return layers.Dense(n_classes, activation="softmax", name="emotion")(pooled)


def _check(n_classes, input_shape):
    if n_classes < 2:
        raise BadModel(f"a net for {n_classes} class cannot choose: pass at least 2.")
    if len(input_shape) != 3 or min(input_shape[:2]) < 46:
        raise BadModel(f"an input of {input_shape} is too small for four blocks: pass (bands, frames, 1), 46 or more.")
