"""How a figure gets into a page: picture, alt text and description, from whatever a cell's last line holds.

matplotlib alone sends a picture without words, and JupyterLab drops an alt text that stands beside a PNG. So a
figure goes out as HTML with the alt text in it, as PNG for viewers that drop HTML, and as the sentence of
`describe`, which nbval compares. Lesson: all.
"""

import base64
import functools
import html
import io
import sys

import numpy as np
from PIL import Image

from .describe import describe

SHOWN = (
    ("matplotlib.artist", "Artist"),
    ("seaborn.axisgrid", "Grid"),
    ("seaborn.axisgrid", "JointGrid"),
    ("librosa.display", "AdaptiveWaveplot"),
    ("builtins", "list"),
    ("builtins", "tuple"),
    ("numpy", "ndarray"),
)
"""What plotting calls return: as a cell's last line, each stands for its figure; a list does if it holds an artist."""


def show_themselves():
    """Let figures show themselves in the running IPython, if there is one; safe to call again."""
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
        _register(shell.display_formatter)


@functools.cache
def _register(display_formatter):
    import matplotlib.pyplot as plt

    if not plt.get_fignums():  # load the backend now: at the end of a cell it displays what is open, and closes it
        plt.switch_backend(plt.get_backend())
    for place in SHOWN:
        display_formatter.ipython_display_formatter.for_type_by_name(*place, _show)


def _show(thing):
    """Display the figure that a thing stands for, and close it, so that it is shown once."""
    from IPython.display import display
    from matplotlib.pyplot import close

    figure = figure_of(thing)
    if figure is None:
        raise NotImplementedError  # how IPython is told to show an ordinary list as ever
    data, metadata = mimebundle(figure)
    close(figure)
    display(data, metadata=metadata, raw=True)


def figure_of(thing):
    """Return the matplotlib Figure that an artist, axes, grid, or a list of these belongs to, or None."""
    from matplotlib.artist import Artist
    from matplotlib.container import Container

    if isinstance(thing, Artist):
        return thing.get_figure(root=True)
    if hasattr(thing, "dtype"):
        thing = list(thing.flat) if thing.dtype == object else []
    if isinstance(thing, list | tuple):
        return next((figure_of(part) for part in thing if isinstance(part, Artist | Container)), None)
    return figure_of(getattr(thing, "figure", None) or thing.ax)  # a grid of seaborn, a wave of librosa


def mimebundle(figure, *, cut=True, few_colors=True):
    """Return ({MIME type: content}, {MIME type: metadata}) of a figure, as IPython displays it.

    A picture of 256 colors takes half the bytes or less, and the eye sees no difference; `few_colors=False` saves time.
    So does `cut=False`, and keeps the size from one figure to the next: all of the canvas, drawn once.
    """
    words, buffer = describe(figure), io.BytesIO()
    if cut:
        figure.savefig(buffer, format="png", dpi=figure.dpi, bbox_inches="tight")
        drawn, buffer = Image.open(buffer), io.BytesIO()
    else:
        drawn = Image.fromarray(np.asarray(figure.canvas.buffer_rgba()))
    if few_colors:
        drawn = drawn.convert("RGB").quantize()
    drawn.save(buffer, "png", compress_level=6 if few_colors else 1)
    picture = base64.b64encode(buffer.getvalue()).decode()
    data = {"text/plain": words, "text/html": image(picture, words), "image/png": picture}
    return data, {"image/png": {"alt": words}}


def image(picture, words):
    """Return the HTML of a picture (str, a PNG in base64) with its alt text."""
    return f'<img alt="{html.escape(words)}" src="data:image/png;base64,{picture}" style="max-width: 100%">'
