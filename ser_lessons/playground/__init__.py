"""The audio playground: hear a clip, change it, see what the net thinks.

``playground.open()`` in a notebook; ``make playground`` as a page of its own.
Lesson: 07_live_inference; small forms in 01_waveforms, 02_spectrograms, 03_augmentation.
"""

_OPEN = {}


def open(*, small=False, controls=None, table=None, net=None, background=True):
    """Open the playground in a notebook cell; write it last in the cell, or pass it to `display`.

    Parameters
    ----------
    small : bool; True leaves out upload, microphone, guessing and history, for the early lessons
    controls : list of str, or None for all; a subset of `playground.control_names()`
    table : corpus table, or None for `corpus.open_corpus("speech")`
    net : Bundle or a stand-in with its attributes, or None for the bundle of the course
    background : bool; False loads before returning, as tests want it

    Returns
    -------
    Playground, an ipywidgets box; ``.session.history.table()`` is what was tried

    Raises
    ------
    SerError : an unknown control

    It returns at once; corpus and net are loaded behind a progress bar. Running the same cell
    again closes the playground that it opened before. Nothing is played before a player is
    pressed, and a recording stays in memory. Where widgets do not run, a still picture stands in.
    Lesson: 07_live_inference.
    """
    from .settings import choose_controls
    from .widget import Playground

    choose_controls(controls)  # before anything is closed or opened
    key = _cell() or (small, tuple(controls or ()))
    if key in _OPEN:
        _OPEN.pop(key).close()
    _OPEN[key] = opened = Playground(small=small, controls=controls, table=table, net=net, background=background)
    return opened


def control_names():
    """Names for `open(controls=...)`, in the order in which sound passes through them."""
    from .settings import CONTROL_NAMES

    return CONTROL_NAMES


def _cell():
    """Identity of the notebook cell that is running, or None outside a notebook."""
    import sys

    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    parent = getattr(shell, "get_parent", dict)() or {}
    return parent.get("metadata", {}).get("cellId")
