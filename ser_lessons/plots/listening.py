"""A small player for a cell: the sound as MP3 inside the notebook, with a caption that says what is heard.

Lesson: 00_start_here, and wherever sound matters.
"""

import base64
import html
import io

import numpy as np

from ..config import AudioConfig
from ..errors import BadClip
from ..sound.audio import check_signal

_QUIETEST = 1e-6
_EVEN_RMS, _HIGHEST = 0.1, 0.95
"""What `loud` plays a clip at: this RMS amplitude, or less where its largest sample would go beyond the second."""


class Player:
    """A playable clip; notebook tests compare its caption, not the MP3 bytes: encoders differ between machines."""

    def __init__(self, caption, content, mimetype):
        self.caption, self.content, self.mimetype = caption, content, mimetype

    def __repr__(self):
        return self.caption

    def _repr_html_(self):
        data = base64.b64encode(self.content).decode()
        label = html.escape(self.caption, quote=True)
        source = f"data:{self.mimetype};base64,{data}"
        audio = f'<audio controls preload="metadata" aria-label="{label}" src="{source}"></audio>'
        return f'<figure style="margin:0.2em 0"><figcaption>{label}</figcaption>{audio}</figure>'


def listen(signal, *, title="clip", sample_rate=AudioConfig.sample_rate, loud=False):
    """Return a player for a mono signal; as the last line of a cell, it is shown.

    Parameters
    ----------
    signal : array, shape (n,): floats with amplitude in [-1, 1], louder ones are clipped, or integers of their type
    title : str, what is heard
    sample_rate : int, Hz; one of those MP3 knows (8000 to 48 000)
    loud : bool; True plays clips at one level, however loud they were recorded, and the caption names no level

    Returns a Player, about 5 kB a second; raises BadClip as `audio.check_signal` does.
    Lesson: 00_start_here.
    """
    signal = check_signal(signal)
    rms, peak = (max(float(size), _QUIETEST) for size in (np.sqrt(np.mean(signal**2)), np.abs(signal).max()))
    caption = f"Player: {title}; {len(signal) / sample_rate:.1f} s"
    if loud:
        signal = signal * min(_EVEN_RMS / rms, _HIGHEST / peak)
    else:
        caption += f", {20 * np.log10(rms):.0f} dB re full scale"
    return Player(caption, *_encode(np.clip(signal, -1, 1), sample_rate))


def _encode(signal, sample_rate):
    """MP3 bytes and their type; WAV where this machine's libsndfile cannot write MP3."""
    import soundfile

    for form, mimetype in (("MP3", "audio/mpeg"), ("WAV", "audio/wav")):
        if form in soundfile.available_formats():
            buffer = io.BytesIO()
            soundfile.write(buffer, signal, sample_rate, format=form)
            return buffer.getvalue(), mimetype
    raise BadClip("this machine's libsndfile writes neither MP3 nor WAV; reinstall the package soundfile.")
