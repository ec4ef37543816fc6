"""Answers to the exercises of lesson 04."""

import functools

import numpy as np
import scipy.signal

from . import Case, forms


def slide(picture, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(picture, np.shape(kernel))
    return (windows * kernel).sum(axis=(2, 3))


def slide_in_loops(picture, kernel):
    rows, columns = picture.shape[0] - kernel.shape[0] + 1, picture.shape[1] - kernel.shape[1] + 1
    answers = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            window = picture[row : row + kernel.shape[0], column : column + kernel.shape[1]]
            answers[row, column] = np.sum(window * kernel)
    return answers


def pool(answers):
    rows, columns = np.array(answers.shape) // 2
    return answers[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).max(axis=(1, 3))


def pool_by_slices(answers):
    rows, columns = (2 * (size // 2) for size in answers.shape)
    a = answers[:rows, :columns]
    return np.maximum(np.maximum(a[::2, ::2], a[1::2, ::2]), np.maximum(a[::2, 1::2], a[1::2, 1::2]))


def parameters(size, channels, filters, *, bias=1, square=2, shared=False):
    weights = size**square * (1 if shared else channels)
    return (weights + bias) * filters


@functools.cache
def keras():
    from ser_lessons.net import models

    models.student_cnn()
    import keras

    return keras


def student(*, filters=(32, 64, 128, 256), dropout=0.25, order="cnmd", flatten=False, **options):
    """A builder of the student project's net, with one thing changed."""

    def build():
        layers = keras().layers
        net = keras().Sequential([keras().Input((128, 130, 1))])
        options_of_conv = {"activation": "relu"} | options
        for count in filters:
            parts = {
                "c": lambda count=count: layers.Conv2D(count, 3, **options_of_conv),
                "n": layers.BatchNormalization,
                "m": layers.MaxPooling2D,
                "d": lambda: layers.Dropout(dropout),
            }
            for part in order:
                net.add(parts[part]())
        net.add(layers.Flatten() if flatten else layers.GlobalAveragePooling2D())
        net.add(layers.Dense(128, activation="relu"))
        net.add(layers.Dropout(0.4))
        net.add(layers.Dense(8, activation="softmax"))
        return net

    return build


def functional():
    """The same net as a functional model, which counts its input as a layer."""
    net = student()()
    return keras().Model(net.inputs, net.outputs)


SIZES = (1_179_776, 32_896)
CASES = {
    "convolve": Case(
        reference=slide,
        unusual={"two loops": slide_in_loops, **forms(slide, np.ndarray.tolist, np.float32)}
        | {"scipy": lambda p, k: scipy.signal.correlate2d(p, k, "valid")},
        wrong={
            "turned, as scipy's convolve2d": lambda p, k: scipy.signal.convolve2d(p, k, "valid"),
            "padded": lambda p, k: scipy.signal.correlate2d(p, k, "same"),
            "the mean instead of the sum": lambda p, k: slide(p, k) / k.size,
            "turned over": lambda p, k: slide(p, k.T) if k.shape[0] == k.shape[1] else slide(p, k),
            "one place too few": lambda p, k: slide(p, k)[:-1, :-1],
            "steps of the kernel's size": lambda p, k: slide(p, k)[:: k.shape[0], :: k.shape[1]],
            "the largest product": lambda p, k: (np.lib.stride_tricks.sliding_window_view(p, k.shape) * k).max(
                axis=(2, 3)
            ),
        },
    ),
    "max_pool": Case(
        reference=pool,
        unusual={"slices": pool_by_slices, **forms(pool, np.ndarray.tolist, np.float32)},
        wrong={
            "the first of four": lambda a: a[: a.shape[0] // 2 * 2 : 2, : a.shape[1] // 2 * 2 : 2],
            "the mean": lambda a: pool(a) if a.size < 4 else pool(np.asarray(a)) * 0 + a.mean(),
            "the odd row kept": lambda a: pool(np.pad(a, [(0, s % 2) for s in a.shape], constant_values=-np.inf)),
            "largest size": lambda a: pool(np.abs(a)),
            "rows only": lambda a: a[: a.shape[0] // 2 * 2].reshape(-1, 2, a.shape[1]).max(axis=1),
            "reshaped without pairs": lambda a: (
                a[: a.shape[0] // 2 * 2, : a.shape[1] // 2 * 2].reshape(a.shape[0] // 2, a.shape[1] // 2, 4).max(axis=2)
            ),
        },
    ),
    "conv_parameters": Case(
        reference=parameters,
        unusual=forms(parameters, float, np.int64, np.array),
        wrong={
            "biases forgotten": lambda s, c, f: parameters(s, c, f, bias=0),
            "one bias for all": lambda s, c, f: s * s * c * f + 1,
            "input channels forgotten": lambda s, c, f: parameters(s, c, f, shared=True),
            "size not squared": lambda s, c, f: parameters(s, c, f, square=1),
            "a bias for each channel": lambda s, c, f: (s * s + 1) * c * f,
            "channels swapped": lambda s, c, f: parameters(s, f, c),
        },
    ),
    "total_parameters": Case(
        reference=423_688,
        unusual={"a float": 423_688.0, "of NumPy": np.int64(423_688), "an array": np.array([423_688])},
        wrong={
            "two numbers for batch normalization": 422_728,
            "batch normalization forgotten": 421_768,
            "convolutions only": 387_840,
            "no biases in the convolutions": 423_208,
            "one dense layer": 422_656,
            "in thousands": 423.688,
            "a text": "423688",
        },
    ),
    "build_student_net": Case(
        reference=student(),
        unusual={
            "a functional model": functional,
            "padding said": student(padding="valid"),
            "kernels as a pair": student(strides=(1, 1)),
        },
        wrong={
            "padding": student(padding="same"),
            "no ReLU": student(activation=None),
            "pooling first": student(order="mcnd"),
            "no batch normalization": student(order="cmd"),
            "too much dropout": student(dropout=0.5),
            "kernels halved": student(filters=(16, 32, 64, 128)),
            "three blocks": student(filters=(32, 64, 128)),
            "Flatten": student(flatten=True),
            "nothing returned": lambda: None,
        },
    ),
    "flatten_factor": Case(
        reference=(36, *SIZES),
        unusual={"a float": (35.9, *SIZES), "of NumPy": (np.float32(36), *SIZES), "an array": (np.array([36]), *SIZES)},
        wrong={
            "the channels": (256, *SIZES),
            "one side of the map": (6, *SIZES),
            "upside down": (1 / 36, *SIZES),
            "the picture before pooling": (128 * 130, *SIZES),
            "a word": ("36", *SIZES),
        },
    ),
}
