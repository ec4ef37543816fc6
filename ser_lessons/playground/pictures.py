"""The playground's two pictures, drawn fast: one figure each, static parts kept, moving parts redrawn.

Figures belong to no pyplot state, so none can leak; each `update` returns PNG bytes.
Lesson: 08_live_inference.
"""

import io

import numpy as np

from ..config import AudioConfig
from ..sound.features import hz_to_mel

BEFORE, AFTER, CONTOUR = "#0072B2", "#D55E00", "#56B4E9"
WIDTH_IN, DPI, FONT_PT = 6.2, 125, 11
"""Small in inches, so that the letters stay readable when the page shows the picture 400 px wide."""
LEFT, RIGHT = 0.115, 0.865
_TICKS_HZ = (250, 500, 1000, 2000, 4000, 8000)


class Picture:
    """A figure whose axes are drawn once and whose `moving` artists are drawn at each update."""

    def __init__(self, height_in):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, facecolor="white", layout="none")
        self.canvas = FigureCanvasAgg(self.figure)
        self.moving = []
        self._background = None

    def move(self, artist):
        """Mark an artist as moving; returns it."""
        artist.set_animated(True)
        self.moving.append(artist)
        return artist

    def forget_background(self):
        """Draw the axes anew at the next update, because their limits changed."""
        self._background = None

    def png(self):
        """Draw and return PNG bytes (RGB, lightly compressed: speed matters more than size here)."""
        from PIL import Image

        if self._background is None:
            self.canvas.draw()
            self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.canvas.restore_region(self._background)
        for artist in self.moving:
            artist.axes.draw_artist(artist)
        pixels = np.asarray(self.canvas.buffer_rgba())[..., :3]
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "png", compress_level=1)
        return file.getvalue()

    def still(self, title):
        """The last update as PNG bytes under a title."""
        file = io.BytesIO()
        heading = self.figure.text(0.5, 1.0, title, ha="center", va="bottom", fontsize=FONT_PT)
        self.figure.savefig(file, format="png", bbox_inches="tight")
        heading.remove()
        self.forget_background()
        return file.getvalue()


class WavePicture(Picture):
    """Waveforms before (trimmed edges shaded) and after the changes."""

    def __init__(self, config=AudioConfig()):
        super().__init__(height_in=2.3)
        self.config = config
        self.axes = self.figure.subplots(2, 1)
        self.figure.subplots_adjust(left=LEFT, right=RIGHT, top=0.96, bottom=0.22, hspace=0.55)
        self.figure.supxlabel("time (s)", fontsize=FONT_PT, x=(LEFT + RIGHT) / 2)
        self.figure.supylabel("amplitude (full scale)", fontsize=FONT_PT, x=0.0)
        self.lines, self.shades, self.limits = [], [], None
        for _ in range(2):
            shade = self.axes[0].axvspan(0, 0, facecolor="#999999", alpha=0.5, hatch="///", edgecolor="#555555")
            self.shades.append(self.move(shade))
        for axes, color, name in zip(self.axes, (BEFORE, AFTER), ("before", "after")):
            axes.tick_params(labelsize=FONT_PT - 1)
            axes.set_autoscale_on(False)
            self.lines.append(self.move(axes.plot([], [], color=color, linewidth=0.8)[0]))
            text = axes.text(0.995, 0.93, name, transform=axes.transAxes, ha="right", va="top", fontsize=FONT_PT)
            self.move(text).set_bbox({"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1})

    def update(self, analysis):
        """Draw an `Analysis`; returns PNG bytes."""
        sound, rate = analysis.sound, analysis.sound.sample_rate
        self._set_limits(len(sound.signal) / rate, round_up(np.abs(sound.signal).max()))
        for line, signal in zip(self.lines, (sound.signal, analysis.fitted)):
            line.set_data(*outline(signal, rate))
        first, last = np.asarray(analysis.kept) / rate
        for shade, (left, right) in zip(self.shades, ((0, first), (last, len(sound.signal) / rate))):
            shade.set_bounds(left, 0, right - left, 1)
        return self.png()

    def _set_limits(self, seconds, peak):
        """Both axes share the scales of the unchanged clip: louder looks louder, faster looks shorter.

        Beyond twice the net's window only the first axis grows, or a long sound would squeeze the second one.
        """
        if self.limits != (seconds, peak):
            self.limits = (seconds, peak)
            window = self.config.seconds
            for axes, longest in zip(self.axes, (seconds, 2 * window)):
                axes.set(xlim=(0, max(window, min(seconds, longest))), ylim=(-peak, peak), yticks=(-peak, 0, peak))
            self.forget_background()


class MelPicture(Picture):
    """Log-mel spectrogram with F0 contour; where the net did not look it is gray."""

    def __init__(self, config=AudioConfig()):
        super().__init__(height_in=2.5)
        self.config = config
        self.axes = self.figure.subplots()
        self.figure.subplots_adjust(left=LEFT, right=RIGHT, top=0.96, bottom=0.21)
        self.axes.set_xlabel("time (s)", fontsize=FONT_PT)
        self.axes.set_ylabel("mel band center (Hz)", fontsize=FONT_PT)
        self.axes.tick_params(labelsize=FONT_PT - 1)
        self.image = self.axes.imshow(
            np.zeros((2, 2)), origin="lower", aspect="auto", cmap="magma", interpolation="nearest"
        )
        bar = self.figure.colorbar(self.image, cax=self.figure.add_axes((RIGHT + 0.012, 0.21, 0.015, 0.75)))
        bar.set_label("level (dB re max)" if config.reference == "max" else "level (dB)", fontsize=FONT_PT)
        bar.ax.tick_params(labelsize=FONT_PT - 1)
        self.axes.set_yticks(hz_to_mel(_TICKS_HZ), [str(hz) for hz in _TICKS_HZ])
        self.move(self.image)
        self.dim = self.move(
            self.axes.imshow(np.zeros((2, 2, 4)), origin="lower", aspect="auto", interpolation="bilinear", zorder=2)
        )
        self.lines = [
            self.move(self.axes.plot([], [], color=color, linewidth=width, zorder=3)[0])
            for color, width in (("black", 4.0), (CONTOUR, 2.0))
        ]
        self.image.set_clim(-config.range_db, 0 if config.reference == "max" else 30)
        self.axes.set_autoscale_on(False)
        self.axes.set_xlim(0, config.seconds)
        self.axes.set_ylim(0, float(hz_to_mel(config.sample_rate / 2)))

    def update(self, analysis, activation=None):
        """Draw an `Analysis` and, when given, the class activation (values 0 to 1); returns PNG bytes."""
        n_mels, n_frames = analysis.mel_db.shape
        extent = self._extent(n_mels, n_frames, analysis.settings.hop_length)
        self.image.set_data(analysis.mel_db)
        self.image.set_extent(extent)
        self.dim.set_data(dimming(activation))
        self.dim.set_extent(self._extent(*self.config.input_shape[:2], self.config.hop_length))
        seconds, f0_hz = analysis.contour or (np.array([]), np.array([]))
        for line in self.lines:
            line.set_data(seconds, np.where(np.isfinite(f0_hz), hz_to_mel(np.nan_to_num(f0_hz, nan=100.0)), np.nan))
        return self.png()

    def _extent(self, n_mels, n_frames, hop_length):
        """Edges (s, s, mel, mel) such that cells are centered on their frame and band."""
        hop, step = hop_length / self.config.sample_rate, float(hz_to_mel(self.config.sample_rate / 2)) / (n_mels + 1)
        return (-hop / 2, (n_frames - 0.5) * hop, step / 2, (n_mels + 0.5) * step)


def dimming(activation):
    """Gray with transparency, shape (bands, frames, 4): clear where the activation (0 to 1) is high."""
    if activation is None:
        return np.zeros((1, 1, 4))
    rgba = np.full((*activation.shape, 4), 0.55)
    rgba[..., 3] = 0.8 * (1 - np.clip(activation, 0, 1))
    return rgba


def outline(signal, sample_rate, *, n_points=700):
    """Least and greatest value in each of `n_points` slices, alternating: (seconds, values) for one line.

    A line through 60 000 samples looks the same and takes ten times as long to draw.
    """
    step = max(1, len(signal) // n_points)
    whole = signal[: len(signal) // step * step].reshape(-1, step)
    values = np.stack([whole.min(axis=1), whole.max(axis=1)], axis=1).ravel()
    return np.repeat(np.arange(len(whole)) * step / sample_rate, 2), values


def round_up(peak):
    """The next of 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, ... at or above an amplitude, for steady axes."""
    for limit in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0):
        if peak <= limit:
            return limit
    return float(np.ceil(peak))
