"""The playground's two pictures, drawn fast: one figure each, still parts kept, moving parts redrawn.

A figure of pyplot and `plots.show_mel` draw the same anew; that took eight times as long (312 ms and 360 ms beside
37 ms and 45 ms on two busy cores), too long after a slider. Figures belong to no pyplot state, so none can leak.
Lesson: 08_live_inference.
"""

import io

import numpy as np

from ..config import AudioConfig

BEFORE, AFTER, CONTOUR = "#0072B2", "#D55E00", "#56B4E9"
WIDTH_IN, DPI, FONT_PT = 6.2, 125, 11
"""Small in inches, so that the letters stay readable when the page shows the picture 400 px wide."""
LEFT, RIGHT = 0.115, 0.865
_PEAKS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0)


class Picture:
    """A figure whose axes are drawn when their limits change and whose `moving` artists are drawn at each update."""

    def __init__(self, config=AudioConfig(), *, height_in):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.config = config
        self.figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, facecolor="white")
        self.canvas = FigureCanvasAgg(self.figure)
        self.moving, self._background = [], None

    def move(self, artist):
        """Mark an artist as moving; returns it."""
        artist.set_animated(True)
        self.moving.append(artist)
        return artist

    def update(self, analysis, activation=None):
        """Draw an `Analysis` and, where the picture shows it, the class activation (0 to 1); returns PNG bytes."""
        from PIL import Image

        self._move(analysis, activation)
        if self._background is None:
            self.figure.set_layout_engine("none")  # the course's style would move axes that are placed by hand
            self.canvas.draw()
            self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.canvas.restore_region(self._background)
        for artist in self.moving:
            artist.axes.draw_artist(artist)
        file = io.BytesIO()  # lightly compressed: speed matters more than size here
        Image.fromarray(np.asarray(self.canvas.buffer_rgba())[..., :3]).save(file, "png", compress_level=1)
        return file.getvalue()


class WavePicture(Picture):
    """Waveforms before (trimmed edges hatched) and after the changes."""

    def __init__(self, config=AudioConfig()):
        super().__init__(config, height_in=2.3)
        self._limits = None
        self.axes = self.figure.subplots(2, 1)
        self.figure.subplots_adjust(left=LEFT, right=RIGHT, top=0.96, bottom=0.22, hspace=0.55)
        self.figure.supxlabel("time (s)", fontsize=FONT_PT, x=(LEFT + RIGHT) / 2)
        self.figure.supylabel("amplitude (full scale)", fontsize=FONT_PT, x=0.0)
        style = {"facecolor": "#999999", "alpha": 0.5, "hatch": "///", "edgecolor": "#555555"}
        self.shades = [self.move(self.axes[0].axvspan(0, 0, **style)) for _ in range(2)]
        self.lines = []
        for axes, color, name in zip(self.axes, (BEFORE, AFTER), ("before", "after")):
            axes.tick_params(labelsize=FONT_PT - 1)
            self.lines.append(self.move(axes.plot([], [], color=color, linewidth=0.8)[0]))
            text = axes.text(0.995, 0.93, name, transform=axes.transAxes, ha="right", va="top", fontsize=FONT_PT)
            self.move(text).set_bbox({"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1})

    def _move(self, analysis, activation):
        sound, rate = analysis.sound, analysis.sound.sample_rate
        for line, signal in zip(self.lines, (sound.signal, sound.fitted)):
            line.set_data(*outline(signal, rate))
        edges = np.array([0, *sound.kept, len(sound.signal)]) / rate
        for shade, left, right in zip(self.shades, edges[::2], edges[1::2]):
            shade.set_bounds(left, 0, right - left, 1)
        self._scale(len(sound.signal) / rate, round_up(np.abs(sound.signal).max()))

    def _scale(self, seconds, peak):
        """Both axes share the scales of the unchanged clip: louder looks louder, faster looks shorter.

        Beyond twice the net's window only the first axis grows, or a long sound would squeeze the second one.
        """
        if self._limits != (seconds, peak):
            self._limits, self._background, window = (seconds, peak), None, self.config.seconds
            for axes, longest in zip(self.axes, (seconds, 2 * window)):
                axes.set(xlim=(0, max(window, min(seconds, longest))), ylim=(-peak, peak), yticks=(-peak, 0, peak))


class MelPicture(Picture):
    """Log-mel spectrogram as `plots.show_mel` draws it, with F0 contour; where the net did not look it is gray."""

    def __init__(self, config=AudioConfig()):
        from ..plots.spectrograms import draw_mel

        super().__init__(config, height_in=2.5)
        self.axes = self.figure.add_axes((LEFT, 0.21, RIGHT - LEFT, 0.75))
        top = 0 if config.reference == "max" else 30
        empty = np.zeros((config.n_mels, config.n_frames))
        self.image = self.move(draw_mel(self.axes, empty, config, -config.range_db, top))
        bar = self.figure.colorbar(self.image, cax=self.figure.add_axes((RIGHT + 0.012, 0.21, 0.015, 0.75)))
        bar.set_label("level (dB re max)" if top == 0 else "level (dB)", fontsize=FONT_PT)
        self.axes.set_xlabel("time (s)", fontsize=FONT_PT)
        self.axes.set_ylabel("mel band center (Hz)", fontsize=FONT_PT)
        for axes in (self.axes, bar.ax):
            axes.tick_params(labelsize=FONT_PT - 1)
        self.axes.set(xlim=(0, config.seconds), autoscale_on=False)
        style = {"origin": "lower", "aspect": "auto", "interpolation": "bilinear"}
        self.dim = self.move(self.axes.imshow(dimming(None), extent=self.image.get_extent(), **style))
        self.lines = [
            self.move(self.axes.plot([], [], color=color, linewidth=width)[0])
            for color, width in (("black", 4.0), (CONTOUR, 2.0))
        ]

    def _move(self, analysis, activation):
        bands, frames = analysis.mel_db.shape
        hop, step = analysis.settings.hop_length / self.config.sample_rate, (self.config.n_mels + 1) / (bands + 1)
        self.image.set_data(analysis.mel_db)
        self.image.set_extent((-hop / 2, (frames - 0.5) * hop, step / 2 - 1, (bands + 0.5) * step - 1))
        self.dim.set_data(dimming(activation))
        (seconds, f0_hz), centers = analysis.contour, self.axes.band_centers_hz
        for line in self.lines:
            line.set_data(seconds, np.interp(f0_hz, centers, np.arange(len(centers))))


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
    """The next of 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5 at or above an amplitude, for steady axes."""
    return next((limit for limit in _PEAKS if peak <= limit), float(np.ceil(peak)))
