"""The two kinds of widget the playground is made of: a desk of controls and a screen. Lesson: 08_live_inference."""

import pathlib

import anywidget
import traitlets

_STATIC = pathlib.Path(__file__).parent / "static"


class Part(anywidget.AnyWidget):
    """A widget that tells a page everything again once it is drawn: what came while the page was loading is lost."""

    def __init__(self, **state):
        super().__init__(**state)
        self.on_msg(self._greet)

    def _greet(self, _, content, buffers):
        if content.get("kind") == "hello":
            self.send_state()


class Desk(Part):
    """Native, labelled controls described by `spec`; their state is the dict `values`.

    Buttons and files arrive as messages: ``{"kind": "press", "name": ...}`` and
    ``{"kind": "file", "name": ..., "filename": ...}`` with one buffer.
    """

    _esm = _STATIC / "desk.js"
    spec = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    locked = traitlets.List().tag(sync=True)


class Screen(Part):
    """Shows text, bars, pictures with descriptions, players and history; `serial` counts updates."""

    _esm = _STATIC / "screen.js"
    _css = _STATIC / "playground.css"
    progress = traitlets.Dict({"value": 0.0, "text": ""}).tag(sync=True)
    subject = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    headline = traitlets.Unicode().tag(sync=True)
    unsure = traitlets.Bool(False).tag(sync=True)
    warnings = traitlets.List().tag(sync=True)
    bars = traitlets.List().tag(sync=True)
    bars_caption = traitlets.Unicode().tag(sync=True)
    threshold = traitlets.Float(0.0).tag(sync=True)
    pictures = traitlets.List().tag(sync=True)
    sounds = traitlets.List().tag(sync=True)
    score = traitlets.Unicode().tag(sync=True)
    history = traitlets.List().tag(sync=True)
    history_caption = traitlets.Unicode().tag(sync=True)
    serial = traitlets.Int(0).tag(sync=True)

    def show(self, **parts):
        """Set several parts in one message and count the update."""
        with self.hold_sync():
            for name, value in parts.items():
                setattr(self, name, value)
            self.serial += 1
