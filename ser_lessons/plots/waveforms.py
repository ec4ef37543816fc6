"""Figures of signals and of what can be counted or measured on clips without a spectrum.

Lesson: 01_waveforms.
"""

import numpy as np

from ..config import GENDER_MARKERS, GENDER_PALETTE, AudioConfig
from .style import ACCENT, FAINT, INK, emotion_style, known_emotions, new_figure, styled


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


@styled
def show_counts(table, *, title=""):
    """Draw the number of clips of each emotion, speech and song side by side; return the figure.

    Parameters
    ----------
    table : DataFrame with `emotion` and `channel`

    Lesson: 01_waveforms.
    """
    figure, ax = new_figure()
    names = known_emotions(table["emotion"])
    channels = [c for c in ("speech", "song") if (table["channel"] == c).any()]
    width = 0.8 / len(channels)
    for place, (channel, hatch) in enumerate(zip(channels, ("", "//"))):
        counts = table.loc[table["channel"] == channel, "emotion"].value_counts().reindex(names, fill_value=0)
        spots = np.arange(len(names)) + (place - (len(channels) - 1) / 2) * width
        color = (ACCENT, "#E69F00")[place]
        bars = ax.bar(spots, counts, width, color=color, hatch=hatch, edgecolor="white", label=channel)
        ax.bar_label(bars, fontsize=11)
    ax.set_xticks(range(len(names)), names)
    ax.set(xlabel="emotion", ylabel="clips (count)", title=title)
    ax.margins(y=0.15)
    if len(channels) > 1:
        ax.legend(ncols=2, loc="upper right")
    return figure


@styled
def show_by_emotion(table, values, *, label, title=""):
    """Draw one value a clip as a jittered dot under its emotion, men and women apart, with medians; return the figure.

    Parameters
    ----------
    table : DataFrame with `emotion` and `gender`
    values : float array, shape (clips,); NaN is left out
    label : str, what the value is, with its unit in parentheses, such as "duration (s)"

    Lesson: 01_waveforms.
    """
    figure, ax = new_figure(height=3.6)
    names, values = known_emotions(table["emotion"]), np.asarray(values, dtype=float)
    jitter = np.random.default_rng(0).uniform(-0.14, 0.14, len(values))
    places = table["emotion"].map({name: i for i, name in enumerate(names)}).to_numpy()
    for gender, side in zip(GENDER_PALETTE, (-0.2, 0.2)):
        rows = (table["gender"] == gender).to_numpy() & np.isfinite(values)
        if not rows.any():
            continue
        ax.scatter(
            places[rows] + side + jitter[rows],
            values[rows],
            s=10,
            alpha=0.5,
            color=GENDER_PALETTE[gender],
            marker=GENDER_MARKERS[gender],
            label=gender,
        )
    medians = [
        np.nanmedian(values[places == i]) if np.isfinite(values[places == i]).any() else np.nan
        for i in range(len(names))
    ]
    ax.plot(range(len(names)), medians, color=INK, linewidth=0, marker="_", markersize=22, label="median of all")
    ax.set_xticks(range(len(names)), names)
    ax.set(xlabel="emotion", ylabel=label, title=title)
    figure.legend(ncols=3, loc="outside lower left")
    return figure
