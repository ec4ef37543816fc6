"""The small playground of the early lessons: a clip, a few sliders, one picture, its players. No net, nothing to load.

`Playground` in `widget` is the same with everything else. Lessons: 01_waveforms, 02_spectrograms, 03_augmentation.
"""

import base64
import functools
import threading

import ipywidgets

from ..errors import SerError
from . import forms, road
from .parts import Desk, Screen
from .session import Session
from .settings import CONTROL_NAMES, Settings, choose_controls, from_places, to_places


class SmallPlayground(ipywidgets.VBox):
    """See `playground.open_small`."""

    def __init__(self, controls, *, table, picture):
        heard = any(control.group == "sound" for control in choose_controls(controls))
        session = Session(pictures=(picture,), players=("before", "after") if heard else ("before",))
        self._set_up(session, forms.source_form(upload=False), forms.change_form(controls, answer=False))
        self._arrange([self._source, self._change], [self._screen])
        self._offer(table)

    def _set_up(self, session, source, change):
        self.session, self._table, self._chosen = session, None, {}
        self._lock, self._closed = threading.RLock(), False
        self._source = Desk(spec=source, locked=list(forms.SOURCE))
        self._change = Desk(spec=change, values=self._resting_places())
        self._screen = Screen()
        self._source.observe(self._guarded(self._choose), "values")
        self._change.observe(self._guarded(self._move), "values")

    def _arrange(self, left, right):
        """Put the parts into two columns, and hear their messages."""
        self._parts = [*left, *right]
        for part in self._parts:
            if isinstance(part, Desk):
                part.on_msg(self._guarded(self._receive))
        columns = [ipywidgets.VBox(left), ipywidgets.VBox(right)]
        columns[0].add_class("ser-left-column")
        columns[1].add_class("ser-right-column")
        grid = ipywidgets.Box(columns)
        grid.add_class("ser-columns")
        super().__init__([grid])
        self.add_class("ser-playground")

    def _offer(self, table):
        """Let the learner choose among the clips of a table, and show the first angry one."""
        from ..corpus import corpus_title  # pandas takes a second: not before the widget is on the page

        self._table = table
        self._source.choices = forms.source_choices(table)
        first = {name: texts[0] for name, texts in self._source.choices.items()}
        first["emotion"] = "angry" if "angry" in self._source.choices["emotion"] else first["emotion"]
        self._source.values = first  # `_choose` shows it
        self._source.locked = []
        self.clips = corpus_title(table)
        self._screen.show(progress={"value": 1.0, "text": f"Clips: {self.clips}."})

    def _repr_mimebundle_(self, **options):
        """The widget, and its picture with a description for places where widgets do not run."""
        data = super()._repr_mimebundle_(**options)
        png, words = self.session.still(f"{self.clips} - run this cell to play")
        data |= {"text/plain": f"{words} Corpus: {self.clips}.", "image/png": base64.b64encode(png).decode("ascii")}
        return data, {"image/png": {"alt": data["text/plain"]}}

    def close(self):
        """Close every part and forget the sounds; safe to call twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for widget in [*self._parts, *self.children[0].children, *self.children]:
            widget.unobserve_all()
            widget.layout.close()
            widget.close()
        self.layout.close()
        super().close()
        self.session.release()
        self._screen.pictures, self._screen.sounds = [], []

    def _guarded(self, handler):
        """The handler, one at a time; what it refuses becomes a sentence on the screen."""

        @functools.wraps(handler)
        def guarded(*arguments):
            with self._lock:
                if self._closed:
                    return
                try:
                    handler(*arguments)
                except SerError as error:
                    self._screen.show(error=str(error))

        return guarded

    # -- events ---------------------------------------------------------------------------------

    def _choose(self, change=None):
        """Show the chosen clip; choices that are blank, because no clip was on the screen, come back as they were."""
        chosen = {name: text for name, text in self._source.values.items() if text and name in forms.SOURCE}
        if self._table is None or self.session.guessing or not chosen:
            return
        self._chosen = self._chosen | chosen
        if self._chosen != self._source.values:
            self._source.values = self._chosen  # comes back here
            return
        row = road.pick_clip(self._table, **forms.read_source(self._chosen))
        self._take(road.clip_sound(row, sample_rate=self.session.config.sample_rate))

    def _take(self, sound):
        self.session.take(sound)
        self._refresh()

    def _move(self, change=None):
        values = self._change.values
        self.session.activation = bool(values.get("activation"))
        places = {name: place for name, place in values.items() if name in CONTROL_NAMES}
        self.session.settings = from_places(places, base=Settings.resting(self.session.config))
        self._refresh()

    def _receive(self, desk, content, buffers):
        if content.get("kind") == "press":
            self._presses().get(content.get("name"), lambda: None)()

    def _presses(self):
        return {"reset": self._reset}

    def _reset(self):
        self._change.values = self._resting_places() | {"activation": self.session.activation}

    def _refresh(self):
        self._screen.show(**self.session.refresh())

    def _resting_places(self):
        return to_places(Settings.resting(self.session.config)) | {"activation": False}
