"""The figure of a long recording: what it was heard as, window by window. Lesson: 08_live_inference."""

import numpy as np

from ..config import PALETTE
from .style import ACCENT, INK, new_figure, styled


@styled
def show_timeline(windows, *, title="Emotion over time"):
    """Draw each window in the row of its emotion, from its start to that of the next; return the figure.

    `windows` are those of `predict.predict_windows`; silence leaves gaps. A block is as high as the answer is sure
    (a full row for 100 %), and empty where the net said "not sure". Lesson: 08_live_inference.
    """
    heard = [window for window in windows if window.label is not None]
    starts = np.array([window.start for window in heard])
    widths = np.minimum([window.end for window in heard], [*starts[1:], np.inf]) - starts
    names = list(heard[0].probabilities) if heard else []
    figure, ax = new_figure(height=0.8 + 0.4 * len(names))
    for row, name in enumerate(names):
        for abstained in (False, True):
            chosen = [i for i, window in enumerate(heard) if (window.label, window.abstained) == (name, abstained)]
            heights = [0.9 * heard[i].confidence for i in chosen]
            color = PALETTE.get(name, ACCENT)
            look = {"facecolor": "none" if abstained else color, "edgecolor": INK if abstained else color}
            ax.bar(starts[chosen], heights, widths[chosen], row, align="edge", linewidth=0.5, **look)
    ax.set_yticks(np.arange(len(names)) + 0.45, names)
    ax.set(xlabel="time (s)", ylabel="emotion", ylim=(0, len(names)), title=title)
    ax.set_xlim(0, max((window.end for window in windows), default=1))
    return figure
