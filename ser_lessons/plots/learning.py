"""Figures of what happens inside a net: a kernel that slides, pooling, class activation.

Most are drawn by `plots.moving` while a learner moves a slider. Lesson: 04_gap_cnn.
"""

import numpy as np

from ..config import AudioConfig
from .spectrograms import draw_mel, level_label
from .style import ACCENT, HEAT, INK, draw_heat, new_figure, styled


@styled
def show_convolution(picture, kernel, answers, *, row, frame):
    """Draw a picture with a window, the sum that is done there, and the answers of all windows; return the figure.

    `picture` is a float array (bands, frames) in dB, `kernel` (height, width), `answers` (bands - height + 1,
    frames - width + 1); `row, frame` (int) is the lower left corner of the window. Lesson: 04_gap_cnn.
    """
    (figure, left), (height, width) = new_figure(height=5.4), kernel.shape
    grid = figure.add_gridspec(2, 2, height_ratios=(3, 2))
    left.set_subplotspec(grid[0, 0])
    right, below = figure.add_subplot(grid[0, 1]), figure.add_subplot(grid[1, :])
    draw_heat(left, picture, "level (dB re max)", cmap=HEAT)
    reach = max(float(np.abs(answers).max()), 1e-9)
    draw_heat(right, answers, "answer (dB)", cmap="PuOr", vmin=-reach, vmax=reach)
    _mark(left, frame, row, width, height)
    _mark(right, frame, row, 1, 1)
    left.set(xlabel="frame (number)", ylabel="mel band (number)", title="the window")
    right.set(xlabel="frame (number)", ylabel="mel band (number)", title=f"answer here: {answers[row, frame]:.1f} dB")
    window = picture[row : row + height, frame : frame + width]
    extent = (frame - 0.5, frame + width - 0.5, row - 0.5, row + height - 0.5)
    draw_heat(below, window, cmap=HEAT, extent=extent, vmin=picture.min(), vmax=picture.max())
    for (up, along), level in np.ndenumerate(window):
        words = f"{level:.0f} x {kernel[up, along]:.2f} = {level * kernel[up, along] + 0:.1f}"
        ink = INK if level > (picture.min() + picture.max()) / 2 else "white"
        below.text(frame + along, row + up, words, ha="center", va="center", color=ink)
    below.set(xlabel="frame (number)", ylabel="mel band (number)", title="level x number = product")
    below.set(xticks=range(frame, frame + width), yticks=range(row, row + height))
    return figure


def _mark(ax, column, row, width, height):
    """Draw a frame around some points of a picture, to be seen on light and dark."""
    import matplotlib.patches

    for color, thick in (("white", 4), (INK, 1.5)):
        corner = (column - 0.5, row - 0.5)
        ax.add_patch(matplotlib.patches.Rectangle(corner, width, height, fill=False, edgecolor=color, lw=thick))


@styled
def show_answers(answers, *, columns=8, title=""):
    """Draw what all kernels of a layer, (rows, columns, kernels), answer, each on its own scale; return the figure.

    Lesson: 04_gap_cnn.
    """
    high, wide, count = answers.shape
    rows = -(-count // columns)
    sheet = np.full((rows * (high + 9), columns * (wide + 2)), np.nan)
    figure, ax = new_figure(height=1.2 * rows)
    for kernel in range(count):
        up, along = (rows - 1 - kernel // columns) * (high + 9), kernel % columns * (wide + 2)
        mine = answers[:, :, kernel]
        sheet[up : up + high, along : along + wide] = mine / (mine.max() or 1)
        ax.text(along, up + high, f"{kernel}", va="bottom", fontsize=11)
    draw_heat(ax, sheet, "answer (fraction of each kernel's largest)")
    ax.set(title=title, xlabel="column (number)", ylabel="row (number)")
    ax.set_axis_off()
    return figure


@styled
def show_kernel(weights, answers, *, title=""):
    """Draw what one learned kernel weighs its channels with, beside what it answers to a picture (rows, columns).

    `weights` is {name of the channel: array (height, width)}, drawn on one scale. Lesson: 04_gap_cnn.
    """
    figure, axes = new_figure(1, len(weights) + 1, height=2.6, gridspec_kw={"width_ratios": [1] * len(weights) + [2]})
    reach = max(float(np.abs(values).max()) for values in weights.values()) or 1e-9
    for ax, (name, values) in zip(axes, weights.items()):
        label = "weight (number)" if ax is axes[-2] else ""
        draw_heat(ax, values, label, cmap="PuOr", vmin=-reach, vmax=reach)
        ax.set(xlabel="frame (number)", ylabel="band (number)", title=name)
        first_middle_last = [range(0, size, max(size // 2, 1)) for size in values.shape]
        ax.set(yticks=first_middle_last[0], xticks=first_middle_last[1])
    draw_heat(axes[-1], answers, "answer (number)")
    axes[-1].set(xlabel="column (number)", ylabel="row (number)", title=title)
    return figure


@styled
def show_pooled(maps):
    """Draw feature maps, {name: array (rows, columns)}, and beside each what global average pooling keeps of it.

    Lesson: 04_gap_cnn.
    """
    figure, axes = new_figure(len(maps), 2, height=1.0 + 1.6 * len(maps), gridspec_kw={"width_ratios": (3, 1)})
    axes, top = np.atleast_2d(axes), max(values.max() for values in maps.values())
    for (left, right), (name, values) in zip(axes, maps.items()):
        draw_heat(left, values, vmin=0, vmax=top)
        left.set(title=name, ylabel="row (number)", xlabel="column (number)")
        bar = right.bar(["GAP"], [values.mean()], color=ACCENT, edgecolor=INK)
        right.bar_label(bar, fmt="%.3f", fontsize=11)
        right.set(ylim=(0, 1.3 * max(float(m.mean()) for m in maps.values())), ylabel="mean (number)", xlabel="kept")
    figure.colorbar(axes[0, 0].images[0], ax=axes[:, 0], label="answer (number)")
    return figure


@styled
def show_activation(mel_db, evidence, *, config=AudioConfig(), title=""):
    """Draw a picture (bands, frames), and beside it which parts of it speak for the label.

    `evidence` has its shape, in [0, 1], as `activation.grad_cam` gives it. Lesson: 04_gap_cnn.
    """
    figure, axes = new_figure(1, 2, height=3.4, sharex=True, sharey=True)
    picture = draw_mel(axes[0], mel_db, config)
    figure.colorbar(picture, ax=axes[0], label=level_label(config))
    spoken = draw_mel(axes[1], np.asarray(evidence, dtype=float), config, 0, 1, cmap="cividis")
    figure.colorbar(spoken, ax=axes[1], label="evidence (fraction of largest)")
    axes[0].set(ylabel="mel band center (Hz)", title=title)
    axes[1].set_title("what speaks for it" if np.any(evidence) else "nothing in this clip speaks for it")
    for ax in axes:
        ax.set_xlabel("time (s)")
    return figure
