"""The audio playground: hear a clip, change it, see what the net thinks.

``playground.open()`` in a notebook; ``make playground`` as a page of its own; ``playground.open_small(...)`` without
a net; ``playground.own_voice(...)``, microphone and net alone. Lesson: 08_live_inference; 00_start_here.
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

    return _instead_of_the_last("open", lambda: Playground(table=table, net=net, background=background))


def open_small(*controls, picture, table):
    """Open the small form of the early lessons: a clip, a few sliders, one picture, its players; no net.

    Parameters
    ----------
    controls : str, one or more of top_db, snr_db, n_semitones, speed, mask_frames, mask_bands, n_mels, n_fft,
        hop_length
    picture : "wave" (before and after, trimmed edges hatched) or "mel" (log-mel spectrogram with F0)
    table : corpus table, the clips to choose from

    Returns
    -------
    Playground, without net, microphone, game and history

    Raises
    ------
    SerError : no control, an unknown control or an unknown picture

    Its picture and one sentence about it stand in where widgets do not run.
    Lesson: 01_waveforms, 02_spectrograms, 03_augmentation.
    """
    from .settings import check_small
    from .widget import Playground

    check_small(controls, picture)  # before anything is closed or opened
    return _instead_of_the_last("open_small", lambda: Playground(table=table, controls=controls, picture=picture))


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


def _instead_of_the_last(kind, make):
    """Close what this cell (outside a notebook: this kind) opened before, and open anew."""
    key = _cell() or kind
    if key in _OPEN:
        _OPEN.pop(key).close()
    _OPEN[key] = opened = make()
    return opened


def _cell():
    """Identity of the notebook cell that is running, or None outside a notebook."""
    import sys

    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    parent = getattr(shell, "get_parent", dict)() or {}
    return parent.get("metadata", {}).get("cellId")
