"""Checks of lesson 04: a kernel that slides, max pooling, parameters, the student project's net, Flatten."""

import numpy as np

from . import close, exercise, expect, expect_number, expect_shape, named, one_number

CONVOLUTIONS, NORMS, DENSE = 387_840, 1_920, 33_928
TOTAL = CONVOLUTIONS + NORMS + DENSE
"""Parameters of the student project's net: 423 688."""

BLOCK = ["Conv2D", "BatchNormalization", "MaxPooling2D", "Dropout"]
TAIL = ["GlobalAveragePooling2D", "Dense", "Dropout", "Dense"]


@exercise("4.1")
def convolve(function):
    """The kernel's answer at every place where it fits: products added up, the kernel not turned."""
    picture = np.arange(20.0).reshape(4, 5) ** 2
    answer = function(picture, np.ones((3, 3)))
    sizes = {(1, 2): ": one more place fits in each direction", (4, 5): ": only where the whole kernel lies inside"}
    complaint = expect_shape(answer, (2, 3))
    yield "size", complaint and complaint + sizes.get(np.shape(answer), "")
    for shape in ((1, 2), (2, 1)):
        complaint = expect_shape(function(picture, np.ones(shape)), (5 - shape[0], 6 - shape[1]))
        yield "{} by {}".format(*shape), complaint and f"{complaint}: a kernel's height and width may differ"
    hint = "lay the kernel on the window as it is, multiply, and add up all products"
    answer = function(picture, np.ones((3, 3)))  # once more, as the last call is the one that a reply shows
    yield close("a sum", np.asarray(answer)[0, 0], picture[:3, :3].sum(), hint, what="nine ones at the corner")
    turned = "the kernel is not to be turned around: its first number belongs to the earlier frame"
    over = "the kernel is not to be turned over: its first row lies on the lower band"
    rows = "rows of the kernel are bands, columns are frames"
    corner, levels = np.zeros((3, 3)), np.array([[-30, -50, -55]])
    corner[0, 2] = 1.0
    for name, given, kernel, wanted, hint in (
        ("not turned", np.array([[1.0, 2.0, 5.0]]), [[-1.0, 1.0]], [[1.0, 3.0]], turned),
        ("bands, too", np.array([[1.0], [2.0], [5.0]]), [[-1.0], [1.0]], [[1.0], [3.0]], over),
        ("rows and columns", picture, corner, picture[:2, 2:], rows),
        ("any kernel", picture, [[0.0, 0.0], [0.0, 1.0], [0.0, 0.0]], picture[1:3, 1:], rows),
        ("signs and fractions", levels, [[-0.5, 0.25]], [[2.5, 11.25]], "keep signs and fractions, even of integers"),
        ("below zero", levels, [[-1.0, 1.0]], [[-20.0, -5.0]], "answers below 0 stay: no ReLU"),
    ):
        yield close(name, function(given, np.array(kernel)), wanted, hint)
    left = (picture == np.arange(20.0).reshape(4, 5) ** 2).all()
    yield "picture untouched", expect(left, "your function changed the picture that it was given")


@exercise("4.2")
def max_pool(function):
    """The largest of each 2 by 2 square; an odd row or column at the end is left out."""
    four, corners = np.array([[1.0, 2.0, 9.0], [3.0, 4.0, 9.0]]), np.zeros((4, 4))
    corners[[0, 1, 2, 3], [1, 2, 3, 0]] = [5.0, 6.0, 7.0, 8.0]
    odd, odd_hint = np.arange(35.0).reshape(5, 7), "leave out the odd row and the odd column at the end"
    complaint = expect_shape(function(corners), (2, 2))
    yield "squares side by side", complaint and f"{complaint}: squares of 2 by 2 that do not overlap"
    answer = function(four)
    kept = ": the odd column at the end is left out" if np.shape(answer) == (1, 2) else ""
    complaint = expect_shape(answer, (1, 1))
    yield "size", complaint and complaint + kept
    known = {2.5: "that is the mean of 1, 2, 3 and 4", 1: "1 is the first of the four, not the largest"}
    known |= {9: "9 stands in the odd column, which is left out"}
    largest = named(np.asarray(answer).reshape(()), known, "keep the largest of 1, 2, 3 and 4")
    for name, picture, wanted, hint in (
        ("the largest", four, [[4.0]], largest),
        ("squares", corners, [[5.0, 6.0], [8.0, 7.0]], "each square has its own largest answer, wherever it lies"),
        ("below zero", -four[:, :2], [[-1.0]], "of -1, -2, -3 and -4 the largest is -1"),
        ("odd sizes", odd, [[8, 10, 12], [22, 24, 26]], odd_hint),
    ):
        yield close(name, function(picture), wanted, hint)


@exercise("4.3")
def conv_parameters(function):
    """Weights and biases of a convolution layer, from its size and its channels."""
    hint = "each kernel has one weight for each of its places in each channel below, and one bias"
    yield close("the first layer", function(3, 1, 32), 320, hint, rtol=0)
    yield close("the second layer", function(3, 32, 64), 18_496, hint, rtol=0)
    yield close("a size of 1", function(1, 5, 2), 12, hint, rtol=0)


@exercise("4.4")
def total_parameters(convolutions, normalization, dense):
    """All parameters of the student project's net in three parts, batch normalization counted as Keras counts it."""
    for name, count, true, known in (
        (
            "convolutions",
            convolutions,
            CONVOLUTIONS,
            {
                CONVOLUTIONS - 480: "each kernel also has a bias",
                4_800: "a kernel reaches through all channels below it",
                TOTAL: "that is the whole net",
            },
        ),
        (
            "normalization",
            normalization,
            NORMS,
            {
                NORMS // 2: "it also keeps a mean and a variance for each channel, so four numbers",
                480: "four a channel",
            },
        ),
        (
            "dense",
            dense,
            DENSE,
            {
                DENSE - 136: "each unit also has a bias",
                DENSE - 1_032: "the last layer, from 128 to 8, is missing",
                1_032: "the layer from 256 to 128 is missing",
                (6 * 6 * 256 + 1) * 128 + 1_032: "global average pooling leaves one number of each channel",
            },
        ),
    ):
        wrong = expect_number(count, name)
        count = 0 if wrong else float(np.asarray(count).reshape(()))
        wrong = wrong or expect(count == round(count), f"{name}: parameters are counted, so not {count:g}")
        reason = known.get(int(count), f"it is {'more' if count < true else 'fewer'}")
        yield name, wrong or expect(count == true, f"{name}: {count:,.0f} is not it: {reason}")


@exercise("4.5")
def build_student_net(function):
    """Four blocks of the right layers in the right order, then global average pooling; looked at, never run."""
    net = function()
    layers = [layer for layer in getattr(net, "layers", []) if type(layer).__name__ != "InputLayer"]
    apart = [k for k, layer in enumerate(layers) if k and _is_relu(layer) and _is_straight(layers[k - 1])]
    found = [type(layer).__name__ for k, layer in enumerate(layers) if k not in apart]
    yield "a net", expect(hasattr(net, "count_params"), f"expected a Keras net, got {type(net).__name__}: return it")
    wanted = BLOCK * 4 + TAIL
    wrong = next((k for k, (a, b) in enumerate(zip(found, wanted)) if a != b), min(len(found), len(wanted)))
    names = [*found, "nothing"][wrong], [*wanted, "nothing more"][wrong]
    yield "the layers", expect(found == wanted, f"layer {wrong + 1} is {names[0]}, expected {names[1]}")
    convolutions = [layer for layer in net.layers if type(layer).__name__ == "Conv2D"]
    filters = [int(layer.filters) for layer in convolutions]
    yield "kernels", expect(filters == [32, 64, 128, 256], f"expected 32, 64, 128, 256 kernels, got {filters}")
    sizes = {tuple(layer.kernel_size) for layer in convolutions}
    yield "3 by 3", expect(sizes == {(3, 3)}, f"expected kernels of 3 by 3, got {sorted(sizes)}")
    bends = {getattr(c.activation, "__name__", "") for c in convolutions if layers.index(c) + 1 not in apart} or {
        "relu"
    }
    yield "ReLU", expect(bends == {"relu"}, f'expected activation="relu" in each convolution, got {sorted(bends)}')
    paddings = {layer.padding for layer in convolutions}
    yield "the window fits", expect(paddings == {"valid"}, "no padding: the kernel stays inside the picture")
    steps = {tuple(layer.strides) for layer in convolutions}
    yield "one by one", expect(steps == {(1, 1)}, f"the kernels move by one, got strides {sorted(steps)}")
    pools = {(*layer.pool_size, *layer.strides) for layer in net.layers if type(layer).__name__ == "MaxPooling2D"}
    yield "2 by 2", expect(pools == {(2, 2, 2, 2)}, "pooling looks at squares of 2 by 2 that do not overlap")
    rates = [float(layer.rate) for layer in net.layers if type(layer).__name__ == "Dropout"]
    yield "dropout", expect(np.allclose(rates[:4], 0.25), f"expected dropout 0.25 in each block, got {rates[:4]}")
    yield close("parameters", net.count_params(), TOTAL, rtol=0)


def _is_relu(layer):
    """Whether a layer is nothing but ReLU."""
    name = type(layer).__name__
    return name == "ReLU" or (name == "Activation" and getattr(layer.activation, "__name__", "") == "relu")


def _is_straight(layer):
    """Whether a layer is a convolution without an activation of its own."""
    return type(layer).__name__ == "Conv2D" and getattr(layer.activation, "__name__", "") == "linear"


@exercise("4.6")
def flatten_factor(factor, with_flatten, with_pooling):
    """How many times as many weights the first dense layer needs after Flatten, within a fifth."""
    factor = yield from one_number(factor, "the factor")
    yield "more, not fewer", expect(factor > 1, f"Flatten keeps more numbers than pooling, so not {factor:.2g} times")
    true = with_flatten / with_pooling
    side = "more" if factor < true else "fewer"
    complaint = f"{factor:g} is not it: it is {side}; how many places does one channel of the last map have?"
    yield "within a fifth", expect(abs(factor / true - 1) <= 0.2, complaint)
