"""Figures of a net: maps of one filter, and class activation. Lesson: 04_gap_cnn."""

import numpy as np

from ..config import AudioConfig
from .spectrograms import draw_mel, level_label
from .style import draw_heat, new_figure, styled


@styled
def show_filter_maps(maps, *, title=""):
    """Draw pictures side by side, {name: float array (bands, frames)}, each on a scale of its own.

    Lesson: 04_gap_cnn.
    """
    figure, axes = new_figure(1, len(maps), height=3.2, sharey=True, squeeze=False)
    for ax, (name, values) in zip(axes[0], maps.items()):
        draw_heat(ax, values, "level or response (dB)")
        ax.set(xlabel="frame (number)", title=name)
    axes[0, 0].set_ylabel("mel band (number)")
    figure.suptitle(title, fontsize=12)
    return figure


@styled
def show_activation(mel_db, evidence, *, config=AudioConfig(), title="", coarse=False):
    """Draw a picture (bands, frames), and beside it which parts of it speak for the label.

    `evidence` has its shape, in [0, 1], as `activation.grad_cam` gives it; with `coarse`, for a net trained just now,
    `describe` leaves out its numbers. Lesson: 04_gap_cnn.
    """
    figure, axes = new_figure(1, 2, height=3.4, sharex=True, sharey=True)
    picture = draw_mel(axes[0], mel_db, config)
    figure.colorbar(picture, ax=axes[0], label=level_label(config))
    spoken = draw_mel(axes[1], np.asarray(evidence, dtype=float), config, 0, 1, cmap="cividis")
    figure.colorbar(spoken, ax=axes[1], label="evidence (fraction of largest)")
    axes[1].coarse = coarse
    axes[0].set(ylabel="mel band center (Hz)", title=title)
    axes[1].set_title("what spoke for it")
    for ax in axes:
        ax.set_xlabel("time (s)")
    return figure
