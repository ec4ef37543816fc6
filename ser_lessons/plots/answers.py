"""Figures of one answer of the net: eight probabilities.

Lesson: 00_start_here.
"""

import numpy as np

from ..config import EMOTIONS, PALETTE
from .style import INK, new_figure, styled


@styled
def show_probabilities(probabilities, *, title="", truth=None):
    """Draw the probability of each emotion as a bar, chance as a dashed line; return the figure.

    Parameters
    ----------
    probabilities : dict {emotion: float} or float array, shape (8,), in RAVDESS order; fractions that sum to 1
    truth : str or None; this emotion's bar gets a hatch

    Lesson: 00_start_here.
    """
    if isinstance(probabilities, dict):
        probabilities = [probabilities[emotion] for emotion in EMOTIONS]
    figure, ax = new_figure(height=2.8)
    heights = np.asarray(probabilities, dtype=float)
    bars = ax.bar(EMOTIONS, heights, color=[PALETTE[e] for e in EMOTIONS], edgecolor=INK, label="probability")
    ax.bar_label(bars, fmt="%.2f", fontsize=11, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})
    for bar, emotion in zip(bars, EMOTIONS):
        bar.set_hatch("//" if emotion == truth else "")
    ax.axhline(1 / len(EMOTIONS), color=INK, linestyle="--", linewidth=1)
    ax.annotate("chance", (1, 1 / len(EMOTIONS)), (4, 0), "axes fraction", "offset points", va="center", fontsize=11)
    ax.set(xlabel="emotion", ylabel="probability (fraction)", ylim=(0, 1.1), title=title)
    return figure
