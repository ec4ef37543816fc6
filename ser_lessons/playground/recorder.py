"""A microphone for notebooks that yields plain WAV bytes, not webm.

The browser side is `static/recorder.js` (Web Audio, an AudioWorklet); this side holds the
last recording in memory, and writes no file. Lesson: 08_live_inference.
"""

import pathlib

import anywidget
import traitlets

from ..errors import BadClip

_STATIC = pathlib.Path(__file__).parent / "static"
JS = (_STATIC / "recorder.js").read_text(encoding="utf-8")
CSS = (_STATIC / "page.css").read_text(encoding="utf-8")


class Recorder(anywidget.AnyWidget):
    """Record, Stop and Play back, with a level meter and the time left.

    A recording ends by itself after `seconds` (float, above 0 and at most 30, else BadClip). `wav` (bytes) is the last
    one as mono 16-bit PCM WAV at the browser's own rate, empty before the first; ``recorder.observe(lambda change: ...,
    "wav")`` reacts to it. Nothing is recorded, played or stored before a button is pressed. Lesson: 08_live_inference.
    """

    _esm = JS + "export default { render(a) { a.el.classList.add('ser-playground'); return renderRecorder(a); } };"
    _css = CSS
    seconds = traitlets.Float(5.0).tag(sync=True)
    wav = traitlets.Bytes(b"")

    def __init__(self, *, seconds=5.0, **options):
        if not 0 < seconds <= 30:
            raise BadClip(f"A recording of {seconds} s is not possible: choose more than 0 and at most 30 s.")
        super().__init__(seconds=float(seconds), **options)
        self.on_msg(self._receive)

    def _receive(self, _, content, buffers):
        if content.get("kind") == "recording" and buffers:
            self.wav = bytes(buffers[0])
