"""Figures of what happens inside a net: a kernel that slides, pooling, a step downhill.

Each is drawn by `plots.moving` while a learner moves a slider. Lessons: 04_gap_cnn, 05_training.
"""

import numpy as np

from .style import ACCENT, HEAT, INK, draw_heat, new_figure, styled

SECOND = "#D55E00"


@styled
def show_convolution(picture, kernel, response, *, row, frame, title=""):
    """Draw a picture with the window that the kernel looks through, and the answers given so far; return the figure.

    Parameters
    ----------
    picture : float array, shape (bands, frames), dB
    kernel : float array, shape (height, width)
    response : float array, shape (bands - height + 1, frames - width + 1)
    row, frame : int, lower left corner of the window; answers to the right of `frame` are not shown yet

    Lesson: 04_gap_cnn.
    """
    import matplotlib.patches

    figure, axes = new_figure(1, 2, height=3.2)
    draw_heat(axes[0], picture, "level (dB re max)", cmap=HEAT)
    height, width = kernel.shape
    for color, thick in (("white", 4), (INK, 1.5)):
        corner = (frame - 0.5, row - 0.5)
        axes[0].add_patch(matplotlib.patches.Rectangle(corner, width, height, fill=False, edgecolor=color, lw=thick))
    known = np.where(np.arange(response.shape[1]) <= frame, response, np.nan)
    reach = max(float(np.abs(response).max()), 1e-9)
    draw_heat(axes[1], known, "answer (dB)", vmin=-reach, vmax=reach)
    axes[0].set(xlabel="frame (number)", ylabel="mel band (number)", title=title or "the window")
    axes[1].set(xlabel="frame (number)", title=f"answer here: {response[row, frame]:.1f} dB")
    return figure


@styled
def show_kernel(kernel, response, *, title=""):
    """Draw the weights of one learned filter (height, width) beside what it answers to a picture (rows, columns).

    Lesson: 04_gap_cnn.
    """
    figure, axes = new_figure(1, 2, height=3.0, gridspec_kw={"width_ratios": (1, 2)})
    reach = max(float(np.abs(kernel).max()), 1e-9)
    draw_heat(axes[0], kernel, "weight (number)", vmin=-reach, vmax=reach, aspect="equal")
    draw_heat(axes[1], response, "answer (number)")
    axes[0].set(xlabel="frame (number)", ylabel="band (number)", title="weights")
    axes[1].set(xlabel="column (number)", ylabel="row (number)", title=title)
    return figure


@styled
def show_pooled(maps, *, title=""):
    """Draw feature maps, {name: array (rows, columns)}, and beside each what global average pooling keeps of it.

    Lesson: 04_gap_cnn.
    """
    figure, axes = new_figure(len(maps), 2, height=1.0 + 1.6 * len(maps), gridspec_kw={"width_ratios": (3, 1)})
    top = max(values.max() for values in maps.values())
    for (left, right), (name, values) in zip(np.atleast_2d(axes), maps.items()):
        draw_heat(left, values, "answer (number)", vmin=0, vmax=top)
        left.set(title=name, ylabel="row (number)", xlabel="column (number)")
        bar = right.bar(["GAP"], [values.mean()], color=ACCENT, edgecolor=INK)
        right.bar_label(bar, fmt="%.3f", fontsize=11)
        right.set(ylim=(0, 1.3 * max(float(m.mean()) for m in maps.values())), ylabel="mean (number)", xlabel="kept")
    figure.suptitle(title, fontsize=12)
    return figure


@styled
def show_descent(loss, path, *, low=-2.0, high=8.0, title=""):
    """Draw the loss over one weight, and the places that gradient descent visits; return the figure.

    Parameters
    ----------
    loss : function (float array of weights) -> float array of losses
    path : list of float, weights in the order they were visited; steps outside [low, high] are left out
    low, high : float, range of the weight

    Lesson: 05_training.
    """
    figure, ax = new_figure(height=3.2)
    weights = np.linspace(low, high, 200)
    ax.plot(weights, loss(weights), color=INK, linewidth=1.2, label="loss")
    inside = np.array([weight for weight in path if low <= weight <= high])
    ax.plot(inside, loss(inside), color=SECOND, marker="o", markersize=7, linewidth=1, label="steps")
    ax.set(xlabel="weight (number)", ylabel="loss (nats)", title=title, xlim=(low, high))
    ax.legend(loc="upper right")
    return figure
