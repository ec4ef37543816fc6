"""Figures of a net and its training: learning curves, maps of one filter, and class activation.

Numbers of a freshly trained net differ a little from machine to machine, so `describe` tells only the
trend of curves and maps drawn with `coarse=True`. Lesson: 04_gap_cnn, 09_full_model.
"""

import numpy as np

from ..config import AudioConfig
from .spectrograms import draw_mel, level_label
from .style import ACCENT, FAINT, INK, draw_heat, new_figure, styled

VALIDATION = "#D55E00"


@styled
def show_learning_curves(history, *, title="", coarse=False, watched="validation"):
    """Draw loss and accuracy over the epochs; a dotted line marks the epoch with the lowest watched loss.

    Parameters
    ----------
    history : list of dict, one an epoch, as `training.train` returns it; `val_*` may be missing
    title : str
    coarse : bool, for a run made just now: `describe` then tells the trend of training, and no numbers
    watched : str, what the dashed curve is called: "validation", or "test" where the run has none of its own

    Lesson: 04_gap_cnn.
    """
    figure, axes = new_figure(1, 2, height=3.4)
    epochs = np.array([row["epoch"] for row in history])
    for ax, key, label in zip(axes, ("loss", "accuracy"), ("loss (nats)", "accuracy (fraction of clips)")):
        ax.coarse = coarse
        ax.plot(epochs, [row[key] for row in history], color=ACCENT, marker="o", markersize=4, label="training")
        if f"val_{key}" in history[0]:
            values = [row[f"val_{key}"] for row in history]
            (line,) = ax.plot(epochs, values, color=VALIDATION, linestyle="--", marker="s", markersize=4, label=watched)
            line.restless = coarse  # of few clips it jumps, and ends elsewhere on each machine
            if not coarse:
                best = int(np.argmin([row["val_loss"] for row in history]))
                ax.axvline(epochs[best], color=INK, linestyle=":", linewidth=1)
        ax.set(xlabel="epoch (number)", ylabel=label, xlim=(epochs[0] - 0.5, epochs[-1] + 0.5))
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
    highest = max(row.get("val_loss", 0.0) for row in history)
    axes[0].set_ylim(0, 4 if coarse else max(2.2, 1.05 * highest))
    axes[1].set_ylim(0, 1)
    axes[0].set_title(title)
    return figure


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


@styled
def show_accuracies(intervals, *, chance, title="", coarse=False):
    """Draw one bar a way of testing, {name: evaluate.Interval of an accuracy}, and chance as a dashed line.

    With `coarse`, for nets trained just now, `describe` says which bar is highest, without numbers.
    Lesson: 09_full_model.
    """
    figure, ax = new_figure(height=3.4)
    values = [around.value for around in intervals.values()]
    looks = {"color": [ACCENT, VALIDATION, FAINT][: len(values)], "hatch": ["", "//", ".."][: len(values)]}
    ax.bar(list(intervals), values, width=0.5, edgecolor=INK, **looks)
    for place, around in enumerate(intervals.values()):
        reach = np.nan_to_num([[around.value - around.low], [around.high - around.value]]).clip(min=0)
        ax.errorbar([place], [around.value], yerr=reach, color=INK, capsize=5)
        ax.annotate(f"{around.value:.2f}", (place, around.value), (10, 4), textcoords="offset points", fontsize=12)
    ax.axhline(chance, color=INK, linestyle="--", linewidth=1)
    ax.set_xlim(-0.5, len(values) - 0.5)
    ax.text(len(values) - 0.72, chance + 0.01, "chance", fontsize=11, ha="left")
    ax.coarse = coarse
    ax.set(ylim=(0, 1), xlabel="way of testing", ylabel="accuracy (fraction of clips)", title=title)
    return figure
