"""One look for every figure: fonts, sizes and colors.

Lesson: all.
"""

import functools
import warnings

from .showing import show_themselves

HEAT = "magma"
INK, ACCENT, FAINT = "#222222", "#0072B2", "#999999"
COLORS = (ACCENT, "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", INK)
RULES = {
    "axes.prop_cycle": f"cycler('color', {list(COLORS)})",
    "figure.figsize": (8, 3.4),
    "image.cmap": HEAT,
    "font.size": 12,
    "axes.titlesize": 12,
    "figure.titlesize": 12,
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
    "figure.autolayout": True,
}


def course_style():
    """Give the learner's own figures the course's look, and let them show themselves with their alt text.

    One line of set-up: afterwards a Figure, Axes, seaborn grid, or what a plotting call returns shows its figure as
    a cell's last line, figures still open at the end of a cell are shown, too, and each is shown once and closed.
    Outside Jupyter only the look changes. librosa 1.0 keeps to itself what it remarks about its own next version
    (its `pitch_shift` calls its `time_stretch` in a way that it advises against), and about silent bins. Lesson: all.
    """
    import matplotlib

    warnings.filterwarnings("ignore", category=FutureWarning, module=r"librosa\.")
    warnings.filterwarnings("ignore", "invalid value encountered in cast", RuntimeWarning, r"numba\.")
    matplotlib.rcParams.update(RULES)
    show_themselves()


def new_figure(rows=1, columns=1, *, width=8.0, height=3.2, **options):
    """Return (figure, axes) in the course's look, `width` by `height` inches (a notebook column has 8).

    `options` go to `plt.subplots`.
    """
    import matplotlib
    import matplotlib.pyplot as plt

    show_themselves()
    with matplotlib.rc_context(RULES):
        figure, axes = plt.subplots(rows, columns, figsize=(width, height), **options)
        figure.set_layout_engine("constrained")
    return figure, axes


def styled(show):
    """Decorate a `show_*` function: everything it draws follows the course's look."""

    @functools.wraps(show)
    def wrapper(*args, **options):
        import matplotlib

        with matplotlib.rc_context(RULES):
            return show(*args, **options)

    return wrapper


def draw_heat(ax, values, label="", *, cmap="cividis", aspect="auto", **options):
    """Draw an array (rows, columns), low rows at the bottom, with a color bar that says `label`, or without one.

    No axis has more than six ticks: they take most of the time to draw, and the picture says the rest.
    """
    picture = ax.imshow(values, origin="lower", aspect=aspect, interpolation="nearest", cmap=cmap, **options)
    axes = [ax.xaxis, ax.yaxis]
    if label:
        axes.append(ax.figure.colorbar(picture, ax=ax, label=label).ax.yaxis)
    for axis in axes:
        axis.get_major_locator().set_params(nbins=5)


def title_with_corpus(text, table):
    """Return "text - corpus": every figure made from clips names its corpus."""
    from ..corpus import corpus_title

    return f"{text} - {corpus_title(table)}"
