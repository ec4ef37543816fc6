"""Figures of spectra: the STFT, mel bands, log-mel pictures, and pictures side by side.

Lesson: 02_spectrograms.
"""

import numpy as np

from ..config import AudioConfig
from .style import ACCENT, HEAT, INK, new_figure, styled

MEL_TICKS_HZ = (0, 500, 1000, 2000, 4000, 8000)


@styled
def show_mel(mel_db, *, config=AudioConfig(), title=""):
    """Draw one log-mel spectrogram, time in s against mel bands labelled in Hz; return the figure.

    Parameters
    ----------
    mel_db : float array, shape (128, frames), dB re max (or re full scale, by `config.reference`)

    Lesson: 02_spectrograms.
    """
    figure, ax = new_figure(height=3.4)
    picture = draw_mel(ax, mel_db, config)
    ax.set(xlabel="time (s)", ylabel="mel band center (Hz)", title=title)
    figure.colorbar(picture, ax=ax, label=level_label(config))
    return figure


@styled
def show_mels(pictures, *, config=AudioConfig(), columns=2, title=""):
    """Draw several log-mel spectrograms on one scale, for comparison; return the figure.

    Parameters
    ----------
    pictures : dict {name: float array, shape (128, frames)}
    columns : int, pictures in a row

    Lesson: 02_spectrograms.
    """
    rows = -(-len(pictures) // columns)
    figure, axes = new_figure(rows, columns, height=0.8 + 2.3 * rows, sharex=True, sharey=True, squeeze=False)
    floor, top = (min(p.min() for p in pictures.values()), max(p.max() for p in pictures.values()))
    for ax in axes.flat[len(pictures) :]:
        ax.set_visible(False)
    for ax, (name, mel_db) in zip(axes.flat, pictures.items()):
        picture = draw_mel(ax, mel_db, config, floor, top)
        ax.set_title(name)
    for ax in axes[-1]:
        ax.set_xlabel("time (s)")
    for ax in axes[:, 0]:
        ax.set_ylabel("band center (Hz)")
    figure.colorbar(picture, ax=axes, label=level_label(config))
    figure.suptitle(title, fontsize=12)
    return figure


def level_label(config):
    """What a color bar of levels is called under this configuration."""
    return "level (dB re max)" if config.reference == "max" else "level (dB re full scale)"


def draw_mel(ax, mel_db, config, floor=None, top=None, cmap=HEAT):
    """Draw a picture (bands, frames) on axes in seconds and Hz; return the image, for a color bar."""
    from ..sound.features import mel_band_edges

    bands, frames = mel_db.shape
    step = config.hop_length / config.sample_rate
    extent = (-step / 2, (frames - 0.5) * step, -0.5, bands - 0.5)
    picture = ax.imshow(
        mel_db, origin="lower", aspect="auto", extent=extent, cmap=cmap, interpolation="nearest", vmin=floor, vmax=top
    )
    centers = mel_band_edges(config)[1:-1]
    ax.band_centers_hz = centers
    ticks = [hz for hz in MEL_TICKS_HZ if hz <= centers[-1]]
    ax.set_yticks(np.interp(ticks, centers, np.arange(bands)), [f"{hz}" for hz in ticks])
    return picture


@styled
def show_stft_grid(pictures, *, sample_rate=AudioConfig.sample_rate, top_hz=4000, seconds=None, title=""):
    """Draw linear-frequency spectrograms side by side, each with its own window; return the figure.

    Parameters
    ----------
    pictures : dict {name: (level_db of shape (1 + n_fft // 2, frames), n_fft, hop_length)}
    seconds : (start, stop) of the shown time span in s, or None for all
    title : str, above all pictures

    Lesson: 02_spectrograms.
    """
    figure, axes = new_figure(1, len(pictures), height=3.4, sharey=True, squeeze=False)
    for ax, (name, (level_db, n_fft, hop_length)) in zip(axes[0], pictures.items()):
        bins = 1 + int(top_hz * n_fft / sample_rate)
        step, width = hop_length / sample_rate, sample_rate / n_fft
        first, last = (0, level_db.shape[1]) if seconds is None else (round(edge / step) for edge in seconds)
        extent = ((first - 0.5) * step, (last - 0.5) * step, -width / 2, (bins - 0.5) * width)
        shown = dict(origin="lower", aspect="auto", cmap=HEAT, interpolation="nearest", vmin=-80, vmax=0)
        picture = ax.imshow(level_db[:bins, first:last], extent=extent, **shown)
        ax.set(xlabel="time (s)", title=name)
    axes[0, 0].set_ylabel("frequency (Hz)")
    figure.colorbar(picture, ax=axes, label="level (dB re max)")
    figure.suptitle(title, fontsize=12)
    return figure


@styled
def show_spectrum(frequencies_hz, level_db, *, title="", marks_hz=()):
    """Draw level over frequency; dashed lines at `marks_hz`; return the figure.

    Parameters
    ----------
    frequencies_hz, level_db : float arrays, shape (bins,)

    Lesson: 02_spectrograms.
    """
    figure, ax = new_figure(height=2.8)
    ax.plot(frequencies_hz, level_db, color=ACCENT, linewidth=1.2, label="level")
    for mark in marks_hz:
        ax.axvline(mark, color=INK, linestyle="--", linewidth=1)
    ax.set(xlabel="frequency (Hz)", ylabel="level (dB re max)", title=title)
    ax.set_xlim(frequencies_hz[0], frequencies_hz[-1])
    return figure


@styled
def show_mel_filters(*, config=AudioConfig(), every=8, title=""):
    """Draw every `every`-th mel filter over frequency, each scaled to a peak of 1; return the figure.

    Lesson: 02_spectrograms.
    """
    from ..sound.features import mel_basis

    figure, ax = new_figure(height=2.6)
    basis = mel_basis(config)[::every]
    frequencies = np.fft.rfftfreq(config.n_fft, 1 / config.sample_rate)
    for number, weights in enumerate(basis):
        ax.plot(frequencies, weights / weights.max(), color=(ACCENT, "#D55E00")[number % 2], ls=("-", "--")[number % 2])
    ax.set(xlabel="frequency (Hz)", ylabel="weight (fraction of peak)", title=title, xlim=(0, frequencies[-1]))
    return figure
