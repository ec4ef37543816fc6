"""The audio playground: hear a clip, change it, see what the net thinks.

``playground.open()`` in a notebook; ``make playground`` as a page of its own; ``playground.own_voice(...)``,
microphone and net alone. Lesson: 08_live_inference; 00_start_here.
"""

_OPEN = {}


def open(*, table=None, net=None, background=True):
    """Open the playground in a notebook cell; write it last in the cell, or pass it to `display`.

    Parameters
    ----------
    table : corpus table, or None for `corpus.open_corpus("speech")`
    net : Bundle or a stand-in with its attributes, or None for the bundle of the course
    background : bool; False loads before returning, not behind a progress bar

    Returns
    -------
    Playground, a widget; ``.session.history.table()`` is what was tried

    Running the same cell again closes the playground that it opened before. Nothing is played before a player is
    pressed, and a recording stays in memory. Where widgets do not run, a still picture stands in.
    Lesson: 08_live_inference.
    """
    from .widget import Playground

    place = _cell()
    if place in _OPEN:
        _OPEN.pop(place).close()
    _OPEN[place] = opened = Playground(table=table, net=net, background=background)
    return opened


def own_voice(tell, *, seconds=3.0):
    """Open a microphone and an upload button in a cell; each sound is heard again, and what the net says stands below.

    Parameters
    ----------
    tell : function Prediction -> str, how the answer is put into words
    seconds : float, s, above 0 and at most 30; a recording ends by itself then

    Returns
    -------
    OwnVoice, shown as the last line of a cell; `.answers` lists the `Prediction` of each sound

    Sounds stay in memory. Where widgets do not run, a sentence stands in. Lesson: 00_start_here.
    """
    from .voice import OwnVoice

    return OwnVoice(tell, seconds=seconds)


def _cell():
    """Identity of the notebook cell that is running, or None outside a notebook."""
    import sys

    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    parent = getattr(shell, "get_parent", dict)() or {}
    return parent.get("metadata", {}).get("cellId")
