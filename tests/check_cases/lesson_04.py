"""Answers to the exercises of lesson 04."""

import dataclasses
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


def student(
    *, filters=(32, 64, 128, 256), dropout=0.25, order="cnmd", end="GlobalAveragePooling2D", pool=(), **options
):
    """A builder of the student project's net, with one thing changed."""

    def build():
        layers = keras().layers
        net = keras().Sequential([keras().Input((128, 130, 1))])
        options_of_conv = {"kernel_size": 3, "activation": "relu"} | options
        for count in filters:
            parts = {
                "c": lambda count=count: layers.Conv2D(count, **options_of_conv),
                "n": layers.BatchNormalization,
                "m": lambda: layers.MaxPooling2D(**dict(pool)),
                "a": lambda: layers.AveragePooling2D(2),
                "r": layers.ReLU,
                "d": lambda: layers.Dropout(dropout),
            }
            for part in order:
                net.add(parts[part]())
        net.add(getattr(layers, end)())
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
PARTS = CONVOLUTIONS, NORMS, DENSE = 387_840, 1_920, 33_928
CASES = {
    "convolve": Case(
        reference=slide,
        unusual={"two loops": slide_in_loops, **forms(slide, np.ndarray.tolist, np.float32)}
        | {"scipy": lambda p, k: scipy.signal.correlate2d(p, k, "valid")},
        wrong={
            "turned, as scipy's convolve2d": lambda p, k: scipy.signal.convolve2d(p, k, "valid"),
            "padded": lambda p, k: scipy.signal.correlate2d(p, k, "same"),
            "the mean instead of the sum": lambda p, k: slide(p, k) / k.size,
            "upside down": lambda p, k: slide(p, k[::-1]),
            "turned over": lambda p, k: slide(p, k.T) if k.shape[0] == k.shape[1] else slide(p, k),
            "one place too few": lambda p, k: slide(p, k)[:-1, :-1],
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
            "the first of four, uncut": lambda a: a[::2, ::2],
            "the mean": lambda a: scipy.signal.correlate2d(a, np.full((2, 2), 0.25), "valid")[::2, ::2],
            "rows only": lambda a: a[: a.shape[0] // 2 * 2].reshape(-1, 2, a.shape[1]).max(axis=1),
            "the odd row left out at the start": lambda a: pool(a[a.shape[0] % 2 :]),
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
            "input channels forgotten": lambda s, c, f: parameters(s, c, f, shared=True),
            "size not squared": lambda s, c, f: parameters(s, c, f, square=1),
        },
    ),
    "total_parameters": Case(
        reference=PARTS,
        unusual={
            "floats": tuple(map(float, PARTS)),
            "of NumPy": tuple(map(np.int64, PARTS)),
            "arrays": tuple(np.array([part]) for part in PARTS),
        },
        wrong={
            "two numbers for batch normalization": (CONVOLUTIONS, 960, DENSE),
            "batch normalization forgotten": (CONVOLUTIONS, 0, DENSE),
            "no biases in the convolutions": (387_360, NORMS, DENSE),
            "one dense layer": (CONVOLUTIONS, NORMS, 32_896),
            "in thousands": (387.84, 1.92, 33.928),
            "texts": tuple(map(str, PARTS)),
            "only the total is right": (CONVOLUTIONS, 1_234, DENSE + 686),
        },
    ),
    "build_student_net": Case(
        reference=student(),
        unusual={
            "a functional model": functional,
            "padding said": student(padding="valid"),
            "kernels as a pair": student(strides=(1, 1)),
            "ReLU as a layer of its own": student(order="crnmd", activation=None),
        },
        wrong={
            "padding": student(padding="same"),
            "no ReLU": student(activation=None),
            "pooling first": student(order="mcnd"),
            "no batch normalization": student(order="cmd"),
            "three blocks": student(filters=(32, 64, 128)),
            "Flatten": student(end="Flatten"),
            "nothing returned": lambda: None,
            "pooling that overlaps": student(pool={"pool_size": 3, "strides": 2}),
            "ReLU after batch normalization": student(order="cnrmd", activation=None),
        },
    ),
    "flatten_factor": Case(
        reference=(36, *SIZES),
        unusual={"a float": (35.9, *SIZES), "of NumPy": (np.float32(36), *SIZES), "an array": (np.array([36]), *SIZES)},
        wrong={
            "one side of the map": (6, *SIZES),
            "upside down": (1 / 36, *SIZES),
            "a word": ("36", *SIZES),
        },
    ),
}


# ---------------------------------------------------------------- written from the exercise's text, the check unseen


def windows_of(picture, kernel):
    return np.lib.stride_tricks.sliding_window_view(picture, kernel.shape)


def changed(picture, kernel):
    picture -= picture.mean()
    return slide(picture, kernel)


def padded(answers):
    rows, columns = answers.shape
    return pool(np.pad(answers, ((0, rows % 2), (0, columns % 2))))


BLIND = {
    "convolve": {
        "cut to whole numbers": lambda p, k: slide(p, k).astype(int),
        "negative answers dropped": lambda p, k: np.maximum(slide(p, k), 0),
        "the picture changed": changed,
        "the width taken for the height": lambda p, k: np.resize(
            slide(p, k), (len(p) - len(k) + 1, p.shape[1] - len(k) + 1)
        ),
        "square kernels only": lambda p, k: slide(p, np.resize(k, (k.shape[0], k.shape[0]))),
        "only one axis added up": lambda p, k: (windows_of(p, k) * k).sum(axis=2).sum(axis=1),
        "a matrix product": lambda p, k: windows_of(p, k) @ k,
    },
    "max_pool": {
        "odd sizes crash": lambda a: a.reshape(a.shape[0] // 2, 2, a.shape[1] // 2, 2).max(axis=(1, 3)),
        "squares overlap": lambda a: np.lib.stride_tricks.sliding_window_view(a, (2, 2)).max(axis=(2, 3)),
        "padded with zeros": padded,
        "negative answers become 0": lambda a: np.maximum(pool(a), 0),
    },
    "conv_parameters": {
        "always 3 by 3": lambda s, c, f: parameters(3, c, f),
        "a bias for each channel below": lambda s, c, f: s * s * c * f + c,
        "a text": lambda s, c, f: str(parameters(s, c, f)),
        "one bias a layer": lambda s, c, f: s * s * c * f + 1,
    },
    "total_parameters": {
        "Flatten counted": (CONVOLUTIONS, NORMS, (6 * 6 * 256 + 1) * 128 + 1_032),
        "one number for batch normalization": (CONVOLUTIONS, 480, DENSE),
        "no biases in the dense layers": (CONVOLUTIONS, NORMS, DENSE - 136),
        "rounded": (388_000, 2_000, 34_000),
        "a text with a space": ("387 840", NORMS, DENSE),
    },
    "build_student_net": {
        "dropout before pooling": student(order="cndm"),
        "the dropout of the dense layers": student(dropout=0.4),
        "global maximum": student(end="GlobalMaxPooling2D"),
        "5 by 5": student(kernel_size=5),
        "average pooling": student(order="cnad"),
        "tanh": student(activation="tanh"),
        "filters upside down": student(filters=(256, 128, 64, 32)),
    },
    "flatten_factor": {
        "no difference": (1, *SIZES),
        "squared": (36 * 36, *SIZES),
        "in per cent": (3600, *SIZES),
        "a difference": (SIZES[0] - SIZES[1], *SIZES),
    },
}
CASES |= {
    name: dataclasses.replace(CASES[name], wrong=CASES[name].wrong | wrong, blind=tuple(wrong))
    for name, wrong in BLIND.items()
}
