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
    from matplotlib.collections import PolyCollection

    heard = [window for window in windows if window.label is not None]
    starts, sure = np.array([(window.start, window.confidence) for window in heard]).reshape(-1, 2).T
    ends = np.minimum([window.end for window in heard], [*starts[1:], np.inf])
    names = list(heard[0].probabilities) if heard else []
    figure, ax = new_figure(height=0.8 + 0.4 * len(names))
    for row, name in enumerate(names):
        low, high = np.full(len(heard), row), row + 0.9 * sure
        corners = np.stack([[starts, low], [starts, high], [ends, high], [ends, low]]).transpose(2, 0, 1)
        for abstained in (False, True):
            chosen = [(window.label, window.abstained) == (name, abstained) for window in heard]
            color = PALETTE.get(name, ACCENT)
            look = {"facecolor": "none" if abstained else color, "edgecolor": INK if abstained else color}
            ax.add_collection(PolyCollection(corners[chosen], linewidth=0.5, **look))
    ax.set_yticks(np.arange(len(names)) + 0.45, names)
    ax.set(xlabel="time (s)", ylabel="emotion", ylim=(0, len(names)), title=title)
    ax.set_xlim(0, max((window.end for window in windows), default=1))
    return figure
