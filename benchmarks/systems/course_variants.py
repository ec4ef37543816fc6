"""The course's net with one thing changed, as benchmarks/ablation.py asks for it, and its sister for known voices."""

import functools

from ser_lessons.config import EMOTIONS, AudioConfig
from ser_lessons.errors import BadModel
from ser_lessons.net import experiments
from ser_lessons.net.backend import wake
from ser_lessons.net.models import FILTERS
from ser_lessons.sound import augment


def course_variant(
    n_classes=len(EMOTIONS),
    *,
    input_shape=AudioConfig().input_shape,
    views=("levels", "relative"),
    pooling=("mean", "peak"),
    shortcuts=True,
    drop_maps=0.0,
):
    """Build `models.course_cnn`, which this equals by default, with other views, pooling, shortcuts or dropout.

    Parameters
    ----------
    n_classes : int, at least 2
    input_shape : (bands, frames, 1) of levels in dB re a mel power of 1, see `COURSE_AUDIO`
    views : names of what the net sees of a picture: "levels" scaled by fixed numbers, so that loudness stays
        visible; "relative", each band against its own mean and spread in this clip, which takes away the
        coloring of voice and room
    pooling : names of how the last map is summed up, "mean" and "peak" (maximum)
    shortcuts : bool, in the second and third stage a second convolution with a shortcut around both
    drop_maps : float in [0, 1), share of whole maps dropped after each stage

    Returns
    -------
    keras.Model, not compiled

    Raises
    ------
    BadModel : an unknown view or pooling

    Lesson: 09_full_model.
    """
    keras = wake()
    Input, Model, layers = keras.Input, keras.Model, keras.layers

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
    layers = wake().layers
    unknown = [wanted for wanted in names if wanted not in makers]
    if unknown or not names:
        raise BadModel(f"{name} {tuple(names)} cannot be built: choose among {', '.join(makers)}.")
    tensors = [makers[wanted]() for wanted in names]
    return layers.Concatenate(name=name)(tensors) if len(tensors) > 1 else tensors[0]


def _convolve(maps, filters, size, stride, name):
    """A convolution without bias, and the batch normalization that makes a bias needless."""
    layers = wake().layers
    convolution = layers.Conv2D(
        filters, size, stride, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"conv_{name}"
    )
    return layers.BatchNormalization(momentum=0.9, name=f"norm_{name}")(convolution(maps))


COURSE_MAX = experiments.Net(
    functools.partial(course_variant, pooling=("mean",)), experiments.COURSE_RECIPE, augment=augment.fresh_copies
)
"""Hears levels below each peak, as the student project does, and pools by the mean. Alone it is no better than `course`
(reports/course_max_random.json); for known voices both are joined, see benchmarks/make_reference.py."""


def find_net(net):
    """A Net by its name, as `experiments.find_net` finds it, or `course_max`."""
    return COURSE_MAX if net == "course_max" else experiments.find_net(net)
