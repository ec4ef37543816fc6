"""Figures of spectra: a probe, a sliding window, log-mel pictures, and pictures side by side.

Lesson: 02_spectrograms.
"""

import numpy as np

from ..config import AudioConfig
from .style import ACCENT, FAINT, HEAT, INK, new_figure, styled

LIT = "#D55E00"
MEL_TICKS_HZ = (0, 500, 1000, 2000, 4000, 8000)


@styled
def show_mel(mel_db, *, config=AudioConfig(), title=""):
    """Draw one log-mel spectrogram, time in s against mel bands labelled in Hz; return the figure.

    `mel_db` is a float array (128, frames), dB re max (or re a mel power of 1, by `config.reference`).
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

    `pictures` is a dict {name: float array (128, frames)}, `columns` how many stand in a row. Lesson: 02_spectrograms.
    """
    rows = -(-len(pictures) // columns)
    figure, axes = new_figure(rows, columns, height=0.8 + 2.3 * rows, sharex=True, sharey=True, squeeze=False)
    figure.get_layout_engine().set(wspace=0.03)  # the 3 below one picture and the 0 below the next are two numbers
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
    figure.suptitle(title)
    return figure


def level_label(config):
    """What a color bar of levels is called: a mel power of 1 is no full scale, a window adds up n_fft samples."""
    return "level (dB re max)" if config.reference == "max" else "mel power (dB re 1)"


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
def show_probe(wave, hz, *, sample_rate=AudioConfig.sample_rate):
    """Draw a wave with a sine of one frequency, and below their product and what it adds up to; return the figure.

    `wave` is a float array (n,), `hz` the frequency of the sine. Lesson: 02_spectrograms.
    """
    figure, (top, below) = new_figure(2, 1, height=4.2, sharex=True)
    total = draw_probe(top, below, wave, np.sin, hz, sample_rate)
    top.set_title("wave, sine (dashed)")
    below.set_title(f"product: sum {total:.1f}")
    return figure


@styled
def show_two_probes(wave, hz, *, sample_rate=AudioConfig.sample_rate):
    """Draw a wave with a sine and with a cosine, their products, and both sums as one arrow; return the figure.

    `wave` is a float array (n,), `hz` the frequency of both probes. Lesson: 02_spectrograms.
    """
    figure, (left, middle, right) = new_figure(1, 3, height=3.0)
    sums = {}
    for ax, probe, name in ((left, np.sin, "sine"), (middle, np.cos, "cosine")):
        sums[name] = draw_probe(ax, ax, wave, probe, hz, sample_rate)
        ax.set_title(f"{name}: sum {sums[name]:.1f}")
    size, turn = np.hypot(*sums.values()), np.linspace(0, 2 * np.pi, 100)
    right.plot(size * np.cos(turn), size * np.sin(turn), color=FAINT, linewidth=1, label="all turns")
    tip = {"marker": "o", "markevery": [1], "linewidth": 2, "label": "both sums"}
    right.plot([0, sums["cosine"]], [0, sums["sine"]], color=LIT, **tip)
    right.set(xlabel="with cosine (sum)", ylabel="with sine (sum)", aspect="equal", title=f"length {size:.1f}")
    return figure


def draw_probe(top, below, wave, probe, hz, sample_rate):
    """Draw a wave and a probe, np.sin or np.cos, on one axes, their product on another; return the product's sum."""
    time_ms = 1000 * np.arange(len(wave)) / sample_rate
    swing = probe(2 * np.pi * hz * time_ms / 1000)
    top.plot(time_ms, wave, color=ACCENT, linewidth=1.2, label="wave")
    top.plot(time_ms, swing, color=LIT, linewidth=1.2, linestyle="--", label="probe")
    product = wave * swing
    for kept, color, side in ((product > 0, ACCENT, "above 0"), (product < 0, INK, "below 0")):
        below.fill_between(time_ms, np.where(kept, product, 0), color=color, alpha=0.5, label=side)
    for ax in (top, below):
        ax.set(ylabel="value (number)", xlabel="time (ms)", ylim=(-2, 2))
    return np.round(product.sum(), 6) + 0.0  # no minus before a zero


@styled
def show_spectrum(signal, *, title=""):
    """Draw the first 20 ms of a wave, float array (n,), beside the spectrum of all of it; return the figure.

    Lesson: 02_spectrograms.
    """
    rate = AudioConfig.sample_rate
    figure, axes = new_figure(1, 2, height=3.0, gridspec_kw={"width_ratios": (3, 4)})
    start = signal[: rate // 50]
    axes[0].plot(1000 * np.arange(len(start)) / rate, start, color=ACCENT, label="wave")
    axes[0].set(xlabel="time (ms)", ylabel="amplitude (full scale)", title=title)
    power = np.abs(np.fft.rfft(signal * np.hanning(len(signal)))) ** 2
    bins_hz = np.fft.rfftfreq(len(signal), 1 / rate)
    level_db = 10 * np.log10(np.maximum(power / power.max(), 1e-6))
    axes[1].plot(bins_hz, level_db, color=ACCENT, linewidth=1.2, label="level")
    axes[1].set(xlabel="frequency (Hz)", ylabel="level (dB re max)", xlim=(0, 3000), ylim=(-60, 5))
    return figure


@styled
def show_sliding(signal, level_db, frame, *, n_fft):
    """Draw a window on a waveform, and below it the columns of the spectrogram painted so far; return the figure.

    `signal` is a float array (n,), `level_db` (1 + n_fft // 2, frames) of a centered analysis, `frame` (int) the last
    column that is painted. Lesson: 02_spectrograms.
    """
    figure, axes = new_figure(2, 1, height=4.6, sharex=True)
    rate = AudioConfig.sample_rate
    step, width = AudioConfig.hop_length / rate, rate / n_fft
    axes[0].plot(np.arange(len(signal))[::4] / rate, signal[::4], color=FAINT, linewidth=0.6, label="wave")
    bell = np.linspace(-0.5, 0.5, 60)
    height = np.abs(signal).max() * np.cos(np.pi * bell) ** 2
    axes[0].fill_between(frame * step + bell * n_fft / rate, height, -height, color=LIT, alpha=0.5)
    axes[0].set(ylabel="amplitude (full scale)")
    axes[0].set_title(f"frame {frame}, at {frame * step:.2f} s: {n_fft} samples, {1000 * n_fft / rate:.0f} ms")
    bins, frames = 1 + int(4000 / width), level_db.shape[1]
    painted = np.where(np.arange(frames) <= frame, level_db[:bins], np.nan)
    extent = (-step / 2, (frames - 0.5) * step, -width / 2, (bins - 0.5) * width)
    shown = dict(origin="lower", aspect="auto", cmap=HEAT, interpolation="nearest", vmin=-80, vmax=0)
    picture = axes[1].imshow(painted, extent=extent, **shown)
    axes[1].set(xlabel="time (s)", ylabel="frequency (Hz)")
    axes[1].locator_params(nbins=6)
    figure.colorbar(picture, ax=axes, label="level (dB re max)", ticks=range(-80, 1, 20))
    return figure
