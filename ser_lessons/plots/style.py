"""One look for every figure: fonts, sizes, colors, and the rule that every axis says its unit.

Lesson: all.
"""

import contextlib
import re

from ..config import EMOTIONS, MARKERS, PALETTE
from ..corpus import corpus_title

HEAT = "magma"
INK, ACCENT, FAINT = "#222222", "#0072B2", "#999999"
GRAYS = ("-", "--", ":", "-.")
_RULES = {
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.labelsize": 12,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "figure.dpi": 90,
    "savefig.dpi": 90,
    "figure.constrained_layout.use": True,
}


@contextlib.contextmanager
def course_style():
    """Apply the course's look to the figures made inside a `with` block, and to nothing else."""
    import matplotlib

    with matplotlib.rc_context(_RULES):
        yield


def new_figure(rows=1, columns=1, *, width=8.0, height=3.2, **options):
    """Return (figure, axes) in the course's look; `options` go to `plt.subplots`.

    Parameters
    ----------
    rows, columns : int
    width, height : float, inches of the whole figure; 8 inches is the width of a notebook column
    """
    import matplotlib.pyplot as plt

    with course_style():
        figure, axes = plt.subplots(rows, columns, figsize=(width, height), **options)
        figure.set_layout_engine("constrained")
    return figure, axes


def styled(show):
    """Decorate a `show_*` function: everything it draws follows the course's look."""
    import functools

    @functools.wraps(show)
    def wrapper(*args, **options):
        with course_style():
            return show(*args, **options)

    return wrapper


def emotion_style(emotion):
    """Return {"color", "marker"} of an emotion: the same in every figure of the course.

    Raises
    ------
    KeyError : not one of the eight names of `config.EMOTIONS`
    """
    return {"color": PALETTE[emotion], "marker": MARKERS[emotion]}


def known_emotions(values):
    """Return the emotions that occur in `values`, in RAVDESS order."""
    present = set(values)
    return [emotion for emotion in EMOTIONS if emotion in present]


def title_with_corpus(text, table):
    """Return "text - corpus": every figure made from clips names its corpus."""
    return f"{text} - {corpus_title(table)}"


def unlabelled(figure):
    """Return one sentence for each axis of the figure that does not say what it shows, and in which unit.

    A label ends with its unit in parentheses, `time (s)`, `clips (count)`, `recall (fraction)`;
    only an axis whose tick labels are words (emotions, actors' groups) may go without a unit.
    """
    figure.canvas.draw()
    findings = []
    for number, ax in enumerate(figure.axes, start=1):
        if not ax.axison or not ax.get_visible():
            continue
        for name, axis in (("x", ax.xaxis), ("y", ax.yaxis)):
            label = _label(ax, name)
            shown = [tick.get_text() for tick in axis.get_ticklabels() if tick.get_text().strip()]
            if not axis.get_visible() or (not shown and not label):
                continue
            words = all(re.search(r"[A-Za-z]{2}", text) for text in shown) and shown
            if not label:
                findings.append(f"axes {number}: the {name} axis has no label.")
            elif not words and not re.search(r"\([^()]+\)$", label):
                findings.append(f"axes {number}: the {name} axis label '{label}' names no unit; end it with '(unit)'.")
    return findings


def _label(ax, name):
    """The axis' own label, or that of the axes it shares this axis with (outer labels of a grid)."""
    shared = ax.get_shared_x_axes() if name == "x" else ax.get_shared_y_axes()
    group = [ax, *shared.get_siblings(ax)]
    labels = [getattr(other, f"get_{name}label")() for other in group]
    figure_label = getattr(ax.figure, f"_sup{name}label", None)
    labels.append(figure_label.get_text() if figure_label is not None else "")
    return next((label for label in labels if label), "")
