"""Figures of signals and of what can be counted or measured on clips without a spectrum.

Lesson: 01_waveforms.
"""

import numpy as np

from ..config import AudioConfig
from .style import ACCENT, FAINT, INK, emotion_style, new_figure, styled


@styled
def show_waveform(signal, *, sample_rate=AudioConfig.sample_rate, title="", kept=None):
    """Draw amplitude over time; return the figure.

    Parameters
    ----------
    signal : float array, shape (n,), amplitude in [-1, 1]
    sample_rate : int, Hz
    kept : (start, stop) in s, or None; this span is drawn dark, the rest faint

    Lesson: 01_waveforms.
    """
    figure, ax = new_figure(height=2.6)
    _draw_wave(ax, signal, sample_rate, ACCENT if kept is None else FAINT)
    if kept is not None:
        first, last = (int(round(edge * sample_rate)) for edge in kept)
        time = np.arange(first, min(last, len(signal))) / sample_rate
        ax.plot(time, signal[first:last], color=ACCENT, linewidth=0.6, label="kept")
        for edge in kept:
            ax.axvline(edge, color=INK, linestyle="--", linewidth=1)
    ax.set(xlabel="time (s)", ylabel="amplitude (full scale)", title=title)
    ax.set_xlim(0, len(signal) / sample_rate)
    return figure


@styled
def show_waveforms(signals, *, sample_rate=AudioConfig.sample_rate, title=""):
    """Draw several signals under each other on the same axes ranges; return the figure.

    Parameters
    ----------
    signals : dict {name: float array, shape (n,)}; a name that is an emotion gets its color

    Lesson: 01_waveforms.
    """
    figure, axes = new_figure(len(signals), 1, height=1.2 + 1.3 * len(signals), sharex=True, sharey=True, squeeze=False)
    for ax, (name, signal) in zip(axes[:, 0], signals.items()):
        _draw_wave(ax, signal, sample_rate, _color(name))
        ax.set_title(name)
    axes[-1, 0].set(xlabel="time (s)", xlim=(0, max(map(len, signals.values())) / sample_rate))
    figure.supylabel("amplitude (full scale)", fontsize=12)
    figure.suptitle(title, fontsize=12)
    return figure


def _draw_wave(ax, signal, sample_rate, color):
    ax.plot(np.arange(len(signal)) / sample_rate, signal, color=color, linewidth=0.6, label="signal")


def _color(name):
    try:
        return emotion_style(name)["color"] if name != "happy" else "#B8AD00"
    except KeyError:
        return ACCENT
