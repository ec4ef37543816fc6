"""Figures of what happens inside a net: a kernel that slides, pooling, class activation.

Most are drawn by `plots.moving` while a learner moves a slider. Lesson: 04_gap_cnn.
"""

import numpy as np

from ..config import AudioConfig
from .spectrograms import draw_mel, level_label
from .style import ACCENT, HEAT, INK, draw_heat, new_figure, styled


@styled
def show_convolution(picture, kernel, response, *, row, frame):
    """Draw a picture with the window that the kernel looks through, and the answers given so far; return the figure.

    `picture` is a float array (bands, frames) in dB, `kernel` (height, width), `response` (bands - height + 1,
    frames - width + 1); `row, frame` (int) is the lower left corner of the window, and answers to the right of `frame`
    are not shown yet. Lesson: 04_gap_cnn.
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
    axes[0].set(xlabel="frame (number)", ylabel="mel band (number)", title="the window")
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
def show_pooled(maps):
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
    axes[1].set_title("what spoke for it")
    for ax in axes:
        ax.set_xlabel("time (s)")
    return figure
